/* SPDX-License-Identifier: MIT */
/*
 * Laws of api/order, api/jws and api/jcs: an order that was signed for a request is good for it and
 * not for one whose meaning differs; no JWS with another octet is; a canonical form is its own.
 * Input: a request as onay order sign takes it, or any other JSON text.
 */
#include "api/order.h"

#include "api/jcs.h"
#include "api/jws.h"

#include <stdio.h>
#include <stdlib.h>

#define ORIGIN "https://portal.example"
#define NOW    1795706532

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool law)
{
    if (!law) abort();
}

/* RFC 8410 10.3: an Ed25519 key that everybody knows. */
static struct jwskey *key_of_everybody(void)
{
    static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                              "-----END PRIVATE KEY-----\n";
    static struct jwskey *key;
    if (!key) demand(jwskey_private(bytes_str(pem), &key) == OK);
    return key;
}

static void check_canonical(struct bytes text)
{
    own(buf) once = buf_max(8 * text.len + 64);
    own(buf) twice = buf_max(8 * text.len + 64);
    struct jsonscan_refusal why;
    if (jcs_write(text, 16, &once, &why) != OK) return;
    demand(jcs_write(buf_bytes(&once), 16, &twice, &why) == OK);
    demand(bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
}

static err_t judge(const struct order *o, const struct settings *s, struct bytes jws)
{
    struct jwskey *keys[] = {key_of_everybody()};
    const struct order_rules rules = {keys, 1, s, NOW};
    struct session_why why = {0};
    char nonce[FORM_NONCE];
    utc_t until;
    return order_judge(o, jws, &rules, nonce, &until, &why);
}

/* One octet of the order, and one fact of the request, each chosen by the input. */
static void check_altered(struct order *o, const struct settings *s, struct buf *jws, size_t at)
{
    at %= jws->len;
    jws->p[at] ^= 1;
    demand(judge(o, s, buf_bytes(jws)) == ERR_ORDER_INVALID);
    jws->p[at] ^= 1;
    struct approval_request other = *o->request;
    other.order_no[0] ^= 1;
    const struct order moved = {o->origin, &other, o->documents};
    demand(judge(&moved, s, buf_bytes(jws)) == ERR_ORDER_INVALID);
    const struct order elsewhere = {ORIGIN ".evil.example", o->request, o->documents};
    demand(judge(&elsewhere, s, buf_bytes(jws)) == ERR_ORDER_INVALID);
    struct digest digests[XADES_MAX_DOCUMENTS];
    memcpy(digests, o->documents, o->request->n_documents * sizeof *digests);
    digests[at % o->request->n_documents].v[at % 32] ^= 1;
    const struct order swapped = {o->origin, o->request, digests};
    demand(judge(&swapped, s, buf_bytes(jws)) == ERR_ORDER_INVALID);
}

static void check_order(const struct approval_request *q, const struct settings *s, size_t at)
{
    static const struct form_claims claims = {
        .nonce = "0123456789abcdef", .issued = NOW, .expires = NOW + 300};
    struct digest digests[XADES_MAX_DOCUMENTS];
    own(buf) jws = buf_max(JWS_MAX);
    for (size_t i = 0; i < q->n_documents; i++) demand(order_digest(&q->documents[i], &digests[i]));
    struct order o = {ORIGIN, q, digests};
    demand(order_sign(&o, &claims, key_of_everybody(), &jws) == OK);
    demand(judge(&o, s, buf_bytes(&jws)) == OK);
    check_altered(&o, s, &jws, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct settings settings;
    static const struct approval_request none;
    struct session_why why = {0};
    own_ptr(form) f = NULL;
    struct bytes text = bytes_of(data, size);
    if (settings.max_json_depth == 0) settings_default(&settings);
    check_canonical(text);
    (void)judge(&(struct order){ORIGIN, &none, NULL}, &settings, text);
    if (form_read_draft(text, &settings, LANG_EN, &f, &why) != OK) return 0;
    check_order(form_request(f), &settings, size);
    return 0;
}
