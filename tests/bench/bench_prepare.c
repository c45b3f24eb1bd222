/* SPDX-License-Identifier: MIT */
/*
 * A B-B over two 4 KiB documents: everything but the private key's work (and the check of its
 * answer, which is the card's price too), without and with the public key built.
 */
#include <stdio.h>
#include "tests/bench/bench.h"
#include "xades/finish.h"

#include "tests/support/signer.h"

/* A figure of something that failed is no figure. */
#define MUST(call)                                                                                 \
    do {                                                                                           \
        if (!(call)) {                                                                             \
            (void)fprintf(stderr, "bench_prepare: %s\n", #call);                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define GOAL 60e-6 /* seconds */

struct work {
    struct xades_request request;
    struct bytes spki;
    size_t value_len;
    bool with_key;
};

static void build(void *ctx, size_t n)
{
    static const uint8_t value[SIGNER_MAX_VALUE] = {0};
    const struct work *w = ctx;
    struct xades_why why;
    own(buf) file = buf_max(1 << 20);
    for (size_t i = 0; i < n; i++) {
        own_ptr(xades_job) j = NULL;
        buf_cut(&file, 0);
        MUST(xades_prepare(&w->request, &j, &why) == OK);
        if (w->with_key) j->key = pubkey_of_spki(w->spki);
        MUST(finish_write(j, bytes_of(value, w->value_len), &file) == OK);
        bench_keep(file.p);
    }
}

/* A form as XML, or as text: 4 KiB of fields. */
static void fill(struct buf *out, bool xml)
{
    buf_str(out, xml ? "<form>" : "");
    for (int i = 0; out->len < 4096 - 64; i++)
        buf_fmt(out, xml ? "<alan n=\"%d\">Ayşe Yılmaz</alan>\n" : "alan %d: Ayşe Yılmaz, Ankara\n",
                i);
    while (out->len < 4096 - (xml ? strlen("</form>") : 0)) buf_byte(out, '\n');
    buf_str(out, xml ? "</form>" : "");
}

static void measure(const char *name, struct work *w, bool with_key)
{
    w->with_key = with_key;
    bench_time_at_most(name, bench_time(&(struct bench_job){build, w}), GOAL);
}

int main(void)
{
    own(buf) xml = buf_max(4096), text = buf_max(4096);
    fill(&xml, true);
    fill(&text, false);
    struct xades_document documents[2] = {
        {.name = bytes_str("a.txt"), .mime = bytes_str("text/plain"), .content = buf_bytes(&text)},
        {.name = bytes_str("b.txt"), .mime = bytes_str("text/plain"), .content = buf_bytes(&text)}};
    own_ptr(signer) rsa = signer_new(KEY_RSA);
    own_ptr(signer) p256 = signer_new(KEY_P256);
    struct cert c;
    struct der_latch latch = {0};
    struct work w = {.request = {.profile = XADES_B_B,
                                 .packaging = XADES_ENVELOPING,
                                 .alg = SIG_RSA_SHA256,
                                 .documents = documents,
                                 .n_documents = 2,
                                 .certificate = signer_certificate(rsa),
                                 .utc_offset_minutes = UTC_TURKEY_MINUTES,
                                 .max_xml_depth = 256,
                                 .max_xml_octets = 1 << 20},
                     .value_len = 256};
    MUST(cert_read(w.request.certificate, &c, &latch));
    w.spki = c.spki;
    measure("two-document B-B, no private key, RSA", &w, false);
    measure("two-document B-B, no private key, RSA public key built", &w, true);
    w.request.certificate = signer_certificate(p256);
    w.request.alg = SIG_ECDSA_SHA256;
    w.value_len = 64;
    MUST(cert_read(w.request.certificate, &c, &latch));
    w.spki = c.spki;
    measure("two-document B-B, no private key, P-256", &w, false);
    measure("two-document B-B, no private key, P-256 public key built", &w, true);
    documents[0].mime = bytes_str("application/xml");
    documents[0].content = buf_bytes(&xml);
    measure("two-document B-B, one of them XML and checked, P-256", &w, false);
    return 0;
}
