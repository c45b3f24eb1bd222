/* SPDX-License-Identifier: MIT */
#include "pkcs11/family.h"

#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"

/* Digits to octets. */
static struct bytes octets_of(const char *hex)
{
    static uint8_t octets[64];
    size_t n = strlen(hex) / 2;
    ck_assert_uint_le(n, sizeof octets);
    for (size_t i = 0; i < n; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], 0}, *end;
        octets[i] = (uint8_t)strtoul(digits, &end, 16);
        ck_assert(end == digits + 2);
    }
    return bytes_of(octets, n);
}

/* What cards that exist answer to reset. */
static const struct {
    const char *atr, *slug;
} cards[] = {
    {"3B9F978131FE4580655443D3228231C073F621808105D3", "akis-tc"},
    {"3B9F978131FE458065544353228231C073F62180810553", "akis-tc"},
    {"3B9F978131FE4580655443D2210831C073F6218081055B", "akis-tc"},
    {"3B9F968131FE45806755454B41451292318073B3A1806A", "akis-uekae"},
    {"3B9F158131FE45806755454B41451221318073B3A1805A", "akis-uekae"},
    {"3BBA11008131FE4D55454B41452056312E30AE", "akis-2007"},
    {"3B7F96000080318065B085040120120FFF829000", ""},
    {"3B7F96000080318065B0850300EF120FFE829000", "safenet-idprime"},
    {"3BFF9600008131FE4380318065B0846160FB120FFD8290000C", "safenet-idprime"},
    {"3BFF9600008131FE4380318065B0845651101201788290006A", "safenet-etoken"},
    {"3BD518008131FE7D8073C82110F4", "safenet-etoken"},
    {"3BDC18FF8191FE1FC38073C821136605036057000255", ""},
    {"3BDB18FF8191FE1FC306092B06010401E9100503D7", "safesign"},
    {"3B7418000073667465", "safesign"},
    {"3BF2180002C10A31FE58C80874", "cardos"},
    {"3BD218008131FE58C90217", "cardos"},
    {"3BD218008131FE58CA6076", "cardos"},
    {"3B8B0180F9A0000003080000100048", "piv"},
    {"3BDB960081B1FE451F0380F9A0000003080000100018", "piv"},
    {"3BDF960081B1FE451F838073CC91CBF9A0000003080000100079", "piv"},
    {"3BD6970081B1FE451F878031C152411A2B", "piv"},
    {"3B7D96000080318065B0831117D683009000", "cac"},
    {"3B7D96000080318065B07549170F83009000", "cac"},
    {"3BDB9600801F030031C06477E30300829000C1", "cac"},
    {"3BDB9600801F030031C064B0F3100007900080", "cac"},
    {"3BDA18FF81B1FE751F030031C573C001400090000C", "openpgp"},
    {"3BDA18FF81B1FE751F030031F573C001600090001C", "openpgp"},
    {"3BFA1300FF813180450031C173C00100009000B1", "openpgp"},
    {"3BDA11FF81B1FE551F0300318473800180009000E4", "openpgp"},
    {"3BFD1300008131FE158073C021C057597562694B657940", "yubikey"},
    {"3BF81300008131FE15597562696B657934D4", "yubikey"},
    {"3BFE1800008031FE454573744549442076657220312E30A8", "estonian-eid"},
    {"3BDB960080B1FE451F830012233F536549440F9000F1", "estonian-eid"},
    {"3BFA1800008031FE45FE654944202F20504B4903", "estonian-eid"},
    {"3B6E00008031C065F8D602010771D68C6141", ""}, /* a bank's */
    {"3B9F968131FE5D00640428010231C073F701D000900065", ""},
};

START_TEST(of_cards)
{
    const struct family *f = family_of(octets_of(cards[_i].atr));
    ck_assert_str_eq(f ? f->slug : "", cards[_i].slug);
}
END_TEST

