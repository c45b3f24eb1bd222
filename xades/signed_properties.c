/* SPDX-License-Identifier: MIT */
#include "xades/signed_properties.h"

#include "core/name.h"
#include "xades/issuer_serial.h"
#include "xades/names.h"
#include "xades/policy.h"
#include "xades/why.h"

#define MAX_ISSUER 65536 /* octets: a certificate is not larger */

static void signing_time(struct xmlw *w, const struct xades_request *r)
{
    own(buf) text = buf_max(64);
    utc_write_xsd(&text, r->signing_time, r->utc_offset_minutes);
    xmlw_leaf(w, "xades:SigningTime", buf_bytes(&text));
}

static bool cert_digest(struct xmlw *w, const struct cert *c)
{
    struct digest d;
    if (!cert_id(c->der, &d)) return false;
    xmlw_start(w, "xades:CertDigest");
    job_digest_leafs(w, &d);
    xmlw_end(w);
    return true;
}

/* TS 101 903 7.2.2: names the issuer as a string. */
static bool issuer_serial_v1(struct xmlw *w, const struct cert *c)
{
    own(buf) issuer = buf_max(MAX_ISSUER);
    own(buf) serial = buf_max(3 * ISSUER_SERIAL_MAX);
    if (!name_rfc2253(&issuer, c->issuer) || !xmlw_chars(buf_bytes(&issuer)) ||
        !issuer_serial_decimal(&serial, c->serial) || !buf_ok(&issuer) || !buf_ok(&serial))
        return false;
    xmlw_start(w, "xades:IssuerSerial");
    xmlw_leaf(w, "ds:X509IssuerName", buf_bytes(&issuer));
    xmlw_leaf(w, "ds:X509SerialNumber", buf_bytes(&serial));
    xmlw_end(w);
    return true;
}

/* EN 319 132-1 5.2.2.2. */
static bool issuer_serial_v2(struct xmlw *w, const struct cert *c)
{
    own(buf) der = buf_max(MAX_ISSUER);
    issuer_serial_der(&der, c);
    if (!buf_ok(&der)) return false;
    xmlw_start(w, "xades:IssuerSerialV2");
    xmlw_base64(w, buf_bytes(&der), 0);
    xmlw_end(w);
    return true;
}

static err_t signing_certificate(struct xmlw *w, enum xades_profile profile, const struct cert *c,
                                 struct xades_why *why)
{
    bool v1 = xades_profile_turkish(profile);
    xmlw_start(w, v1 ? "xades:SigningCertificate" : "xades:SigningCertificateV2");
    xmlw_start(w, "xades:Cert");
    if (!cert_digest(w, c)) return err_raise(ERR_INTERNAL);
    if (!(v1 ? issuer_serial_v1(w, c) : issuer_serial_v2(w, c)))
        return why_say(why, ERR_CERTIFICATE_MALFORMED,
                       "RFC 5280 4.1.2.2, 4.1.2.4: serial number or issuer cannot be written");
    xmlw_end(w);
    xmlw_end(w);
    return OK;
}

static void data_object_formats(struct xmlw *w, const struct xades_request *r,
                                const struct xades_job *j)
{
    for (size_t i = 0; i < r->n_documents; i++) {
        xmlw_start(w, "xades:DataObjectFormat");
        xmlw_attr_str(w, "ObjectReference", job_id(j, "#", "ref", i).text);
        xmlw_leaf(w, "xades:MimeType", r->documents[i].mime);
        xmlw_end(w);
    }
}

static void commitment(struct xmlw *w, enum xades_commitment c)
{
    static const char *const uris[XADES_COMMITMENT_COUNT] = {
        [XADES_PROOF_OF_ORIGIN] = URI_PROOF_OF_ORIGIN,
        [XADES_PROOF_OF_APPROVAL] = URI_PROOF_OF_APPROVAL,
        [XADES_PROOF_OF_CREATION] = URI_PROOF_OF_CREATION,
    };
    if (!uris[c]) return;
    xmlw_start(w, "xades:CommitmentTypeIndication");
    xmlw_start(w, "xades:CommitmentTypeId");
    xmlw_leaf(w, "xades:Identifier", bytes_str(uris[c]));
    xmlw_end(w);
    xmlw_leaf(w, "xades:AllSignedDataObjects", bytes_str(""));
    xmlw_end(w);
}

static void open_properties(struct xmlw *w, struct xades_job *j)
{
    const struct xmlw_pair own[] = {{bytes_str("ds"), bytes_str(NS_DS)},
                                    {bytes_str("xades"), bytes_str(NS_XADES)}};
    xmlw_start(w, "xades:SignedProperties");
    job_apex(j, w, own, 2);
    xmlw_attr_str(w, "Id", job_id(j, "", "sp", JOB_NO_INDEX).text);
    job_inherited(j, w, &j->properties);
}

err_t signed_properties_write(const struct xades_request *r, const struct cert *c,
                              struct xades_job *j, struct xades_why *why)
{
    struct xmlw w = xmlw_to(&j->properties.octets);
    open_properties(&w, j);
    xmlw_start(&w, "xades:SignedSignatureProperties");
    signing_time(&w, r);
    err_t e = signing_certificate(&w, r->profile, c, why);
    if (e) return e;
    if (policy_of_profile(r->profile)) policy_write(&w, policy_of_profile(r->profile));
    xmlw_end(&w);
    xmlw_start(&w, "xades:SignedDataObjectProperties");
    data_object_formats(&w, r, j);
    commitment(&w, r->commitment);
    xmlw_end(&w);
    xmlw_end(&w);
    return xmlw_ok(&w) ? OK : err_raise(buf_ok(w.out) ? ERR_INTERNAL : ERR_STORAGE_FULL);
}
