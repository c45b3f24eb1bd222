/* SPDX-License-Identifier: MIT */
#include "pkcs11/pinfile.h"

#include "core/file.h"
#include "core/oid.h"
#include "core/pins.h"
#include "core/pubkey.h"
#include "pkcs11/uri.h"

#include <errno.h>
#include <unistd.h>

struct pinfile {
    bool has_trusted;
    struct digest trusted; /* the leaf last found to be issued by the chain */
    struct uri token;
    char *pin_path;
    struct buf pem[PINFILE_MAX_ISSUER]; /* DER of the chain: sub CA first, root last */
    struct cert chain[PINFILE_MAX_ISSUER];
    size_t n;
};

void pinfile_free(struct pinfile *r)
{
    if (!r) return;
    for (size_t i = 0; i < r->n; i++) buf_free(&r->pem[i]);
    free(r->pin_path);
    free(r);
}

/* ---- who issued whom ---- */

static bool read_alg(struct bytes identifier, enum sig_alg *out)
{
    static const struct {
        enum oid oid;
        enum sig_alg alg;
    } algs[] = {
        {OID_RSA_SHA256, SIG_RSA_SHA256},     {OID_RSA_SHA384, SIG_RSA_SHA384},
        {OID_RSA_SHA512, SIG_RSA_SHA512},     {OID_ECDSA_SHA256, SIG_ECDSA_SHA256},
        {OID_ECDSA_SHA384, SIG_ECDSA_SHA384}, {OID_ECDSA_SHA512, SIG_ECDSA_SHA512},
    };
    struct der_latch why = {0};
    struct der d = der_of(identifier, &why), seq;
    struct bytes oid;
    if (!(der_get(&d, DER_SEQUENCE, &seq) && der_get_oid(&seq, &oid))) return false;
    for (size_t i = 0; i < sizeof algs / sizeof *algs; i++) {
        if (!oid_is(oid, algs[i].oid)) continue;
        *out = algs[i].alg;
        return true;
    }
    return false;
}

/* One INTEGER of Ecdsa-Sig-Value (RFC 3279 2.2.3), as `field` octets. */
static bool put_fixed(struct der *seq, size_t field, struct buf *out)
{
    struct bytes v;
    if (!der_get_integer(seq, &v) || v.p[0] & 0x80) return false;
    while (v.len > 0 && v.p[0] == 0) v = bytes_sub(v, 1, v.len);
    if (v.len > field) return false;
    for (size_t i = v.len; i < field; i++) buf_byte(out, 0);
    buf_add(out, v);
    return true;
}

/* Certificates carry ECDSA values as DER; pubkey_check takes them in fixed width. */
static bool fixed_signature(struct bytes value, enum key_type key, struct buf *out)
{
    if (key == KEY_RSA) {
        buf_add(out, value);
        return buf_ok(out);
    }
    size_t field = key == KEY_P256 ? 32 : key == KEY_P384 ? 48 : 66;
    struct der_latch why = {0};
    struct der d = der_of(value, &why), seq;
    return der_get(&d, DER_SEQUENCE, &seq) && der_end(&d) && put_fixed(&seq, field, out) &&
           put_fixed(&seq, field, out) && der_end(&seq) && buf_ok(out);
}

static bool issued_by(const struct cert *c, const struct cert *issuer)
{
    enum sig_alg alg;
    struct digest tbs;
    own(buf) value = buf_max(1024);
    own_ptr(pubkey) key = pubkey_of_spki(issuer->spki);
    return key && issuer->is_ca && bytes_eq(c->issuer, issuer->subject) &&
           read_alg(c->sig_alg, &alg) && digest_of(sig_alg_digest(alg), c->tbs, &tbs) &&
           fixed_signature(c->signature, pubkey_type(key), &value) &&
           pubkey_check(key, alg, &tbs, buf_bytes(&value));
}

static bool pinned(struct bytes der)
{
    struct digest id;
    return !cert_id(der, &id) || pins_find(&id) != NULL;
}

