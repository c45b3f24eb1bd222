/* SPDX-License-Identifier: MIT */
#include "session/store.h"

#include "session/clock.h"
#include "session/ident.h"
#include "session/sql.h"

#define AGAIN_MS  1000          /* between two tries to open */
#define TIDY_MS   (3600 * 1000) /* between two looks at what is too old */
#define DAY       ((utc_t)24 * 3600)
#define MAX_TIME  ((utc_t)1 << 40)
#define MAX_COUNT ((int64_t)1 << 53) /* what JSON's numbers hold */
#define MAX_DER   65536

/* ---- the file ---- */

/* A change here is a new version: older files are refused until somebody writes the way between. */
static const char *const schema[] = {
    "CREATE TABLE approval(n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, owner TEXT NOT NULL,"
    " lang INTEGER NOT NULL, order_no TEXT NOT NULL, profile TEXT NOT NULL,"
    " packaging TEXT NOT NULL, created INTEGER NOT NULL, kept INTEGER NOT NULL,"
    " state TEXT NOT NULL, version INTEGER NOT NULL, since INTEGER NOT NULL,"
    " problem TEXT NOT NULL, detail TEXT NOT NULL, signer BLOB, signed INTEGER, subject TEXT,"
    " identity TEXT, certificate BLOB, info BLOB, hole INTEGER, value BLOB, size INTEGER,"
    " digest BLOB) STRICT",
    "CREATE TABLE document(approval INTEGER NOT NULL, i INTEGER NOT NULL, name TEXT NOT NULL,"
    " method TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY(approval, i)) STRICT, WITHOUT ROWID",
    "CREATE TABLE frame(n INTEGER PRIMARY KEY, file BLOB NOT NULL) STRICT",
    "CREATE TABLE key(n INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, body BLOB NOT NULL,"
    " approval BLOB NOT NULL) STRICT",
};

#define OF_ID  "(SELECT n FROM approval WHERE id = ?1)"
#define OVER   "state IN ('done', 'failed', 'cancelled', 'expired', 'interrupted')"
#define SIGNED "state IN ('done', 'interrupted')"
#define TOLD                                                                                       \
    "n, id, owner, lang, order_no, profile, packaging, created, kept, state, version, since,"      \
    " problem, detail, signer, signed, subject, identity, size"

enum statement {
    WRITE_KEY,
    TRIM_KEYS,
    READ_KEYS,
    WRITE_APPROVAL,
    WRITE_PREPARED,
    WRITE_FRAME,
    WRITE_DOCUMENT,
    WRITE_STATE,
    WRITE_VALUE,
    WRITE_DONE,
    WRITE_WHOLE,
    CLEAR_WORK,
    CLEAR_RESULT,
    DELETE_FRAME,
    DELETE_DOCUMENTS,
    UNKEEP,
    DELETE_UNSIGNED,
    FORGET_FRAMES,
    FORGET_DOCUMENTS,
    FORGET,
    EXPIRE_DOCUMENTS,
    EXPIRE,
    READ_KEPT,
    READ_SIGNED,
    READ_DOCUMENTS,
    READ_WORK,
    READ_FILE,
    STATEMENT_COUNT
};

