/* SPDX-License-Identifier: MIT */
/* onay trust import: a certificate becomes trusted by the table of pins or by the person, never by
 * the file it comes in. */
#include "onay/trust.h"

#include "core/file.h"
#include "core/pins.h"
#include "onay/command.h"
#include "onay/show.h"
#include "onay/svt.h"
#include "xades/depo.h"
#include "xades/xml.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define MAX_FILE  SVT_MAX_OCTETS
#define MAX_KNOWN 65536 /* certificates in the folder and taken */

enum verdict {
    TAKEN_PINNED,
    TAKEN_CONFIRMED,
    TAKEN_BETWEEN,
    THERE,
    REFUSED,
    NO_AUTHORITY,
    REVOCATION_LIST,
    MALFORMED,
    FULL,
    FAILED,
    N_VERDICTS
};

static const struct {
    const char *words[2]; /* by enum lang */
    enum { TAKEN, UNCHANGED, NOT_TAKEN } counts;
} verdicts[N_VERDICTS] = {
    [TAKEN_PINNED] = {{"kök alındı (bilinen kök)", "root taken (a known root)"}, TAKEN},
    [TAKEN_CONFIRMED] = {{"kök alındı (onaylandı)", "root taken (confirmed)"}, TAKEN},
    [TAKEN_BETWEEN] = {{"ara sertifika alındı", "intermediate taken"}, TAKEN},
    [THERE] = {{"zaten var", "already there"}, UNCHANGED},
    [REFUSED] = {{"kök reddedildi (bilinmiyor, onaylanmadı)",
                  "root refused (not known, not confirmed)"},
                 NOT_TAKEN},
    [NO_AUTHORITY] = {{"alınmadı (sertifika makamı değil)",
                       "not taken (no certification authority)"},
                      NOT_TAKEN},
    [REVOCATION_LIST] = {{"alınmadı (SİL; klasöre elle koyun)",
                          "not taken (a CRL; put it into the folder by hand)"},
                         NOT_TAKEN},
    [MALFORMED] = {{"alınmadı (bozuk)", "not taken (malformed)"}, NOT_TAKEN},
    [FULL] = {{"alınmadı (klasör dolu)", "not taken (the folder is full)"}, NOT_TAKEN},
    [FAILED] = {{"yazılamadı", "could not be written"}, NOT_TAKEN},
};

struct importing {
    const struct trust_order *order;
    const char *file; /* that is being read */
    struct buf known; /* SHA-256s, one behind the other */
    struct trust_extent extent;
    size_t n[3];                     /* by `counts` */
    size_t n_shown;                  /* lines said of this file */
    bool accepted[TRUST_MAX_ACCEPT]; /* that one was found */
    bool failed;                     /* nothing more can be written, or said */
    bool made;                       /* there was no folder before */
    utc_t now;
};

/* One certificate that was read. */
struct candidate {
    struct cert cert;
    struct digest id;
    const struct pin *pin;
};

/* ---- saying ---- */

static void say(struct importing *m, enum verdict v, struct buf *what)
{
    own(buf) line = buf_max(16384);
    m->n_shown++;
    m->n[verdicts[v].counts]++;
    if (m->order->dry_run) buf_str(&line, show_words("[deneme] ", "[dry run] "));
    buf_fmt(&line, "%s: %s\n", verdicts[v].words[command_lang()], buf_cstr(what));
    if (!command_print(&line)) m->failed = true;
}

static void describe(const struct importing *m, const struct candidate *c, struct buf *out)
{
    trust_subject(out, &c->cert);
    buf_str(out, ", ");
    trust_day(out, c->cert.not_after);
    if (c->cert.not_after < m->now) buf_str(out, show_words(" (süresi dolmuş)", " (expired)"));
    if (c->cert.not_before > m->now)
        buf_str(out, show_words(" (henüz geçerli değil)", " (not yet valid)"));
    buf_str(out, ", ");
    trust_key(out, &c->cert);
    buf_str(out, ", SHA-256 ");
    buf_hex(out, digest_bytes(&c->id));
}

