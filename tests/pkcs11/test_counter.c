/* SPDX-License-Identifier: MIT */
/* PC/SC and its cards, played by functions of this program in the place of libpcsclite. */
#include "pkcs11/counter.h"

#include "tests/support/suite.h"

#include <check.h>
#include <stdio.h>
#include <winscard.h>

/* Historical bytes 80 F9 A000000308000010 00: a PIV card. */
static const uint8_t piv_atr[] = {0x3b, 0x8b, 0x01, 0x80, 0xf9, 0xa0, 0x00, 0x00,
                                  0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x48};

static struct {
    const char *readers; /* a multi-string */
    size_t readers_len;
    struct bytes atr;
    DWORD protocol;
    const char *fault; /* the function that fails */
    unsigned select, verify;
    size_t verify_len;
    const char *connected;
    unsigned contexts, cards, transactions;
    unsigned commands;
    bool forget;
} play;

static bool fails(const char *name)
{
    return play.fault && strcmp(play.fault, name) == 0;
}

LONG SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT out)
{
    (void)a, (void)b;
    ck_assert_uint_eq(scope, SCARD_SCOPE_SYSTEM);
    if (fails("context")) return SCARD_E_NO_SERVICE;
    play.contexts++;
    *out = 7;
    return SCARD_S_SUCCESS;
}

LONG SCardReleaseContext(SCARDCONTEXT context)
{
    ck_assert_int_eq(context, 7);
    play.contexts--;
    return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR out, LPDWORD len)
{
    (void)context, (void)groups;
    if (fails("list")) return SCARD_E_NO_READERS_AVAILABLE;
    DWORD room = *len;
    *len = fails("long list") ? room + 1 : play.readers_len;
    if (play.readers_len > room) return SCARD_E_INSUFFICIENT_BUFFER;
    memcpy(out, play.readers, play.readers_len);
    return SCARD_S_SUCCESS;
}

LONG SCardConnect(SCARDCONTEXT context, LPCSTR name, DWORD share, DWORD protocols,
                  LPSCARDHANDLE card, LPDWORD protocol)
{
    (void)context, (void)protocols;
    ck_assert_uint_eq(share, SCARD_SHARE_SHARED); /* others go on working */
    if (fails("connect")) return SCARD_E_SHARING_VIOLATION;
    play.connected = play.readers + (strcmp(name, play.readers) ? strlen(play.readers) + 1 : 0);
    ck_assert_str_eq(name, play.connected);
    play.cards++;
    *card = 9;
    *protocol = play.protocol;
    return SCARD_S_SUCCESS;
}

LONG SCardDisconnect(SCARDHANDLE card, DWORD disposition)
{
    ck_assert_int_eq(card, 9);
    ck_assert_uint_eq(disposition, SCARD_LEAVE_CARD); /* a reset would log others out */
    play.cards--;
    return SCARD_S_SUCCESS;
}

LONG SCardStatus(SCARDHANDLE card, LPSTR name, LPDWORD name_len, LPDWORD state, LPDWORD protocol,
                 LPBYTE atr, LPDWORD atr_len)
{
    (void)card, (void)name, (void)name_len, (void)state, (void)protocol;
    if (fails("status")) return SCARD_W_REMOVED_CARD;
    ck_assert_uint_ge(*atr_len, play.atr.len);
    memcpy(atr, play.atr.p, play.atr.len);
    *atr_len = fails("long ATR") ? 1000 : play.atr.len;
    return SCARD_S_SUCCESS;
}

LONG SCardBeginTransaction(SCARDHANDLE card)
{
    (void)card;
    if (fails("begin")) return SCARD_W_RESET_CARD;
    play.transactions++;
    return SCARD_S_SUCCESS;
}

LONG SCardEndTransaction(SCARDHANDLE card, DWORD disposition)
{
    (void)card;
    ck_assert_uint_eq(disposition, SCARD_LEAVE_CARD);
    play.transactions--;
    return SCARD_S_SUCCESS;
}

