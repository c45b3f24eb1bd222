/* SPDX-License-Identifier: MIT */
#include "pkcs11/signedproperties.h"

#include "core/base64.h"
#include "pkcs11/shape.h"

#define MAX_ISSUER 65536 /* octets: a certificate is not larger */

/* EN 319 132-1 5.2.3: what a commitment of ours may be. */
#define COMMITMENT                                                                                 \
    "<xades:CommitmentTypeIndication><xades:CommitmentTypeId><xades:Identifier>"                   \
    "http://uri.etsi.org/01903/v1.2.2#ProofOf"
static const char *const commitments[] = {"Origin<", "Approval<", "Creation<"};

static bool start_tag(struct shape *s, struct bytes uri)
{
    static const struct shape_namespace own[] = {{"ds", SHAPE_DS}, {"xades", SHAPE_XADES}};
    static const char clause[] = "SignedProperties: start tag";
    struct bytes id;
    if (!shape_must(s, "<xades:SignedProperties", clause) ||
        !shape_namespaces(s, own, 2, "SignedProperties: namespace declarations") ||
        !shape_must(s, " Id=\"", clause) || !shape_until(s, '"', &id, clause) ||
        !shape_xml_attributes(s, "SignedProperties: xml attributes") || !shape_must(s, ">", clause))
        return false;
    return bytes_eq(id, bytes_sub(uri, 1, SIZE_MAX)) || shape_differ(s, "SignedProperties: Id");
}

/* A service that lies about the time would date a signature back. */
static bool signing_time(struct shape *s, utc_t now)
{
    static const char clause[] = "SigningTime";
    struct bytes text;
    utc_t t;
    if (!shape_must(s, "<xades:SigningTime>", clause) ||
        !shape_text(s, "</xades:SigningTime>", &text, clause))
        return false;
    if (!utc_read_xsd(text, &t)) return shape_differ(s, clause);
    bool is_now = t >= now - SIGNEDPROPERTIES_DRIFT && t <= now + SIGNEDPROPERTIES_DRIFT;
    return is_now || shape_differ(s, "SigningTime is not now");
}

/* ---- the certificate ---- */

static bool cert_digest(struct shape *s, struct bytes cert)
{
    struct digest named, real;
    if (!shape_must(s, "<xades:Cert><xades:CertDigest>", "CertDigest") ||
        !shape_digest(s, &named) || !shape_must(s, "</xades:CertDigest>", "CertDigest"))
        return false;
    return (digest_of(named.alg, cert, &real) &&
            bytes_eq(digest_bytes(&named), digest_bytes(&real))) ||
           shape_differ(s, "SigningCertificate names another certificate");
}

/* TS 101 903 7.2.2. The digest names the certificate; this is a help for finding it. */
static bool issuer_serial_v1(struct shape *s)
{
    static const char clause[] = "IssuerSerial";
    struct bytes issuer, serial;
    if (!shape_must(s, "<xades:IssuerSerial><ds:X509IssuerName>", clause) ||
        !shape_text(s, "</ds:X509IssuerName>", &issuer, clause) ||
        !shape_must(s, "<ds:X509SerialNumber>", clause) ||
        !shape_text(s, "</ds:X509SerialNumber>", &serial, clause) ||
        !shape_must(s, "</xades:IssuerSerial>", clause))
        return false;
    for (size_t i = 0; i < serial.len; i++)
        if (serial.p[i] < '0' || serial.p[i] > '9') return shape_differ(s, clause);
    return serial.len > 0 || shape_differ(s, clause);
}

/* EN 319 132-1 5.2.2.2. */
static bool issuer_serial_v2(struct shape *s)
{
    static const char clause[] = "IssuerSerialV2";
    struct bytes text;
    own(buf) der = buf_max(MAX_ISSUER);
    if (!shape_must(s, "<xades:IssuerSerialV2>", clause) ||
        !shape_text(s, "</xades:IssuerSerialV2>", &text, clause))
        return false;
    return base64_decode(&der, text) || shape_differ(s, clause);
}

/* BTK's profile guide of 2012: the policy is what makes the profile. */
static const struct policy {
    const char *profile, *octets;
} policies[] = {
#define POLICY(name, n, length, by)                                                                \
    {                                                                                              \
        name, "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>"      \
              "<xades:Identifier Qualifier=\"OIDAsURN\">urn:oid:2.16.792.1.61.0.1.5070.3." n ".1"  \
              "</xades:Identifier><xades:Description>" length " Dönemli ve " by                    \
              " Kontrollü Güvenli Elektronik İmza "                                             \
              "Politikası</xades:Description></xades:SigPolicyId>"                                \
              "<xades:SigPolicyHash>"                                                              \
              "<ds:DigestMethod "                                                                  \
              "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>"           \
              "<ds:DigestValue>/zm9KUYzg/abIFKsR0OeBs58O4ZG6Ii25a4+RroIEXo=</ds:DigestValue>"      \
              "</"                                                                                 \
              "xades:SigPolicyHash><xades:SigPolicyQualifiers><xades:SigPolicyQualifier><xades:"   \
              "SPURI>"                                                                             \
              "http://www.eimza.gov.tr/EimzaPolitikalari/2167921610150703" n "1.pdf</xades:SPURI>" \
              "</xades:SigPolicyQualifier></xades:SigPolicyQualifiers></xades:SignaturePolicyId>"  \
              "</xades:SignaturePolicyIdentifier>"                                                 \
    }
    POLICY("P2", "1", "Kısa", "SİL"),
    POLICY("P3", "2", "Uzun", "SİL"),
    POLICY("P4", "3", "Uzun", "ÇİSDuP"),
#undef POLICY
};

