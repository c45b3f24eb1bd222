/* SPDX-License-Identifier: MIT */
/*
 * The daemon with a card: the virtual one, behind a pcscd and OpenSC. How soon a page hears that it
 * came or went, who wakes up while nothing happens, and our share of a signature.
 *
 * bench_card.sh prepares the stack and calls:
 *   bench_card ONAYD CONFIG MODULE RUNTIME_DIR CARD_SOCKET PCSCD_PID
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <winscard.h>

#include "fixtures/card/control.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/daemon.h"
#include "tests/bench/page.h"

#define PIN          "123456"
#define ORIGIN       "Origin: https://portal.test"
#define MOVES        30 /* of the card, half of them out */
#define SIGNATURES   21
#define THINKING     2.1 /* s between two approvals: nothing that was known is young any more */
#define PATIENCE     30  /* times SETTLE */
#define IDLE_SECONDS 60
#define BEGUN        0.02 /* s until who waits is waiting */
#define SETTLE       0.3  /* s without a command to the card: what follows a change is over */

/* ---- the card ---- */

static void tell_card(const char *card, const char *word)
{
    own(buf) answer = buf_max(CONTROL_MAX_LINE);
    char said[16];
    (void)snprintf(said, sizeof said, "%s", word);
    if (control_ask(card, 1, (char *const[]){said}, &answer) != 0) bench_die("no card is there");
}

static double ask_card(const char *card, const char *name)
{
    own(buf) answer = buf_max(CONTROL_MAX_LINE);
    char tell[] = "tell", value[16];
    (void)snprintf(value, sizeof value, "%s", name);
    if (control_ask(card, 2, (char *const[]){tell, value}, &answer) != 0)
        bench_die("no card is there");
    return strtod(buf_cstr(&answer), NULL);
}

static void settle(const char *card)
{
    double before = -1, now = ask_card(card, "apdus");
    for (int i = 0; i < PATIENCE && now != before; i++) {
        before = now;
        bench_pause(SETTLE);
        now = ask_card(card, "apdus");
    }
}

/* ---- PC/SC event → the page ---- */

/* Whoever waits for the reader, in a thread of his own: what he waits for, and when he was told. */
struct waiting {
    void *ctx;
    bool in; /* the card, when he has been told */
    double told;
};

struct pcsc {
    SCARDCONTEXT context;
    SCARD_READERSTATE row;
};

static void open_pcsc(struct pcsc *p)
{
    static char names[1024];
    DWORD n = sizeof names;
    if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context) != SCARD_S_SUCCESS ||
        SCardListReaders(p->context, NULL, names, &n) != SCARD_S_SUCCESS)
        bench_die("PC/SC does not answer");
    p->row = (SCARD_READERSTATE){.szReader = names};
    if (SCardGetStatusChange(p->context, 0, &p->row, 1) != SCARD_S_SUCCESS)
        bench_die("PC/SC does not tell of its reader");
}

static void *wait_for_pcsc(void *ctx)
{
    struct waiting *w = ctx;
    struct pcsc *p = w->ctx;
    do {
        p->row.dwCurrentState = p->row.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
        if (SCardGetStatusChange(p->context, INFINITE, &p->row, 1) != SCARD_S_SUCCESS)
            bench_die("PC/SC does not tell of its reader");
        w->told = bench_clock();
    } while (((p->row.dwEventState & SCARD_STATE_PRESENT) != 0) != w->in);
    return NULL;
}

/* The peer: a program that learns of cards from its PKCS#11 module. */
static void *wait_for_module(void *ctx)
{
    struct waiting *w = ctx;
    const struct bare *b = w->ctx;
    CK_SLOT_ID slot;
    CK_SLOT_INFO info;
    do {
        if (b->f->C_WaitForSlotEvent(0, &slot, NULL) != CKR_OK ||
            b->f->C_GetSlotInfo(b->slot, &info) != CKR_OK)
            bench_die("the module does not wait");
        w->told = bench_clock();
    } while (((info.flags & CKF_TOKEN_PRESENT) != 0) != w->in);
    return NULL;
}

static pthread_t begin(void *(*who)(void *), struct waiting *w)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, who, w) != 0) bench_die("no thread");
    bench_pause(BEGUN);
    return thread;
}

static double page_after_pcsc(struct pcsc *p, struct page *page, const char *card, bool in)
{
    struct waiting pcsc = {p, in, 0};
    pthread_t thread = begin(wait_for_pcsc, &pcsc);
    tell_card(card, in ? "insert" : "remove");
    double heard = page_hears(page, "readers", "card-present", in);
    (void)pthread_join(thread, NULL);
    return heard - pcsc.told;
}

static double module_after_pcsc(struct pcsc *p, struct bare *b, const char *card, bool in)
{
    struct waiting pcsc = {p, in, 0}, module = {b, in, 0};
    pthread_t threads[] = {begin(wait_for_pcsc, &pcsc), begin(wait_for_module, &module)};
    tell_card(card, in ? "insert" : "remove");
    for (size_t i = 0; i < 2; i++) (void)pthread_join(threads[i], NULL);
    return module.told - pcsc.told;
}

