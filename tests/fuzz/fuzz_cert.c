/* SPDX-License-Identifier: MIT */
/*
 * Law: a certificate that cert_read takes lies wholly inside its input, reads the same twice, and
 * is one that OpenSSL takes too; a refusal names its clause. PEM finds what it says.
 */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "core/cert.h"
#include "core/name.h"

static void must(bool holds)
{
    if (!holds) abort();
}

static void must_lie_inside(struct bytes in, const struct cert *c)
{
    const struct bytes views[] = {
        c->der,     c->tbs,       c->serial,      c->sig_alg,       c->signature, c->issuer,
        c->subject, c->spki,      c->common_name, c->serial_number, c->policy,    c->policies,
        c->cps,     c->notice,    c->ski,         c->aki,           c->ocsp_url,  c->ca_issuers_url,
        c->crl_url, c->extensions};
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        struct bytes v = views[i];
        if (v.len == 0) continue;
        must(v.p >= in.p && v.p <= in.p + in.len && v.len <= (size_t)(in.p + in.len - v.p));
    }
}

/* Padding is the compiler's; every member is compared through a copy that was zeroed first. */
static void must_read_the_same(struct bytes in, const struct cert *first)
{
    struct cert again;
    struct der_latch why = {0};
    memset(&again, 0xa5, sizeof again);
    must(cert_read(in, &again, &why) && !why.clause);
    must(bytes_eq(first->subject, again.subject) && first->not_after == again.not_after &&
         first->key_usage == again.key_usage && first->qc == again.qc &&
         first->key_type == again.key_type && first->key_bits == again.key_bits &&
         first->path_len == again.path_len && first->is_ca == again.is_ca &&
         first->notice.p == again.notice.p && first->crl_url.p == again.crl_url.p &&
         first->unknown_critical == again.unknown_critical &&
         cert_qualified(first) == cert_qualified(&again));
}

static void must_please_openssl(struct bytes in)
{
    const unsigned char *p = in.p;
    X509 *x = d2i_X509(NULL, &p, (long)in.len);
    must(x && p == in.p + in.len);
    X509_free(x);
    ERR_clear_error();
}

static void check_names(const struct cert *c)
{
    own(buf) text = buf_max(1 << 20);
    must(cert_has_policy(c, c->policy) == c->has_policies);
    if (name_rfc2253(&text, c->subject) && name_equal(c->subject, c->subject))
        must(name_equal_text(c->subject, buf_bytes(&text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct cert c;
    struct der_latch why = {0};
    if (cert_read(in, &c, &why)) {
        must(!why.clause);
        must_lie_inside(in, &c);
        must_read_the_same(in, &c);
        must_please_openssl(in);
        check_names(&c);
    } else {
        must(why.clause && why.at <= size);
    }
    size_t at = 0;
    own(buf) der = buf_max(65536);
    for (size_t before = 0; cert_from_pem(in, &at, &der); before = at)
        must(at > before && at <= size);
    return 0;
}
