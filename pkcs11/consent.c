/* SPDX-License-Identifier: MIT */
#include "pkcs11/consent.h"

#include "core/kimlik.h"
#include "core/name.h"
#include "core/oid.h"
#include "core/text.h"
#include "pkcs11/pinentry.h"
#include "pkcs11/site.h"

#define DIGEST_GROUPS 8 /* of four hex digits: 128 bits, enough to compare by eye */

/* ---- words ---- */

static const char *const words[CONSENT_WORD_COUNT][2] = {
    [CONSENT_TITLE] = {"Elektronik imza onayı", "Approve an electronic signature"},
    [CONSENT_PROMPT] = {"PIN:", "PIN:"},
    [CONSENT_SIGN] = {"İmzala", "Sign"},
    [CONSENT_CONTINUE] = {"Devam", "Continue"},
    [CONSENT_CANCEL] = {"Vazgeç", "Cancel"},
    [CONSENT_USE] = {"Bununla imzala", "Use this one"},
    [CONSENT_NEXT] = {"Diğerini göster", "Show the next"},
    [CONSENT_CLOSE] = {"Kapat", "Close"},
    [CONSENT_FINAL_TRY] =
        {"DİKKAT: Bu son PIN denemesi.\n\nPIN bir kez daha yanlış girilirse kart kilitlenir ve "
         "ancak PUK ile açılabilir. Emin değilseniz vazgeçin.",
         "WARNING: this is the last PIN try.\n\nOne more wrong PIN locks the card; only the PUK "
         "can unlock it then. Cancel if you are not sure."},
    [CONSENT_LOCKED] =
        {"Kartın PIN'i kilitli; imza atılamıyor.\n\nKartla birlikte verilen PUK ile yeni bir PIN "
         "belirleyin: uçbirimde \"onay pin unblock\" ya da kartın kendi yazılımı. PUK da "
         "kilitliyse "
         "ya da kayıpsa sertifikayı veren kuruma (kamu çalışanları: Kamu SM, www.kamusm.gov.tr) "
         "başvurun.",
         "The card's PIN is locked; nothing can be signed.\n\nSet a new PIN with the PUK that came "
         "with the card: \"onay pin unblock\" in a terminal, or the card's own software. If the "
         "PUK "
         "is locked or lost, turn to the issuer (public servants: Kamu SM, www.kamusm.gov.tr)."},
    [CONSENT_NOT_SET] =
        {"Kartın PIN'i henüz belirlenmemiş; imza atılamıyor.\n\nPIN'i sertifikayı veren kurumun "
         "(Kamu SM: www.kamusm.gov.tr) yönergesine göre belirleyin: kartın kendi yazılımı ya da "
         "PUK ile uçbirimde \"onay pin unblock\". Sonra yeniden deneyin.",
         "The card's PIN has not been set; nothing can be signed.\n\nSet it as the issuer (Kamu "
         "SM: "
         "www.kamusm.gov.tr) says: in the card's own software, or with the PUK by \"onay pin "
         "unblock\" in a terminal. Then try again."},
    [CONSENT_ON_READER] =
        {"PIN'i kart okuyucunun tuşlarından girin; okuyucu ne istediğini kendi gösterir.\n\n"
         "Vazgeçerseniz okuyucuya da hiçbir şey girmeyin.",
         "Type the PIN on the card reader; the reader shows by itself what it asks for.\n\n"
         "If you cancel, type nothing on the reader either."},
};

const char *consent_word(enum consent_word w, enum lang lang)
{
    return words[w][lang == LANG_EN];
}

#define LOST_TR "Kart sıfırlandı (başka bir program?); imza atılmadı. PIN'i yeniden girin."
#define LOST_EN "The card was reset (another program?); nothing was signed. Give the PIN again."

static const char *const warnings[][CONSENT_REASON_COUNT][2] = {
    [PIN_OK] = {{"", ""}, {"PIN yanlış.", "Wrong PIN."}, {LOST_TR, LOST_EN}},
    [PIN_LOW] = {{"Daha önce yanlış PIN girilmiş: az deneme hakkı kaldı.",
                  "A wrong PIN was given before: few tries are left."},
                 {"PIN yanlış. Az deneme hakkı kaldı.", "Wrong PIN. Few tries are left."},
                 {LOST_TR, LOST_EN}},
    [PIN_FINAL] = {{"SON DENEME: yanlış PIN kartı kilitler.",
                    "LAST TRY: a wrong PIN locks the card."},
                   {"PIN yanlış. SON DENEME: yanlış PIN kartı kilitler.",
                    "Wrong PIN. LAST TRY: a wrong PIN locks the card."},
                   {LOST_TR " SON DENEME.", LOST_EN " LAST TRY."}},
    [PIN_LOCKED] = {{"PIN kilitli.", "The PIN is locked."},
                    {"PIN yanlış ve artık kilitli.", "Wrong PIN; it is locked now."},
                    {"PIN kilitli.", "The PIN is locked."}},
    [PIN_NOT_SET] = {{"PIN belirlenmemiş.", "The PIN is not set."},
                     {"PIN belirlenmemiş.", "The PIN is not set."},
                     {"PIN belirlenmemiş.", "The PIN is not set."}},
};

