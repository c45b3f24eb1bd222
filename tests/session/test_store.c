/* SPDX-License-Identifier: MIT */
#include "session/session.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "core/file.h"
#include "session/results.h"
#include "session/store.h"
#include "tests/support/faketoken.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#define ORIGIN "https://portal.example"

static const char *pki;
static char dir[256], file[300];
static struct settings settings;
static struct fake *fake;
static struct session *session;

/* ---- a session over the folder ---- */

static err_t open_session(void)
{
    fake = fake_new(pki);
    (void)fake_add(fake, "p256");
    session = session_new(&settings, &fake->token, NULL);
    ck_assert_ptr_nonnull(session);
    session_quiet(session);
    return session_store(session, dir);
}

static void close_session(void)
{
    session_free(session);
    fake_free(fake);
    session = NULL;
}

static void set_up(void)
{
    scratch_run("rm -rf %s && mkdir -m 700 %s", dir, dir);
    settings_default(&settings);
    settings.any_certificate = true;
}

static char id[SESSION_ID];

static err_t begin(const char *key)
{
    static struct approval_document d = {
        .role = ROLE_OTHER, .name = "belge.txt", .mime = "text/plain"};
    struct approval_request r = {.n_documents = 1,
                                 .documents = &d,
                                 .profile = XADES_P1,
                                 .packaging = XADES_ENVELOPING,
                                 .commitment = XADES_PROOF_OF_APPROVAL,
                                 .owner = ORIGIN,
                                 .order_no = "SD-780",
                                 .lang = LANG_EN};
    struct session_why why;
    bool existed;
    d.content = bytes_str("an unmistakable document");
    (void)snprintf(r.key, sizeof r.key, "%s", key);
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("body"), &r.body));
    return session_begin(session, &r, id, &existed, &why);
}

static struct approval_view view(void)
{
    struct approval_view v = {0};
    ck_assert_int_eq(session_approval(session, ORIGIN, id, &v), OK);
    return v;
}

static void approve(const char *key)
{
    ck_assert_int_eq(begin(key), OK);
    session_step(session);
    ck_assert_int_eq(view().state, APPROVAL_DONE);
}

static bool on_disk(const char *text)
{
    static const char *const ends[] = {"", "-wal"};
    for (size_t i = 0; i < 2; i++) {
        own(buf) all = buf_max(64 << 20), path = buf_max(512);
        buf_fmt(&path, "%s%s", file, ends[i]);
        ck_assert_int_eq(file_read(buf_cstr(&path), &all), OK);
        if (memmem(all.p, all.len, text, strlen(text))) return true;
    }
    return false;
}

/* ---- what a restart finds ---- */

START_TEST(done_is_done)
{
    struct bytes before, after;
    ck_assert_int_eq(open_session(), OK);
    approve("k");
    ck_assert_int_eq(session_signature(session, ORIGIN, id, &before), OK);
    own(buf) copy = buf_max(1 << 20);
    buf_add(&copy, before);
    const uint64_t version = view().version;
    close_session();
    ck_assert_int_eq(open_session(), OK);
    ck_assert_int_eq(session_signature(session, ORIGIN, id, &after), OK);
    ck_assert(bytes_eq(buf_bytes(&copy), after));
    ck_assert_uint_eq(view().version, version);
    ck_assert_int_eq(begin("k"), OK);
    session_step(session);
    ck_assert_uint_eq(fake->signatures, 0);
    close_session();
}
END_TEST

/* The state at which the process is gone → what is told of it afterwards. */
static const struct {
    enum token_event_kind upto; /* events of the dialog, by hand */
    enum approval_state state;
    err_t problem;
} left[] = {
    {TOKEN_LISTED, APPROVAL_FAILED, ERR_RESTARTED},
    {TOKEN_ASKING, APPROVAL_FAILED, ERR_RESTARTED},
    {TOKEN_CONSENTED, APPROVAL_INTERRUPTED, ERR_INTERRUPTED},
};

/* As a killed process leaves it: a copy of the files while they are open. */
static void leave(void)
{
    scratch_run("cp -a %s %s.left", dir, dir);
    close_session();
    scratch_run("rm -rf %s && mv %s.left %s", dir, dir, dir);
}

START_TEST(left_at)
{
    ck_assert_int_eq(open_session(), OK);
    fake->by_hand = true;
    ck_assert_int_eq(begin("k"), OK);
    session_step(session);
    if (left[_i].upto != TOKEN_LISTED) fake_event(fake, TOKEN_ASKING);
    if (left[_i].upto == TOKEN_CONSENTED) fake_event(fake, TOKEN_CONSENTED);
    session_step(session);
    leave();
    ck_assert_int_eq(open_session(), OK);
    struct approval_view v = view();
    ck_assert_str_eq(approval_state_name(v.state), approval_state_name(left[_i].state));
    ck_assert_str_eq(err_slug(v.problem), err_slug(left[_i].problem));
    ck_assert(*v.detail);
    char first[SESSION_ID];
    memcpy(first, id, sizeof first);
    ck_assert_int_eq(begin("k"), OK);
    ck_assert_str_eq(id, first);
    session_step(session);
    ck_assert_uint_eq(fake->signatures, 0);
    close_session();
}
END_TEST

