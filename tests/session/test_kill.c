/* SPDX-License-Identifier: MIT */
/*
 * kill -9 at every write: a process that approves is ended by SIGKILL at each of its calls that
 * write to a disk, before it, in the middle of it and behind it, and at times that chance picks;
 * its successor has to tell the truth. Lost: a promise (what session_begin has accepted) that is
 * absent or untrue afterwards. Doubled: two signatures for one key.
 *
 * The calls are counted by taking libc's place in front of SQLite: the product has no hook for it.
 * KILL_ROUNDS=N picks N times by chance instead of 200.
 */
#include "session/session.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/support/faketoken.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

/* ---- the kills ---- */

enum cut { CUT_BEFORE, CUT_MIDDLE, CUT_BEHIND, CUT_COUNT };
static unsigned calls, kill_at; /* the first call is 1; 0: nobody is killed */
static enum cut cut;

static void die_if(enum cut where)
{
    if (calls == kill_at && cut == where) (void)kill(getpid(), SIGKILL);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at);
ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    calls++;
    die_if(CUT_BEFORE);
    if (calls == kill_at && cut == CUT_MIDDLE && n > 1)
        (void)syscall(SYS_pwrite64, fd, p, n / 2, at);
    die_if(CUT_MIDDLE);
    ssize_t done = syscall(SYS_pwrite64, fd, p, n, at);
    die_if(CUT_BEHIND);
    return done;
}

int fdatasync(int fd)
{
    calls++;
    die_if(CUT_BEFORE);
    die_if(CUT_MIDDLE);
    int done = (int)syscall(SYS_fdatasync, fd);
    die_if(CUT_BEHIND);
    return done;
}

int fsync(int fd)
{
    return fdatasync(fd);
}

/* ---- what outlives the killed ---- */

#define KEYS 3
static struct tally {
    bool promised[KEYS]; /* session_begin has accepted it */
    char id[KEYS][SESSION_ID];
    bool fetched[KEYS];       /* its owner was shown that it is done */
    struct digest file[KEYS]; /* and was given this */
    unsigned signatures[KEYS];
    unsigned at; /* the key that is at it */
    unsigned calls;
} * tally;

static const char *dir, *pki;
static struct settings settings;
static unsigned points, lost, doubled;

/* ---- one process ---- */

static struct approval_request request(unsigned key, struct approval_document *d)
{
    struct approval_request r = {.n_documents = 1,
                                 .documents = d,
                                 .profile = XADES_P1,
                                 .packaging = XADES_ENVELOPING,
                                 .commitment = XADES_PROOF_OF_APPROVAL,
                                 .lang = LANG_EN};
    *d = (struct approval_document){.role = ROLE_OTHER, .content = bytes_str("Taahhüt ederim.")};
    (void)snprintf(d->name, sizeof d->name, "a.txt");
    (void)snprintf(d->mime, sizeof d->mime, "text/plain");
    (void)snprintf(r.owner, sizeof r.owner, "https://portal.example");
    (void)snprintf(r.key, sizeof r.key, "key-%u", key);
    (void)snprintf(r.order_no, sizeof r.order_no, "SD-%u", key);
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("body"), &r.body));
    return r;
}

struct process {
    struct fake *fake;
    struct session *session;
};

static struct process start(void)
{
    struct process p = {.fake = fake_new(pki)};
    (void)fake_add(p.fake, "p256");
    p.session = session_new(&settings, &p.fake->token, NULL);
    ck_assert_ptr_nonnull(p.session);
    ck_assert_int_eq(session_store(p.session, dir), OK);
    return p;
}

static void end(struct process *p)
{
    session_free(p->session);
    fake_free(p->fake);
}

/* The fake signs at the step after the one that let it: every go is counted as a signature, before
 * it can be made. */
static void count_gos(void *ctx)
{
    (void)ctx;
    tally->signatures[tally->at]++;
}

static void ask(struct process *p, unsigned key)
{
    struct approval_document d;
    struct approval_request r = request(key, &d);
    struct session_why why;
    char id[SESSION_ID];
    bool existed;
    tally->at = key;
    p->fake->on_go = count_gos;
    ck_assert_int_eq(session_begin(p->session, &r, id, &existed, &why), OK);
    memcpy(tally->id[key], id, sizeof id);
    tally->promised[key] = true;
    session_step(p->session);
}

static void fetch(struct process *p, unsigned key)
{
    struct bytes file;
    if (session_signature(p->session, "https://portal.example", tally->id[key], &file) != OK)
        return;
    ck_assert(digest_of(DIGEST_SHA256, file, &tally->file[key]));
    tally->fetched[key] = true;
}

/* From the making of the file to its closing. */
static void live(void)
{
    struct process p = start();
    for (unsigned key = 0; key < KEYS; key++) {
        ask(&p, key);
        fetch(&p, key);
    }
    tally->calls = calls;
    end(&p);
}