static void say_entry(struct importing *m, enum verdict v, size_t number, const char *clause)
{
    own(buf) what = buf_max(8192);
    buf_fmt(&what, "%s, %s %zu: %s", m->file, show_words("kayıt", "entry"), number, clause);
    say(m, v, &what);
}

/* ---- asking ---- */

/* Upper case in eights, as certificates are published. */
static void fingerprint(struct buf *out, const struct digest *id)
{
    for (size_t i = 0; i < id->len; i++)
        buf_fmt(out, "%s%02X", i > 0 && i % 4 == 0 ? " " : "", id->v[i]);
}

static void show_question(const struct candidate *c)
{
    own(buf) text = buf_max(16384);
    buf_fmt(&text, "\n%s\n  ",
            show_words("Bu kök bilinen kökler arasında yok:", "This root is not a known one:"));
    trust_subject(&text, &c->cert);
    buf_fmt(&text, "\n  %s ", show_words("geçerlilik:", "validity:"));
    trust_day(&text, c->cert.not_before);
    buf_str(&text, " – ");
    trust_day(&text, c->cert.not_after);
    buf_fmt(&text, "\n  %s ", show_words("anahtar:", "key:"));
    trust_key(&text, &c->cert);
    buf_str(&text, "\n  SHA-256: ");
    fingerprint(&text, &c->id);
    buf_fmt(
        &text, "\n%s ",
        show_words("Kabul edilirse onun altındaki her imzaya güvenilir. Parmak izini yayımcısının\n"
                   "duyurduğuyla karşılaştırın; aynıysa ilk 8 basamağını yazın, değilse boş geçin:",
                   "Once accepted, every signature under it is trusted. Compare the fingerprint "
                   "with what\nits publisher announces; type its first 8 digits if they are the "
                   "same, nothing if not:"));
    (void)fputs(buf_cstr(&text), stderr);
    (void)fflush(stderr);
}

/* A line from standard input; false when it is longer than any answer, or there is none. */
static bool read_answer(char *line, size_t room)
{
    size_t n = 0;
    int c;
    while ((c = getchar()) != EOF && c != '\n') {
        if (n < room) line[n++] = (char)c;
    }
    if (n == room || (c == EOF && n == 0)) return false;
    while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\r')) n--;
    line[n] = 0;
    return true;
}