/* In FORGET_… a NULL id stands for all that are over. */
#define FORGOTTEN "WHERE " OVER " AND (?1 IS NULL OR id = ?1)"
static const char *const statements[STATEMENT_COUNT] = {
    [WRITE_KEY] = "INSERT INTO key(name, body, approval) VALUES(?1, ?2, ?3)",
    [TRIM_KEYS] = "DELETE FROM key WHERE n <= (SELECT max(n) FROM key) - ?1",
    [READ_KEYS] = "SELECT name, body, approval FROM key ORDER BY n",
    [WRITE_APPROVAL] = "INSERT INTO approval(id, owner, lang, order_no, profile, packaging,"
                       " created, kept, state, version, since, problem, detail)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10, 'ok', '')",
    [WRITE_PREPARED] = "UPDATE approval SET signer = ?2, signed = ?3, subject = ?4, identity = ?5,"
                       " certificate = ?6, info = ?7, hole = ?8 WHERE id = ?1",
    [WRITE_FRAME] = "REPLACE INTO frame(n, file) VALUES(" OF_ID ", ?2)",
    [WRITE_DOCUMENT] = "INSERT INTO document(approval, i, name, method, digest)"
                       " VALUES(" OF_ID ", ?2, ?3, ?4, ?5)",
    [WRITE_STATE] = "UPDATE approval SET state = ?2, version = ?3, since = ?4, problem = ?5,"
                    " detail = ?6 WHERE id = ?1",
    [WRITE_VALUE] = "UPDATE approval SET value = ?2 WHERE id = ?1",
    [WRITE_DONE] = "UPDATE approval SET certificate = NULL, info = NULL, size = ?2, digest = ?3"
                   " WHERE id = ?1",
    [WRITE_WHOLE] = "UPDATE approval SET hole = 0, value = zeroblob(0) WHERE id = ?1",
    [CLEAR_WORK] = "UPDATE approval SET certificate = NULL, info = NULL, hole = NULL, value = NULL"
                   " WHERE id = ?1",
    [CLEAR_RESULT] = "UPDATE approval SET size = NULL, digest = NULL WHERE id = ?1",
    [DELETE_FRAME] = "DELETE FROM frame WHERE n = " OF_ID,
    [DELETE_DOCUMENTS] = "DELETE FROM document WHERE approval = " OF_ID,
    [UNKEEP] = "UPDATE approval SET kept = 0 WHERE id = ?1",
    [DELETE_UNSIGNED] = "DELETE FROM approval WHERE id = ?1 AND NOT " SIGNED,
    [FORGET_FRAMES] = "DELETE FROM frame WHERE n IN (SELECT n FROM approval " FORGOTTEN ")",
    [FORGET_DOCUMENTS] =
        "DELETE FROM document WHERE approval IN (SELECT n FROM approval " FORGOTTEN ")",
    [FORGET] = "DELETE FROM approval " FORGOTTEN,
    [EXPIRE_DOCUMENTS] = "DELETE FROM document WHERE approval IN"
                         " (SELECT n FROM approval WHERE kept = 0 AND since < ?1)",
    [EXPIRE] = "DELETE FROM approval WHERE kept = 0 AND since < ?1",
    [READ_KEPT] = "SELECT " TOLD " FROM approval WHERE kept = 1 ORDER BY n",
    [READ_SIGNED] =
        "SELECT " TOLD " FROM approval WHERE n < ?1 AND " SIGNED " ORDER BY n DESC LIMIT ?2",
    [READ_DOCUMENTS] = "SELECT name, method, digest FROM document WHERE approval = ?1 ORDER BY i",
    [READ_WORK] = "SELECT certificate, info, hole, value, file FROM approval JOIN frame"
                  " ON frame.n = approval.n WHERE id = ?1",
    [READ_FILE] = "SELECT hole, value, size, digest, file FROM approval JOIN frame"
                  " ON frame.n = approval.n WHERE id = ?1 AND state = 'done'",
};
_Static_assert(STATEMENT_COUNT <= SQL_STATEMENTS, "sql.h has room for all");

/* Large values are checked when they are read: who reads them knows their digest. */
static const char *const checks[] = {
    "PRAGMA integrity_check(approval)",
    "PRAGMA integrity_check(document)",
    "PRAGMA integrity_check(key)",
};

static const struct sql_plan plan = {
    .application = 0x6f6e6179, /* "onay" */
    .version = 1,
    .schema = schema,
    .n_schema = sizeof schema / sizeof *schema,
    .statements = statements,
    .n_statements = STATEMENT_COUNT,
    .checks = checks,
    .n_checks = sizeof checks / sizeof *checks,
};

struct store {
    const struct settings *settings;
    struct sql sql;
    char path[4096];
    err_t error;
    bool shed;             /* there is something in the log that was deleted since */
    int64_t tried, tidied; /* clock_ms */
};

struct store *store_new(const struct settings *settings, const char *dir)
{
    own_ptr(store) st = calloc(1, sizeof *st);
    own(buf) path = buf_max(sizeof st->path - 1);
    if (!st) return NULL;
    buf_fmt(&path, "%s/" STORE_FILE, dir);
    if (!buf_ok(&path)) return NULL;
    memcpy(st->path, buf_cstr(&path), path.len + 1);
    st->settings = settings;
    st->sql.log = -1;
    return give(st);
}

void store_free(struct store *st)
{
    if (!st) return;
    sql_close(&st->sql);
    free(st);
}

