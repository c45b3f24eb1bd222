/* SPDX-License-Identifier: MIT */
/* onay order sign: what a portal's server does, for those who build or test one. */
#include "onay/command.h"

#include "api/jws.h"
#include "api/order.h"
#include "core/base64url.h"
#include "core/file.h"
#include "session/ident.h"

#include <stdio.h>

enum { OPT_KEY, OPT_ORIGIN, OPT_SECONDS, OPT_JWS };
static const struct arg_row rows[] = {
    {"--key", "FILE", OPT_KEY, "the origin's private key, PEM: RSA, P-256 or Ed25519"},
    {"--origin", "ORIGIN", OPT_ORIGIN, "the origin whose page will ask"},
    {"--seconds", "N", OPT_SECONDS, "how long the order is valid (default 300, at most 600)"},
    {"--jws", NULL, OPT_JWS, "print the order alone, not the request that carries it"},
    COMMAND_HELP_ROW,
};

struct ordering {
    const char *word, *path, *key, *origin;
    unsigned seconds;
    bool jws;
};

static bool take_seconds(const char *text, unsigned *out)
{
    const size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 3 || text[n]) return false;
    *out = (unsigned)strtoul(text, NULL, 10);
    return *out > 0 && *out <= ORDER_SECONDS;
}

/* An origin is what the daemon's own settings would take for one. */
static bool take_origin(const char *text, const char **out)
{
    static struct settings scratch;
    own(buf) why = buf_max(256);
    *out = text;
    return settings_set(&scratch, "origin", text, &why) == OK;
}

static bool take_option(void *into, int id, const char *value)
{
    struct ordering *o = into;
    switch (id) {
    case OPT_KEY:
        o->key = value;
        return true;
    case OPT_ORIGIN:
        return take_origin(value, &o->origin);
    case OPT_SECONDS:
        return take_seconds(value, &o->seconds);
    case OPT_JWS:
        return o->jws = true;
    default:
        return false;
    }
}

static bool take_word(void *into, const char *word)
{
    struct ordering *o = into;
    const char **to = o->word ? &o->path : &o->word;
    if (*to) return false;
    *to = word;
    return o->path || strcmp(word, "sign") == 0;
}

static err_t read_key(const char *path, struct jwskey **out)
{
    own(buf) pem = buf_max(JWSKEY_MAX_PEM);
    err_t e = file_read(path, &pem);
    if (!e) e = jwskey_private(buf_bytes(&pem), out);
    buf_wipe(&pem);
    return e;
}

static bool new_claims(unsigned seconds, struct form_claims *out)
{
    uint8_t random[16];
    own(buf) nonce = buf_max(FORM_NONCE - 1);
    if (!ident_random(random, sizeof random)) return false;
    base64url_encode(&nonce, bytes_of(random, sizeof random));
    (void)snprintf(out->nonce, sizeof out->nonce, "%s", buf_cstr(&nonce));
    out->issued = utc_now();
    out->expires = out->issued + seconds;
    return buf_ok(&nonce);
}

static err_t sign(const struct ordering *o, const struct approval_request *q,
                  const struct jwskey *key, struct buf *jws)
{
    struct digest digests[XADES_MAX_DOCUMENTS];
    struct form_claims claims = {0};
    for (size_t i = 0; i < q->n_documents; i++) {
        if (!order_digest(&q->documents[i], &digests[i])) return err_raise(ERR_INTERNAL);
    }
    if (!new_claims(o->seconds, &claims)) return err_raise(ERR_INTERNAL);
    return order_sign(&(struct order){o->origin, q, digests}, &claims, key, jws);
}

/* The request as it was written, and before its closing brace the order. */
static void carry(struct bytes request, struct bytes jws, struct buf *out)
{
    while (request.p[request.len - 1] != '}') request.len--;
    buf_add(out, bytes_sub(request, 0, request.len - 1));
    buf_str(out, ",\"order\":\"");
    buf_add(out, jws);
    buf_str(out, "\"}");
}

static int print(const struct ordering *o, struct bytes request, struct bytes jws)
{
    own(buf) out = buf_max(request.len + jws.len + 64);
    if (o->jws)
        buf_add(&out, jws);
    else
        carry(request, jws, &out);
    buf_byte(&out, '\n');
    return command_print(&out) ? EXIT_GOOD : EXIT_BAD;
}

static int read_and_sign(const struct ordering *o)
{
    static struct settings settings;
    struct session_why why = {0};
    own_ptr(jwskey) key = NULL;
    own_ptr(form) form = NULL;
    settings_default(&settings);
    own(buf) text = buf_max((size_t)settings.max_json_body);
    own(buf) jws = buf_max(JWS_MAX);
    err_t e = read_key(o->key, &key);
    if (e) return command_fail(o->key, e, NULL);
    if ((e = file_read(o->path, &text))) return command_fail(o->path, e, NULL);
    e = form_read_draft(buf_bytes(&text), &settings, command_lang(), &form, &why);
    if (e) return command_fail(why.pointer[0] ? why.pointer : o->path, e, why.detail);
    if ((e = sign(o, form_request(form), key, &jws))) return command_fail("order", e, NULL);
    return print(o, buf_bytes(&text), buf_bytes(&jws));
}

static const struct command_line line = {
    "order",   "sign --key FILE --origin ORIGIN [OPTION]... FILE",
    rows,      sizeof rows / sizeof *rows,
    take_word, take_option};

int run_order(int argc, char **argv)
{
    static struct ordering o = {.seconds = 300};
    int code;
    if (!command_read(&line, argc, argv, &o, &code)) return code;
    const char *missing = !o.path ? "FILE" : !o.key ? "--key" : !o.origin ? "--origin" : NULL;
    if (missing) return command_usage(&line, missing);
    return read_and_sign(&o);
}
