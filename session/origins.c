/* SPDX-License-Identifier: MIT */
#include "session/origins.h"

#include "core/digest.h"
#include "core/file.h"
#include "session/clock.h"
#include "session/ident.h"

#include <errno.h>
#include <stdio.h>

#define MAX_FILE 65536
#define TIME_LEN 20 /* 2026-09-20T10:00:00Z */

struct paired {
    char origin[ORIGIN_ROOM];
    utc_t since;
};

struct visitor {
    char origin[ORIGIN_ROOM];      /* "": free place */
    char key[SESSION_KEY_MAX + 1]; /* of its approval; only when `begun` */
    bool begun;
    int64_t until;
};

struct origins {
    const struct settings *settings;
    char *path; /* NULL: there is no folder */
    err_t error;
    size_t n;
    struct paired paired[ORIGINS_MAX];
    struct visitor visitors[ORIGINS_VISITORS];
};

/* ---- the file ---- */

static struct bytes cut_line(struct bytes *rest)
{
    const uint8_t *end = memchr(rest->p, '\n', rest->len);
    const size_t n = end ? (size_t)(end - rest->p) : rest->len;
    struct bytes line = bytes_sub(*rest, 0, n);
    *rest = bytes_sub(*rest, end ? n + 1 : n, rest->len);
    return line;
}

static bool read_line(struct bytes line, struct paired *out)
{
    struct bytes name = bytes_sub(line, TIME_LEN + 1, line.len);
    if (line.len <= TIME_LEN + 1 || line.p[TIME_LEN] != ' ' || name.len >= ORIGIN_ROOM ||
        memchr(name.p, 0, name.len) || !utc_read_xsd(bytes_sub(line, 0, TIME_LEN), &out->since))
        return false;
    memcpy(out->origin, name.p, name.len);
    out->origin[name.len] = 0;
    return origin_ok(out->origin);
}

static bool read_lines(struct origins *o, struct bytes text)
{
    while (text.len) {
        struct bytes line = cut_line(&text);
        if (line.len == 0 || line.p[0] == '#') continue;
        if (o->n == ORIGINS_MAX || !read_line(line, &o->paired[o->n])) return false;
        o->n++;
    }
    return true;
}

static err_t load(struct origins *o)
{
    own(buf) text = buf_max(MAX_FILE);
    own_fd fd = -1;
    if (!o->path) return err_raise(ERR_STORE_UNUSABLE);
    if (access(o->path, F_OK) != 0 && errno == ENOENT) return OK;
    if (file_private(o->path, &fd) != OK || file_read_fd(fd, &text) != OK ||
        !read_lines(o, buf_bytes(&text))) {
        o->n = 0;
        return err_raise(ERR_STORE_UNUSABLE);
    }
    return OK;
}

err_t origins_open(const struct settings *settings, const char *dir, struct origins **out)
{
    own_ptr(origins) o = calloc(1, sizeof *o);
    if (!o) return err_raise(ERR_STORAGE_FULL);
    o->settings = settings;
    if (*dir && asprintf(&o->path, "%s/" ORIGINS_FILE, dir) < 0)
        return o->path = NULL, err_raise(ERR_STORAGE_FULL);
    o->error = load(o);
    *out = give(o);
    return OK;
}

void origins_free(struct origins *o)
{
    if (!o) return;
    free(o->path);
    free(o);
}

err_t origins_error(const struct origins *o)
{
    return o->error;
}

static err_t save(const struct origins *o, const struct paired *paired, size_t n)
{
    own(buf) text = buf_max(MAX_FILE);
    if (o->error) return err_raise(o->error);
    buf_str(&text,
            "# Sites that were let in for good. onay origins remove ORIGIN takes one out.\n");
    for (size_t i = 0; i < n; i++) {
        utc_write_xsd(&text, paired[i].since, 0);
        buf_fmt(&text, " %s\n", paired[i].origin);
    }
    if (!buf_ok(&text)) return err_raise(ERR_STORAGE_FULL);
    err_t e = file_write_private(o->path, buf_bytes(&text));
    return e == ERR_FILE_UNREADABLE ? err_raise(ERR_STORE_UNUSABLE) : e;
}

/* ---- who is let in ---- */

static bool scheme_ok(const struct origins *o, const char *origin)
{
    return origin_is_https(origin) ||
           (o->settings->http_loopback_origins && origin_is_loopback(origin));
}

bool origins_may_be(const struct origins *o, const char *origin)
{
    return origin_ok(origin) && scheme_ok(o, origin);
}

static bool configured(const struct origins *o, struct bytes origin)
{
    for (size_t i = 0; i < o->settings->n_origins; i++) {
        const char *one = o->settings->origins[i];
        /* The list was checked when it was read; a door does not lean on that. */
        if (bytes_eq_str(origin, one)) return scheme_ok(o, one);
    }
    return false;
}

static size_t paired_at(const struct origins *o, struct bytes origin)
{
    size_t i = 0;
    while (i < o->n && !bytes_eq_str(origin, o->paired[i].origin)) i++;
    return i;
}

static const struct visitor *visitor_of(const struct origins *o, struct bytes origin)
{
    for (size_t i = 0; i < ORIGINS_VISITORS; i++) {
        const struct visitor *v = &o->visitors[i];
        if (v->origin[0] && bytes_eq_str(origin, v->origin) && clock_ms() < v->until) return v;
    }
    return NULL;
}

