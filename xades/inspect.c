/* SPDX-License-Identifier: MIT */
#include "xades/inspect.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "core/cert.h"
#include "core/kimlik.h"
#include "core/name.h"
#include "core/oid.h"
#include "core/text.h"
#include "xades/element.h"
#include "xades/names.h"
#include "xades/verify.h"
#include "xades/version.h"
#include "xades/xml.h"
#include "xades/xmldoc.h"

#define MAX_DEPTH  256
#define MAX_OCTETS (256u << 20)

struct writer {
    struct buf *out;
    enum lang lang;
};

static const char *say(const struct writer *w, const char *tr, const char *en)
{
    return w->lang == LANG_EN ? en : tr;
}

/* Field names are those of the standards and not translated. */
static void field(const struct writer *w, const char *name, const char *value)
{
    if (value[0]) buf_fmt(w->out, "  %-18s %s\n", name, value);
}

static void field_view(const struct writer *w, const char *name, struct bytes value)
{
    own(buf) plain = buf_max(8192);
    text_plain(&plain, bytes_sub(value, 0, 4096), 1000);
    field(w, name, buf_cstr(&plain));
}

static void field_hex(const struct writer *w, const char *name, struct bytes value)
{
    own(buf) hex = buf_max(16384);
    buf_hex(&hex, value);
    field(w, name, buf_cstr(&hex));
}

static void field_oid(const struct writer *w, const char *name, struct bytes content)
{
    own(buf) text = buf_max(1024);
    if (content.len > 0 && oid_text(&text, content)) field(w, name, buf_cstr(&text));
}

static void field_name(const struct writer *w, const char *name, struct bytes der)
{
    own(buf) text = buf_max(65536);
    if (name_rfc2253(&text, der)) field_view(w, name, buf_bytes(&text));
}

static void field_string(const struct writer *w, const char *name, uint8_t tag, struct bytes value)
{
    own(buf) text = buf_max(65536);
    if (value.len > 0 && name_string(&text, tag, value)) field_view(w, name, buf_bytes(&text));
}

static void field_time(const struct writer *w, const char *name, utc_t t)
{
    own(buf) text = buf_max(64);
    utc_write_xsd(&text, t, UTC_TURKEY_MINUTES);
    field(w, name, buf_cstr(&text));
}

/* ---- certificates ---- */

struct bit_name {
    unsigned bit;
    const char *name;
};