const char *consent_pin_warning(enum pin_state s, enum consent_reason why, enum lang lang)
{
    return warnings[s][why][lang == LANG_EN];
}

void consent_tries(struct buf *out, int tries, enum lang lang)
{
    if (tries >= 0)
        buf_fmt(out, lang == LANG_EN ? "Tries left: %d\n" : "Kalan deneme: %d\n", tries);
}

void consent_pin_length(struct buf *out, const char *what, size_t min, size_t max, enum lang lang)
{
    buf_fmt(out,
            lang == LANG_EN ? "The %s has %zu to %zu characters; it was not sent to the card."
                            : "%s %zu ile %zu karakter arasında olmalı; karta gönderilmedi.",
            what, min, max);
}

/* ---- blocks: the pieces that pages are made of ---- */

static const char *say(enum lang lang, const char *tr, const char *en)
{
    return lang == LANG_EN ? en : tr;
}

void consent_line(struct buf *out, const char *label, struct bytes text, size_t max_chars)
{
    if (text.len == 0) return;
    buf_str(out, label);
    buf_str(out, ": ");
    text_plain(out, text, max_chars);
    buf_byte(out, '\n');
}

static void origin_line(struct buf *out, const struct token_order *o, size_t max_chars)
{
    buf_fmt(out, "%s: ", say(o->lang, "İsteyen", "Asked by"));
    if (o->origin[0])
        site_show(out, o->origin, max_chars);
    else
        buf_str(out, say(o->lang, "bu bilgisayardaki bir program", "a program on this computer"));
    buf_byte(out, '\n');
}

static void head_block(struct buf *out, const struct token_order *o, size_t n_documents)
{
    origin_line(out, o, 80);
    consent_line(out, say(o->lang, "Başvuru no", "Application"), bytes_str(o->order_no), 24);
    consent_line(out, say(o->lang, "Başvuru türü", "Type"), bytes_str(o->order_type), 24);
    consent_line(out, say(o->lang, "Başvuran", "Applicant"), bytes_str(o->applicant), 40);
    own(buf) what = buf_max(64);
    text_plain(&what, bytes_str(o->profile), 15);
    buf_fmt(&what, ", %zu %s", n_documents,
            say(o->lang, "belge", n_documents == 1 ? "document" : "documents"));
    consent_line(out, say(o->lang, "İmza", "Signature"), buf_bytes(&what), 48);
}

/* On every page after the first, so that no page can be taken for another request's. */
static void short_head_block(struct buf *out, const struct token_order *o)
{
    origin_line(out, o, 50);
    consent_line(out, say(o->lang, "Başvuru no", "Application"), bytes_str(o->order_no), 20);
}

static void digest_line(struct buf *out, const struct digest *d)
{
    buf_fmt(out, "   %s", digest_name(d->alg));
    for (size_t i = 0; i < DIGEST_GROUPS; i++) {
        buf_byte(out, ' ');
        buf_hex(out, bytes_of(d->v + 2 * i, 2));
    }
    buf_str(out, " …\n");
}

static void document_block(struct buf *out, const struct consent_document *d, size_t at,
                           enum lang lang)
{
    buf_fmt(out, "\n%zu) ", at + 1);
    text_plain(out, d->name, 60);
    if (d->seen) {
        buf_str(out, " · ");
        text_size(out, d->size, (int)lang);
    }
    if (d->mime.len) buf_str(out, " · ");
    text_plain(out, d->mime, 36);
    buf_byte(out, '\n');
    digest_line(out, &d->digest);
    if (!d->seen) buf_str(out, say(lang, "   içeriği görülmedi\n", "   content not seen\n"));
}

static void date(struct buf *out, utc_t t, enum lang lang)
{
    own(buf) iso = buf_max(40);
    utc_write_xsd(&iso, t, UTC_TURKEY_MINUTES);
    const char *d = buf_cstr(&iso);
    if (lang == LANG_EN || iso.len < 10)
        buf_fmt(out, "%.10s", d);
    else
        buf_fmt(out, "%.2s.%.2s.%.4s", d + 8, d + 5, d);
}

void consent_certificate(struct buf *out, const struct cert *c, enum lang lang)
{
    own(buf) who = buf_max(512);
    own(buf) issuer = buf_max(512);
    if (!name_string(&who, c->common_name_tag, c->common_name)) buf_cut(&who, 0);
    char masked[32];
    kimlik_mask(c->serial_number, masked);
    (void)name_get(&issuer, c->issuer, OID_COMMON_NAME);

    buf_byte(out, '\n');
    buf_str(out, say(lang, "Sertifika: ", "Certificate: "));
    text_plain(out, buf_bytes(&who), 50);
    if (c->serial_number.len) buf_fmt(out, " (%s)", masked);
    buf_byte(out, '\n');
    consent_line(out, say(lang, "Veren", "Issued by"), buf_bytes(&issuer), 60);
    buf_str(out, say(lang, "Geçerlilik sonu: ", "Valid until: "));
    date(out, c->not_after, lang);
    buf_byte(out, '\n');
}