/* Every row of the table is the answer for one of the cards. */
START_TEST(no_idle_row)
{
    for (size_t row = 0; family_at(row); row++) {
        bool met = false;
        for (int i = 0; i < ROWS(cards); i++)
            met |= family_of(octets_of(cards[i].atr)) == family_at(row);
        ck_assert_msg(met, "%s, %s", family_at(row)->slug, family_at(row)->historical);
    }
}
END_TEST

static const struct {
    const char *atr, *clause; /* NULL: well-formed */
    size_t n;                 /* historical bytes, at the end or before TCK */
} forms[] = {
    {"3B00", NULL, 0}, /* 8.2.4: K may be 0 */
    {"3F00", NULL, 0}, /* 8.1: the inverse convention */
    {"3B0F000102030405060708090A0B0C0D0E", NULL, 15},
    {"3B1111AA", NULL, 1},          /* 8.2.3: TA1 alone; without TCK: 8.2.5, T=0 */
    {"3B8100AA", NULL, 1},          /* 8.2.5: TD1 names T=0 */
    {"3B8101AA2A", NULL, 1},        /* 8.2.5: T=1 */
    {"3B80801F038C10", "8.2.1", 0}, /* one octet too many */
    {"3B80801F0317", "8.2.5", 0},   /* T=0 and T=15: TCK is wrong */
    {"3B80801F031C", NULL, 0},      /* and right */
    {"", "8.2.1", 0},
    {"3B", "8.2.1", 0},         /* T0 is missing */
    {"0300", "8.1", 0},         /* TS as its octet is not turned round */
    {"3B01", "8.2.1", 0},       /* a historical byte is missing */
    {"3B10", "8.2.1", 0},       /* TA1 is missing */
    {"3B80", "8.2.1", 0},       /* TD1 is missing */
    {"3B8180", "8.2.1", 0},     /* TD2 is missing */
    {"3B0000", "8.2.1", 0},     /* one too many */
    {"3B8001", "8.2.1", 0},     /* TCK is missing */
    {"3B800180", "8.2.5", 0},   /* TCK is wrong */
    {"3B808F0F", "8.2.3", 0},   /* T=15 in TD1 */
    {"3B80818001", "8.2.3", 0}, /* T=1, then T=0 */
    {"3B9F978131FE458065544312210831C073F621808105", "8.2.1", 0}, /* a card's, without TCK */
    {"3B808181818181818181818181818181818181818181818181818181818181818181", "8.2.1", 0}, /* 34 */
};

START_TEST(of_forms)
{
    struct bytes historical = bytes_of(NULL, 99), atr = octets_of(forms[_i].atr);
    const char *broken = NULL;
    bool ok = family_historical(atr, &historical, &broken);
    ck_assert_msg(ok == !forms[_i].clause, "%s", forms[_i].atr);
    if (forms[_i].clause) {
        ck_assert_str_eq(broken, forms[_i].clause);
        ck_assert_uint_eq(historical.len, 99);
        ck_assert_ptr_null(family_of(atr));
    } else {
        ck_assert_uint_eq(historical.len, forms[_i].n);
        ck_assert(historical.p + historical.len <= atr.p + atr.len);
    }
}
END_TEST

START_TEST(is_a_view)
{
    struct bytes historical, atr = octets_of(cards[0].atr);
    const char *broken;
    ck_assert(family_historical(atr, &historical, &broken));
    ck_assert_ptr_eq(historical.p, atr.p + 7);
    ck_assert_uint_eq(historical.len, 15);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("family");
    TCase *t = tcase_create("atr");
    tcase_add_loop_test(t, of_cards, 0, ROWS(cards));
    tcase_add_test(t, no_idle_row);
    tcase_add_loop_test(t, of_forms, 0, ROWS(forms));
    tcase_add_test(t, is_a_view);
    suite_add_tcase(s, t);
    return suite_run(s);
}
