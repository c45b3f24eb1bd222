/* SPDX-License-Identifier: MIT */
/*
 * What a virtual reader under a real pcscd cannot do (tests/e2e/31_readers.sh has that): readers
 * that are plugged in at a given moment, more of them than fit, and a libpcsclite that fails. Its
 * functions are played here, and the watcher is a child of the test.
 */
#include "pkcs11/pcsc.h"

#include <check.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <winscard.h>

#include "core/text.h"
#include "pkcs11/wire.h"
#include "tests/support/suite.h"

#define EMPTY   SCARD_STATE_EMPTY
#define CARD    SCARD_STATE_PRESENT
#define CHANGED SCARD_STATE_CHANGED
#define GONE    (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | CHANGED)
#define COUNT   0x10000u /* one event, in the upper half */

/* One wait: how long it may be, what comes of it, and which readers are there afterwards. */
struct wait {
    DWORD patience;
    LONG rv;
    DWORD event[3];
    const char *names; /* parted by '/'; NULL: as before */
};

#define WAITS 6
static const struct script {
    const char *what, *names;
    struct wait waits[WAITS]; /* then it waits for ever, or as long as the test needs */
    const char *told[4];      /* each reader by its name and state; "-": no service */
} scripts[] = {
    {"no reader, then one",
     "",
     {{1000, SCARD_S_SUCCESS, {CHANGED}, "A"},
      {1000, SCARD_S_SUCCESS, {EMPTY | CHANGED}, NULL},
      {1000, SCARD_E_TIMEOUT, {0}, NULL}},
     {"", "A:0"}},
    {"one that came between list and wait is found a second later",
     "A",
     {{1000, SCARD_S_SUCCESS, {EMPTY | CHANGED}, NULL},
      {1000, SCARD_E_TIMEOUT, {0}, "A/B"},
      {1000, SCARD_S_SUCCESS, {EMPTY | CHANGED, CARD | CHANGED}, NULL},
      {1000, SCARD_E_TIMEOUT, {0}, NULL}},
     {"A:0", "A:0 B:1"}},
    {"one that went between list and wait",
     "A/B",
     {{1000, SCARD_E_UNKNOWN_READER, {0}, "B"}, {1000, SCARD_S_SUCCESS, {CARD | CHANGED}, NULL}},
     {"B:1"}},
    {"one is unplugged",
     "A/B",
     {{1000, SCARD_S_SUCCESS, {CARD | CHANGED, EMPTY | CHANGED}, NULL},
      {1000, SCARD_E_TIMEOUT, {0}, NULL},
      {INT_MAX, SCARD_S_SUCCESS, {GONE, EMPTY}, "B"},
      {1000, SCARD_S_SUCCESS, {EMPTY | CHANGED}, NULL}},
     {"A:1 B:0", "B:0"}},
    {"the last one is unplugged",
     "A",
     {{1000, SCARD_S_SUCCESS, {EMPTY | CHANGED}, NULL},
      {1000, SCARD_S_SUCCESS, {GONE, CHANGED}, ""}},
     {"A:0", ""}},
    {"one does not work for a while",
     "A",
     {{1000, SCARD_S_SUCCESS, {SCARD_STATE_UNAVAILABLE | CHANGED}, NULL},
      {1000, SCARD_S_SUCCESS, {CARD | CHANGED}, NULL}},
     {"", "A:1"}},
    {"a card that is used is told no news",
     "A",
     {{1000, SCARD_S_SUCCESS, {CARD | CHANGED}, NULL},
      {1000, SCARD_S_SUCCESS, {CARD | SCARD_STATE_INUSE | CHANGED}, NULL},
      {1000, SCARD_S_SUCCESS, {CARD | SCARD_STATE_MUTE | CHANGED}, NULL},
      {1000, SCARD_S_SUCCESS, {CARD | SCARD_STATE_EXCLUSIVE | CHANGED}, NULL}},
     {"A:1", "A:2", "A:3"}},
    {"a card that was out for a moment is news",
     "A",
     {{1000, SCARD_S_SUCCESS, {COUNT | CARD | CHANGED}, NULL},
      {1000, SCARD_S_SUCCESS, {3 * COUNT | CARD | CHANGED}, NULL}},
     {"A:1", "A:1"}},
    {"the service goes",
     "A",
     {{1000, SCARD_S_SUCCESS, {CARD | CHANGED}, NULL}, {1000, SCARD_F_COMM_ERROR, {0}, NULL}},
     {"A:1", "-"}},
    {"the service goes, with nobody there", "", {{1000, SCARD_E_NO_SERVICE, {0}, NULL}}, {"", "-"}},
    {"fifteen readers leave a row for others",
     "A/B/C/D/E/F/G/H/I/J/K/L/M/N/O",
     {{1000, SCARD_S_SUCCESS, {EMPTY, EMPTY, EMPTY}, NULL}},
     {"A:0 B:0 C:0 D:0 E:0 F:0 G:0 H:0 I:0 J:0 K:0 L:0 M:0 N:0 O:0"}},
    {"sixteen leave none",
     "A/B/C/D/E/F/G/H/I/J/K/L/M/N/O/P",
     {{1000, SCARD_S_SUCCESS, {EMPTY, EMPTY, EMPTY}, NULL}},
     {"A:0 B:0 C:0 D:0 E:0 F:0 G:0 H:0 I:0 J:0 K:0 L:0 M:0 N:0 O:0 P:0"}},
    {"of more, sixteen are watched",
     "A/B/C/D/E/F/G/H/I/J/K/L/M/N/O/P/Q/R",
     {{1000, SCARD_S_SUCCESS, {EMPTY, EMPTY, EMPTY}, NULL}},
     {"A:0 B:0 C:0 D:0 E:0 F:0 G:0 H:0 I:0 J:0 K:0 L:0 M:0 N:0 O:0 P:0"}},
    {"two names that look alike",
     "A\x1b/A\xe2\x80\xae",
     {{1000, SCARD_S_SUCCESS, {EMPTY, CARD}, NULL}},
     {"A:0 A:1"}},
    {"malformed and empty names",
     "\xff/\x01",
     {{1000, SCARD_S_SUCCESS, {EMPTY, CARD}, NULL}},
     {"\xef\xbf\xbd:0 :1"}},
};