err_t store_ready(struct store *st, bool *opened)
{
    *opened = false;
    if (!st || st->sql.db) return OK;
    if (st->tried && clock_ms() - st->tried < AGAIN_MS) return st->error;
    st->tried = clock_ms();
    st->error = sql_open(&st->sql, &plan, st->path);
    *opened = st->error == OK;
    return st->error;
}

void store_close(struct store *st, err_t e)
{
    sql_close(&st->sql);
    st->error = e;
}

err_t store_error(const struct store *st)
{
    return st ? st->error : OK;
}

const char *store_why(const struct store *st)
{
    return st->sql.why;
}

static bool closed(const struct store *st)
{
    return !st || !st->sql.db;
}

static err_t end(struct store *st)
{
    return st->error = sql_end(&st->sql);
}

/* ---- the life of an approval ---- */

/* An id as it stands in the file; the raw octets live in `raw`. */
static struct sql_value id_of(const char *id, uint8_t raw[16])
{
    memset(raw, 0, 16);
    (void)ident_raw(id, raw); /* always one of ident_new's */
    return sql_octets(bytes_of(raw, 16));
}

static void write_key(struct sql *q, const struct keys_entry *k)
{
    sql_do(q, WRITE_KEY, sql_octets(bytes_of(k->name, sizeof k->name)),
           sql_octets(bytes_of(k->body, sizeof k->body)),
           sql_octets(bytes_of(k->id, sizeof k->id)));
    sql_do(q, TRIM_KEYS, sql_number(KEYS_MAX));
}

err_t store_begin(struct store *st, const struct approval *a, const struct keys_entry *key)
{
    const struct approval_view *v = &a->shown;
    uint8_t raw[16];
    if (closed(st)) return store_error(st);
    struct sql *q = &st->sql;
    sql_fold(q);
    if ((st->error = sql_reserve(q, 65536))) return st->error;
    sql_start(q, SQL_DURABLE);
    if (key) write_key(q, key);
    sql_do(q, WRITE_APPROVAL, id_of(v->id, raw), sql_text(a->owner), sql_number(a->work->lang),
           sql_text(v->order_no), sql_text(xades_profile_name(v->profile)),
           sql_text(xades_packaging_name(v->packaging)), sql_number(v->created),
           sql_text(approval_state_name(v->state)), sql_number((int64_t)v->version),
           sql_number(v->since));
    return end(st);
}

static void write_documents(struct sql *q, struct sql_value id, const struct store_prepared *p)
{
    sql_do(q, DELETE_DOCUMENTS, id); /* of an earlier question, perhaps */
    for (size_t i = 0; i < p->n_documents; i++) {
        const struct store_document *d = &p->documents[i];
        sql_do(q, WRITE_DOCUMENT, id, sql_number((int64_t)i), sql_text(d->name),
               sql_text(digest_name(d->digest.alg)), sql_octets(digest_bytes(&d->digest)));
    }
}

err_t store_prepared(struct store *st, const struct approval *a, const struct store_prepared *p)
{
    uint8_t raw[16];
    if (closed(st)) return store_error(st);
    struct sql *q = &st->sql;
    const struct sql_value id = id_of(a->shown.id, raw);
    /* Of one that is stamped the whole file is written once more. */
    const bool twice = xades_profile_stamped(a->shown.profile);
    const uint64_t room = (twice ? 2 : 1) * (65536 + (uint64_t)p->frame.len);
    if ((st->error = sql_reserve(q, room))) return st->error;
    sql_start(q, SQL_LAZY);
    sql_do(q, WRITE_PREPARED, id, sql_octets(digest_bytes(&a->shown.signer)),
           sql_number(a->shown.signing_time), sql_text(p->subject), sql_text(p->identity),
           sql_octets(p->certificate), sql_octets(digest_bytes(&p->digest)),
           sql_number((int64_t)p->hole));
    sql_do(q, WRITE_FRAME, id, sql_octets(p->frame));
    write_documents(q, id, p);
    return end(st);
}

static void write_state(struct sql *q, struct sql_value id, const struct approval *a)
{
    const struct approval_view *v = &a->shown;
    sql_do(q, WRITE_STATE, id, sql_text(approval_state_name(v->state)),
           sql_number((int64_t)v->version), sql_number(v->since), sql_text(err_slug(v->problem)),
           sql_text(v->detail));
}