/* Of a root that has expired nobody is asked: an old store is full of them. */
static bool confirmed_by_person(const struct importing *m, const struct candidate *c)
{
    char line[64];
    own(buf) digits = buf_max(16);
    if (c->cert.not_after < m->now) return false;
    if (m->order->dry_run || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return false;
    show_question(c);
    buf_hex(&digits, bytes_sub(digest_bytes(&c->id), 0, 4));
    return read_answer(line, sizeof line) && strcasecmp(line, buf_cstr(&digits)) == 0;
}

static bool confirmed_by_option(struct importing *m, const struct candidate *c)
{
    for (size_t i = 0; i < m->order->n_accept; i++) {
        if (!bytes_eq(digest_bytes(&m->order->accept[i]), digest_bytes(&c->id))) continue;
        m->accepted[i] = true;
        return true;
    }
    return false;
}

/* ---- taking ---- */

static bool is_known(const struct importing *m, const struct digest *id)
{
    for (size_t at = 0; at < m->known.len; at += 32) {
        if (memcmp(m->known.p + at, id->v, 32) == 0) return true;
    }
    return false;
}

/* The last of the path is the folder itself, for everybody to read as its files are. */
static bool make_folder(struct importing *m, const char *dir)
{
    own(buf) path = buf_max(8192);
    buf_str(&path, dir);
    buf_byte(&path, 0);
    if (!buf_ok(&path) || !dir[0]) return false;
    char *p = (char *)path.p;
    for (char *slash = p + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = 0;
        if (mkdir(p, 0700) != 0 && errno != EEXIST) return false;
        *slash = '/';
    }
    m->made = mkdir(p, 0755) == 0 || m->made;
    return m->made || errno == EEXIST;
}

static enum verdict store(struct importing *m, const struct candidate *c, enum verdict taken)
{
    char name[TRUST_NAME];
    own(buf) path = buf_max(8192);
    struct bytes der = c->cert.der;
    if (m->extent.files >= TRUST_MAX_FILES || m->known.len / 32 >= MAX_KNOWN ||
        m->extent.octets + der.len > TRUST_MAX_OCTETS)
        return FULL;
    trust_file_name(&c->id, name);
    buf_fmt(&path, "%s/%s", m->order->dir, name);
    if (!m->order->dry_run && (!buf_ok(&path) || !make_folder(m, m->order->dir) ||
                               file_write(buf_cstr(&path), der) != OK)) {
        m->failed = true;
        return FAILED;
    }
    m->extent.files++;
    m->extent.octets += der.len;
    buf_add(&m->known, digest_bytes(&c->id));
    return taken;
}

/* Whether it is a root is for its signature to show, whatever list it stands in. */
static enum verdict judge(struct importing *m, const struct candidate *c, enum trust_kind kind)
{
    bool option = confirmed_by_option(m, c);
    if (is_known(m, &c->id)) return THERE;
    bool authority =
        c->cert.is_ca && (!c->cert.has_key_usage || c->cert.key_usage & KU_KEY_CERT_SIGN);
    if (!authority) return NO_AUTHORITY;
    if (kind == TRUST_INTERMEDIATE) return store(m, c, TAKEN_BETWEEN);
    if (c->pin && c->pin->kind == PIN_ROOT) return store(m, c, TAKEN_PINNED);
    if (option || confirmed_by_person(m, c)) return store(m, c, TAKEN_CONFIRMED);
    return REFUSED;
}

static void take(void *ctx, size_t number, struct bytes der)
{
    struct importing *m = ctx;
    struct der_latch why = {0};
    struct candidate c = {0};
    own(buf) what = buf_max(8192);
    if (m->failed) return;
    enum trust_kind kind = trust_kind(der);
    if (kind == TRUST_CRL) {
        say_entry(m, REVOCATION_LIST, number, "RFC 5280 5");
        return;
    }
    if (!cert_read(der, &c.cert, &why) || !cert_id(der, &c.id)) {
        say_entry(m, MALFORMED, number, why.clause ? why.clause : "RFC 4648 4");
        return;
    }
    if (kind != TRUST_ANCHOR && kind != TRUST_INTERMEDIATE) {
        say_entry(m, MALFORMED, number, "RFC 5280 4.2");
        return;
    }
    c.pin = pins_find(&c.id);
    enum verdict v = judge(m, &c, kind);
    describe(m, &c, &what);
    say(m, v, &what);
}

/* ---- reading ---- */

static size_t count(struct bytes text, const char *begin)
{
    size_t n = 0, len = strlen(begin);
    const uint8_t *p;
    while (text.len > 0 && (p = memmem(text.p, text.len, begin, len)) != NULL) {
        text = bytes_sub(text, (size_t)(p - text.p) + len, SIZE_MAX);
        n++;
    }
    return n;
}

static err_t read_pem(struct importing *m, struct bytes file)
{
    /* Blocks that begin and are no certificate are not found by cert_from_pem. */
    size_t at = 0, number = 0, blocks = count(file, "-----BEGIN CERTIFICATE-----");
    if (blocks > DEPO_MAX_ENTRIES) return err_raise(ERR_STORAGE_FULL);
    for (;;) {
        own(buf) der = buf_max(DEPO_MAX_DER);
        if (!cert_from_pem(file, &at, &der)) break;
        take(m, ++number, buf_bytes(&der));
    }
    if (number < blocks) say_entry(m, MALFORMED, blocks, "RFC 7468 5.1");
    size_t lists = count(file, "-----BEGIN X509 CRL-----");
    if (lists > 0) say_entry(m, REVOCATION_LIST, blocks + lists, "RFC 7468 6");
    return OK;
}

static err_t read_content(struct importing *m, struct bytes file, struct buf *why)
{
    static const char pem[] = "-----BEGIN ";
    if (svt_is(file)) return svt_read(file, take, m, why);
    if (xml_begins(file)) {
        struct xades_why clause = {0};
        err_t e = depo_read(file, take, m, &clause);
        buf_str(why, clause.clause);
        return e;
    }
    if (file.len > 0 && memmem(file.p, file.len, pem, sizeof pem - 1)) return read_pem(m, file);
    take(m, 1, file);
    return OK;
}

/* EXIT_GOOD: it was read, whatever came of it. */
static int import_file(struct importing *m, const char *path)
{
    own(buf) file = buf_max(MAX_FILE), why = buf_max(1024);
    m->file = path;
    m->n_shown = 0;
    err_t e = file_read(path, &file);
    if (e) return command_fail(path, e, NULL);
    e = read_content(m, buf_bytes(&file), &why);
    if (!e && m->n_shown == 0 && !m->failed) e = err_raise(ERR_CERTIFICATE_MALFORMED);
    return e ? command_fail(path, e, buf_cstr(&why)) : EXIT_GOOD;
}

static void learn(void *ctx, const struct trust_item *item)
{
    struct importing *m = ctx;
    struct digest id;
    if ((item->kind == TRUST_ANCHOR || item->kind == TRUST_INTERMEDIATE) && cert_id(item->der, &id))
        buf_add(&m->known, digest_bytes(&id));
}

/* What was to be accepted and was in none of the files is a slip that a script must hear of. */
static bool all_accepted(const struct importing *m)
{
    bool all = true;
    for (size_t i = 0; i < m->order->n_accept; i++) {
        own(buf) hex = buf_max(128);
        if (m->accepted[i]) continue;
        all = false;
        buf_hex(&hex, digest_bytes(&m->order->accept[i]));
        (void)fprintf(stderr, "onay: %s: %s\n", buf_cstr(&hex),
                      show_words("bu parmak izi dosyalarda yok", "no file holds this fingerprint"));
    }
    return all;
}

/* The daemon looks at the folder that was there when it started, and into no other. */
static void say_made(struct buf *out)
{
    buf_fmt(out, "%s\n",
            show_words("klasör yeni açıldı; çalışan bir onayd onu yeniden başlayınca görür: "
                       "systemctl --user restart onayd.service",
                       "the folder is new; an onayd that is running sees it when it starts again: "
                       "systemctl --user restart onayd.service"));
}

static int sum_up(struct importing *m)
{
    own(buf) text = buf_max(8192);
    const size_t *n = m->n;
    if (command_lang() == LANG_EN)
        buf_fmt(&text, "%zu taken, %zu already there, %zu not taken: %.4000s\n", n[TAKEN],
                n[UNCHANGED], n[NOT_TAKEN], m->order->dir);
    else
        buf_fmt(&text, "%zu alındı, %zu zaten vardı, %zu alınmadı: %.4000s\n", n[TAKEN],
                n[UNCHANGED], n[NOT_TAKEN], m->order->dir);
    if (m->made) say_made(&text);
    bool all = all_accepted(m);
    if (!command_print(&text) || m->failed) return EXIT_BAD;
    return all && n[NOT_TAKEN] == 0 ? EXIT_GOOD : EXIT_INDETERMINATE;
}

int trust_import(const struct trust_order *o)
{
    struct importing m = {.order = o, .known = buf_max(MAX_KNOWN * 32), .now = utc_now()};
    int code = EXIT_GOOD;
    err_t e = trust_look(o->dir, learn, &m, &m.extent);
    if (!e && !buf_ok(&m.known)) e = err_raise(ERR_STORAGE_FULL);
    if (e) code = command_fail(o->dir, e, NULL);
    for (size_t i = 0; !e && i < o->n_words; i++) {
        int got = import_file(&m, o->words[i]);
        if (got != EXIT_GOOD) code = got;
    }
    int sum = e ? code : sum_up(&m);
    buf_free(&m.known);
    return code != EXIT_GOOD ? code : sum;
}