LONG SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *pci, LPCBYTE command, DWORD len,
                   SCARD_IO_REQUEST *answer_pci, LPBYTE answer, LPDWORD answer_len)
{
    (void)card, (void)answer_pci;
    ck_assert_uint_eq(play.transactions, 1);
    ck_assert_uint_eq(pci->dwProtocol, play.protocol);
    play.commands++;
    bool select = command[1] == 0xa4;
    if (fails(select ? "select" : "verify")) return SCARD_W_REMOVED_CARD;
    if (!select) { /* nothing that could be taken for a PIN */
        ck_assert_int_eq(memcmp(command, play.forget ? "\0\x20\xff\x80\0" : "\0\x20\0\x80\0", len),
                         0);
        play.verify_len = len;
    }
    unsigned status = select ? play.select : play.verify;
    answer[0] = (BYTE)(status >> 8);
    answer[1] = (BYTE)status;
    *answer_len = fails("short answer") ? 1 : fails("long answer") ? 70000 : 2;
    return SCARD_S_SUCCESS;
}

static void begin(void)
{
    static const char readers[] = "Other Reader 00 00\0ACS ACR39U 00 00\0";
    memset(&play, 0, sizeof play);
    play.readers = readers;
    play.readers_len = sizeof readers;
    play.atr = bytes_of(piv_atr, sizeof piv_atr);
    play.protocol = SCARD_PROTOCOL_T1;
    play.select = 0x9000;
    play.verify = 0x63c2;
}

static int tries(void)
{
    int n = counter_tries("ACS ACR39U 00 00");
    ck_assert_uint_eq(play.contexts + play.cards + play.transactions, 0); /* all given back */
    return n;
}

/* ---- answers ---- */

static const struct {
    unsigned select, verify;
    int tries;
} answers[] = {
    {0x9000, 0x63c3, 3},  {0x9000, 0x63cf, 15}, {0x6113, 0x63c1, 1},
    {0x9000, 0x63c0, 0},  {0x9000, 0x6983, 0},  {0x9000, 0x9000, -1}, /* somebody is logged in */
    {0x9000, 0x6300, -1}, {0x9000, 0x6a88, -1}, {0x9000, 0x6d00, -1},
    {0x6a82, 0x63c3, -1}, {0x6283, 0x63c3, -1},
};

START_TEST(answered)
{
    begin();
    play.select = answers[_i].select;
    play.verify = answers[_i].verify;
    ck_assert_int_eq(tries(), answers[_i].tries);
    ck_assert_str_eq(play.connected, "ACS ACR39U 00 00");
    bool known = play.select == 0x9000 && play.verify == 0x9000;
    ck_assert_int_eq(counter_knows_pin("ACS ACR39U 00 00"), known);
}
END_TEST

/* ISO 7816-3 12.2.2: a TPDU of T=0 has five octets. */
START_TEST(protocols)
{
    begin();
    ck_assert_int_eq(tries(), 2);
    ck_assert_uint_eq(play.verify_len, 4);
    play.protocol = SCARD_PROTOCOL_T0;
    ck_assert_int_eq(tries(), 2);
    ck_assert_uint_eq(play.verify_len, 5);
}
END_TEST

START_TEST(forgetting)
{
    begin();
    play.forget = true;
    play.verify = 0x9000;
    counter_forget("ACS ACR39U 00 00");
    ck_assert_uint_eq(play.commands, 2);
    ck_assert_uint_eq(play.contexts + play.cards + play.transactions, 0);
    counter_forget("Nobody");
    ck_assert_uint_eq(play.commands, 2);
}
END_TEST

static const char *const faults[] = {"context",      "list",     "long list",  "connect",
                                     "status",       "long ATR", "begin",      "select",
                                     "short answer", "verify",   "long answer"};

START_TEST(faulty)
{
    begin();
    play.fault = faults[_i];
    ck_assert_int_eq(tries(), -1);
    play.verify = 0x9000;
    ck_assert(!counter_knows_pin("ACS ACR39U 00 00"));
}
END_TEST