static const struct bit_name key_usages[] = {
    {KU_DIGITAL_SIGNATURE, "digitalSignature"},
    {KU_NON_REPUDIATION, "nonRepudiation"},
    {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
    {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
    {KU_KEY_AGREEMENT, "keyAgreement"},
    {KU_KEY_CERT_SIGN, "keyCertSign"},
    {KU_CRL_SIGN, "cRLSign"},
    {KU_ENCIPHER_ONLY, "encipherOnly"},
    {KU_DECIPHER_ONLY, "decipherOnly"},
    {0, NULL},
};

static const struct bit_name qc_flags[] = {
    {QC_COMPLIANCE, "QcCompliance"},
    {QC_TR_NES, "NES (2.16.792.1.61.0.1.5070.1.1)"},
    {QC_TR_ESEAL, "e-seal (2.16.792.1.61.0.1.5070.2.1)"},
    {QC_SSCD, "QcSSCD"},
    {QC_LIMIT, "QcLimitValue"},
    {0, NULL},
};

static void field_bits(const struct writer *w, const char *name, unsigned bits,
                       const struct bit_name *names)
{
    own(buf) text = buf_max(1024);
    for (; names->name; names++) {
        if (bits & names->bit) buf_fmt(&text, "%s%s", text.len ? ", " : "", names->name);
    }
    field(w, name, buf_cstr(&text));
}

static void write_key(const struct writer *w, const struct cert *c)
{
    static const char *const types[] = {
        [KEY_UNKNOWN] = "?",  [KEY_RSA] = "RSA",    [KEY_P256] = "P-256",
        [KEY_P384] = "P-384", [KEY_P521] = "P-521",
    };
    own(buf) text = buf_max(64);
    buf_fmt(&text, "%s, %u bit", types[c->key_type], c->key_bits);
    field(w, "key", buf_cstr(&text));
}

static void write_constraints(const struct writer *w, const struct cert *c)
{
    own(buf) text = buf_max(64);
    if (c->is_ca && c->path_len >= 0)
        buf_fmt(&text, "CA, pathLen %d", c->path_len);
    else
        buf_str(&text, c->is_ca ? "CA" : "end entity");
    field(w, "basicConstraints", buf_cstr(&text));
}

static void write_qualified(const struct writer *w, const struct cert *c)
{
    unsigned missing = cert_qualified(c);
    own(buf) text = buf_max(1024);
    buf_str(&text, missing ? say(w, "hayır", "no") : say(w, "evet", "yes"));
    for (unsigned bit = 1; bit <= NQ_NO_USER_NOTICE; bit <<= 1) {
        if (missing & bit)
            buf_fmt(&text, ", %s", qualified_reason_slug((enum qualified_reason)bit));
    }
    field(w, say(w, "nitelikli (NES)", "qualified (NES)"), buf_cstr(&text));
}

static void write_identity(const struct writer *w, const struct cert *c)
{
    char masked[32];
    if (c->serial_number.len == 0) return;
    kimlik_mask(c->serial_number, masked);
    field(w, "serialNumber", masked);
    if (c->serial_number.len == KIMLIK_LEN && !kimlik_valid(c->serial_number))
        field(w, "",
              say(w, "uyarı: T.C. kimlik no sağlaması tutmuyor",
                  "warning: the check digits of the identity number are wrong"));
}

static void write_certificate(const struct writer *w, const struct cert *c)
{
    struct digest id;
    own(buf) version = buf_max(16);
    buf_fmt(&version, "%u", c->version);
    buf_fmt(w->out, "%s\n", say(w, "X.509 sertifikası", "X.509 certificate"));
    field(w, "version", buf_cstr(&version));
    field_hex(w, "serial", c->serial);
    field_name(w, "issuer", c->issuer);
    field_string(w, "commonName", c->common_name_tag, c->common_name);
    write_identity(w, c);
    field_time(w, "notBefore", c->not_before);
    field_time(w, "notAfter", c->not_after);
    write_key(w, c);
    if (c->has_key_usage) field_bits(w, "keyUsage", c->key_usage, key_usages);
    write_constraints(w, c);
    field_bits(w, "qcStatements", c->qc, qc_flags);
    field_oid(w, "policy", c->policy);
    field_view(w, "cps", c->cps);
    field_string(w, "userNotice", c->notice_tag, c->notice);
    field_hex(w, "subjectKeyId", c->ski);
    field_hex(w, "authorityKeyId", c->aki);
    field_view(w, "ocsp", c->ocsp_url);
    field_view(w, "caIssuers", c->ca_issuers_url);
    field_view(w, "crl", c->crl_url);
    field(w, "critical",
          c->unknown_critical
              ? say(w, "bilinmeyen kritik uzantı var", "an unknown critical extension")
              : "");
    write_qualified(w, c);
    if (cert_id(c->der, &id)) field_hex(w, "SHA-256", digest_bytes(&id));
}

static bool inspect_certificate(const struct writer *w, struct bytes der)
{
    struct cert c;
    struct der_latch why = {0};
    if (cert_read(der, &c, &why)) {
        write_certificate(w, &c);
        return true;
    }
    buf_fmt(w->out, "%s\n  %s (%s %zu)\n",
            say(w, "Bozuk X.509 sertifikası", "Malformed X.509 certificate"),
            why.clause ? why.clause : "X.690", say(w, "sekizli", "octet"), why.at);
    return false;
}

/* ---- CRLs ---- */

static void write_crl(const struct writer *w, const X509_CRL *crl)
{
    unsigned char *issuer = NULL;
    int len = i2d_X509_NAME(X509_CRL_get_issuer(crl), &issuer);
    buf_fmt(w->out, "%s\n", say(w, "Sertifika iptal listesi (SİL)", "Certificate revocation list"));
    if (len > 0) field_name(w, "issuer", bytes_of(issuer, (size_t)len));
    OPENSSL_free(issuer);
    const struct {
        const char *name;
        const ASN1_TIME *time;
    } times[] = {{"thisUpdate", X509_CRL_get0_lastUpdate(crl)},
                 {"nextUpdate", X509_CRL_get0_nextUpdate(crl)}};
    for (size_t i = 0; i < 2; i++) {
        utc_t t;
        struct bytes text = times[i].time ? bytes_of(ASN1_STRING_get0_data(times[i].time),
                                                     (size_t)ASN1_STRING_length(times[i].time))
                                          : bytes_of(NULL, 0);
        if (utc_read_utctime(text, &t) || utc_read_generalized(text, &t))
            field_time(w, times[i].name, t);
    }
}

static bool inspect_crl(const struct writer *w, struct bytes der)
{
    const unsigned char *p = der.p;
    if (der.len > INT32_MAX) return false;
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.len);
    bool whole = crl && p == der.p + der.len;
    if (whole) {
        own(buf) n = buf_max(32);
        /* get_REVOKED is not const in OpenSSL 3.0 though it only reads. */
        int revoked = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
        write_crl(w, crl);
        buf_fmt(&n, "%d", revoked < 0 ? 0 : revoked);
        field(w, "revoked", buf_cstr(&n));
    }
    X509_CRL_free(crl);
    ERR_clear_error();
    return whole;
}

/* ---- PEM and DER ---- */

static bool has(struct bytes file, const char *text)
{
    return file.len > 0 && memmem(file.p, file.len, text, strlen(text)) != NULL;
}

static bool inspect_pem(const struct writer *w, struct bytes file)
{
    size_t at = 0, n = 0;
    bool sound = true;
    while (n < 100) {
        own(buf) der = buf_max(1u << 20);
        if (!cert_from_pem(file, &at, &der)) break;
        n++;
        sound = inspect_certificate(w, buf_bytes(&der)) && sound;
    }
    if (n > 0) return sound;
    buf_fmt(w->out, "%s\n",
            say(w, "PEM, ama içinde okunur bir sertifika yok (RFC 7468 5.1)",
                "PEM, but with no readable certificate in it (RFC 7468 5.1)"));
    return false;
}

static bool inspect_pem_crl(const struct writer *w, struct bytes file)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    BIO *in = file.len <= INT32_MAX ? BIO_new_mem_buf(file.p, (int)file.len) : NULL;
    bool sound = in && PEM_read_bio(in, &name, &header, &der, &len) == 1 &&
                 inspect_crl(w, bytes_of(der, (size_t)len));
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    (void)BIO_free(in);
    ERR_clear_error();
    if (!sound)
        buf_fmt(w->out, "%s\n", say(w, "Bozuk SİL (RFC 5280 5.1)", "Malformed CRL (RFC 5280 5.1)"));
    return sound;
}

