/* SPDX-License-Identifier: MIT */
#include "onay/svt.h"

#include <sqlite3.h>

#define MAX_VALUE  (1 << 20) /* octets of a row, a value or a text */
#define MAX_HEAP   (192 << 20)
#define MAX_STEPS  100000 /* of STEP instructions of SQLite's machine each */
#define STEP       1000
#define MAX_SCHEMA 64 /* columns of a table */

static const char *const tables[] = {"KOKSERTIFIKA", "SERTIFIKA"};
#define N_TABLES (sizeof tables / sizeof *tables)

bool svt_is(struct bytes file)
{
    return bytes_starts(file, bytes_of("SQLite format 3", 16));
}

static void db_own(sqlite3 **db)
{
    (void)sqlite3_close(*db);
}

static void statement_own(sqlite3_stmt **s)
{
    (void)sqlite3_finalize(*s);
}

#define owned(free_) __attribute__((cleanup(free_)))

/* ---- walls ---- */

static const struct {
    int what, on;
} configured[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
};

static const struct {
    int what, most;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, MAX_VALUE},  {SQLITE_LIMIT_SQL_LENGTH, 65536}, /* of CREATE TABLE too */
    {SQLITE_LIMIT_COLUMN, MAX_SCHEMA}, {SQLITE_LIMIT_EXPR_DEPTH, 16},
    {SQLITE_LIMIT_COMPOUND_SELECT, 1}, {SQLITE_LIMIT_VDBE_OP, 25000},
    {SQLITE_LIMIT_FUNCTION_ARG, 8},    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 0}, {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

static bool one_of_ours(const char *table)
{
    for (size_t i = 0; i < N_TABLES; i++) {
        if (table && sqlite3_stricmp(table, tables[i]) == 0) return true;
    }
    return false;
}

/* SELECT, and reading our two tables of the file itself, not from within a view or trigger. */
static int authorise(void *ctx, int action, const char *table, const char *column,
                     const char *database, const char *inside)
{
    (void)ctx, (void)column;
    if (action == SQLITE_SELECT) return SQLITE_OK;
    bool ours = action == SQLITE_READ && one_of_ours(table) && !inside && database &&
                strcmp(database, "main") == 0;
    return ours ? SQLITE_OK : SQLITE_DENY;
}

static int out_of_steps(void *ctx)
{
    unsigned *left = ctx;
    if (*left == 0) return 1;
    --*left;
    return 0;
}

static bool wall_in(sqlite3 *db, unsigned *steps)
{
    for (size_t i = 0; i < sizeof configured / sizeof *configured; i++) {
        int is = -1;
        if (sqlite3_db_config(db, configured[i].what, configured[i].on, &is) != SQLITE_OK ||
            is != configured[i].on)
            return false;
    }
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        (void)sqlite3_limit(db, limits[i].what, limits[i].most);
    (void)sqlite3_hard_heap_limit64(MAX_HEAP);
    sqlite3_progress_handler(db, STEP, out_of_steps, steps);
    /* The page's own words about its cells are checked before they are followed. */
    return sqlite3_drop_modules(db, NULL) == SQLITE_OK &&
           sqlite3_exec(db, "PRAGMA cell_size_check = ON", NULL, NULL, NULL) == SQLITE_OK;
}

/* Loading is an ATTACH to SQLite, so this comes after it, and before a word of the file is read. */
static bool shut(sqlite3 *db)
{
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    return sqlite3_set_authorizer(db, authorise, NULL) == SQLITE_OK;
}

/* ---- reading ---- */

/* A database that was written with a write-ahead log says so in octets 18 and 19 of its header, and
 * could not be opened in memory; without that log it is complete as it is. */
static bool load(sqlite3 *db, struct bytes file)
{
    if (file.len < 512 || file.len > SVT_MAX_OCTETS) return false;
    unsigned char *copy = sqlite3_malloc64(file.len);
    if (!copy) return false;
    memcpy(copy, file.p, file.len);
    for (size_t i = 18; i < 20; i++) {
        if (copy[i] == 2) copy[i] = 1;
    }
    /* The copy is freed by SQLite, also when it refuses. */
    sqlite3_int64 len = (sqlite3_int64)file.len;
    return sqlite3_deserialize(db, "main", copy, len, len,
                               SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) ==
           SQLITE_OK;
}

static bool is_value(const char *column)
{
    size_t n = column ? strlen(column) : 0;
    return n >= 5 && sqlite3_stricmp(column + n - 5, "Value") == 0;
}

struct reading {
    depo_taker *take;
    void *ctx;
    size_t number;
};

static void read_value(struct reading *r, sqlite3_stmt *row, int column)
{
    struct bytes der = bytes_of(NULL, 0);
    if (sqlite3_column_type(row, column) == SQLITE_BLOB) {
        const void *p = sqlite3_column_blob(row, column);
        int n = sqlite3_column_bytes(row, column);
        if (p && n > 0 && n <= DEPO_MAX_DER) der = bytes_of(p, (size_t)n);
    }
    r->take(r->ctx, ++r->number, der);
}

/* SQLITE_ROW: more entries than there may be. */
static int read_rows(struct reading *r, sqlite3_stmt *s)
{
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            if (!is_value(sqlite3_column_name(s, i))) continue;
            if (r->number == DEPO_MAX_ENTRIES) return SQLITE_ROW;
            read_value(r, s, i);
        }
    }
    return code;
}

/* SQLITE_ERROR: there is no such table. */
static int read_table(struct reading *r, sqlite3 *db, const char *table)
{
    char sql[64];
    owned(statement_own) sqlite3_stmt *s = NULL;
    (void)sqlite3_snprintf(sizeof sql, sql, "SELECT * FROM main.%s", table);
    int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (code != SQLITE_OK) return code;
    code = read_rows(r, s);
    return code == SQLITE_ERROR ? SQLITE_CORRUPT : code;
}

static err_t refuse(struct buf *why, const char *reason)
{
    buf_fmt(why, "SQLite: %.200s", reason);
    return err_raise(ERR_CERTIFICATE_MALFORMED);
}

static err_t read_tables(struct reading *r, sqlite3 *db, struct buf *why)
{
    size_t absent = 0;
    for (size_t i = 0; i < N_TABLES; i++) {
        int code = read_table(r, db, tables[i]);
        if (code == SQLITE_NOMEM) return err_raise(ERR_STORAGE_FULL);
        if (code == SQLITE_ROW) return refuse(why, "too many certificates");
        if (code != SQLITE_DONE && code != SQLITE_ERROR) return refuse(why, sqlite3_errstr(code));
        absent += code == SQLITE_ERROR;
    }
    return absent < N_TABLES ? OK : refuse(why, "neither KOKSERTIFIKA nor SERTIFIKA");
}

err_t svt_read(struct bytes file, depo_taker *take, void *ctx, struct buf *why)
{
    unsigned steps = MAX_STEPS;
    struct reading r = {take, ctx, 0};
    owned(db_own) sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_PRIVATECACHE;
    if (sqlite3_open_v2(":memory:", &db, flags, NULL) != SQLITE_OK || !wall_in(db, &steps))
        return err_raise(ERR_STORAGE_FULL);
    if (!load(db, file) || !shut(db)) return refuse(why, "cannot be opened");
    return read_tables(&r, db, why);
}