START_TEST(other_readers)
{
    static const char twins[] = "Same\0Same\0";
    begin();
    ck_assert_int_eq(counter_tries("Nobody"), -1);
    ck_assert_int_eq(counter_tries(""), -1);
    play.readers = twins;
    play.readers_len = sizeof twins;
    ck_assert_int_eq(counter_tries("Same"), -1); /* which one? */
    ck_assert_uint_eq(play.commands, 0);
}
END_TEST

START_TEST(more_readers_than_there_can_be)
{
    static char many[2048];
    begin();
    size_t n = 0;
    for (int i = 0; i < 64; i++)
        n += (size_t)snprintf(many + n, sizeof many - n, "Reader %d", i) + 1;
    play.readers = many;
    play.readers_len = n + 1;
    ck_assert_int_eq(counter_tries("Reader 63"), -1);
    play.readers_len = n; /* and a list without its last NUL */
    ck_assert_int_eq(counter_tries("Reader 63"), -1);
}
END_TEST

/* ---- kinds of cards ---- */

static const struct {
    const char *what;
    size_t len;
    uint8_t atr[20];
    bool known;
} atrs[] = {
    {"PIV", 15, {0x3b, 0x8b, 1, 0x80, 0xf9, 0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0, 0x48}, true},
    {"its check byte wrong", 15, {0x3b, 0x8b, 1, 0x80, 0xf9, 0xa0, 0, 0, 3, 8, 0, 0, 0x10}, false},
    {"another application", 14, {0x3b, 0x0c, 0x80, 0xf9, 0xa0, 0, 0, 3, 9, 0, 0, 0x10}, false},
    {"OpenPGP", 12, {0x3b, 0x0a, 0, 0x31, 0xf5, 0x73, 0xc0, 1, 0x60, 0, 0x90, 0}, false},
    {"no ATR", 0, {0}, false},
};

START_TEST(kinds)
{
    struct bytes atr = bytes_of(atrs[_i].atr, atrs[_i].len);
    begin();
    play.atr = atr;
    ck_assert_msg(tries() == (atrs[_i].known ? 2 : -1), "%s", atrs[_i].what);
    ck_assert_uint_eq(play.commands, atrs[_i].known ? 2 : 0); /* strangers are left alone */
}
END_TEST

/* ---- one state ---- */

static const struct {
    enum pin_state told;
    int tries;
    enum pin_state state;
    int left;
} states[] = {
    {PIN_OK, -1, PIN_OK, -1},
    {PIN_FINAL, -1, PIN_FINAL, -1},
    {PIN_OK, 3, PIN_OK, 3},
    {PIN_OK, 2, PIN_LOW, 2},
    {PIN_OK, 1, PIN_FINAL, 1},
    {PIN_OK, 0, PIN_LOCKED, 0},
    {PIN_LOW, 5, PIN_LOW, 5},
    {PIN_LOW, 1, PIN_FINAL, 1},
    {PIN_FINAL, 1, PIN_FINAL, 1},
    {PIN_FINAL, 0, PIN_LOCKED, 0},
    {PIN_FINAL, 3, PIN_FINAL, -1},
    {PIN_LOCKED, 0, PIN_LOCKED, 0},
    {PIN_LOCKED, 3, PIN_LOCKED, -1},
    {PIN_NOT_SET, 3, PIN_NOT_SET, -1},
    {PIN_NOT_SET, 0, PIN_NOT_SET, -1},
};

START_TEST(one_state)
{
    int n = states[_i].tries;
    ck_assert_int_eq(counter_state(states[_i].told, &n), states[_i].state);
    ck_assert_int_eq(n, states[_i].left);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("counter");
    TCase *t = tcase_create("counter");
    tcase_add_loop_test(t, answered, 0, ROWS(answers));
    tcase_add_test(t, protocols);
    tcase_add_test(t, forgetting);
    tcase_add_loop_test(t, faulty, 0, ROWS(faults));
    tcase_add_test(t, other_readers);
    tcase_add_test(t, more_readers_than_there_can_be);
    tcase_add_loop_test(t, kinds, 0, ROWS(atrs));
    tcase_add_loop_test(t, one_state, 0, ROWS(states));
    suite_add_tcase(s, t);
    return suite_run(s);
}
