/* SPDX-License-Identifier: MIT */
#include "pkcs11/family.h"

#include "core/buf.h"

#define MAX_OCTETS 33 /* TS and at most 32 more, ISO 7816-3 8.2.1 */

/* ---- ISO 7816-3 ---- */

/* What is left of an ATR; the first broken clause latches. */
struct atr {
    struct bytes rest;
    const char *broken;
};

static void refuse(struct atr *a, const char *clause)
{
    if (!a->broken) a->broken = clause;
}

static uint8_t next(struct atr *a)
{
    if (a->rest.len == 0) {
        refuse(a, "8.2.1"); /* ends before what it announces */
        return 0;
    }
    uint8_t octet = a->rest.p[0];
    a->rest = bytes_sub(a->rest, 1, SIZE_MAX);
    return octet;
}

/* TA, TB, TC, TD as announced by T0 and each TD, whose low half names a protocol; true when a check
 * byte must follow: when another one than T=0 is named (8.2.5). */
static bool skip_interface(struct atr *a, unsigned announced)
{
    bool check = false;
    unsigned last = 0;
    for (unsigned i = 1; announced && !a->broken; i++) {
        for (unsigned t = 1; t < 8; t <<= 1)
            if (announced & t) (void)next(a);
        if (!(announced & 8)) break;
        uint8_t td = next(a);
        unsigned protocol = td & 15;
        if (protocol < last || (i == 1 && protocol == 15)) refuse(a, "8.2.3");
        if (protocol != 0) check = true;
        last = protocol;
        announced = td >> 4;
    }
    return check;
}

/* The exclusive-or of all octets from T0 to TCK is zero. */
static bool checks(struct bytes atr)
{
    uint8_t sum = 0;
    for (size_t i = 1; i < atr.len; i++) sum ^= atr.p[i];
    return sum == 0;
}

bool family_historical(struct bytes atr, struct bytes *historical, const char **broken)
{
    struct atr a = {atr, atr.len > MAX_OCTETS ? "8.2.1" : NULL};
    uint8_t ts = next(&a);
    if (ts != 0x3b && ts != 0x3f) refuse(&a, "8.1");
    uint8_t t0 = next(&a);
    bool check = skip_interface(&a, t0 >> 4);
    struct bytes found = bytes_sub(a.rest, 0, t0 & 15);
    for (unsigned i = 0; i < (t0 & 15u); i++) (void)next(&a);
    if (check) (void)next(&a);
    if (a.rest.len > 0) refuse(&a, "8.2.1");
    if (check && !checks(atr)) refuse(&a, "8.2.5");
    if (a.broken)
        *broken = a.broken;
    else
        *historical = found;
    return !a.broken;
}

/* ---- the table ---- */

/* Historical bytes in hexadecimal: a dot stands for any digit, a star for any octets to the end.
 * The first row that fits counts. */
static const struct family families[] = {
    {"akis-tc", "AKİS (T.C.)", "80 65 54 43 .. .. .. 31 C0 73 F6 21 80 81 .."},
    {"akis-uekae", "AKİS (UEKAE)", "80 67 55 45 4B 41 45 .. .. 31 80 73 B3 A1 80"},
    {"akis-2007", "AKİS (2007)", "55 45 4B 41 45 20 56 *"},
    {"safenet-idprime", "SafeNet IDPrime", "80 31 80 65 B0 .. .. .. .. 12 0F FE 82 90 00"},
    {"safenet-idprime", "SafeNet IDPrime", "80 31 80 65 B0 .. .. .. .. 12 0F FD 82 90 00"},
    {"safenet-etoken", "SafeNet eToken", "80 31 80 65 B0 84 56 51 10 12 01 78 82 90 00"},
    {"safenet-etoken", "SafeNet eToken", "80 73 C8 21 10"},
    {"safesign", "SafeSign", "06 09 2B 06 01 04 01 E9 10 *"}, /* A.E.T.'s object identifier */
    {"safesign", "SafeSign", "73 66 74 65"},
    {"cardos", "CardOS", "C8 .."},
    {"cardos", "CardOS", "C9 .."},
    {"cardos", "CardOS", "CA 60"},
    {"piv", "PIV", "80 F9 A0 00 00 03 08 *"},
    {"piv", "PIV", "80 73 .. .. .. F9 A0 00 00 03 08 *"},
    {"piv", "PIV", "80 31 C1 52 .. .."},
    {"cac", "CAC", "80 31 80 65 B0 83 11 17 D6 83 00 90 00"},
    {"cac", "CAC", "80 31 80 65 B0 75 49 17 0F 83 00 90 00"},
    {"cac", "CAC", "00 31 C0 64 77 E3 03 00 82 90 00"},
    {"cac", "CAC", "00 31 C0 64 B0 F3 10 00 07 90 00"},
    {"openpgp", "OpenPGP", "00 31 C5 73 C0 01 .. .. 90 00"},
    {"openpgp", "OpenPGP", "00 31 F5 73 C0 01 .. .. 90 00"},
    {"openpgp", "OpenPGP", "00 31 C1 73 C0 01 00 00 90 00"},
    {"openpgp", "OpenPGP", "00 31 84 73 80 01 .. .. 90 00"},
    {"yubikey", "YubiKey", "80 73 C0 21 C0 57 59 75 62 69 4B 65 79"},
    {"yubikey", "YubiKey", "59 75 62 69 6B 65 79 *"},
    {"estonian-eid", "Estonian eID", "45 73 74 45 49 44 *"},
    {"estonian-eid", "Estonian eID", "00 12 23 3F .. 65 49 44 *"},
    {"estonian-eid", "Estonian eID", "FE 65 49 44 20 2F 20 50 4B 49"},
};
#define N_FAMILIES (sizeof families / sizeof families[0])

/* `digits`: the historical bytes in lower-case hexadecimal, not parted. */
static bool fits(const char *digits, const char *mask)
{
    for (; *mask && *mask != '*'; mask++) {
        if (*mask == ' ') continue;
        if (!*digits) return false;
        char wanted = *mask >= 'A' && *mask <= 'F' ? (char)(*mask - 'A' + 'a') : *mask;
        if (wanted != '.' && wanted != *digits) return false;
        digits++;
    }
    return *mask == '*' || !*digits;
}

const struct family *family_of(struct bytes atr)
{
    struct bytes historical;
    const char *broken;
    if (!family_historical(atr, &historical, &broken)) return NULL;
    own(buf) hex = buf_max(64);
    buf_hex(&hex, historical);
    const char *digits = buf_cstr(&hex);
    for (size_t i = 0; i < N_FAMILIES; i++)
        if (fits(digits, families[i].historical)) return &families[i];
    return NULL;
}

const struct family *family_at(size_t row)
{
    return row < N_FAMILIES ? &families[row] : NULL;
}