/* ---- XML ---- */

static void write_attribute(const struct writer *w, const xmlNode *n, const char *name)
{
    struct bytes value;
    if (!element_attr(n, name, &value)) return;
    buf_fmt(w->out, " %s=\"", name);
    text_plain(w->out, bytes_sub(value, 0, 1024), 200);
    buf_str(w->out, "\"");
}

/* The skeleton of a signature: enough to see what points where. */
static void write_structure(const struct writer *w, const xmlNode *top)
{
    static const char *const shown[] = {
        "Signature",
        "SignedInfo",
        "CanonicalizationMethod",
        "SignatureMethod",
        "Reference",
        "Transform",
        "DigestMethod",
        "SignatureValue",
        "KeyInfo",
        "X509Certificate",
        "Object",
        "QualifyingProperties",
        "SignedProperties",
        "SigningTime",
        "SigningCertificate",
        "SigningCertificateV2",
        "DataObjectFormat",
        "CommitmentTypeIndication",
        "UnsignedProperties",
        "CounterSignature",
        "SignatureTimeStamp",
        "ArchiveTimeStamp",
    };
    unsigned lines = 0;
    for (const xmlNode *n = top; n && lines < 5000; n = element_walk(n, top, true)) {
        unsigned depth = 1;
        size_t i = 0, count = sizeof shown / sizeof shown[0];
        while (i < count && !element_is(n, NS_DS, shown[i]) && !version_element(n, shown[i]) &&
               !element_is(n, NS_XADES141, shown[i]))
            i++;
        if (i == count) continue;
        for (const xmlNode *up = n; up != top; up = up->parent) depth++;
        buf_fmt(w->out, "%*s%s", (int)(2 * depth), "", shown[i]);
        write_attribute(w, n, "Id");
        write_attribute(w, n, "Target");
        write_attribute(w, n, "URI");
        write_attribute(w, n, "Type");
        write_attribute(w, n, "Algorithm");
        write_attribute(w, n, "ObjectReference");
        buf_fmt(w->out, " (%s %ld)\n", say(w, "satır", "line"), xmlGetLineNo(n));
        lines++;
    }
}

