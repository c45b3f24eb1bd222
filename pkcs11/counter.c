/* SPDX-License-Identifier: MIT */
#include "pkcs11/counter.h"

#include "core/text.h"
#include "pkcs11/family.h"

#include <winscard.h>

#define MAX_ANSWER 258 /* octets: 256 and the status word */
#define FEW_TRIES  2

/* ---- which cards can be asked, and how ---- */

/* The commands of each kind. A VERIFY without a PIN is answered 63CX, X tries being left, or 9000
 * when the PIN has been given; with P1 FF it takes the PIN back (SP 800-73-4 part 2, 3.2.1).
 * Selecting what is selected changes nothing (3.1.1). */
enum command { COUNT, FORGET, N_COMMANDS };
static const struct kind {
    const char *family;
    size_t select_len;
    uint8_t select[16], verify[N_COMMANDS][4];
} kinds[] = {
    {"piv",
     15,
     {0x00, 0xa4, 0x04, 0x00, 0x09, 0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x00},
     {[COUNT] = {0x00, 0x20, 0x00, 0x80}, [FORGET] = {0x00, 0x20, 0xff, 0x80}}},
};

static const struct kind *kind_of(struct bytes atr)
{
    const struct family *f = family_of(atr);
    for (size_t i = 0; f && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].family, f->slug) == 0) return &kinds[i];
    return NULL;
}

/* ---- one card ---- */

struct link {
    SCARDHANDLE card;
    DWORD protocol;
};

/* The status word; 0 when there was no answer. */
static unsigned transmit(const struct link *l, const uint8_t *command, size_t len)
{
    uint8_t answer[MAX_ANSWER];
    DWORD n = sizeof answer;
    const SCARD_IO_REQUEST *pci = l->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    LONG rv = SCardTransmit(l->card, pci, command, len, NULL, answer, &n);
    if (rv != SCARD_S_SUCCESS || n < 2 || n > sizeof answer) return 0;
    return (unsigned)answer[n - 2] << 8 | answer[n - 1];
}

static unsigned ask(const struct link *l, const struct kind *k, enum command what)
{
    unsigned selected = transmit(l, k->select, k->select_len);
    if (selected != 0x9000 && selected >> 8 != 0x61) return 0;
    uint8_t verify[5] = {0}; /* T=0 has no command without its fifth octet, ISO 7816-3 12.2.2 */
    memcpy(verify, k->verify[what], 4);
    return transmit(l, verify, l->protocol == SCARD_PROTOCOL_T0 ? 5 : 4);
}

static unsigned ask_alone(const struct link *l, enum command what)
{
    uint8_t atr[READERS_ATR_MAX];
    DWORD n = sizeof atr;
    if (SCardStatus(l->card, NULL, NULL, NULL, NULL, atr, &n) != SCARD_S_SUCCESS || n > sizeof atr)
        return 0;
    const struct kind *k = kind_of(bytes_of(atr, n));
    /* Nobody may select something else between the two commands. */
    if (!k || SCardBeginTransaction(l->card) != SCARD_S_SUCCESS) return 0;
    unsigned status = ask(l, k, what);
    (void)SCardEndTransaction(l->card, SCARD_LEAVE_CARD);
    return status;
}

/* ---- the reader ---- */

/* PC/SC's own name of the reader, a pointer into `list`; NULL when none or several fit. */
static const char *find_reader(const char *list, size_t len, const char *slot_description)
{
    const char *names[READERS_MAX];
    struct readers all = {0};
    for (size_t at = 0; at < len && list[at] && all.n < READERS_MAX; at += strlen(list + at) + 1) {
        names[all.n] = list + at;
        /* As slot.c shows a slot's description, so that the two can be compared. */
        text_plain_in(all.at[all.n++].name, READERS_NAME_MAX, bytes_str(list + at),
                      READERS_NAME_MAX);
    }
    size_t i = readers_find(&all, slot_description);
    return i < all.n ? names[i] : NULL;
}

static unsigned ask_reader(SCARDCONTEXT context, const char *slot_description, enum command what)
{
    char list[READERS_MAX * READERS_NAME_MAX + 2] = {0};
    DWORD n = sizeof list - 2;
    struct link l = {0};
    if (SCardListReaders(context, NULL, list, &n) != SCARD_S_SUCCESS || n > sizeof list - 2)
        return 0;
    const char *name = find_reader(list, n, slot_description);
    if (!name ||
        SCardConnect(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                     &l.card, &l.protocol) != SCARD_S_SUCCESS)
        return 0;
    unsigned status = ask_alone(&l, what);
    (void)SCardDisconnect(l.card, SCARD_LEAVE_CARD);
    return status;
}

/* The status word; 0 when there was none. */
static unsigned ask_card(const char *slot_description, enum command what)
{
    SCARDCONTEXT context;
    if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
        return 0;
    unsigned status = ask_reader(context, slot_description, what);
    (void)SCardReleaseContext(context);
    return status;
}

int counter_tries(const char *slot_description)
{
    unsigned status = ask_card(slot_description, COUNT);
    if (status == 0x6983) return 0;
    return (status & 0xfff0) == 0x63c0 ? (int)(status & 15) : -1;
}

bool counter_knows_pin(const char *slot_description)
{
    return ask_card(slot_description, COUNT) == 0x9000;
}

void counter_forget(const char *slot_description)
{
    (void)ask_card(slot_description, FORGET);
}

/* ---- what it means ---- */

enum pin_state counter_state(enum pin_state told, int *tries)
{
    bool fewer = told == PIN_NOT_SET || (told == PIN_LOCKED && *tries > 0) ||
                 (told == PIN_FINAL && *tries > 1);
    if (fewer) *tries = -1;
    if (*tries < 0) return told;
    if (*tries == 0) return PIN_LOCKED;
    if (*tries == 1) return PIN_FINAL;
    return *tries <= FEW_TRIES ? PIN_LOW : told;
}
