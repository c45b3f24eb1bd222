/* SPDX-License-Identifier: MIT */
#include "xades/finish.h"

#include "core/base64.h"
#include "xades/names.h"

#define COLUMNS 76 /* of base64 text: what deployed Turkish software writes and reads */

/* In the file a part stands as it was hashed, less the xml: attributes it inherits. */
static void part(struct xmlw *w, const struct job_part *p)
{
    struct bytes all = buf_bytes(&p->octets);
    xmlw_raw(w, bytes_sub(all, 0, p->inherited_at));
    xmlw_raw(w, bytes_sub(all, p->inherited_at + p->inherited_len, SIZE_MAX));
}

static void base64_leaf(struct xmlw *w, const char *name, struct bytes data)
{
    xmlw_start(w, name);
    xmlw_base64(w, data, COLUMNS);
    xmlw_end(w);
}

static void key_info(struct xmlw *w, const struct xades_job *j)
{
    xmlw_start(w, "ds:KeyInfo");
    xmlw_start(w, "ds:X509Data");
    base64_leaf(w, "ds:X509Certificate", j->certificate);
    xmlw_end(w);
    xmlw_end(w);
}

static void qualifying_properties(struct xmlw *w, const struct xades_job *j)
{
    const struct xmlw_pair own[] = {{bytes_str("xades"), bytes_str(NS_XADES)}};
    xmlw_start(w, "ds:Object");
    xmlw_start(w, "xades:QualifyingProperties");
    xmlw_scope(w, NULL, own, 1);
    xmlw_attr_str(w, "Target", job_id(j, "#", "sig", JOB_NO_INDEX).text);
    part(w, &j->properties);
    xmlw_end(w);
    xmlw_end(w);
}

/* XMLDSig 1.1 4.6: the octets of an enveloping signature, behind the base64 transform. */
static void object(struct xmlw *w, const struct xades_job *j, size_t i)
{
    xmlw_start(w, "ds:Object");
    xmlw_attr_str(w, "Encoding", URI_BASE64);
    xmlw_attr_str(w, "Id", job_id(j, "", "doc", i).text);
    xmlw_attr(w, "MimeType", j->documents[i].mime);
    xmlw_base64(w, j->documents[i].content, COLUMNS);
    xmlw_end(w);
}

/* The value's place ends at *hole. Its Id is what a counter-signature refers to. */
static void signature_value(struct xmlw *w, const struct xades_job *j, struct bytes value,
                            size_t *hole)
{
    xmlw_start(w, "ds:SignatureValue");
    xmlw_attr_str(w, "Id", job_id(j, "", "val", JOB_NO_INDEX).text);
    xmlw_base64(w, value, COLUMNS);
    *hole = w->out->len;
    xmlw_end(w);
}

static void signature_element(struct xmlw *w, const struct xades_job *j, struct bytes value,
                              size_t *hole)
{
    const struct xmlw_pair own[] = {{bytes_str("ds"), bytes_str(NS_DS)}};
    xmlw_start(w, "ds:Signature");
    xmlw_scope(w, NULL, own, 1);
    xmlw_attr_str(w, "Id", job_id(j, "", "sig", JOB_NO_INDEX).text);
    part(w, &j->info);
    signature_value(w, j, value, hole);
    key_info(w, j);
    qualifying_properties(w, j);
    for (size_t i = 0; j->packaging == XADES_ENVELOPING && i < j->n_references - 1; i++)
        object(w, j, i);
    xmlw_end(w);
}

/* One growth instead of many for large documents: base64 is 4/3, with line breaks 77/57. */
static void reserve(const struct xades_job *j, struct buf *out)
{
    size_t need = 16384 + j->info.octets.len + j->properties.octets.len;
    for (size_t i = 0; j->packaging != XADES_DETACHED && i < j->n_references - 1; i++)
        need += 256 + j->documents[i].mime.len + j->documents[i].content.len / 57 * 77 + 80;
    if (need < out->max - out->len) (void)buf_reserve(out, need);
}

static err_t write_file(const struct xades_job *j, struct bytes signature, struct buf *out,
                        size_t *hole)
{
    size_t before = out->len;
    bool enveloped = j->packaging == XADES_ENVELOPED;
    struct xmlw w = xmlw_to(out);
    reserve(j, out);
    if (enveloped)
        envelope_head(&j->envelope, out);
    else
        buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    signature_element(&w, j, signature, hole);
    if (enveloped)
        envelope_tail(&j->envelope, out);
    else
        buf_byte(out, '\n');
    if (xmlw_ok(&w)) return OK;
    buf_cut(out, before);
    return err_raise(ERR_STORAGE_FULL);
}

err_t finish_write(const struct xades_job *j, struct bytes signature, struct buf *out)
{
    size_t hole;
    return write_file(j, signature, out, &hole);
}

/* ---- in two steps ---- */

err_t xades_frame(const struct xades_job *j, struct buf *out, size_t *hole)
{
    size_t before = out->len, at = 0;
    err_t e = write_file(j, bytes_of(NULL, 0), out, &at);
    if (!e) *hole = at - before;
    return e;
}

err_t xades_fill(struct bytes frame, size_t hole, struct bytes signature, struct buf *out)
{
    size_t before = out->len;
    (void)buf_reserve(out, frame.len + 2 * signature.len + 16);
    buf_add(out, bytes_sub(frame, 0, hole));
    base64_encode(out, signature, COLUMNS);
    buf_add(out, bytes_sub(frame, hole, frame.len));
    if (hole <= frame.len && buf_ok(out)) return OK;
    buf_cut(out, before);
    return err_raise(ERR_STORAGE_FULL);
}

/* ---- at once ---- */

err_t xades_finish(struct xades_job *j, struct bytes signature, struct buf *out)
{
    struct cert c;
    struct der_latch latch = {0};
    if (!j->key && cert_read(j->certificate, &c, &latch)) j->key = pubkey_of_spki(c.spki);
    if (!j->key || !pubkey_check(j->key, j->alg, &j->info_digest, signature))
        return err_raise(ERR_CARD_ERROR);
    return finish_write(j, signature, out);
}