/* Trust, time and documents that lie elsewhere are verify's matter, not faults of the file. */
static bool is_finding(const struct xades_reason *r)
{
    static const char *const outside[] = {"no-chain", "no-revocation", "signed-data-not-found",
                                          "expired",  "not-yet-valid", "remote-not-fetched"};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        if (strcmp(r->slug, outside[i]) == 0) return false;
    }
    return true;
}

static bool write_findings(const struct writer *w, const struct xades_report *r)
{
    bool sound = true;
    for (size_t i = 0; i < r->n_signatures; i++) {
        const struct xades_signature_report *s = &r->signatures[i];
        buf_fmt(w->out, "%s %zu: %s, %s, %s\n",
                s->countersigned ? say(w, "Karşı imza", "Counter-signature")
                                 : say(w, "İmza", "Signature"),
                i + 1, s->profile, s->packaging, s->algorithm);
        for (size_t k = 0; k < s->n_reasons; k++) {
            const struct xades_reason *why = &s->reasons[k];
            if (!is_finding(why)) continue;
            buf_fmt(w->out, "  %s: %s [%s; %s]\n",
                    why->note ? say(w, "Not", "Note") : say(w, "Bulgu", "Finding"),
                    say(w, why->tr, why->en), why->slug, why->clause);
            sound = sound && why->note;
        }
    }
    return sound;
}

static bool write_signatures(const struct writer *w, struct bytes file, const struct xmldoc *d)
{
    own_ptr(xades_report) report = NULL;
    own_ptr(trust) trust = trust_empty();
    struct xades_why why = {0};
    /* No time: without an anchor there is no chain whose validity it could decide. */
    struct xades_verification q = {
        .file = file, .trust = trust, .max_xml_depth = MAX_DEPTH, .max_xml_octets = MAX_OCTETS};
    const xmlNode *root = xmlDocGetRootElement(d->doc);
    err_t e = trust ? xades_verify(&q, &report, &why) : ERR_STORAGE_FULL;
    if (e) {
        buf_fmt(w->out, "%s: %s\n", say(w, "XML, ama imza dosyası değil", "XML, but no signature"),
                why.clause);
        return false;
    }
    buf_fmt(w->out, "%s\n", say(w, "XML imza dosyası", "XML signature file"));
    bool inside = false;
    for (const xmlNode *n = root; n; n = element_walk(n, root, !inside)) {
        inside = element_is(n, NS_DS, "Signature");
        if (inside) write_structure(w, n);
    }
    return write_findings(w, report);
}

static bool inspect_xml(const struct writer *w, struct bytes file)
{
    own(xmldoc) d = {0};
    struct xades_why why = {0};
    struct xmldoc_limits limits = {MAX_DEPTH, MAX_OCTETS};
    err_t e = xmldoc_parse(file, limits, &d, &why);
    if (!e) return write_signatures(w, file, &d);
    buf_fmt(w->out, "%s: %s\n", err_title(e, w->lang), why.clause);
    return false;
}

/* ---- which ---- */

bool inspect_file(struct buf *text, struct bytes file, enum lang lang)
{
    struct writer w = {text, lang};
    if (has(file, "-----BEGIN X509 CRL-----")) return inspect_pem_crl(&w, file);
    if (has(file, "-----BEGIN ")) return inspect_pem(&w, file);
    if (xml_begins(file)) return inspect_xml(&w, file);
    if (file.len > 0 && file.p[0] == DER_SEQUENCE)
        return inspect_crl(&w, file) || inspect_certificate(&w, file);
    buf_fmt(text, "%s\n",
            say(&w, "Bilinmeyen dosya türü: sertifika, SİL ya da XML imza değil",
                "Unknown kind of file: no certificate, CRL or XML signature"));
    return false;
}
