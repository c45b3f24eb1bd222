/* SPDX-License-Identifier: MIT */
#include "session/sql.h"

#include "core/buf.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define PAGE       4096
#define FRAME      (PAGE + 24) /* in the log: a page and its header */
#define LOG_HEAD   32
#define LONG_LOG   1024 /* frames */
#define MAX_VALUE  (600 << 20)
#define BUSY_MS    3000 /* a process that has just been killed may still hold the file */
#define FILE_MODES 0177 /* that a file of ours has not */

static err_t fail(struct sql *q, err_t e, const char *why)
{
    if (!q->error) {
        q->error = err_raise(e);
        (void)snprintf(q->why, sizeof q->why, "%s", why);
    }
    return q->error;
}

static bool no_room(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* What SQLite says of a call that failed. */
static err_t failed(struct sql *q, int code)
{
    const bool full = code == SQLITE_FULL || code == SQLITE_NOMEM ||
                      ((code & 0xff) == SQLITE_IOERR && no_room(sqlite3_system_errno(q->db)));
    return fail(q, full ? ERR_STORAGE_FULL : ERR_STORE_UNUSABLE, sqlite3_errstr(code));
}

/* ---- the file ---- */

/* A file of ours alone. One that is not there is no fault. */
static err_t check_file(struct sql *q, const char *path)
{
    own_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 && errno == ENOENT) return OK;
    if (fd < 0 || fstat(fd, &st) != 0) return fail(q, ERR_STORE_UNUSABLE, "it cannot be opened");
    if (!S_ISREG(st.st_mode)) return fail(q, ERR_STORE_UNUSABLE, "it is not a regular file");
    if (st.st_uid != geteuid()) return fail(q, ERR_STORE_UNUSABLE, "it belongs to somebody else");
    if (st.st_mode & 022) return fail(q, ERR_STORE_UNUSABLE, "others may write it");
    if ((st.st_mode & FILE_MODES) && fchmod(fd, 0600) != 0)
        return fail(q, ERR_STORE_UNUSABLE, "others may read it");
    return OK;
}

static err_t make_file(struct sql *q, const char *path)
{
    own_fd fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 || errno == EEXIST) return OK;
    return fail(q, no_room(errno) ? ERR_STORAGE_FULL : ERR_STORE_UNUSABLE,
                "it can be neither opened nor made");
}

static err_t check_files(struct sql *q, const char *path)
{
    static const char *const ends[] = {"", "-wal", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        own(buf) name = buf_max(4096);
        buf_fmt(&name, "%s%s", path, ends[i]);
        if (!buf_ok(&name) || check_file(q, buf_cstr(&name))) return q->error;
    }
    return make_file(q, path);
}