START_TEST(wrong_pin_is_not_interrupted)
{
    ck_assert_int_eq(open_session(), OK);
    fake->by_hand = true;
    ck_assert_int_eq(begin("k"), OK);
    session_step(session);
    fake_event(fake, TOKEN_ASKING);
    fake_event(fake, TOKEN_CONSENTED);
    fake_event(fake, TOKEN_ASKING); /* it was wrong */
    session_step(session);
    leave();
    ck_assert_int_eq(open_session(), OK);
    ck_assert_int_eq(view().problem, ERR_RESTARTED);
    close_session();
}
END_TEST

START_TEST(forgotten_leaves_a_tombstone)
{
    ck_assert_int_eq(open_session(), OK);
    approve("k");
    ck_assert_int_eq(session_cancel(session, ORIGIN, id), OK);
    for (int again = 0; again < 2; again++) {
        struct approval_view v;
        ck_assert_int_eq(session_approval(session, ORIGIN, id, &v), ERR_APPROVAL_UNKNOWN);
        ck_assert_int_eq(begin("k"), ERR_APPROVAL_UNKNOWN);
        close_session();
        ck_assert_int_eq(open_session(), OK);
    }
    close_session();
}
END_TEST

START_TEST(limits_hold_on_the_disk)
{
    settings.max_results = 2;
    ck_assert_int_eq(open_session(), OK);
    char ids[4][SESSION_ID];
    for (int i = 0; i < 4; i++) {
        approve("");
        memcpy(ids[i], id, sizeof id);
    }
    close_session();
    ck_assert_int_eq(open_session(), OK);
    for (int i = 0; i < 4; i++) {
        struct bytes f;
        ck_assert_int_eq(session_signature(session, ORIGIN, ids[i], &f),
                         i < 2 ? ERR_APPROVAL_UNKNOWN : OK);
    }
    close_session();
}
END_TEST

START_TEST(old_results_go)
{
    struct results r = {.settings = &settings};
    struct approval *a = calloc(1, sizeof *a);
    a->shown.since = 1000000;
    results_keep(&r, a);
    const utc_t days = (utc_t)settings.result_keep_days * 86400;
    results_expire(&r, 1000000 + days);
    ck_assert_uint_eq(r.n, 1);
    results_expire(&r, 1000001 + days);
    ck_assert_uint_eq(r.n, 0);
}
END_TEST

/* ---- what is kept, and what is not ---- */

START_TEST(documents_go_with_the_approval)
{
    static const char trace[] = "YW4gdW5taXN0YWthYmxl"; /* base64 of its beginning */
    ck_assert_int_eq(open_session(), OK);
    fake->by_hand = true;
    ck_assert_int_eq(begin("k"), OK);
    ck_assert(!on_disk(trace)); /* nobody was asked about it yet */
    session_step(session);
    fake_event(fake, TOKEN_ASKING);
    session_step(session);
    ck_assert(on_disk(trace));
    ck_assert_int_eq(session_cancel(session, ORIGIN, id), OK);
    session_step(session);
    ck_assert(!on_disk(trace)); /* neither in the file nor in its log */
    close_session();
    ck_assert_int_eq(open_session(), OK);
    approve("l");
    ck_assert_int_eq(session_cancel(session, ORIGIN, id), OK);
    ck_assert(!on_disk(trace));
    close_session();
    struct stat st;
    ck_assert(stat(file, &st) == 0 && (st.st_mode & 07777) == 0600);
}
END_TEST

/* ---- hostile files ---- */

static void shell(const char *command)
{
    ck_assert_int_eq(open_session(), OK);
    approve("k");
    close_session();
    scratch_run("cd %s && { %s; }", dir, command);
}

