/* SPDX-License-Identifier: MIT */
/* onay trust list, onay trust remove: what lies in the folder, and taking one of it away. */
#include "onay/trust.h"

#include "core/pins.h"
#include "core/text.h"
#include "onay/command.h"
#include "onay/show.h"

#include <json-c/json.h>
#include <stdio.h>

#define DAY 86400

struct listing {
    bool json;
    utc_t now;
    struct buf text[TRUST_CRL + 1]; /* by enum trust_kind */
    struct json_object *certificates, *lists;
};

/* Days that are left; negative: since when. */
static int64_t days_left(utc_t until, utc_t now)
{
    utc_t left = until - now;
    return left >= 0 ? left / DAY : -((DAY - 1 - left) / DAY);
}

static void say_left(struct buf *out, int64_t days)
{
    if (days >= 0)
        buf_fmt(out, " (%lld %s)", (long long)days, show_words("gün kaldı", "days left"));
    else
        buf_fmt(out, " (%lld %s)", (long long)-days,
                show_words("gün önce doldu", "days ago expired"));
}

/* ---- certificates ---- */

/* How it came to be trusted: the name says that import made the file, and import asks. */
enum acceptance { PINNED, CONFIRMED, PLACED };

static const struct {
    const char *slug, *words[2];
} acceptances[] = {
    [PINNED] = {"pinned", {"bilinen kök", "a known root"}},
    [CONFIRMED] = {"confirmed", {"onaylandı", "confirmed"}},
    [PLACED] = {"placed", {"elle konmuş", "put there by hand"}},
};

struct entry {
    const struct trust_item *item;
    struct cert cert;
    struct digest id;
    const struct pin *pin;
    enum acceptance how; /* of an anchor */
};

/* False for one that is malformed, with the clause. It counts all the same: OpenSSL, which builds
 * the chains, is less strict. */
static bool read_entry(const struct trust_item *item, struct entry *e, const char **clause)
{
    char name[TRUST_NAME];
    struct der_latch why = {0};
    e->item = item;
    if (!cert_id(item->der, &e->id) || !cert_read(item->der, &e->cert, &why)) {
        *clause = why.clause ? why.clause : "X.690";
        return false;
    }
    e->pin = pins_find(&e->id);
    trust_file_name(&e->id, name);
    e->how = e->pin ? PINNED : strcmp(name, item->file) == 0 ? CONFIRMED : PLACED;
    return true;
}

/* A file's name is whatever the file system holds. */
static void show_file(struct buf *out, const char *name)
{
    text_plain(out, bytes_str(name), 255);
}

static const char *kind_words(enum trust_kind kind)
{
    return kind == TRUST_ANCHOR ? show_words("kök", "root") : show_words("ara", "intermediate");
}

static void show_malformed(struct listing *l, const struct entry *e, const char *clause)
{
    struct buf *out = &l->text[e->item->kind];
    buf_fmt(out, "%s: %s: ", kind_words(e->item->kind), show_words("bozuk", "malformed"));
    show_file(out, e->item->file);
    buf_fmt(out, ", %s\n  SHA-256    ", clause);
    buf_hex(out, digest_bytes(&e->id));
    buf_str(out, "\n");
}

static void show_entry(struct listing *l, const struct entry *e)
{
    struct buf *out = &l->text[e->item->kind];
    bool anchor = e->item->kind == TRUST_ANCHOR;
    buf_fmt(out, "%s: ", kind_words(e->item->kind));
    trust_subject(out, &e->cert);
    buf_fmt(out, "\n  %s ", show_words("geçerlilik", "validity  "));
    trust_day(out, e->cert.not_before);
    buf_str(out, " – ");
    trust_day(out, e->cert.not_after);
    say_left(out, days_left(e->cert.not_after, l->now));
    buf_fmt(out, "\n  %s ", show_words("anahtar   ", "key       "));
    trust_key(out, &e->cert);
    buf_str(out, "\n  SHA-256    ");
    buf_hex(out, digest_bytes(&e->id));
    buf_str(out, "\n");
    if (!anchor) return;
    buf_fmt(out, "  %s %s", show_words("kabul     ", "accepted  "),
            acceptances[e->how].words[command_lang()]);
    if (e->pin) buf_fmt(out, " (%s)", e->pin->name);
    if (e->how == PLACED) {
        buf_str(out, " (");
        show_file(out, e->item->file);
        buf_str(out, ")");
    }
    buf_str(out, "\n");
}

