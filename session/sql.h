/* SPDX-License-Identifier: MIT */
/*
 * sql: one SQLite file, opened so that the worst a hostile one can do is to be refused. Inside the
 * session floor, and fixtures/portal, only: SQLite's types stop here.
 *
 * What: the file's owner, mode and schema are checked before a row is believed; transactions that
 *       latch their first error; columns that are read with type and bounds; room on the disk that
 *       is taken in advance.
 * Not:  what is in the tables (store.c).
 * Use:  sql_start(q, SQL_DURABLE); sql_do(q, WRITE_KEY, sql_octets(name)); e = sql_end(q);
 *       sql_ask(q, READ_KEY, sql_octets(name)); while (sql_next(q)) sql_get_octets(q, 0, out, 16);
 *       if (q->error) …
 *
 * The journal is a write-ahead log, held by this process alone: a commit is one write to the end of
 * one file, and with SQL_DURABLE one fsync.
 */
#ifndef SESSION_SQL_H
#define SESSION_SQL_H

#include <sqlite3.h>

#include "core/bytes.h"
#include "core/err.h"

#define SQL_STATEMENTS 32
#define SQL_SPARE      (1u << 20) /* octets of the log: for what has to be written later */

/* The texts of a database, all of them constant. */
struct sql_plan {
    int application, version; /* of the file's header */
    const char *const *schema;
    size_t n_schema;
    const char *const *statements; /* by the number that sql_do and sql_ask take */
    size_t n_statements;
    const char *const *checks; /* asked when the file is opened; "ok" is the answer */
    size_t n_checks;
};

struct sql {
    const struct sql_plan *plan;
    sqlite3 *db; /* NULL: closed */
    sqlite3_stmt *statements[SQL_STATEMENTS], *asked;
    int log;           /* descriptor of the write-ahead log */
    uint64_t frames;   /* in the log */
    uint64_t reserved; /* octets that the log has */
    bool lazy;         /* commits are not synced at present */
    err_t error;       /* the first since sql_start or sql_ask */
    char why[160];     /* of the newest error, in English, without anything from the file */
};

/* sql_open opens or makes the file. One that others may read is mended to 0600. On an error `why`
 * says what is wrong and nothing is open. Errors: STORAGE_FULL; STORE_UNUSABLE: no file of ours
 * alone, not a database, another version's, another schema, damaged, or not writable. */
err_t sql_open(struct sql *q, const struct sql_plan *plan, const char *path);
void sql_close(struct sql *q); /* also one that is closed */

struct sql_value {
    enum { SQL_NULL, SQL_NUMBER, SQL_TEXT, SQL_OCTETS } type;
    int64_t number;
    struct bytes octets;
};
static inline struct sql_value sql_number(int64_t v)
{
    return (struct sql_value){.type = SQL_NUMBER, .number = v};
}
static inline struct sql_value sql_text(const char *v)
{
    return (struct sql_value){.type = SQL_TEXT, .octets = bytes_str(v)};
}
static inline struct sql_value sql_octets(struct bytes v)
{
    return (struct sql_value){.type = SQL_OCTETS, .octets = v};
}

/* A transaction: everything or nothing. SQL_DURABLE survives the loss of power, SQL_LAZY the end
 * of the process alone; a later durable one makes both durable. sql_end rolls back when anything
 * failed. Errors of sql_end: STORAGE_FULL, STORE_UNUSABLE. */
enum sql_sync { SQL_DURABLE, SQL_LAZY };
void sql_start(struct sql *q, enum sql_sync sync);
void sql_run(struct sql *q, unsigned statement, const struct sql_value *values, size_t n);
err_t sql_end(struct sql *q);

/* One question at a time. sql_next: false at the end, and when q->error is set. */
void sql_find(struct sql *q, unsigned statement, const struct sql_value *values, size_t n);
bool sql_next(struct sql *q);

/* sql_stop: the answer is of no more interest. sql_refuse: it is not what we would have written. */
void sql_stop(struct sql *q);
err_t sql_refuse(struct sql *q, const char *why);

/* The first value is there so that there may be none. */
#define SQL_VALUES(...)                                                                            \
    (const struct sql_value[]){{SQL_NULL, 0, {NULL, 0}}, ##__VA_ARGS__} + 1,                       \
        sizeof((const struct sql_value[]){{SQL_NULL, 0, {NULL, 0}}, ##__VA_ARGS__}) /              \
                sizeof(struct sql_value) -                                                         \
            1
#define sql_do(q, statement, ...)  sql_run((q), (statement), SQL_VALUES(__VA_ARGS__))
#define sql_ask(q, statement, ...) sql_find((q), (statement), SQL_VALUES(__VA_ARGS__))

/* Columns of the row: what is not of that type, or beyond its bounds, sets q->error and leaves the
 * out parameter alone. Text is UTF-8 of at most size - 1 octets without NUL. */
void sql_get_number(struct sql *q, int column, int64_t least, int64_t most, int64_t *out);
void sql_get_text(struct sql *q, int column, char *out, size_t size);
void sql_get_octets(struct sql *q, int column, uint8_t *out, size_t exact);
/* sql_view: valid until the next sql_next or question. */
void sql_view(struct sql *q, int column, size_t most, struct bytes *out);
bool sql_is_null(const struct sql *q, int column);

/* sql_changed: rows that the newest sql_do has changed. */
size_t sql_changed(const struct sql *q);

/* sql_reserve makes sure that the next `octets` of rows, and SQL_SPARE beside them, find their room
 * on the disk. STORAGE_FULL. */
err_t sql_reserve(struct sql *q, uint64_t octets);

/* sql_fold moves the log into the file when it has become long; sql_shred at once, and cuts the log
 * to nothing: what was deleted is then in neither. Their failures are no one's loss. */
void sql_fold(struct sql *q);
void sql_shred(struct sql *q);

#endif