/* What was added from the network is in no frame, and cannot be made again at no cost. */
static void write_done(struct sql *q, struct sql_value id, const struct approval *a)
{
    struct digest d;
    if (xades_profile_stamped(a->shown.profile)) {
        sql_do(q, WRITE_FRAME, id, sql_octets(buf_bytes(&a->file)));
        sql_do(q, WRITE_WHOLE, id);
    }
    if (digest_of(DIGEST_SHA256, buf_bytes(&a->file), &d))
        sql_do(q, WRITE_DONE, id, sql_number((int64_t)a->file.len), sql_octets(digest_bytes(&d)));
    else
        q->error = err_raise(ERR_STORE_UNUSABLE);
}

err_t store_state(struct store *st, const struct approval *a)
{
    const enum approval_state state = a->shown.state;
    uint8_t raw[16];
    if (closed(st)) return store_error(st);
    struct sql *q = &st->sql;
    const struct sql_value id = id_of(a->shown.id, raw);
    const bool found_again = state == APPROVAL_DONE && !xades_profile_stamped(a->shown.profile);
    sql_start(q, found_again ? SQL_LAZY : SQL_DURABLE);
    write_state(q, id, a);
    if (state == APPROVAL_DONE) {
        write_done(q, id, a);
    } else if (approval_state_final(state)) {
        sql_do(q, CLEAR_WORK, id);
        sql_do(q, DELETE_FRAME, id);
        if (sql_changed(q) > 0) st->shed = true;
    }
    return end(st);
}

err_t store_value(struct store *st, const struct approval *a, struct bytes signature)
{
    uint8_t raw[16];
    if (closed(st)) return store_error(st);
    struct sql *q = &st->sql;
    const struct sql_value id = id_of(a->shown.id, raw);
    sql_start(q, SQL_DURABLE);
    write_state(q, id, a);
    sql_do(q, WRITE_VALUE, id, sql_octets(signature));
    return end(st);
}

/* ---- afterwards ---- */

void store_drop(struct store *st, const char *id_text)
{
    uint8_t raw[16];
    if (closed(st)) return;
    struct sql *q = &st->sql;
    const struct sql_value id = id_of(id_text, raw);
    sql_start(q, SQL_LAZY);
    sql_do(q, CLEAR_WORK, id);
    sql_do(q, CLEAR_RESULT, id);
    sql_do(q, DELETE_FRAME, id);
    sql_do(q, UNKEEP, id);
    sql_do(q, DELETE_UNSIGNED, id);
    (void)end(st);
}

err_t store_forget(struct store *st, const char *id_text, size_t *n)
{
    uint8_t raw[16];
    *n = 0;
    if (closed(st)) return store_error(st);
    struct sql *q = &st->sql;
    const struct sql_value id =
        id_text ? id_of(id_text, raw) : (struct sql_value){SQL_NULL, 0, {0}};
    sql_start(q, SQL_DURABLE);
    sql_do(q, FORGET_FRAMES, id);
    sql_do(q, FORGET_DOCUMENTS, id);
    sql_do(q, FORGET, id);
    *n = sql_changed(q);
    err_t e = end(st);
    if (e) *n = 0;
    if (!e) sql_shred(q);
    return e;
}

void store_expire(struct store *st)
{
    const int64_t now = clock_ms();
    if (closed(st) || (st->tidied && now - st->tidied < TIDY_MS)) return;
    struct sql *q = &st->sql;
    const utc_t oldest = utc_now() - (utc_t)st->settings->history_keep_days * DAY;
    st->tidied = now;
    sql_start(q, SQL_LAZY);
    sql_do(q, EXPIRE_DOCUMENTS, sql_number(oldest));
    sql_do(q, EXPIRE, sql_number(oldest));
    const size_t n = sql_changed(q);
    if (end(st) == OK && n > 0) sql_shred(q);
}

void store_rest(struct store *st)
{
    if (closed(st)) return;
    if (st->shed)
        sql_shred(&st->sql);
    else
        sql_fold(&st->sql);
    st->shed = false;
}

void store_shed(struct store *st)
{
    if (st) st->shed = true;
}

/* ---- reading back ---- */

static err_t asked(struct store *st)
{
    /* A row in the middle of its table may be let go. */
    err_t e = st->sql.error;
    sql_stop(&st->sql);
    if (e) st->error = e;
    return e;
}