static void open_log(struct sql *q, const char *path)
{
    own(buf) name = buf_max(4096);
    buf_fmt(&name, "%s-wal", path);
    q->log = open(buf_cstr(&name), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (q->log < 0) (void)fail(q, ERR_STORE_UNUSABLE, "its log cannot be opened");
}

static int on_commit(void *ctx, sqlite3 *db, const char *name, int frames)
{
    struct sql *q = ctx;
    (void)db, (void)name;
    q->frames = (uint64_t)frames;
    return SQLITE_OK;
}

/* ---- the connection ---- */

static void exec(struct sql *q, const char *text)
{
    if (q->error) return;
    int code = sqlite3_exec(q->db, text, NULL, NULL, NULL);
    if (code != SQLITE_OK) (void)failed(q, code);
}

/* The first column of the first row of a text of ours: "" when there is none. */
static void first_text(struct sql *q, const char *text, char *out, size_t size)
{
    sqlite3_stmt *st = NULL;
    *out = 0;
    if (q->error) return;
    int code = sqlite3_prepare_v2(q->db, text, -1, &st, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(st);
    const char *said = code == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
    if (said) (void)snprintf(out, size, "%s", said);
    if (code != SQLITE_ROW && code != SQLITE_DONE) (void)failed(q, code);
    (void)sqlite3_finalize(st);
}

static void expect(struct sql *q, const char *text, const char *wanted, const char *why)
{
    char got[64];
    first_text(q, text, got, sizeof got);
    if (!q->error && strcmp(got, wanted) != 0) (void)fail(q, ERR_STORE_UNUSABLE, why);
}

static void harden(struct sql *q)
{
    static const struct {
        int what, value;
    } configs[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++)
        (void)sqlite3_db_config(q->db, configs[i].what, configs[i].value, NULL);
    (void)sqlite3_limit(q->db, SQLITE_LIMIT_LENGTH, MAX_VALUE);
    (void)sqlite3_limit(q->db, SQLITE_LIMIT_SQL_LENGTH, 8192);
    (void)sqlite3_limit(q->db, SQLITE_LIMIT_COLUMN, 64);
    (void)sqlite3_limit(q->db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_limit(q->db, SQLITE_LIMIT_TRIGGER_DEPTH, 0);
    (void)sqlite3_busy_timeout(q->db, BUSY_MS);
}

/* Held exclusively the log needs no shared memory; our own folding needs no automatic one. */
static void configure(struct sql *q)
{
    int keep = 1;
    exec(q, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
            "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1024; PRAGMA page_size = 4096;"
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON;");
    expect(q, "PRAGMA journal_mode = WAL", "wal", "it cannot have a log");
    expect(q, "PRAGMA page_size", "4096", "its pages have another size than ours");
    exec(q, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;");
    if (q->error) return;
    (void)sqlite3_file_control(q->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    (void)sqlite3_wal_hook(q->db, on_commit, q);
}

/* ---- the schema ---- */

static void make_schema(struct sql *q)
{
    char header[128];
    for (size_t i = 0; i < q->plan->n_schema; i++) exec(q, q->plan->schema[i]);
    (void)snprintf(header, sizeof header, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   q->plan->application, q->plan->version);
    exec(q, header);
}

/* Tables as we would make them, word for word, their automatic indices, and nothing else: no
 * trigger, view or expression of another's is ever run. */
static void compare_schema(struct sql *q)
{
    static const char ask[] = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL OR"
                              " name NOT LIKE 'sqlite_autoindex_%' ORDER BY rowid";
    sqlite3_stmt *st = NULL;
    size_t n = 0;
    int code = sqlite3_prepare_v2(q->db, ask, -1, &st, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(st);
    for (; code == SQLITE_ROW; code = sqlite3_step(st), n++) {
        const char *text = (const char *)sqlite3_column_text(st, 0);
        if (n >= q->plan->n_schema || !text || strcmp(text, q->plan->schema[n]) != 0)
            (void)fail(q, ERR_STORE_UNUSABLE, "its tables are not ours");
    }
    if (code != SQLITE_DONE) (void)failed(q, code);
    (void)sqlite3_finalize(st);
    if (n != q->plan->n_schema) (void)fail(q, ERR_STORE_UNUSABLE, "its tables are not ours");
}

static bool is_new(struct sql *q)
{
    char n[8], version[16], application[16];
    first_text(q, "SELECT count(*) FROM sqlite_schema", n, sizeof n);
    first_text(q, "PRAGMA user_version", version, sizeof version);
    first_text(q, "PRAGMA application_id", application, sizeof application);
    return strcmp(n, "0") == 0 && strcmp(version, "0") == 0 && strcmp(application, "0") == 0;
}

static void check_header(struct sql *q)
{
    char wanted[16];
    (void)snprintf(wanted, sizeof wanted, "%d", q->plan->application);
    expect(q, "PRAGMA application_id", wanted, "it is another program's");
    (void)snprintf(wanted, sizeof wanted, "%d", q->plan->version);
    expect(q, "PRAGMA user_version", wanted, "another version of onayd made it");
}

static void check_schema(struct sql *q)
{
    exec(q, "BEGIN IMMEDIATE");
    if (!q->error && is_new(q)) make_schema(q);
    check_header(q);
    if (!q->error) compare_schema(q);
    exec(q, "COMMIT");
    if (q->error) (void)sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
}

static void check_integrity(struct sql *q)
{
    for (size_t i = 0; i < q->plan->n_checks; i++)
        expect(q, q->plan->checks[i], "ok", "it is damaged");
}

static void prepare_all(struct sql *q)
{
    for (size_t i = 0; i < q->plan->n_statements && !q->error; i++) {
        int code = sqlite3_prepare_v3(q->db, q->plan->statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      &q->statements[i], NULL);
        if (code != SQLITE_OK) (void)failed(q, code);
    }
}

err_t sql_open(struct sql *q, const struct sql_plan *plan, const char *path)
{
    *q = (struct sql){.plan = plan, .log = -1};
    if (check_files(q, path)) return q->error;
    int code = sqlite3_open_v2(path, &q->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                                   SQLITE_OPEN_EXRESCODE,
                               NULL);
    if (code != SQLITE_OK) (void)failed(q, code);
    if (!q->error) harden(q);
    configure(q);
    if (!q->error) check_schema(q);
    check_integrity(q);
    prepare_all(q);
    if (!q->error) open_log(q, path);
    if (q->error) sql_close(q);
    return q->error;
}

void sql_close(struct sql *q)
{
    if (!q->db) return;
    for (size_t i = 0; i < SQL_STATEMENTS; i++) {
        (void)sqlite3_finalize(q->statements[i]);
        q->statements[i] = NULL;
    }
    q->asked = NULL;
    (void)sqlite3_exec(q->db, "PRAGMA journal_size_limit = 0", NULL, NULL, NULL); /* folded, cut */
    (void)sqlite3_close(q->db);
    q->db = NULL;
    fd_own(&q->log);
    q->log = -1;
}

/* ---- statements ---- */

static int bind_one(sqlite3_stmt *st, int at, const struct sql_value *v)
{
    const char *p = v->octets.p ? (const char *)v->octets.p : "";
    switch (v->type) {
    case SQL_NULL:
        return sqlite3_bind_null(st, at);
    case SQL_NUMBER:
        return sqlite3_bind_int64(st, at, v->number);
    case SQL_TEXT:
        return sqlite3_bind_text64(st, at, p, v->octets.len, SQLITE_STATIC, SQLITE_UTF8);
    case SQL_OCTETS:
        break;
    }
    return sqlite3_bind_blob64(st, at, p, v->octets.len, SQLITE_STATIC);
}

static sqlite3_stmt *bound(struct sql *q, unsigned statement, const struct sql_value *values,
                           size_t n)
{
    sqlite3_stmt *st = q->statements[statement];
    int code = SQLITE_OK;
    if (q->error) return NULL;
    for (size_t i = 0; i < n && code == SQLITE_OK; i++) code = bind_one(st, (int)i + 1, &values[i]);
    if (code == SQLITE_OK) return st;
    (void)failed(q, code);
    return NULL;
}

/* Values are only lent: they are let go before they end. */
static void done_with(sqlite3_stmt *st)
{
    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
}

void sql_run(struct sql *q, unsigned statement, const struct sql_value *values, size_t n)
{
    sqlite3_stmt *st = bound(q, statement, values, n);
    if (!st) return;
    int code = sqlite3_step(st);
    if (code != SQLITE_DONE) (void)failed(q, code);
    done_with(st);
}

size_t sql_changed(const struct sql *q)
{
    return (size_t)sqlite3_changes(q->db);
}

void sql_find(struct sql *q, unsigned statement, const struct sql_value *values, size_t n)
{
    if (q->asked) (void)sqlite3_reset(q->asked);
    q->error = OK;
    q->asked = bound(q, statement, values, n);
}

bool sql_next(struct sql *q)
{
    int code = q->asked && !q->error ? sqlite3_step(q->asked) : SQLITE_DONE;
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) (void)failed(q, code);
    sql_stop(q);
    return false;
}

void sql_stop(struct sql *q)
{
    if (q->asked) done_with(q->asked);
    q->asked = NULL;
}

err_t sql_refuse(struct sql *q, const char *why)
{
    return fail(q, ERR_STORE_UNUSABLE, why);
}

/* ---- transactions ---- */

void sql_start(struct sql *q, enum sql_sync sync)
{
    const bool lazy = sync == SQL_LAZY;
    q->error = OK;
    if (lazy != q->lazy)
        exec(q, lazy ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    if (!q->error) q->lazy = lazy;
    exec(q, "BEGIN IMMEDIATE");
}

err_t sql_end(struct sql *q)
{
    exec(q, "COMMIT");
    if (q->error && !sqlite3_get_autocommit(q->db))
        (void)sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
    return q->error;
}

/* ---- columns ---- */

static bool is_type(struct sql *q, int column, int type)
{
    if (q->error) return false;
    if (sqlite3_column_type(q->asked, column) == type) return true;
    (void)fail(q, ERR_STORE_UNUSABLE, "a value has not its type");
    return false;
}

void sql_get_number(struct sql *q, int column, int64_t least, int64_t most, int64_t *out)
{
    if (!is_type(q, column, SQLITE_INTEGER)) return;
    int64_t v = sqlite3_column_int64(q->asked, column);
    if (v < least || v > most)
        (void)fail(q, ERR_STORE_UNUSABLE, "a number is beyond its bounds");
    else
        *out = v;
}

void sql_get_text(struct sql *q, int column, char *out, size_t size)
{
    if (!is_type(q, column, SQLITE_TEXT)) return;
    const void *p = sqlite3_column_text(q->asked, column);
    size_t n = (size_t)sqlite3_column_bytes(q->asked, column);
    if (!p || n >= size || memchr(p, 0, n) || !text_utf8_ok(bytes_of(p, n))) {
        (void)fail(q, ERR_STORE_UNUSABLE, "a text is not one");
        return;
    }
    memcpy(out, p, n);
    out[n] = 0;
}

void sql_view(struct sql *q, int column, size_t most, struct bytes *out)
{
    if (!is_type(q, column, SQLITE_BLOB)) return;
    const void *p = sqlite3_column_blob(q->asked, column);
    size_t n = (size_t)sqlite3_column_bytes(q->asked, column);
    if (n > most || (!p && n > 0))
        (void)fail(q, ERR_STORE_UNUSABLE, "a value is too long");
    else
        *out = bytes_of(p, n);
}

void sql_get_octets(struct sql *q, int column, uint8_t *out, size_t exact)
{
    struct bytes v = {0};
    sql_view(q, column, exact, &v);
    if (q->error) return;
    if (v.len != exact)
        (void)fail(q, ERR_STORE_UNUSABLE, "a value is too short");
    else
        memcpy(out, v.p, exact);
}

bool sql_is_null(const struct sql *q, int column)
{
    return !q->asked || sqlite3_column_type(q->asked, column) == SQLITE_NULL;
}

/* ---- room ---- */

err_t sql_reserve(struct sql *q, uint64_t octets)
{
    /* A page of the log for each of the value's, and for the tree that leads to them. */
    const uint64_t pages = q->frames + (octets + octets / 512) / (PAGE - 256) + 16;
    const uint64_t want = LOG_HEAD + pages * FRAME + SQL_SPARE;
    if (want <= q->reserved) return OK;
    int code;
    do {
        code = fallocate(q->log, 0, 0, (off_t)want);
    } while (code != 0 && errno == EINTR);
    if (code != 0 && no_room(errno)) {
        q->error = OK;
        return fail(q, ERR_STORAGE_FULL, "no room on the disk");
    }
    if (code == 0) q->reserved = want; /* else a file system that cannot: writing will show */
    return OK;
}

void sql_fold(struct sql *q)
{
    int frames = 0, moved = 0;
    if (q->frames < LONG_LOG) return;
    int code = sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
    /* The next commit begins at the log's start. */
    if (code == SQLITE_OK && frames == moved) q->frames = 0;
}

void sql_shred(struct sql *q)
{
    (void)sqlite3_exec(q->db, "PRAGMA incremental_vacuum", NULL, NULL, NULL);
    if (sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
        q->frames = q->reserved = 0;
}