static const struct {
    const char *what, *command;
    err_t error;
} files[] = {
    {"as it was", "true", OK},
    {"nothing there", "rm -f approvals.db*", OK},
    {"an empty file", "rm -f approvals.db*; : > approvals.db", OK},
    {"no log", "rm -f approvals.db-wal", OK},
    {"readable by others: mended", "chmod 644 approvals.db", OK},
    {"writable by others", "chmod 666 approvals.db", ERR_STORE_UNUSABLE},
    {"a log that others may write", "chmod 622 approvals.db-wal", ERR_STORE_UNUSABLE},
    {"a link", "mv approvals.db x; ln -s x approvals.db", ERR_STORE_UNUSABLE},
    {"a dangling link", "rm approvals.db; ln -s x approvals.db", ERR_STORE_UNUSABLE},
    {"a log that is a link", "mv approvals.db-wal x; ln -s x approvals.db-wal", ERR_STORE_UNUSABLE},
    {"a folder", "rm approvals.db; mkdir approvals.db", ERR_STORE_UNUSABLE},
    {"a pipe", "rm approvals.db; mkfifo -m 600 approvals.db", ERR_STORE_UNUSABLE},
    {"garbage",
     "rm -f approvals.db*; head -c 40000 /dev/zero | tr '\\0' x > approvals.db; chmod 600 "
     "approvals.db",
     ERR_STORE_UNUSABLE},
    {"cut off", "rm -f approvals.db-wal; truncate -s 6000 approvals.db", ERR_STORE_UNUSABLE},
    {"pages of zeros",
     "rm -f approvals.db-wal; dd if=/dev/zero of=approvals.db bs=4096 seek=1 count=4 conv=notrunc",
     ERR_STORE_UNUSABLE},
    {"garbage as its log", "head -c 9000 /dev/urandom > approvals.db-wal", OK},
    {"another version", "sqlite3 approvals.db 'PRAGMA user_version = 2'", ERR_STORE_UNUSABLE},
    {"another program's", "sqlite3 approvals.db 'PRAGMA application_id = 7'", ERR_STORE_UNUSABLE},
    {"one table more", "sqlite3 approvals.db 'CREATE TABLE more(a)'", ERR_STORE_UNUSABLE},
    {"a trigger",
     "sqlite3 approvals.db 'CREATE TRIGGER t AFTER INSERT ON key BEGIN DELETE FROM key; "
     "END'",
     ERR_STORE_UNUSABLE},
    {"a column more", "sqlite3 approvals.db 'ALTER TABLE key ADD COLUMN more TEXT'",
     ERR_STORE_UNUSABLE},
    {"a state that is none", "sqlite3 approvals.db \"UPDATE approval SET state = 'signed'\"",
     ERR_STORE_UNUSABLE},
    {"an owner that is too long",
     "sqlite3 approvals.db \"UPDATE approval SET owner = hex(zeroblob(300))\"", ERR_STORE_UNUSABLE},
    {"an owner with NUL", "sqlite3 approvals.db \"UPDATE approval SET owner = 'a' || char(0)\"",
     ERR_STORE_UNUSABLE},
    {"an owner that is no UTF-8",
     "sqlite3 approvals.db \"UPDATE approval SET owner = CAST(x'ff' AS TEXT)\"",
     ERR_STORE_UNUSABLE},
    {"an id that is too short", "sqlite3 approvals.db \"UPDATE approval SET id = x'00'\"",
     ERR_STORE_UNUSABLE},
    {"a time beyond time", "sqlite3 approvals.db 'UPDATE approval SET created = 1 << 60'",
     ERR_STORE_UNUSABLE},
    {"a problem that is none", "sqlite3 approvals.db \"UPDATE approval SET problem = 'x'\"",
     ERR_STORE_UNUSABLE},
    {"a key that is too long", "sqlite3 approvals.db 'UPDATE key SET name = zeroblob(17)'",
     ERR_STORE_UNUSABLE},
};

START_TEST(hostile)
{
    shell(files[_i].command);
    err_t e = open_session();
    ck_assert_msg(e == files[_i].error, "%s: %s", files[_i].what, err_slug(e));
    ck_assert_int_eq(session_store_error(session), e);
    ck_assert_int_eq(begin("new"), e);
    session_step(session);
    ck_assert_uint_eq(fake->signatures, e ? 0 : 1);
    close_session();
    if (e) {
        set_up(); /* out of the way, it begins anew, in the same process */
        ck_assert_int_eq(open_session(), OK);
        approve("new");
        close_session();
    }
}
END_TEST

/* One octet, anywhere: refused or not, never believed wrongly, never a crash. */
START_TEST(flipped)
{
    struct bytes f;
    shell("cp approvals.db good");
    for (unsigned at = (unsigned)_i; at < 10 * 4096; at += 8 * 101) {
        char path[300];
        (void)snprintf(path, sizeof path, "%s/good", dir);
        own(buf) octets = buf_max(1 << 20);
        ck_assert_int_eq(file_read(path, &octets), OK);
        if (at >= octets.len) break;
        octets.p[at] ^= 0x41;
        (void)unlink(file);
        scratch_run("rm -f %s-wal", file);
        ck_assert_int_eq(file_write_private(file, buf_bytes(&octets)), OK);
        err_t e = open_session();
        if (e == OK && session_signature(session, ORIGIN, id, &f) == OK)
            ck_assert_uint_eq(f.len, view().signature_size);
        close_session();
    }
}
END_TEST