/* ---- its successor ---- */

static bool same_file(struct bytes file, unsigned key)
{
    struct digest d;
    return digest_of(DIGEST_SHA256, file, &d) &&
           bytes_eq(digest_bytes(&d), digest_bytes(&tally->file[key]));
}

static bool true_of(struct process *p, unsigned key)
{
    struct approval_view v;
    struct bytes file = {0};
    const char *owner = "https://portal.example";
    if (session_approval(p->session, owner, tally->id[key], &v) != OK) return false;
    err_t e = session_signature(p->session, owner, tally->id[key], &file);
    switch (v.state) {
    case APPROVAL_DONE: /* by one signature, and with the file that was given out, if one was */
        return e == OK && tally->signatures[key] == 1 && file.len == v.signature_size &&
               (!tally->fetched[key] || same_file(file, key));
    case APPROVAL_INTERRUPTED:
        return e == ERR_APPROVAL_NOT_DONE && v.problem == ERR_INTERRUPTED && !tally->fetched[key];
    case APPROVAL_FAILED: /* the card was not asked */
        return e == ERR_APPROVAL_NOT_DONE && v.problem == ERR_RESTARTED &&
               tally->signatures[key] == 0;
    default:
        return false;
    }
}

/* The same request again: what was promised stands, and what was not may be made, once. */
static void judge(void)
{
    struct process p = start();
    for (unsigned key = 0; key < KEYS; key++) {
        const bool promised = tally->promised[key];
        char id[SESSION_ID];
        memcpy(id, tally->id[key], sizeof id);
        if (promised && !true_of(&p, key)) lost++;
        ask(&p, key);
        if (promised && strcmp(id, tally->id[key]) != 0) lost++;
        if (tally->signatures[key] > 1) doubled++;
    }
    end(&p);
}

/* ---- one point ---- */

static void clean(void)
{
    static const char *const names[] = {"", "-wal", "-journal"};
    for (size_t i = 0; i < 3; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/approvals.db%s", dir, names[i]);
        (void)unlink(path);
    }
    memset(tally, 0, sizeof *tally);
}

static void wait_for(pid_t pid, int *status)
{
    ck_assert(waitpid(pid, status, 0) == pid);
}

/* True: it was killed there. False: it came to its end before. */
static bool kill_there(unsigned call, enum cut where)
{
    int status;
    clean();
    pid_t pid = fork();
    if (pid == 0) {
        calls = 0;
        kill_at = call;
        cut = where;
        live();
        _exit(0);
    }
    wait_for(pid, &status);
    ck_assert(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    points += WIFSIGNALED(status);
    judge();
    return WIFSIGNALED(status);
}

static void kill_after(long microseconds)
{
    int status;
    clean();
    pid_t pid = fork();
    if (pid == 0) {
        live();
        _exit(0);
    }
    (void)nanosleep(&(struct timespec){0, microseconds * 1000}, NULL);
    (void)kill(pid, SIGKILL);
    wait_for(pid, &status);
    points += WIFSIGNALED(status);
    judge();
}

/* How long a life takes here: chance picks within it. */
static long life(void)
{
    struct timespec from, to;
    int status;
    clean();
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t pid = fork();
    if (pid == 0) {
        live();
        _exit(0);
    }
    wait_for(pid, &status);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    return (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
}

START_TEST(killed)
{
    const char *given = getenv("KILL_ROUNDS");
    const unsigned rounds = given ? (unsigned)strtoul(given, NULL, 10) : 200;
    for (enum cut where = 0; where < CUT_COUNT; where++)
        for (unsigned call = 1; kill_there(call, where); call++) continue;
    const unsigned enumerated = points;
    const long length = life();
    srandom(5070);
    for (unsigned i = 0; i < rounds; i++) kill_after(random() % length);
    printf("# kill -9 at %u writes and at %u times by chance: lost %u, doubled %u\n", enumerated,
           points - enumerated, lost, doubled);
    ck_assert_uint_gt(enumerated, 350); /* three ways at each of over a hundred calls */
    ck_assert_uint_eq(lost, 0);
    ck_assert_uint_eq(doubled, 0);
}
END_TEST

int main(void)
{
    static char folder[256];
    dir = scratch_new();
    scratch_run("fixtures/pki/make %s/pki", dir);
    pki = scratch_path("pki");
    (void)snprintf(folder, sizeof folder, "%s/state", dir);
    if (mkdir(folder, 0700) != 0) return 1;
    dir = folder;
    settings_default(&settings);
    settings.any_certificate = true;
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED) return 1;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    Suite *s = suite_create("kill");
    TCase *t = tcase_create("kill");
    tcase_set_timeout(t, 240);
    tcase_add_test(t, killed);
    suite_add_tcase(s, t);
    return suite_run(s);
}