static void bench_events(struct pcsc *p, const char *runtime_dir, const char *card, struct bare *b,
                         const char *module)
{
    double ours[MOVES], peer[MOVES];
    struct page page;
    page_open(&page, runtime_dir, ORIGIN, "/v1/events");
    (void)page_hears(&page, "readers", "card-present", true);
    for (size_t i = 0; i < MOVES; i++) {
        settle(card);
        ours[i] = page_after_pcsc(p, &page, card, i % 2);
    }
    page_close(&page);
    bare_open(b, module);
    for (size_t i = 0; i < MOVES; i++) {
        settle(card);
        peer[i] = module_after_pcsc(p, b, card, i % 2);
    }
    struct bench_pair pair = {bench_median(ours, MOVES), bench_median(peer, MOVES)};
    bench_time_at_most_beside("PC/SC event to SSE event at the page, vs C_WaitForSlotEvent", pair,
                              0.020);
}

/* ---- our share of a signature ---- */

/* What the card did meanwhile, and the seconds without it. */
struct share {
    double seconds[SIGNATURES], busy[SIGNATURES], apdus[SIGNATURES];
};

/* Before: what the card had done. */
static void note(struct share *s, size_t i, const char *card)
{
    settle(card);
    s->busy[i] = ask_card(card, "busy");
    s->apdus[i] = ask_card(card, "apdus");
}

/* After: what it has done since is taken off. */
static void note_end(struct share *s, size_t i, const char *card, double seconds)
{
    s->busy[i] = (ask_card(card, "busy") - s->busy[i]) * 1e-6;
    s->apdus[i] = ask_card(card, "apdus") - s->apdus[i];
    s->seconds[i] = seconds - s->busy[i];
}

static double approve(int fd, unsigned number)
{
    own(buf) in = buf_max(1 << 20);
    double before = bench_clock();
    daemon_approve(fd, number, &in);
    return bench_clock() - before;
}

static void tell_card_of(const char *whose, struct share *s)
{
    printf("# the card, %s: %.0f commands in %.2f ms\n", whose, bench_median(s->apdus, SIGNATURES),
           bench_median(s->busy, SIGNATURES) * 1e3);
}

static void bench_share(const struct daemon *d, const struct bare *b, const char *card)
{
    static struct share ours, bare;
    int fd = daemon_dial(d);
    for (unsigned i = 0; i < SIGNATURES; i++) {
        bench_pause(THINKING);
        note(&ours, i, card);
        note_end(&ours, i, card, approve(fd, i));
        note(&bare, i, card);
        note_end(&bare, i, card, bare_sign(b, PIN));
    }
    tell_card_of("in an approval", &ours);
    tell_card_of("in the bare calls", &bare);
    struct bench_pair pair = {bench_median(ours.seconds, SIGNATURES),
                              bench_median(bare.seconds, SIGNATURES)};
    bench_time_at_most_beside("POST to done on a card, without the card's time, vs bare card calls",
                              pair, 0.010);
    double before = bench_clock();
    for (unsigned i = 0; i < SIGNATURES; i++) (void)approve(fd, SIGNATURES + i);
    printf("# back to back: %.1f approvals a second, each in a worker of its own\n",
           SIGNATURES / (bench_clock() - before));
    (void)close(fd);
}

/* ---- who wakes up ---- */

/* A page listens, and the card has signed: nobody has a reason to look at a clock. */
static void bench_quiet(const struct daemon *d, const char *runtime_dir, const char *card,
                        pid_t pcscd)
{
    struct usage peer = {0}, peer_after = {0};
    struct page page;
    page_open(&page, runtime_dir, ORIGIN, "/v1/events");
    (void)page_hears(&page, "readers", "card-present", true);
    settle(card);
    struct usage before = daemon_usage(d);
    daemon_add_switches(pcscd, &peer);
    bench_pause(IDLE_SECONDS);
    struct usage after = daemon_usage(d);
    daemon_add_switches(pcscd, &peer_after);
    page_close(&page);
    printf("# idle for %d s: %u processes with %u threads; a reader, a card, a page that listens\n",
           IDLE_SECONDS, after.processes, after.threads);
    bench_at_most_beside("voluntary context switches in 60 s idle, vs pcscd",
                         after.switches - before.switches, peer_after.switches - peer.switches, 2);
}

int main(int argc, char **argv)
{
    if (argc != 7)
        bench_die("usage: bench_card ONAYD CONFIG MODULE RUNTIME_DIR CARD_SOCKET PCSCD_PID");
    struct daemon d = daemon_of(argv[1], argv[2], argv[4]);
    struct pcsc pcsc = {0};
    struct bare bare;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    daemon_start(&d);
    (void)close(daemon_dial(&d));
    open_pcsc(&pcsc);
    bench_events(&pcsc, argv[4], argv[5], &bare, argv[3]);
    bench_share(&d, &bare, argv[5]);
    bench_quiet(&d, argv[4], argv[5], (pid_t)strtol(argv[6], NULL, 10));
    daemon_stop(&d);
    return 0;
}