START_TEST(file_is_compared)
{
    struct bytes f;
    shell("sqlite3 approvals.db \"UPDATE frame SET file = CAST(replace(CAST(file AS TEXT), "
          "'text/plain',"
          " 'text/plaiN') AS BLOB)\"");
    ck_assert_int_eq(open_session(), OK);
    ck_assert_int_eq(session_signature(session, ORIGIN, id, &f), ERR_STORE_UNUSABLE);
    close_session();
}
END_TEST

/* ---- no room ---- */

/* What is promised finds its room: none of what comes after the dialog may fail. */
static void no_more_room(void)
{
    const struct rlimit limit = {4096, RLIM_INFINITY}; /* no file may grow any further */
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void room_again(void)
{
    const struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(full_from_the_start)
{
    no_more_room();
    ck_assert_int_eq(open_session(), ERR_STORAGE_FULL);
    ck_assert_int_eq(begin("k"), ERR_STORAGE_FULL);
    ck_assert_int_eq(session_store_error(session), ERR_STORAGE_FULL);
    room_again();
    (void)nanosleep(&(struct timespec){1, 100000000}, NULL);
    approve("k");
    ck_assert_int_eq(session_store_error(session), OK);
    close_session();
}
END_TEST

START_TEST(full_on_a_small_disk)
{
    if (mount("tmpfs", dir, "tmpfs", 0, "size=1600k,mode=0700") != 0) {
        printf("# not tried here: a small disk needs root\n");
        return;
    }
    ck_assert_int_eq(open_session(), OK);
    err_t e = OK;
    fake->by_hand = true;
    ck_assert_int_eq(begin("first"), OK);
    session_step(session);
    fake_event(fake, TOKEN_ASKING);
    session_step(session);
    char first[SESSION_ID];
    memcpy(first, id, sizeof id);
    scratch_run("head -c 3000000 /dev/zero > %s/fill 2>&1 || true", dir); /* nothing is left */
    for (int i = 0; i < 200 && e == OK; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        if ((e = begin(key)) == OK) ck_assert_int_eq(session_cancel(session, ORIGIN, id), OK);
    }
    ck_assert_int_eq(e, ERR_STORAGE_FULL);
    ck_assert_int_eq(session_store_error(session), ERR_STORAGE_FULL);
    /* The person has typed the PIN: it goes on to its end. */
    memcpy(id, first, sizeof id);
    fake_event(fake, TOKEN_CONSENTED);
    fake_event(fake, TOKEN_SIGNED);
    session_step(session);
    ck_assert_int_eq(view().state, APPROVAL_DONE);
    close_session();
    ck_assert_int_eq(open_session(), OK);
    ck_assert_int_eq(view().state, APPROVAL_DONE);
    close_session();
    ck_assert_int_eq(umount(dir), 0);
}
END_TEST

START_TEST(read_only)
{
    ck_assert_int_eq(open_session(), OK);
    close_session();
    if (mount("tmpfs", dir, "tmpfs", 0, "mode=0700") != 0 ||
        mount("tmpfs", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) != 0) {
        printf("# not tried here: a read-only disk needs root\n");
        return;
    }
    ck_assert_int_eq(open_session(), ERR_STORE_UNUSABLE);
    ck_assert_int_eq(begin("k"), ERR_STORE_UNUSABLE);
    close_session();
    ck_assert_int_eq(umount(dir), 0);
}
END_TEST

int main(void)
{
    const char *scratch = scratch_new();
    scratch_run("fixtures/pki/make %s/pki", scratch);
    pki = scratch_path("pki");
    (void)snprintf(dir, sizeof dir, "%s/state", scratch);
    (void)snprintf(file, sizeof file, "%s/" STORE_FILE, dir);
    Suite *s = suite_create("store");
    TCase *t = tcase_create("store");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_add_test(t, done_is_done);
    tcase_add_loop_test(t, left_at, 0, ROWS(left));
    tcase_add_test(t, wrong_pin_is_not_interrupted);
    tcase_add_test(t, forgotten_leaves_a_tombstone);
    tcase_add_test(t, limits_hold_on_the_disk);
    tcase_add_test(t, old_results_go);
    tcase_add_test(t, documents_go_with_the_approval);
    tcase_add_loop_test(t, hostile, 0, ROWS(files));
    tcase_add_loop_test(t, flipped, 0, 8);
    tcase_add_test(t, file_is_compared);
    tcase_add_test(t, full_from_the_start);
    tcase_add_test(t, full_on_a_small_disk);
    tcase_add_test(t, read_only);
    suite_add_tcase(s, t);
    return suite_run(s);
}