err_t store_keys(struct store *st, struct keys *into)
{
    if (closed(st)) return store_error(st);
    struct sql *q = &st->sql;
    sql_ask(q, READ_KEYS);
    while (sql_next(q)) {
        struct keys_entry k;
        sql_get_octets(q, 0, k.name, sizeof k.name);
        sql_get_octets(q, 1, k.body, sizeof k.body);
        sql_get_octets(q, 2, k.id, sizeof k.id);
        if (!q->error) keys_put(into, &k);
    }
    return asked(st);
}

/* A name in the file → its number in our lists. */
static int number_of(struct sql *q, int column, const char *(*name)(int), int count)
{
    char text[32] = "";
    sql_get_text(q, column, text, sizeof text);
    for (int i = 0; i < count && !q->error; i++)
        if (strcmp(name(i), text) == 0) return i;
    sql_refuse(q, "a name is none of ours");
    return 0;
}

static const char *state_name(int i)
{
    return approval_state_name((enum approval_state)i);
}
static const char *profile_name(int i)
{
    return xades_profile_name((enum xades_profile)i);
}
static const char *packaging_name(int i)
{
    return xades_packaging_name((enum xades_packaging)i);
}
static const char *slug_name(int i)
{
    return err_slug((err_t)i);
}
static const char *method_name(int i)
{
    return digest_name((enum digest_alg)i);
}

static void get_time(struct sql *q, int column, utc_t *out)
{
    sql_get_number(q, column, 0, MAX_TIME, out);
}

/* The columns that an approval has from the question to the token on. */
static void get_signer(struct sql *q, struct stored *one)
{
    struct approval_view *v = &one->shown;
    if (sql_is_null(q, 14)) return;
    v->has_signer = true;
    v->signer = (struct digest){.alg = DIGEST_SHA256, .len = 32};
    sql_get_octets(q, 14, v->signer.v, 32);
    get_time(q, 15, &v->signing_time);
    sql_get_text(q, 16, one->subject, sizeof one->subject);
    sql_get_text(q, 17, one->identity, sizeof one->identity);
}

/* In the order of TOLD. */
static void get_stored(struct sql *q, struct stored *one)
{
    struct approval_view *v = &one->shown;
    int64_t lang = 0, kept = 0, version = 0, size = 0;
    uint8_t raw[16] = {0};
    *one = (struct stored){.shown = {.tries = -1, .media_type = "application/xml"}};
    sql_get_number(q, 0, 1, MAX_COUNT, &one->n);
    sql_get_octets(q, 1, raw, sizeof raw);
    ident_text(raw, v->id);
    sql_get_text(q, 2, one->owner, sizeof one->owner);
    sql_get_number(q, 3, LANG_TR, LANG_EN, &lang);
    sql_get_text(q, 4, v->order_no, sizeof v->order_no);
    v->profile = (enum xades_profile)number_of(q, 5, profile_name, XADES_PROFILE_COUNT);
    v->packaging = (enum xades_packaging)number_of(q, 6, packaging_name, XADES_PACKAGING_COUNT);
    get_time(q, 7, &v->created);
    sql_get_number(q, 8, 0, 1, &kept);
    v->state = (enum approval_state)number_of(q, 9, state_name, APPROVAL_STATE_COUNT);
    sql_get_number(q, 10, 0, MAX_COUNT, &version);
    get_time(q, 11, &v->since);
    v->problem = (err_t)number_of(q, 12, slug_name, ERR_COUNT);
    sql_get_text(q, 13, v->detail, sizeof v->detail);
    get_signer(q, one);
    if (!sql_is_null(q, 18)) sql_get_number(q, 18, 0, XADES_MAX_RESULT, &size);
    one->lang = lang == LANG_EN ? LANG_EN : LANG_TR;
    one->kept = kept == 1;
    v->version = (uint64_t)version;
    v->signature_size = (size_t)size;
}

static err_t take_all(struct store *st, void (*take)(void *ctx, const struct stored *one),
                      void *ctx)
{
    struct stored one;
    while (sql_next(&st->sql)) {
        get_stored(&st->sql, &one);
        if (!st->sql.error) take(ctx, &one);
    }
    return asked(st);
}

err_t store_each(struct store *st, void (*take)(void *ctx, const struct stored *one), void *ctx)
{
    if (closed(st)) return store_error(st);
    sql_ask(&st->sql, READ_KEPT);
    return take_all(st, take, ctx);
}

