/* SPDX-License-Identifier: MIT */
/* The test is the reader: it listens where vpcd would, and is not always kind. */
#include "fixtures/card/seat.h"

#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

static struct piv card;
static struct seat seat;
static int listening, wire;

static uint16_t listen_somewhere(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listening = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listening, (struct sockaddr *)(void *)&at, len), 0);
    ck_assert_int_eq(listen(listening, 4), 0);
    ck_assert_int_eq(getsockname(listening, (struct sockaddr *)(void *)&at, &len), 0);
    return ntohs(at.sin_port);
}

/* Serves as the loop of the program would, until what is awaited can be read by the reader. */
static void serve_until(int fd)
{
    struct pollfd rows[2];
    do {
        int wait = seat_wait(&seat);
        rows[0] = (struct pollfd){.fd = seat_fd(&seat), .events = POLLIN};
        rows[1] = (struct pollfd){.fd = fd, .events = POLLIN};
        ck_assert_int_ge(poll(rows, 2, wait < 0 || wait > 100 ? 100 : wait), 0);
        seat_serve(&seat);
    } while (!rows[1].revents);
}

static void reader_sees_card(void)
{
    serve_until(listening);
    wire = accept(listening, NULL, NULL);
    ck_assert_int_ge(wire, 0);
}

static void tell(const void *octets, size_t len)
{
    ck_assert_int_eq(send(wire, octets, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void tell_apdu(const void *octets, size_t len)
{
    uint8_t head[2] = {(uint8_t)(len >> 8), (uint8_t)len};
    tell(head, 2);
    tell(octets, len);
}

/* One answer; its status word, or 0 when the card has gone. */
static uint8_t answer[VPCD_MAX];
static size_t answer_len;
static unsigned answered(void)
{
    uint8_t head[2];
    serve_until(wire);
    if (recv(wire, head, 2, MSG_WAITALL) != 2) return 0;
    answer_len = (size_t)head[0] << 8 | head[1];
    ck_assert_int_eq(recv(wire, answer, answer_len, MSG_WAITALL), (ssize_t)answer_len);
    if (answer_len < 2) return 1;
    return (unsigned)answer[answer_len - 2] << 8 | answer[answer_len - 1];
}

static unsigned ask(const char *octets, size_t len)
{
    tell_apdu(octets, len);
    return answered();
}
#define ASK(literal) ask(literal, sizeof(literal) - 1)

#define POWER "\0\1\1"
#define VERIFY                                                                                     \
    "\x00\x20\x00\x80\x08"                                                                         \
    "123456\xff\xff"
#define WRONG                                                                                      \
    "\x00\x20\x00\x80\x08"                                                                         \
    "654321\xff\xff"
#define TRIES "\x00\x20\x00\x80"
#define SIGN                                                                                       \
    "\x00\x87\x11\x9a\x26\x7c\x24\x82\x00\x81\x20"                                                 \
    "0123456789abcdef0123456789abcdef\x00"

static void begin(void)
{
    const char *why = NULL;
    ck_assert_msg(piv_load(scratch_path("card"), &card, &why), "%s", why);
    seat = seat_new(listen_somewhere());
    seat_insert(&seat, &card);
    reader_sees_card();
    ck_assert_str_eq(seat_state(&seat), "coming");
    tell(POWER, 3);
    ck_assert_uint_eq(ASK(TRIES), 0x63c3);
    ck_assert_str_eq(seat_state(&seat), "in");
}

static void finish(void)
{
    (void)close(wire);
    (void)close(listening);
    seat_free(&seat);
    piv_free(&card);
}

START_TEST(atr)
{
    tell("\0\1\4", 3);
    ck_assert_uint_ne(answered(), 0);
    ck_assert(bytes_eq(bytes_of(answer, answer_len), piv_atr()));
}
END_TEST

static const struct {
    const char *octets;
    size_t len;
} unkind[] = {{"\0\0", 2}, {"\0\1\3", 3}, {"\0\1\xff", 3}};

START_TEST(no_reader)
{
    tell(unkind[_i].octets, unkind[_i].len);
    ck_assert_uint_eq(answered(), 0);
    (void)close(wire);
    reader_sees_card(); /* for the next one it is there */
    tell(POWER, 3);
    ck_assert_uint_eq(ASK(TRIES), 0x63c3);
}
END_TEST

START_TEST(no_command)
{
    static const char zeros[VPCD_MAX];
    const size_t lengths[] = {2, 3, 7, 300, VPCD_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        ck_assert_uint_eq(ask(zeros, lengths[i]), SW_LENGTH);
}
END_TEST

START_TEST(octet_by_octet)
{
    const char message[] = "\0\4\x00\x20\x00\x80";
    for (size_t i = 0; i < 6; i++) {
        tell(message + i, 1);
        seat_serve(&seat);
    }
    ck_assert_uint_eq(answered(), 0x63c3);
}
END_TEST

/* A reader that has not noticed the change speaks to the card before, which nobody has powered. */
START_TEST(not_noticed)
{
    (void)close(wire);
    reader_sees_card();
    if (_i == 0) {
        ck_assert_uint_eq(ASK(TRIES), 0);
    } else {
        unsigned looks = 0;
        do tell("\0\1\4", 3);
        while (answered() && ++looks < 10);
        ck_assert_uint_eq(looks, 3);
    }
    (void)close(wire);
    reader_sees_card();
    tell(POWER, 3);
    ck_assert_uint_eq(ASK(TRIES), 0x63c3);
}
END_TEST

START_TEST(removal)
{
    ck_assert_uint_eq(ASK(WRONG), 0x63c2);
    ck_assert_uint_eq(ASK(VERIFY), SW_OK);
    ck_assert_uint_eq(ASK(WRONG), 0x63c2);
    seat_remove(&seat);
    ck_assert_str_eq(seat_state(&seat), "leaving");
    ck_assert_uint_eq(ASK(VERIFY), 0); /* what still comes is not heard */
    (void)close(wire);
    while (seat.reader.fd >= 0) serve_until(seat_fd(&seat));
    ck_assert_str_eq(seat_state(&seat), "out");
    seat_insert(&seat, &card);
    reader_sees_card();
    tell(POWER, 3);
    ck_assert_uint_eq(ASK(TRIES), 0x63c2);
    ck_assert_uint_eq(card.verifies, 3);
}
END_TEST

START_TEST(reset)
{
    ck_assert_uint_eq(ASK(VERIFY), SW_OK);
    ck_assert_uint_eq(ASK(TRIES), SW_OK);
    tell("\0\1\2", 3);
    ck_assert_uint_eq(ASK(TRIES), 0x63c3);
}
END_TEST

/* ---- faults: for a signature; then all is well again ---- */

static const struct {
    const char *words[3];
    size_t n;
    unsigned sw; /* 0: gone; 1: no status word */
    unsigned long signatures;
} faults[] = {
    {{"sign", "remove", NULL}, 2, 0, 0},       {{"any", "remove-after", "1"}, 3, 0, 0},
    {{"sign", "sw", "6f00"}, 3, 0x6f00, 0},    {{"any", "sw", "9000"}, 3, 0x9000, 0},
    {{"sign", "truncate", NULL}, 2, SW_OK, 1}, {{"sign", "garbage", NULL}, 2, SW_OK, 1},
    {{"sign", "length", NULL}, 2, SW_OK, 1},   {{"sign", "short", NULL}, 2, 1, 1},
};

static bool is_template(void)
{
    return answer_len > 70 && answer[0] == 0x7c && answer[1] == answer_len - 4;
}

START_TEST(fault)
{
    ck_assert_uint_eq(ASK(VERIFY), SW_OK);
    ck_assert_ptr_null(fault_arm(&seat.faults, faults[_i].n, faults[_i].words));
    ck_assert_uint_eq(ASK(SIGN), faults[_i].sw);
    ck_assert_uint_eq(card.signatures, faults[_i].signatures);
    if (faults[_i].sw == 0) return;
    ck_assert(!is_template());
    ck_assert_uint_eq(ASK(SIGN), SW_OK);
    ck_assert(is_template());
}
END_TEST

START_TEST(forgetting)
{
    const char *words[] = {"sign", "forget"};
    ck_assert_uint_eq(ASK(VERIFY), SW_OK);
    ck_assert_ptr_null(fault_arm(&seat.faults, 2, words));
    ck_assert_uint_eq(ASK(SIGN), SW_SECURITY);
    ck_assert_uint_eq(ASK(TRIES), 0x63c3);
    ck_assert_uint_eq(card.signatures, 0);
}
END_TEST

START_TEST(fault_for_another)
{
    const char *words[] = {"read", "sw", "6f00"};
    ck_assert_uint_eq(ASK(VERIFY), SW_OK);
    ck_assert_ptr_null(fault_arm(&seat.faults, 3, words));
    ck_assert_uint_eq(ASK(SIGN), SW_OK);
    ck_assert_uint_eq(ASK("\x00\xcb\x3f\xff\x03\x5c\x01\x7e\x00"), 0x6f00);
    ck_assert_uint_eq(ASK("\x00\xcb\x3f\xff\x03\x5c\x01\x7e\x00"), SW_OK);
}
END_TEST

START_TEST(mute)
{
    const char *words[] = {"sign", "mute"};
    ck_assert_uint_eq(ASK(VERIFY), SW_OK);
    ck_assert_ptr_null(fault_arm(&seat.faults, 2, words));
    tell_apdu(SIGN, sizeof SIGN - 1);
    tell_apdu(TRIES, sizeof TRIES - 1);
    tell("\0\1\4", 3);
    ck_assert_uint_ne(answered(), 0);
    ck_assert_uint_eq(answer_len, piv_atr().len); /* the reader still finds it there */
    ck_assert_uint_eq(card.signatures, 0);
    seat_remove(&seat);
    ck_assert_uint_eq(answered(), 0);
}
END_TEST

START_TEST(mute_to_reset)
{
    const char *words[] = {"reset", "mute"}, *others[] = {"reset", "sw", "6f00"};
    ck_assert_ptr_nonnull(fault_arm(&seat.faults, 3, others));
    ck_assert_ptr_null(fault_arm(&seat.faults, 2, words));
    ck_assert_uint_eq(ASK(TRIES), 0x63c3); /* it has power already */
    for (int i = 0; i < 2; i++) {          /* until it is taken out */
        tell(POWER, 3);
        tell("\0\1\4", 3);
        (void)answered();
        ck_assert_uint_gt(answer_len, 33);
    }
    seat_remove(&seat);
    ck_assert_uint_eq(answered(), 0);
    (void)close(wire);
    seat_insert(&seat, &card);
    reader_sees_card();
    tell(POWER, 3);
    tell("\0\1\4", 3);
    ck_assert_uint_ne(answered(), 0);
    ck_assert(bytes_eq(bytes_of(answer, answer_len), piv_atr()));
}
END_TEST

START_TEST(leave)
{
    const char *words[] = {"verify", "leave"};
    ck_assert_ptr_null(fault_arm(&seat.faults, 2, words));
    ck_assert_uint_eq(ASK(TRIES), 0x63c3); /* which is no VERIFY with a PIN */
    ck_assert_int_eq(seat.left, 0);
    ck_assert_uint_eq(ASK(VERIFY), SW_OK);
    ck_assert_str_eq(seat_state(&seat), "leaving");
    ck_assert_int_gt(seat.left, 0);
    ck_assert_uint_eq(ASK(TRIES), 0);
    ck_assert_uint_eq(card.verifies, 1);
}
END_TEST

/* A certificate: the whole answer is given, whose first part is not its last. */
START_TEST(leave_behind_the_rest)
{
    const char *words[] = {"read", "leave"};
    ck_assert_ptr_null(fault_arm(&seat.faults, 2, words));
    ck_assert_uint_eq(ASK("\x00\xcb\x3f\xff\x05\x5c\x03\x5f\xc1\x05\x00") >> 8, 0x61);
    ck_assert_str_eq(seat_state(&seat), "in");
    while (ASK("\x00\xc0\x00\x00\x00") >> 8 == 0x61) continue;
    ck_assert_uint_eq(answer[answer_len - 2], 0x90);
    ck_assert_str_eq(seat_state(&seat), "leaving");
}
END_TEST

START_TEST(slow)
{
    ck_assert_uint_eq(ASK(VERIFY), SW_OK);
    int64_t before = seat.busy;
    seat.slow = 20;
    ck_assert_uint_eq(ASK(SIGN), SW_OK);
    ck_assert_int_ge(seat.busy - before, 20000);
    seat.slow = 60000;
    tell_apdu(SIGN, sizeof SIGN - 1);
    while (!seat.due) seat_serve(&seat);
    seat_remove(&seat); /* it can be taken out meanwhile */
    ck_assert_uint_eq(answered(), 0);
}
END_TEST

/* ---- folders that are no card ---- */

static const char *const spoilt[] = {
    "rm guid",         "echo 12 >guid",           "tr a-f A-F <../card/guid | sed s/^../AA/ >guid",
    "echo 123 >pin",   "echo 12345a >pin",        "echo 123456789 >puk",
    "echo no >9a.key", "rm 9a.der; mkdir 9a.der",
};

START_TEST(no_card)
{
    const char *why = NULL;
    static struct piv c;
    scratch_run("cd %s && rm -rf bad && cp -r card bad && cd bad && %s", scratch_path(""),
                spoilt[_i]);
    ck_assert(!piv_load(scratch_path("bad"), &c, &why));
    ck_assert_ptr_nonnull(why);
}
END_TEST

int main(void)
{
    scratch_run(
        "cd %s && mkdir card && cd card && echo 00112233445566778899aabbccddeeff >guid && "
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout 9a.key "
        "-subj /CN=x -outform der -out 9a.der",
        scratch_new());
    Suite *s = suite_create("seat");
    TCase *t = tcase_create("seat");
    tcase_add_checked_fixture(t, begin, finish);
    tcase_add_test(t, atr);
    tcase_add_loop_test(t, no_reader, 0, ROWS(unkind));
    tcase_add_test(t, no_command);
    tcase_add_test(t, octet_by_octet);
    tcase_add_loop_test(t, not_noticed, 0, 2);
    tcase_add_test(t, removal);
    tcase_add_test(t, reset);
    tcase_add_loop_test(t, fault, 0, ROWS(faults));
    tcase_add_test(t, forgetting);
    tcase_add_test(t, fault_for_another);
    tcase_add_test(t, mute);
    tcase_add_test(t, mute_to_reset);
    tcase_add_test(t, leave);
    tcase_add_test(t, leave_behind_the_rest);
    tcase_add_test(t, slow);
    suite_add_tcase(s, t);
    t = tcase_create("folder");
    tcase_add_loop_test(t, no_card, 0, ROWS(spoilt));
    suite_add_tcase(s, t);
    return suite_run(s);
}