enum origins_kind origins_find(const struct origins *o, struct bytes origin)
{
    if (configured(o, origin)) return ORIGINS_CONFIGURED;
    const size_t i = paired_at(o, origin);
    if (i < o->n && scheme_ok(o, o->paired[i].origin)) return ORIGINS_PAIRED;
    return visitor_of(o, origin) ? ORIGINS_VISITOR : ORIGINS_UNKNOWN;
}

err_t origins_pair(struct origins *o, const char *origin, utc_t now)
{
    struct paired *next = &o->paired[o->n];
    if (paired_at(o, bytes_str(origin)) < o->n) return OK;
    if (o->n == ORIGINS_MAX) return err_raise(ERR_TOO_MANY_REQUESTS);
    (void)snprintf(next->origin, sizeof next->origin, "%s", origin);
    next->since = now;
    err_t e = save(o, o->paired, o->n + 1);
    if (!e) o->n++;
    return e;
}

/* ---- visitors ---- */

static struct visitor *place_for(struct origins *o, const char *origin)
{
    struct visitor *first = &o->visitors[0];
    for (size_t i = 0; i < ORIGINS_VISITORS; i++) {
        struct visitor *v = &o->visitors[i];
        if (strcmp(v->origin, origin) == 0) return v;
        if (v->until < first->until) first = v; /* a free place has been over for ever */
    }
    return first;
}

void origins_invite(struct origins *o, const char *origin, int64_t until)
{
    struct visitor *v = place_for(o, origin);
    *v = (struct visitor){.until = until};
    (void)snprintf(v->origin, sizeof v->origin, "%s", origin);
}

bool origins_may_begin(const struct origins *o, const char *owner, const char *key)
{
    if (origins_find(o, bytes_str(owner)) != ORIGINS_VISITOR) return true;
    const struct visitor *v = visitor_of(o, bytes_str(owner));
    return !v->begun || strcmp(v->key, key) == 0;
}

void origins_begun(struct origins *o, const char *owner, const char *key, int64_t until)
{
    if (origins_find(o, bytes_str(owner)) != ORIGINS_VISITOR) return;
    struct visitor *v = place_for(o, owner);
    if (v->begun) return;
    v->begun = true;
    v->until = until;
    (void)snprintf(v->key, sizeof v->key, "%s", key);
}

bool origins_used(const struct origins *o, const char *origin)
{
    return origins_find(o, bytes_str(origin)) == ORIGINS_VISITOR &&
           visitor_of(o, bytes_str(origin))->begun;
}

int64_t origins_until(const struct origins *o, const char *origin)
{
    if (origins_find(o, bytes_str(origin)) != ORIGINS_VISITOR) return 0;
    return visitor_of(o, bytes_str(origin))->until;
}

/* ---- the list ---- */

static bool id_of(const char *origin, char id[SESSION_ID])
{
    struct digest d;
    if (!digest_of(DIGEST_SHA256, bytes_str(origin), &d)) return false;
    ident_text(d.v, id);
    return true;
}

/* Configured ones, paired ones, then visitors: `i` counts through all three. */
static bool entry_at(const struct origins *o, size_t i, struct origins_entry *out)
{
    const size_t n = o->settings->n_origins;
    if (i < n) {
        *out =
            (struct origins_entry){.origin = o->settings->origins[i], .kind = ORIGINS_CONFIGURED};
        return true;
    }
    if ((i -= n) < o->n) {
        *out = (struct origins_entry){
            .origin = o->paired[i].origin, .kind = ORIGINS_PAIRED, .since = o->paired[i].since};
        return true;
    }
    size_t skip = i - o->n;
    for (size_t k = 0; k < ORIGINS_VISITORS; k++) {
        const struct visitor *v = &o->visitors[k];
        if (!v->origin[0] || clock_ms() >= v->until || skip-- > 0) continue;
        *out = (struct origins_entry){.origin = v->origin, .kind = ORIGINS_VISITOR};
        return true;
    }
    return false;
}

bool origins_at(const struct origins *o, size_t i, struct origins_entry *out)
{
    return entry_at(o, i, out) && id_of(out->origin, out->id);
}

static err_t unpair(struct origins *o, size_t at)
{
    struct paired left[ORIGINS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++)
        if (i != at) left[n++] = o->paired[i];
    err_t e = save(o, left, n);
    if (e) return e;
    memcpy(o->paired, left, n * sizeof left[0]);
    o->n = n;
    return OK;
}

static void end_visit(struct origins *o, const char *origin)
{
    for (size_t i = 0; i < ORIGINS_VISITORS; i++)
        if (strcmp(o->visitors[i].origin, origin) == 0) o->visitors[i].until = 0;
}

err_t origins_remove(struct origins *o, const char *id, char *removed)
{
    struct origins_entry one;
    for (size_t i = 0; origins_at(o, i, &one); i++) {
        if (strcmp(one.id, id) != 0) continue;
        if (one.kind == ORIGINS_CONFIGURED) return err_raise(ERR_ORIGIN_CONFIGURED);
        (void)snprintf(removed, ORIGIN_ROOM, "%s", one.origin);
        end_visit(o, removed);
        return one.kind == ORIGINS_PAIRED ? unpair(o, paired_at(o, bytes_str(removed))) : OK;
    }
    return err_raise(ERR_NOT_FOUND);
}