err_t store_history(struct store *st, int64_t before, size_t most,
                    void (*take)(void *ctx, const struct stored *one), void *ctx)
{
    if (closed(st)) return store_error(st);
    sql_ask(&st->sql, READ_SIGNED, sql_number(before), sql_number((int64_t)most));
    return take_all(st, take, ctx);
}

err_t store_documents(struct store *st, int64_t n,
                      void (*take)(void *ctx, const struct store_document *d), void *ctx)
{
    struct store_document d;
    if (closed(st)) return store_error(st);
    struct sql *q = &st->sql;
    sql_ask(q, READ_DOCUMENTS, sql_number(n));
    while (sql_next(q)) {
        sql_get_text(q, 0, d.name, sizeof d.name);
        d.digest.alg = (enum digest_alg)number_of(q, 1, method_name, DIGEST_COUNT);
        d.digest.len = digest_len(d.digest.alg);
        sql_get_octets(q, 2, d.digest.v, d.digest.len);
        if (!q->error) take(ctx, &d);
    }
    return asked(st);
}

static void get_copy(struct sql *q, int column, struct buf *out)
{
    struct bytes v = {0};
    sql_view(q, column, out->max - out->len, &v);
    buf_add(out, v);
    if (!q->error && !buf_ok(out)) q->error = err_raise(ERR_STORAGE_FULL);
}

void store_resumed_free(struct store_resumed *r)
{
    buf_free(&r->certificate);
    buf_wipe(&r->frame);
}

err_t store_resume(struct store *st, const char *id, struct store_resumed *out)
{
    struct bytes info = {0}, value = {0};
    int64_t hole = 0;
    uint8_t raw[16];
    if (closed(st)) return err_raise(ERR_STORE_UNUSABLE);
    struct sql *q = &st->sql;
    *out =
        (struct store_resumed){.certificate = buf_max(MAX_DER), .frame = buf_max(XADES_MAX_RESULT)};
    sql_ask(q, READ_WORK, id_of(id, raw));
    if (!sql_next(q)) return q->error ? asked(st) : err_raise(ERR_STORE_UNUSABLE);
    get_copy(q, 0, &out->certificate);
    sql_view(q, 1, DIGEST_MAX, &info);
    sql_get_number(q, 2, 0, XADES_MAX_RESULT, &hole);
    sql_view(q, 3, sizeof out->value, &value);
    get_copy(q, 4, &out->frame);
    if (info.len > 0) memcpy(out->digest.v, info.p, info.len);
    out->digest.len = info.len;
    if (value.len > 0) memcpy(out->value, value.p, value.len);
    out->value_len = value.len;
    out->hole = (size_t)hole;
    return asked(st);
}

/* What is read is the file that was signed, or none. */
static bool is_whole(struct bytes file, int64_t size, const uint8_t digest[32])
{
    struct digest d;
    return file.len == (uint64_t)size && digest_of(DIGEST_SHA256, file, &d) &&
           memcmp(d.v, digest, 32) == 0;
}

static err_t get_file(struct sql *q, struct buf *out)
{
    struct bytes frame = {0}, value = {0};
    int64_t hole = 0, size = 0;
    uint8_t digest[32] = {0};
    const size_t before = out->len;
    sql_get_number(q, 0, 0, XADES_MAX_RESULT, &hole);
    sql_view(q, 1, TOKEN_MAX_SIGNATURE, &value);
    sql_get_number(q, 2, 0, XADES_MAX_RESULT, &size);
    sql_get_octets(q, 3, digest, sizeof digest);
    sql_view(q, 4, XADES_MAX_RESULT, &frame);
    if (q->error) return q->error;
    err_t e = xades_fill(frame, (size_t)hole, value, out);
    if (e || is_whole(bytes_sub(buf_bytes(out), before, SIZE_MAX), size, digest)) return e;
    buf_cut(out, before);
    return sql_refuse(q, "a signed file is damaged");
}

err_t store_file(struct store *st, const char *id, struct buf *out)
{
    uint8_t raw[16];
    if (closed(st)) return err_raise(ERR_STORE_UNUSABLE);
    sql_ask(&st->sql, READ_FILE, id_of(id, raw));
    err_t e = sql_next(&st->sql) ? get_file(&st->sql, out) : sql_refuse(&st->sql, "a file is gone");
    err_t of_asking = asked(st);
    return e ? e : of_asking;
}
