/* SPDX-License-Identifier: MIT */
#include "xades/policy.h"

#include "core/base64.h"
#include "core/oid.h"
#include "core/text.h"
#include "xades/algorithm.h"
#include "xades/element.h"
#include "xades/names.h"

static const struct {
    const char *name;
    enum oid oid;
    enum xades_profile profile;
    const char *description, *uri;
} policies[POLICY_COUNT] = {
    [POLICY_NONE] = {"", OID_NONE, XADES_PROFILE_KNOWN, "", ""},
#define ROW(n, oid, k, length, by)                                                                 \
    [POLICY_P##n] = {"P" #n, oid, XADES_P##n,                                                      \
                     length " Dönemli ve " by " Kontrollü Güvenli Elektronik İmza Politikası",     \
                     "http://www.eimza.gov.tr/EimzaPolitikalari/2167921610150703" k "1.pdf"}
    ROW(2, OID_TR_P2, "1", "Kısa", "SİL"),
    ROW(3, OID_TR_P3, "2", "Uzun", "SİL"),
    ROW(4, OID_TR_P4, "3", "Uzun", "ÇİSDuP"),
#undef ROW
};

/* SHA-256 of the guide itself, in deployed practice for all three. */
static const uint8_t guide_sha256[] = {
    0xff, 0x39, 0xbd, 0x29, 0x46, 0x33, 0x83, 0xf6, 0x9b, 0x20, 0x52, 0xac, 0x47, 0x43, 0x9e, 0x06,
    0xce, 0x7c, 0x3b, 0x86, 0x46, 0xe8, 0x88, 0xb6, 0xe5, 0xae, 0x3e, 0x46, 0xba, 0x08, 0x11, 0x7a};

const char *policy_name(enum policy p)
{
    return policies[p].name;
}

enum policy policy_of_profile(enum xades_profile p)
{
    for (unsigned i = POLICY_NONE + 1; i < POLICY_COUNT; i++)
        if (policies[i].profile == p) return (enum policy)i;
    return POLICY_NONE;
}

/* ---- SignaturePolicyIdentifier ---- */

static void write_identifier(struct xmlw *w, enum policy p)
{
    own(buf) urn = buf_max(128);
    buf_str(&urn, "urn:oid:");
    if (!oid_text(&urn, oid_content(policies[p].oid))) w->refused = true;
    xmlw_start(w, "xades:SigPolicyId");
    xmlw_start(w, "xades:Identifier");
    xmlw_attr_str(w, "Qualifier", "OIDAsURN");
    xmlw_text(w, buf_bytes(&urn));
    xmlw_end(w);
    xmlw_leaf(w, "xades:Description", bytes_str(policies[p].description));
    xmlw_end(w);
}

void policy_write(struct xmlw *w, enum policy p)
{
    xmlw_start(w, "xades:SignaturePolicyIdentifier");
    xmlw_start(w, "xades:SignaturePolicyId");
    write_identifier(w, p);
    xmlw_start(w, "xades:SigPolicyHash");
    xmlw_start(w, "ds:DigestMethod");
    xmlw_attr_str(w, "Algorithm", algorithm_digest_uri(DIGEST_SHA256));
    xmlw_end(w);
    xmlw_start(w, "ds:DigestValue");
    xmlw_base64(w, bytes_of(guide_sha256, sizeof guide_sha256), 0);
    xmlw_end(w);
    xmlw_end(w);
    xmlw_start(w, "xades:SigPolicyQualifiers");
    xmlw_start(w, "xades:SigPolicyQualifier");
    xmlw_leaf(w, "xades:SPURI", bytes_str(policies[p].uri));
    xmlw_end(w);
    xmlw_end(w);
    xmlw_end(w);
    xmlw_end(w);
}

static void show(char *out, size_t size, struct bytes text)
{
    text_plain_in(out, size, text, size - 1);
}

/* "urn:oid:2.16.…" (RFC 3061), or the numbers alone. */
static enum policy policy_of(struct bytes identifier)
{
    static const char urn[] = "urn:oid:";
    own(buf) content = buf_max(128);
    if (bytes_starts(identifier, bytes_str(urn)))
        identifier = bytes_sub(identifier, sizeof urn - 1, SIZE_MAX);
    if (!oid_from_text(&content, identifier)) return POLICY_NONE;
    for (unsigned i = POLICY_NONE + 1; i < POLICY_COUNT; i++)
        if (oid_is(buf_bytes(&content), policies[i].oid)) return (enum policy)i;
    return POLICY_NONE;
}

static void read_uri(const xmlNode *id, const char *ns, struct policy_found *out)
{
    const xmlNode *all = element_child(id, ns, "SigPolicyQualifiers");
    for (const xmlNode *q = all ? element_first(all) : NULL; q; q = element_next(q)) {
        struct bytes text;
        own(buf) joined = buf_max(4096);
        if (out->has_uri || !element_words(q, ns, "SPURI", &joined, &text)) continue;
        show(out->uri, sizeof out->uri, text);
        out->has_uri = text.len > 0;
    }
}

static enum reason check_hash(const xmlNode *hash, const char *ns, struct policy_found *out)
{
    const xmlNode *method = element_child(hash, ns, "DigestMethod");
    struct bytes uri, text;
    enum digest_alg alg;
    own(buf) joined = buf_max(4096);
    own(buf) value = buf_max(256);
    if (!method || !element_attr(method, "Algorithm", &uri) ||
        !element_words(hash, ns, "DigestValue", &joined, &text) || !base64_decode_xml(&value, text))
        return REASON_PROPERTY;
    show(out->hash, sizeof out->hash, text);
    bool right = algorithm_digest_of(uri, &alg) && alg == DIGEST_SHA256 &&
                 bytes_eq(buf_bytes(&value), bytes_of(guide_sha256, sizeof guide_sha256));
    return right ? REASON_NONE : REASON_POLICY_HASH;
}

enum reason policy_read(const xmlNode *identifier, enum version version, struct policy_found *out)
{
    const char *ns = version_ns(version);
    struct bytes text;
    own(buf) joined = buf_max(4096);
    const xmlNode *id = element_child(identifier, ns, "SignaturePolicyId");
    if (!id)
        return element_child(identifier, ns, "SignaturePolicyImplied") ? REASON_POLICY
                                                                       : REASON_PROPERTY;
    const xmlNode *named = element_child(id, ns, "SigPolicyId");
    const xmlNode *hash = element_child(id, ns, "SigPolicyHash");
    if (!named || !element_words(named, ns, "Identifier", &joined, &text)) return REASON_PROPERTY;
    show(out->oid, sizeof out->oid, text);
    read_uri(id, ns, out);
    enum policy which = policy_of(text);
    if (which == POLICY_NONE) return REASON_POLICY;
    out->which = which;
    return hash ? check_hash(hash, version_digest_ns(version), out) : REASON_POLICY_HASH;
}