static void add_text(struct json_object *o, const char *key, struct buf *text)
{
    (void)json_object_object_add(o, key, json_object_new_string(buf_cstr(text)));
    buf_cut(text, 0);
}

static void add_time(struct json_object *o, const char *key, utc_t t, struct buf *room)
{
    utc_write_xsd(room, t, 0);
    add_text(o, key, room);
}

static void add_validity(struct json_object *o, const struct cert *c, utc_t now, struct buf *room)
{
    trust_subject(room, c);
    add_text(o, "subject", room);
    add_time(o, "notBefore", c->not_before, room);
    add_time(o, "notAfter", c->not_after, room);
    (void)json_object_object_add(o, "daysLeft",
                                 json_object_new_int64(days_left(c->not_after, now)));
    trust_key(room, c);
    add_text(o, "key", room);
}

/* clause NULL: it is well-formed. */
static void add_entry(struct listing *l, const struct entry *e, const char *clause)
{
    own(buf) room = buf_max(4096);
    struct json_object *o = json_object_new_object();
    bool anchor = e->item->kind == TRUST_ANCHOR;
    buf_str(&room, anchor ? "anchor" : "intermediate");
    add_text(o, "kind", &room);
    buf_hex(&room, digest_bytes(&e->id));
    add_text(o, "sha256", &room);
    buf_str(&room, e->item->file);
    add_text(o, "file", &room);
    if (!clause) add_validity(o, &e->cert, l->now, &room);
    if (clause)
        (void)json_object_object_add(o, "malformed", json_object_new_string(clause));
    else if (anchor)
        (void)json_object_object_add(o, "accepted",
                                     json_object_new_string(acceptances[e->how].slug));
    (void)json_object_array_add(l->certificates, o);
}

/* ---- lists ---- */

static void show_list(struct listing *l, const struct trust_item *item)
{
    struct buf *out = &l->text[TRUST_CRL];
    buf_fmt(out, "%s: ", show_words("SİL", "CRL"));
    trust_name(out, item->issuer);
    buf_fmt(out, "\n  %s ", show_words("sonraki   ", "nextUpdate"));
    if (!item->usable) {
        buf_fmt(out, "%s\n",
                show_words("kullanılamaz (nextUpdate yok, delta ya da imzası zayıf)",
                           "unusable (no nextUpdate, a delta, or weakly signed)"));
        return;
    }
    utc_write_xsd(out, item->next_update, UTC_TURKEY_MINUTES);
    if (item->next_update < l->now) buf_str(out, show_words(" (bayat)", " (stale)"));
    buf_str(out, "\n");
}

static void add_list(struct listing *l, const struct trust_item *item)
{
    own(buf) room = buf_max(4096);
    struct json_object *o = json_object_new_object();
    trust_name(&room, item->issuer);
    add_text(o, "issuer", &room);
    add_time(o, "thisUpdate", item->this_update, &room);
    if (item->next_update) add_time(o, "nextUpdate", item->next_update, &room);
    (void)json_object_object_add(o, "usable", json_object_new_boolean(item->usable));
    (void)json_object_object_add(
        o, "stale", json_object_new_boolean(!item->usable || item->next_update < l->now));
    buf_str(&room, item->file);
    add_text(o, "file", &room);
    (void)json_object_array_add(l->lists, o);
}

/* ---- the folder ---- */

static void visit_certificate(struct listing *l, const struct trust_item *item)
{
    struct entry e = {0};
    const char *clause = NULL;
    bool good = read_entry(item, &e, &clause);
    if (l->json)
        add_entry(l, &e, clause);
    else if (good)
        show_entry(l, &e);
    else
        show_malformed(l, &e, clause);
}

static void show_unknown(struct buf *out, const char *file)
{
    buf_fmt(out, "%s: ", show_words("tanınmadı", "not recognised"));
    show_file(out, file);
    buf_str(out, "\n");
}

static void visit(void *ctx, const struct trust_item *item)
{
    struct listing *l = ctx;
    if (item->kind == TRUST_CRL)
        (l->json ? add_list : show_list)(l, item);
    else if (item->kind != TRUST_NOTHING)
        visit_certificate(l, item);
    else if (!l->json)
        show_unknown(&l->text[TRUST_NOTHING], item->file);
}

