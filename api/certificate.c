/* SPDX-License-Identifier: MIT */
#include "api/certificate.h"

#include "core/kimlik.h"
#include "core/name.h"
#include "core/text.h"
#include "session/clock.h"

/* parked_for_listing parks the call while a listing that is too old is asked for again. */
static bool parked_for_listing(struct call *c)
{
    const struct api *a = c->api;
    const bool stale = a->listing_ms == 0 || clock_ms() - a->listing_ms > CALL_STALE_MS;
    if (!stale && !c->wait.begun) return false;
    if (c->wait.begun && session_listing_version(a->config.session) != c->wait.version)
        return false;
    const bool first = !c->wait.begun;
    const uint64_t version = first ? session_listing_version(a->config.session) : c->wait.version;
    /* Asked before parking: a token in this process answers at once. */
    if (first) session_refresh(a->config.session);
    return call_wait(c, WAIT_LISTING, version, CALL_REFRESH_SECONDS);
}

/* newest: the last listing, NULL with *e OK when there has never been any. */
static const struct token_listing *newest(struct call *c, err_t *e)
{
    const struct token_listing *l = session_listing(c->api->config.session, e);
    return *e ? NULL : l;
}

/* ---- readers ---- */

static void write_reader(struct jsonw *w, const struct token_slot *s)
{
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "id", s->id);
    jsonw_str(w, "name", s->reader);
    jsonw_str(w, "state", s->present ? "card-present" : "empty");
    if (s->present) {
        jsonw_open(w, "token", '{');
        jsonw_str(w, "label", s->label);
        jsonw_str(w, "model", s->model);
        jsonw_str(w, "manufacturer", s->manufacturer);
        jsonw_str(w, "serial", s->serial);
        jsonw_close(w, '}');
        jsonw_str(w, "pinTriesLeft", pin_state_slug(s->pin));
    }
    jsonw_bool(w, "pinPad", s->pin_pad);
    jsonw_bool(w, "unattended", s->unattended);
    jsonw_close(w, '}');
}

err_t certificate_readers(struct call *c)
{
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (e) return e;
    if (parked_for_listing(c)) return OK;
    const struct token_listing *l = newest(c, &e);
    if (e) return e;
    struct jsonw w = call_json(c, 200);
    jsonw_open(&w, NULL, '{');
    jsonw_open(&w, "readers", '[');
    for (size_t i = 0; l && i < l->n_slots; i++) write_reader(&w, &l->slots[i]);
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    return call_done(c);
}

/* ---- certificates ---- */

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
    jsonw_str(w, "reader", slot->id);
    jsonw_str(w, "tokenLabel", slot->label);
    if (include_der) jsonw_base64(w, "der", tc->der);
    jsonw_close(w, '}');
}

/* The DER holds the full identity number. Whoever passed the door is a configured origin or the
 * user's own shell; a pairing for one approval would have to be told apart here. */
static err_t wants_der(struct call *c, bool *out)
{
    const char *include = call_parameter(c, "include");
    *out = include && strcmp(include, "der") == 0;
    if (include && !*out)
        return call_refuse_parameter(c, "include", "include yalnız der olabilir.",
                                     "include can only be der.");
    return OK;
}

err_t certificate_list(struct call *c)
{
    bool der;
    err_t e = call_only_parameters(c, (const char *const[]){"include", NULL});
    if (!e) e = wants_der(c, &der);
    if (e) return e;
    if (parked_for_listing(c)) return OK;
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