/* ---- libpcsclite, as the script has it ---- */

static const struct script *script;
static const char *names_now;
static size_t waits_done, contexts;
static DWORD given[READERS_MAX + 1];
static size_t allocated;

static void must(bool holds, const char *what)
{
    if (holds) return;
    (void)fprintf(stderr, "%s: %s, wait %zu\n", script->what, what, waits_done);
    _exit(99);
}

LONG SCardEstablishContext(DWORD scope, LPCVOID r1, LPCVOID r2, LPSCARDCONTEXT context)
{
    (void)r1, (void)r2;
    must(scope == SCARD_SCOPE_SYSTEM, "scope");
    if (contexts++ > 0) return SCARD_E_NO_SERVICE;
    *context = 7;
    return SCARD_S_SUCCESS;
}

LONG SCardReleaseContext(SCARDCONTEXT context)
{
    must(context == 7 && allocated == 0, "released with all its memory");
    return SCARD_E_NO_SERVICE;
}

LONG SCardFreeMemory(SCARDCONTEXT context, LPCVOID memory)
{
    must(context == 7 && allocated-- > 0, "freed once");
    free((void *)(uintptr_t)memory);
    return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD len)
{
    must(context == 7 && !groups && *len == SCARD_AUTOALLOCATE, "list");
    if (!*names_now) return SCARD_E_NO_READERS_AVAILABLE;
    size_t n = strlen(names_now);
    char *list = calloc(1, n + 2);
    must(list != NULL, "memory");
    for (size_t i = 0; i < n; i++) list[i] = (char)(names_now[i] == '/' ? 0 : names_now[i]);
    allocated++;
    memcpy(readers, &list, sizeof list);
    *len = (DWORD)n + 2;
    return SCARD_S_SUCCESS;
}