/* NULL: a profile without. */
static const char *policy_of(const char *profile)
{
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (strcmp(policies[i].profile, profile) == 0) return policies[i].octets;
    return NULL;
}

static bool policy(struct shape *s, const struct signedproperties *claims)
{
    const char *octets = policy_of(claims->profile);
    return !octets || shape_must(s, octets, "SignaturePolicyIdentifier");
}

/* The profile that the person reads must be the one that is signed: BTK's have SigningCertificate,
 * B-B has SigningCertificateV2 (EN 319 132-1 6.3). */
static bool signing_certificate(struct shape *s, const struct signedproperties *claims)
{
    static const char clause[] = "SigningCertificate";
    if (strcmp(claims->profile, "B-B") == 0 || strcmp(claims->profile, "B-T") == 0)
        return shape_must(s, "<xades:SigningCertificateV2>", clause) &&
               cert_digest(s, claims->certificate) && issuer_serial_v2(s) &&
               shape_must(s, "</xades:Cert></xades:SigningCertificateV2>", clause);
    if (strcmp(claims->profile, "P1") == 0 || policy_of(claims->profile))
        return shape_must(s, "<xades:SigningCertificate>", clause) &&
               cert_digest(s, claims->certificate) && issuer_serial_v1(s) &&
               shape_must(s, "</xades:Cert></xades:SigningCertificate>", clause);
    return shape_differ(s, "a profile that is not known here");
}

/* ---- the documents ---- */

/* C14N 1.0 2.3: the text as it is written. */
static bool same_text(struct bytes written, struct bytes text)
{
    size_t at = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];
        const char *as = c == '&'    ? "&amp;"
                         : c == '<'  ? "&lt;"
                         : c == '>'  ? "&gt;"
                         : c == '\r' ? "&#xD;"
                                     : NULL;
        struct bytes piece = as ? bytes_str(as) : bytes_of(&c, 1);
        if (!bytes_starts(bytes_sub(written, at, SIZE_MAX), piece)) return false;
        at += piece.len;
    }
    return at == written.len;
}

/* What kind of file it is decides how it is opened: the kind that is shown is the one signed. */
static bool data_object_format(struct shape *s, struct bytes reference, const char *mime)
{
    static const char clause[] = "DataObjectFormat";
    struct bytes to, type;
    if (!shape_must(s, "<xades:DataObjectFormat ObjectReference=\"#", clause) ||
        !shape_until(s, '"', &to, clause) || !shape_must(s, "><xades:MimeType>", clause) ||
        !shape_text(s, "</xades:MimeType>", &type, clause) ||
        !shape_must(s, "</xades:DataObjectFormat>", clause))
        return false;
    if (!bytes_eq(to, reference)) return shape_differ(s, "DataObjectFormat: ObjectReference");
    return same_text(type, bytes_str(mime)) || shape_differ(s, "DataObjectFormat: MimeType");
}

static bool commitment(struct shape *s)
{
    static const char clause[] = "CommitmentTypeIndication";
    if (!shape_maybe(s, COMMITMENT)) return true;
    size_t i = 0, n = sizeof commitments / sizeof commitments[0];
    while (i < n && !shape_maybe(s, commitments[i])) i++;
    if (i == n) return shape_differ(s, clause);
    return shape_must(s,
                      "/xades:Identifier></xades:CommitmentTypeId><xades:AllSignedDataObjects>"
                      "</xades:AllSignedDataObjects></xades:CommitmentTypeIndication>",
                      clause);
}

static bool data_objects(struct shape *s, const struct signedproperties *claims)
{
    static const char clause[] = "SignedDataObjectProperties";
    if (!shape_must(s, "<xades:SignedDataObjectProperties>", clause)) return false;
    for (size_t i = 1; i < claims->info->n; i++)
        if (!data_object_format(s, claims->info->references[i].id, claims->documents[i - 1].mime))
            return false;
    return commitment(s) && shape_must(s, "</xades:SignedDataObjectProperties>", clause);
}

bool signedproperties_match(struct bytes octets, const struct signedproperties *claims,
                            const char **clause)
{
    struct shape s = {octets, NULL};
    if (start_tag(&s, claims->info->references[0].uri) &&
        shape_must(&s, "<xades:SignedSignatureProperties>", "SignedSignatureProperties") &&
        signing_time(&s, claims->now) && signing_certificate(&s, claims) && policy(&s, claims) &&
        shape_must(&s, "</xades:SignedSignatureProperties>", "SignedSignatureProperties") &&
        data_objects(&s, claims) &&
        shape_must(&s, "</xades:SignedProperties>", "SignedProperties: end tag") &&
        (s.rest.len == 0 || shape_differ(&s, "octets after SignedProperties")))
        return true;
    *clause = s.clause;
    return false;
}