/* ---- the rule ---- */

static bool read_chain(struct bytes pem, struct pinfile *r)
{
    struct der_latch why = {0};
    size_t at = 0;
    while (r->n < PINFILE_MAX_ISSUER) {
        struct buf *der = &r->pem[r->n];
        *der = buf_max(65536);
        if (!cert_from_pem(pem, &at, der)) {
            buf_free(der);
            return r->n > 0;
        }
        if (!cert_read(buf_bytes(der), &r->chain[r->n++], &why)) return false;
    }
    return false;
}

static bool chain_holds(const struct pinfile *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct cert *issuer = &r->chain[i + 1 < r->n ? i + 1 : i];
        if (pinned(r->chain[i].der) || !issued_by(&r->chain[i], issuer)) return false;
    }
    return true;
}

static bool empty(const char *s)
{
    return !s || !s[0];
}

err_t pinfile_open(const char *token_uri, const char *pin_path, const char *issuer_path,
                   struct pinfile **out)
{
    if (empty(token_uri) && empty(pin_path) && empty(issuer_path)) {
        *out = NULL;
        return OK;
    }
    if (empty(token_uri) || empty(pin_path) || empty(issuer_path))
        return err_raise(ERR_PIN_FILE_REFUSED);
    own_ptr(pinfile) r = calloc(1, sizeof *r);
    own(buf) pem = buf_max(1 << 20);
    if (!r || !(r->pin_path = strdup(pin_path))) return err_raise(ERR_STORAGE_FULL);
    err_t e = uri_read(token_uri, &r->token);
    if (e) return e;
    if (!uri_names_one_token(&r->token)) return err_raise(ERR_URI_REFUSED);
    if (file_read(issuer_path, &pem) != OK) return err_raise(ERR_FILE_UNREADABLE);
    if (!read_chain(buf_bytes(&pem), r) || !chain_holds(r)) return err_raise(ERR_PIN_FILE_REFUSED);
    *out = give(r);
    return OK;
}

bool pinfile_applies(const struct pinfile *r, const CK_TOKEN_INFO *token)
{
    return r && uri_fits_token(&r->token, token);
}

/* ---- the file ---- */

static err_t read_pin(const char *path, struct secret **out)
{
    own_fd fd = -1;
    /* Room for the LF, and for one octet that must not be there. */
    own_ptr(secret) pin = secret_new(PINFILE_MAX_PIN + 2);
    if (!pin || file_private(path, &fd) != OK) return err_raise(ERR_PIN_FILE_REFUSED);
    uint8_t *room = secret_room(pin);
    ssize_t n;
    do n = pread(fd, room, secret_cap(pin), 0);
    while (n < 0 && errno == EINTR);
    size_t len = n > 0 ? (size_t)n : 0;
    if (len > 0 && room[len - 1] == '\n') len--;
    if (len == 0 || len > PINFILE_MAX_PIN) return err_raise(ERR_PIN_FILE_REFUSED);
    secret_set_len(pin, len);
    *out = give(pin);
    return OK;
}

bool pinfile_trusts(struct pinfile *r, struct bytes cert)
{
    struct digest id;
    struct cert leaf;
    struct der_latch why = {0};
    if (!cert_id(cert, &id)) return false;
    if (r->has_trusted && bytes_eq(digest_bytes(&id), digest_bytes(&r->trusted))) return true;
    if (pins_find(&id) || !cert_read(cert, &leaf, &why) || !issued_by(&leaf, &r->chain[0]))
        return false;
    r->trusted = id;
    r->has_trusted = true;
    return true;
}

err_t pinfile_load(struct pinfile *r, const CK_TOKEN_INFO *token, struct bytes cert,
                   struct secret **out)
{
    if (!pinfile_applies(r, token) || !pinfile_trusts(r, cert))
        return err_raise(ERR_PIN_FILE_REFUSED);
    return read_pin(r->pin_path, out);
}