static void write_json(const struct listing *l, const char *dir, struct buf *out)
{
    struct json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "folder", json_object_new_string(dir));
    (void)json_object_object_add(o, "certificates", json_object_get(l->certificates));
    (void)json_object_object_add(o, "crls", json_object_get(l->lists));
    buf_fmt(out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
    (void)json_object_put(o);
}

static void write_text(struct listing *l, const char *dir, struct buf *out)
{
    static const enum trust_kind order[] = {TRUST_ANCHOR, TRUST_INTERMEDIATE, TRUST_CRL,
                                            TRUST_NOTHING};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (!buf_ok(&l->text[order[i]])) out->failed = true;
        buf_add(out, buf_bytes(&l->text[order[i]]));
    }
    if (out->len == 0)
        buf_fmt(out, "%s: %.4000s\n", show_words("klasör boş", "the folder is empty"), dir);
}

static int look_and_print(struct listing *l, const struct trust_order *o)
{
    struct trust_extent extent;
    own(buf) out = buf_max(64u << 20);
    err_t e = trust_look(o->dir, visit, l, &extent);
    if (e) return command_fail(o->dir, e, NULL);
    if (l->json)
        write_json(l, o->dir, &out);
    else
        write_text(l, o->dir, &out);
    return command_print(&out) ? EXIT_GOOD : EXIT_BAD;
}

int trust_list(const struct trust_order *o)
{
    struct listing l = {.json = o->json,
                        .now = utc_now(),
                        .certificates = json_object_new_array(),
                        .lists = json_object_new_array()};
    for (size_t i = 0; i <= TRUST_CRL; i++) l.text[i] = buf_max(16u << 20);
    int code = look_and_print(&l, o);
    for (size_t i = 0; i <= TRUST_CRL; i++) buf_free(&l.text[i]);
    (void)json_object_put(l.certificates);
    (void)json_object_put(l.lists);
    return code;
}

/* ---- remove ---- */

struct removing {
    struct digest id;
    char own_file[TRUST_NAME];
    bool found;      /* in the file that import made */
    char other[256]; /* another file that holds it too, "" when none */
};

static void look_for(void *ctx, const struct trust_item *item)
{
    struct removing *r = ctx;
    struct digest id;
    if (item->kind != TRUST_ANCHOR && item->kind != TRUST_INTERMEDIATE) return;
    if (!cert_id(item->der, &id) || !bytes_eq(digest_bytes(&id), digest_bytes(&r->id))) return;
    if (strcmp(item->file, r->own_file) == 0)
        r->found = true;
    else
        (void)snprintf(r->other, sizeof r->other, "%s", item->file);
}

static int unlink_found(const struct trust_order *o, const struct removing *r)
{
    own(buf) path = buf_max(8192);
    buf_fmt(&path, "%s/%s", o->dir, r->own_file);
    if (!buf_ok(&path) || unlink(buf_cstr(&path)) != 0)
        return command_fail(buf_cstr(&path), err_raise(ERR_FILE_UNREADABLE), NULL);
    buf_cut(&path, 0);
    buf_fmt(&path, "%s: %s\n", show_words("çıkarıldı", "removed"), r->own_file);
    return command_print(&path) ? EXIT_GOOD : EXIT_BAD;
}

/* A file that somebody else put there may hold more than this one, and is not ours to delete. */
int trust_remove(const struct trust_order *o)
{
    struct removing r = {0};
    struct trust_extent extent;
    if (!trust_fingerprint(o->words[0], &r.id)) {
        (void)fprintf(stderr, "onay: %.100s: %s\n", o->words[0],
                      show_words("64 onaltılık basamak beklenir", "64 hex digits are wanted"));
        return EXIT_USAGE;
    }
    trust_file_name(&r.id, r.own_file);
    err_t e = trust_look(o->dir, look_for, &r, &extent);
    if (e) return command_fail(o->dir, e, NULL);
    int code = r.found ? unlink_found(o, &r) : EXIT_BAD;
    if (r.other[0])
        (void)fprintf(stderr, "onay: %s/%s: %s\n", o->dir, r.other,
                      show_words("bu dosyada da var; elle konmuş, elle çıkarın",
                                 "holds it; it was put there by hand, remove it by hand"));
    else if (!r.found)
        (void)fprintf(
            stderr, "onay: %s: %s\n", o->words[0],
            show_words("bu sertifika klasörde yok", "the folder holds no such certificate"));
    return r.other[0] ? EXIT_BAD : code;
}