/* ---- the beginning of a text ---- */

static bool has(struct bytes text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.len; i++)
        if (strncasecmp((const char *)text.p + i, word, n) == 0) return true;
    return false;
}

/* A cut through the middle of a code point is not the document's fault. */
static struct bytes whole_code_points(struct bytes text)
{
    for (size_t cut = 0; cut < 4 && cut <= text.len; cut++) {
        struct bytes t = bytes_sub(text, 0, text.len - cut);
        if (text_utf8_ok(t)) return t;
    }
    return bytes_of(NULL, 0);
}

/* What stands between tags, parted by spaces: not XML processing, a glance. */
static void without_tags(struct buf *out, struct bytes xml)
{
    bool inside = false;
    for (size_t i = 0; i < xml.len; i++) {
        if (xml.p[i] == '<') inside = true;
        if (!inside) buf_byte(out, xml.p[i]);
        if (xml.p[i] == '>' && inside) {
            inside = false;
            buf_byte(out, ' ');
        }
    }
}

static void beginning(struct buf *out, const struct consent_document *d, size_t max_chars)
{
    bool xml = has(d->mime, "xml");
    if (!xml && !has(bytes_sub(d->mime, 0, 5), "text/")) return;
    struct bytes text = whole_code_points(d->beginning);
    own(buf) glance = buf_max(text.len);
    if (xml)
        without_tags(&glance, text);
    else
        buf_add(&glance, text);
    own(buf) plain = buf_max(CONSENT_PAGE);
    text_plain(&plain, buf_bytes(&glance), max_chars);
    if (plain.len == 0 || !buf_ok(&plain)) return;
    buf_str(out, "   «");
    buf_add(out, buf_bytes(&plain));
    buf_str(out, "»\n");
}

/* ---- pages ---- */

void consent_pages_free(struct consent_pages *p)
{
    for (size_t i = 0; i < p->n; i++) buf_free(&p->text[i]);
    buf_free(&p->head);
    p->n = 0;
}

static struct buf *new_page(struct consent_pages *p)
{
    p->text[p->n] = buf_max(CONSENT_PAGE);
    return &p->text[p->n++];
}

/* Adds a block to the last page, or to a new one when it does not fit there. The line of
 * consent_tries would fit as well. */
static void place(struct consent_pages *p, const struct token_order *o, struct buf *block)
{
    struct buf *page = &p->text[p->n - 1];
    size_t before = page->len;
    buf_add(page, buf_bytes(block));
    if (block->failed) page->failed = true;
    size_t after = page->len;
    consent_tries(page, TOKEN_MAX_TRIES, o->lang);
    bool fits = pinentry_fits("SETDESC", buf_cstr(page));
    buf_cut(page, after);
    if (fits || p->n == CONSENT_MAX_PAGES) return;
    buf_cut(page, before);
    page = new_page(p);
    short_head_block(page, o);
    buf_add(page, buf_bytes(block));
}

static void lay_out(const struct consent *c, size_t beginning_chars, struct consent_pages *out)
{
    const struct token_order *o = c->order;
    head_block(new_page(out), o, c->n_documents);
    for (size_t i = 0; i < c->n_documents; i++) {
        own(buf) block = buf_max(CONSENT_PAGE);
        document_block(&block, &c->documents[i], i, o->lang);
        if (beginning_chars) beginning(&block, &c->documents[i], beginning_chars);
        place(out, o, &block);
    }
    own(buf) block = buf_max(CONSENT_PAGE);
    consent_certificate(&block, c->cert, o->lang);
    if (c->pin_pad)
        buf_str(&block, say(o->lang, "PIN'i kart okuyucunun tuşlarından gireceksiniz.\n",
                            "You will type the PIN on the card reader.\n"));
    place(out, o, &block);
}

/* The beginnings are a courtesy: they shrink, and go, before anything needs a second page. */
bool consent_pages_make(const struct consent *c, struct consent_pages *out)
{
    static const size_t chars[] = {160, 100, 60, 30, 0};
    if (c->n_documents >= CONSENT_MAX_PAGES) return false;
    for (size_t i = 0; i < sizeof chars / sizeof chars[0]; i++) {
        consent_pages_free(out);
        lay_out(c, chars[i], out);
        if (out->n == 1) break;
    }
    out->head = buf_max(CONSENT_PAGE);
    short_head_block(&out->head, c->order);
    for (size_t i = 0; i < out->n; i++)
        if (!buf_ok(&out->text[i])) return false;
    return buf_ok(&out->head);
}

void consent_beside(struct buf *out, const struct consent_pages *p, enum consent_word w,
                    enum lang lang)
{
    buf_add(out, buf_bytes(&p->head));
    if (p->head.len) buf_byte(out, '\n');
    buf_str(out, consent_word(w, lang));
}

void consent_choice(struct buf *out, const struct token_order *o, const struct cert *cert,
                    size_t at, size_t n)
{
    buf_fmt(out, "%s (%zu/%zu)\n",
            say(o->lang, "Hangi sertifika imzalasın?", "Which certificate shall sign?"), at + 1, n);
    short_head_block(out, o);
    consent_certificate(out, cert, o->lang);
}
