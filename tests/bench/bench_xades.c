/* SPDX-License-Identifier: MIT */
/*
 * Beside xmlsec1's library, on the same content and with the same keys: building a B-B over two
 * 4 KiB documents without the private key's work, and judging a small signature. xmlsec does
 * XMLDSig alone; ours writes and reads the properties and the certificate as well.
 */
#include <libxml/parser.h>
#include <stdio.h>
#include <xmlsec/app.h>
#include <xmlsec/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include "tests/bench/bench.h"
#include "tests/support/pki.h"
#include "tests/support/signed.h"
#include "xades/finish.h"
#include "xades/verify.h"

#define MUST(call)                                                                                 \
    do {                                                                                           \
        if (!(call)) bench_die(#call);                                                             \
    } while (0)

struct work {
    struct leaf *leaf;
    xmlSecKeyPtr key;
    struct xades_request request;
    struct buf file, value; /* what ours made, and its signature value */
    struct trust *nobody;
};

/* ---- ours ---- */

static void build(void *ctx, size_t n)
{
    const struct work *w = ctx;
    struct xades_why why;
    own(buf) file = buf_max(1 << 20);
    for (size_t i = 0; i < n; i++) {
        own_ptr(xades_job) j = NULL;
        buf_cut(&file, 0);
        MUST(xades_prepare(&w->request, &j, &why) == OK);
        MUST(finish_write(j, buf_bytes(&w->value), &file) == OK);
        bench_keep(file.p);
    }
}

static void judge(void *ctx, size_t n)
{
    const struct work *w = ctx;
    const struct xades_verification q = {.file = buf_bytes(&w->file),
                                         .trust = w->nobody,
                                         .max_xml_depth = 256,
                                         .max_xml_octets = 1 << 24};
    for (size_t i = 0; i < n; i++) {
        own_ptr(xades_report) r = NULL;
        struct xades_why why;
        MUST(xades_verify(&q, &r, &why) == OK);
        MUST(strcmp(r->signatures[0].sub_indication, "NO_CERTIFICATE_CHAIN_FOUND") == 0);
    }
}

static void sign_alone(void *ctx, size_t n)
{
    const struct work *w = ctx;
    struct digest d;
    MUST(digest_of(DIGEST_SHA256, bytes_str("x"), &d));
    for (size_t i = 0; i < n; i++) {
        own(buf) value = buf_max(1024);
        leaf_sign(w->leaf, &d, &value);
    }
}

/* ---- xmlsec ---- */

struct parsed {
    xmlDocPtr doc;
    xmlNodePtr signature;
    xmlSecDSigCtxPtr ctx;
};

static struct parsed parse(const struct work *w)
{
    static const xmlChar *ids[] = {(const xmlChar *)"Id", NULL};
    struct parsed p = {.doc =
                           xmlReadMemory((const char *)w->file.p, (int)w->file.len, NULL, NULL, 0)};
    MUST(p.doc != NULL);
    xmlSecAddIDs(p.doc, xmlDocGetRootElement(p.doc), ids);
    p.signature = xmlSecFindNode(xmlDocGetRootElement(p.doc), xmlSecNodeSignature, xmlSecDSigNs);
    p.ctx = xmlSecDSigCtxCreate(NULL);
    MUST(p.signature && p.ctx);
    p.ctx->signKey = xmlSecKeyDuplicate(w->key);
    return p;
}

static void parsed_free(const struct parsed *p)
{
    xmlSecDSigCtxDestroy(p->ctx);
    xmlFreeDoc(p->doc);
}

/* Ours as the template: every digest and the value are made anew. */
static void peer_build(void *ctx, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct parsed p = parse(ctx);
        xmlChar *out = NULL;
        int len = 0;
        MUST(xmlSecDSigCtxSign(p.ctx, p.signature) == 0);
        xmlDocDumpMemory(p.doc, &out, &len);
        MUST(len > 0);
        xmlFree(out);
        parsed_free(&p);
    }
}

static void peer_judge(void *ctx, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct parsed p = parse(ctx);
        MUST(xmlSecDSigCtxVerify(p.ctx, p.signature) == 0);
        MUST(p.ctx->status == xmlSecDSigStatusSucceeded);
        parsed_free(&p);
    }
}

/* ---- both ---- */

static void measure(struct work *w, const char *key)
{
    char name[96];
    struct bench_job ours = {build, w}, peer = {peer_build, w}, sign = {sign_alone, w};
    struct bench_pair t = bench_times(&ours, &peer);
    t.peer -= bench_time(&sign);
    (void)snprintf(name, sizeof name, "two-document B-B, no private key, %s, vs xmlsec1", key);
    bench_faster(name, t, 10);
    (void)snprintf(name, sizeof name, "judging it, %s, vs xmlsec1", key);
    bench_faster(name,
                 bench_times(&(struct bench_job){judge, w}, &(struct bench_job){peer_judge, w}), 3);
}

static void with_key(const char *pki, const char *name)
{
    char path[512];
    uint8_t text[2][4096];
    struct xades_document documents[2] = {
        {.name = bytes_str("a.txt"), .mime = bytes_str("text/plain"), .content = {text[0], 4096}},
        {.name = bytes_str("b.txt"), .mime = bytes_str("text/plain"), .content = {text[1], 4096}}};
    struct work w = {.leaf = leaf_load(pki, name),
                     .file = buf_max(1 << 20),
                     .value = buf_max(1024),
                     .nobody = trust_empty()};
    own_ptr(xades_job) job = NULL;
    struct xades_why why;
    memset(text[0], 'a', sizeof text[0]);
    memset(text[1], 'b', sizeof text[1]);
    w.request =
        (struct xades_request){.profile = XADES_B_B,
                               .packaging = XADES_ENVELOPING,
                               .alg = strcmp(name, "rsa") ? SIG_ECDSA_SHA256 : SIG_RSA_SHA256,
                               .documents = documents,
                               .n_documents = 2,
                               .certificate = leaf_certificate(w.leaf),
                               .utc_offset_minutes = UTC_TURKEY_MINUTES,
                               .max_xml_depth = 256,
                               .max_xml_octets = 1 << 20};
    MUST(xades_prepare(&w.request, &job, &why) == OK);
    leaf_sign(w.leaf, xades_signed_info_digest(job), &w.value);
    MUST(xades_finish(job, buf_bytes(&w.value), &w.file) == OK);
    (void)snprintf(path, sizeof path, "%s/%s.key", pki, name);
    w.key = xmlSecCryptoAppKeyLoad(path, xmlSecKeyDataFormatPem, NULL, NULL, NULL);
    MUST(w.key && w.nobody);
    measure(&w, strcmp(name, "rsa") ? "P-256" : "RSA-2048");
    xmlSecKeyDestroy(w.key);
    buf_free(&w.file);
    buf_free(&w.value);
    trust_free(w.nobody);
    leaf_free(w.leaf);
}

int main(void)
{
    const char *pki = pki_make("bench");
    MUST(xmlSecInit() == 0 && xmlSecCryptoAppInit(NULL) == 0 && xmlSecCryptoInit() == 0);
    printf("# xmlsec %s\n", XMLSEC_VERSION);
    with_key(pki, "rsa");
    with_key(pki, "p256");
    return 0;
}
