/* SPDX-License-Identifier: MIT */
#include "api/certificate.h"

#include "api/reader.h"
#include "core/kimlik.h"
#include "core/name.h"
#include "core/text.h"

/* newest: the last listing, NULL with *e OK when there has never been any. */
static const struct token_listing *newest(struct call *c, err_t *e)
{
    const struct token_listing *l = session_listing(c->api->config.session, e);
    return *e ? NULL : l;
}

/* One text of the certificate, made harmless: its writer is not us. */
static void write_plain(struct jsonw *w, const char *key, const struct buf *text)
{
    own(buf) plain = buf_max(4096);
    text_plain(&plain, buf_bytes(text), 256);
    jsonw_text(w, key, buf_bytes(&plain));
}

static void write_names(struct jsonw *w, const struct cert *p)
{
    own(buf) subject = buf_max(65536), issuer = buf_max(65536);
    char masked[32];
    (void)name_string(&subject, p->common_name_tag, p->common_name);
    write_plain(w, "subject", &subject);
    if (p->serial_number.len) {
        kimlik_mask(p->serial_number, masked);
        jsonw_str(w, "identityNoMasked", masked);
    }
    (void)name_rfc2253(&issuer, p->issuer);
    write_plain(w, "issuer", &issuer);
}

static const char *key_type_name(enum key_type k)
{
    static const char *const names[] = {"unknown", "RSA", "P-256", "P-384", "P-521"};
    return names[k];
}

static void write_qualified(struct jsonw *w, const struct cert *p)
{
    const unsigned reasons = cert_qualified(p);
    jsonw_bool(w, "qualified", reasons == 0);
    jsonw_open(w, "qualifiedReasons", '[');
    for (unsigned bit = 1; bit <= NQ_NO_USER_NOTICE; bit <<= 1) {
        if (reasons & bit) jsonw_str(w, NULL, qualified_reason_slug((enum qualified_reason)bit));
    }
    jsonw_close(w, ']');
}

static void write_usable(struct jsonw *w, unsigned bits)
{
    jsonw_bool(w, "usable", bits == 0);
    jsonw_open(w, "usableReasons", '[');
    for (unsigned bit = 1; bit <= UNUSABLE_MALFORMED; bit <<= 1) {
        if (bits & bit) jsonw_str(w, NULL, unusable_slug((enum unusable)bit));
    }
    jsonw_close(w, ']');
}

static void write_certificate(struct jsonw *w, const struct session *s,
                              const struct token_listing *l, const struct token_cert *tc,
                              bool include_der)
{
    const struct token_slot *slot = &l->slots[tc->slot];
    struct cert parsed;
    const unsigned bits = session_unusable(s, tc, &parsed);
    char reader[READER_ID];
    reader_id_of_slot(session_readers(s), slot, reader);
    jsonw_open(w, NULL, '{');
    jsonw_hex(w, "id", digest_bytes(&tc->id));
    if (!(bits & UNUSABLE_MALFORMED)) {
        write_names(w, &parsed);
        jsonw_time(w, "notBefore", parsed.not_before);
        jsonw_time(w, "notAfter", parsed.not_after);
        jsonw_str(w, "keyType", key_type_name(parsed.key_type));
        jsonw_number(w, "keyBits", parsed.key_bits);
        write_qualified(w, &parsed);
    }
    write_usable(w, bits);
    jsonw_str(w, "pinTriesLeft", pin_state_slug(slot->pin));
    if (slot->tries >= 0) jsonw_number(w, "pinTries", (uint64_t)slot->tries);
    jsonw_str(w, "reader", reader);
    jsonw_str(w, "tokenLabel", slot->label);
    if (include_der) jsonw_base64(w, "der", tc->der);
    jsonw_close(w, '}');
}

/* The DER holds the full identity number. Whoever passed the door is an origin that was let in, or
 * the user's own shell; or the status page, which shows the person no such number. */
static err_t wants_der(struct call *c, bool *out)
{
    const char *include = call_parameter(c, "include");
    *out = include && strcmp(include, "der") == 0;
    if (include && !*out)
        return call_refuse_parameter(c, "include", "include yalnız der olabilir.",
                                     "include can only be der.");
    return *out && c->visit.pass ? err_raise(ERR_TOKEN_REQUIRED) : OK;
}

err_t certificate_list(struct call *c)
{
    bool der;
    err_t e = call_only_parameters(c, (const char *const[]){"include", NULL});
    if (!e) e = wants_der(c, &der);
    if (e) return e;
    if (call_wait_listing(c, CALL_REFRESH_SECONDS)) return OK;
    const struct token_listing *l = newest(c, &e);
    if (e) return e;
    struct jsonw w = call_json(c, 200);
    jsonw_open(&w, NULL, '{');
    jsonw_open(&w, "certificates", '[');
    for (size_t i = 0; l && i < l->n_certs; i++)
        write_certificate(&w, c->api->config.session, l, &l->certs[i], der);
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    return call_done(c);
}