static size_t n_names(void)
{
    size_t n = *names_now ? 1 : 0;
    for (const char *p = names_now; *p; p++) n += *p == '/';
    return n;
}

LONG SCardGetStatusChange(SCARDCONTEXT context, DWORD patience, SCARD_READERSTATE *rows, DWORD n)
{
    size_t there = n_names();
    must(context == 7 && n <= 16, "no more rows than it takes");
    must(n == (there < 16 ? there + 1 : 16), "a row each, and one for others");
    must(n == 16 || strcmp(rows[n - 1].szReader, "\\\\?PnP?\\Notification") == 0, "the last row");
    for (size_t i = 0; i < n; i++)
        must(rows[i].dwCurrentState == 0 || rows[i].dwCurrentState == (given[i] & ~(DWORD)CHANGED),
             "what was told is what it compares with");
    const struct wait *w = &script->waits[waits_done];
    if (waits_done == WAITS || w->patience == 0) (void)pause();
    must(patience == w->patience, "how long");
    waits_done++;
    if (w->names) names_now = w->names;
    for (size_t i = 0; i < n && w->rv == SCARD_S_SUCCESS; i++) {
        rows[i].dwEventState = given[i] = w->event[i < 3 ? i : 2];
        rows[i].cbAtr = rows[i].dwEventState & CARD ? 2 : 0;
        memcpy(rows[i].rgbAtr, "\x3b", 2);
    }
    return w->rv;
}

/* ---- the watcher, and what it says ---- */

static struct packet packet;
static struct wire_message said;

static bool hear(int sock)
{
    if (packet_receive(sock, &packet, true) != PACKET_GOT) return false;
    return wire_decode(bytes_of(packet.p, packet.len), packet.n_fds, &said);
}

static void describe(const struct readers *r, struct buf *out)
{
    if (!r->service) buf_str(out, "-");
    for (size_t i = 0; i < r->n; i++) {
        const struct reader *one = &r->at[i];
        ck_assert(text_plain_same(bytes_str(one->name), READERS_NAME_MAX));
        bool answers = one->state == READER_CARD || one->state == READER_EXCLUSIVE;
        ck_assert_uint_eq(one->atr_len, answers ? 2 : 0);
        buf_fmt(out, "%s%s:%d", i ? " " : "", one->name, (int)one->state);
    }
}

static pid_t start(const struct script *s, int *sock)
{
    int ends[2];
    ck_assert(packet_new(&packet));
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)close(ends[0]);
        script = s;
        names_now = s->names;
        _exit(pcsc_run(ends[1]));
    }
    (void)close(ends[1]);
    *sock = ends[0];
    return pid;
}

START_TEST(by_script)
{
    const struct script *s = &scripts[_i];
    own_fd sock = -1;
    int status;
    pid_t pid = start(s, &sock);
    ck_assert(hear(sock) && said.type == WIRE_READY && said.error == OK);
    for (size_t i = 0; i < 4 && s->told[i]; i++) {
        own(buf) words = buf_max(8192);
        ck_assert_msg(hear(sock) && said.type == WIRE_READERS, "%s: %s", s->what, s->told[i]);
        describe(&said.readers, &words);
        ck_assert_msg(strcmp(buf_cstr(&words), s->told[i]) == 0, "%s: %s", s->what,
                      buf_cstr(&words));
    }
    struct pollfd p = {sock, POLLIN, 0};
    ck_assert_msg(poll(&p, 1, 300) == 0, "%s: and nothing else", s->what);
    (void)close(give_fd(&sock));
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    packet_free(&packet);
}
END_TEST

int main(void)
{
    (void)setenv("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm", 1);
    Suite *s = suite_create("pcsc");
    TCase *t = tcase_create("scripts");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, by_script, 0, ROWS(scripts));
    suite_add_tcase(s, t);
    return suite_run(s);
}
