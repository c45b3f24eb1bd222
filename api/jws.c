/* SPDX-License-Identifier: MIT */
#include "api/jws.h"

#include "api/json.h"
#include "core/base64url.h"

/* The parts as they are written, and the first two with their dot: what is signed (5.1 step 8). */
struct parts {
    struct bytes header, payload, signature, input;
};

static bool cut(struct bytes *rest, struct bytes *part)
{
    const uint8_t *dot = rest->len ? memchr(rest->p, '.', rest->len) : NULL;
    if (!dot) return false;
    *part = bytes_sub(*rest, 0, (size_t)(dot - rest->p));
    *rest = bytes_sub(*rest, part->len + 1, rest->len);
    return true;
}

static bool split(struct bytes text, struct parts *out)
{
    struct bytes rest = text;
    if (text.len > JWS_MAX || !cut(&rest, &out->header) || !cut(&rest, &out->payload)) return false;
    out->signature = rest; /* a further dot is no base64url */
    out->input = bytes_sub(text, 0, out->header.len + 1 + out->payload.len);
    return out->header.len > 0 && out->payload.len > 0 && out->signature.len > 0;
}

/* What libraries write there by themselves, and a name of our own (RFC 8725 3.11). */
static bool typ_known(struct bytes typ)
{
    static const char *const known[] = {"onayd-order", "JWT", "JOSE"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (bytes_eq_str(typ, known[i])) return true;
    }
    return false;
}

static bool alg_known(struct bytes name, enum jws_alg *out)
{
    for (enum jws_alg a = 0; a < JWS_ALG_COUNT; a++) {
        if (!bytes_eq_str(name, jws_alg_name(a))) continue;
        *out = a;
        return true;
    }
    return false;
}

static bool read_header(struct bytes text, enum jws_alg *alg)
{
    static const char *const members[] = {"alg", "typ", NULL};
    struct jsonscan_refusal broken;
    struct json_fault fault = {0};
    own_ptr(json) doc = NULL;
    if (json_read(text, 1, &doc, &broken)) return false;
    struct json_at root = json_root(doc, &fault);
    json_only(&root, members);
    struct bytes name = json_member_string(&root, "alg", true);
    struct bytes typ = json_member_string(&root, "typ", false);
    return fault.kind == JSON_FINE && alg_known(name, alg) &&
           (!json_has(&root, "typ") || typ_known(typ));
}

static bool verified(const struct parts *p, enum jws_alg alg, struct jwskey *const *keys, size_t n,
                     struct bytes signature)
{
    for (size_t i = 0; i < n; i++) {
        if (jwskey_alg(keys[i]) == alg && jwskey_check(keys[i], p->input, signature)) return true;
    }
    return false;
}

static enum jws_flaw judge(const struct parts *p, struct jwskey *const *keys, size_t n)
{
    own(buf) header = buf_max(JWS_MAX_HEADER);
    own(buf) signature = buf_max(JWSKEY_SIGNATURE);
    enum jws_alg alg;
    if (!base64url_decode(&header, p->header) || !base64url_decode(&signature, p->signature))
        return JWS_NOT_COMPACT;
    if (!read_header(buf_bytes(&header), &alg)) return JWS_HEADER;
    return verified(p, alg, keys, n, buf_bytes(&signature)) ? JWS_SOUND : JWS_SIGNATURE;
}

err_t jws_verify(struct bytes text, struct jwskey *const *keys, size_t n, struct buf *payload,
                 enum jws_flaw *flaw)
{
    struct parts p;
    *flaw = split(text, &p) ? judge(&p, keys, n) : JWS_NOT_COMPACT;
    if (*flaw != JWS_SOUND) return err_raise(ERR_ORDER_INVALID);
    if (base64url_decode(payload, p.payload)) return OK;
    if (!buf_ok(payload)) return err_raise(ERR_STORAGE_FULL);
    *flaw = JWS_NOT_COMPACT;
    return err_raise(ERR_ORDER_INVALID);
}

err_t jws_sign(const struct jwskey *k, struct bytes payload, struct buf *out)
{
    own(buf) header = buf_max(JWS_MAX_HEADER);
    own(buf) signature = buf_max(JWSKEY_SIGNATURE);
    const size_t from = out->len;
    buf_fmt(&header, "{\"alg\":\"%s\",\"typ\":\"onayd-order\"}", jws_alg_name(jwskey_alg(k)));
    base64url_encode(out, buf_bytes(&header));
    buf_byte(out, '.');
    base64url_encode(out, payload);
    if (!buf_ok(out)) return err_raise(ERR_STORAGE_FULL);
    err_t e = jwskey_sign(k, bytes_sub(buf_bytes(out), from, out->len), &signature);
    if (e) return e;
    buf_byte(out, '.');
    base64url_encode(out, buf_bytes(&signature));
    return buf_ok(out) ? OK : err_raise(ERR_STORAGE_FULL);
}
