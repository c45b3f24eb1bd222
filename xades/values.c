/* SPDX-License-Identifier: MIT */
#include "xades/values.h"

#include "core/base64.h"
#include "xades/element.h"
#include "xades/version.h"

void values_free(struct values *v)
{
    for (size_t i = 0; i < v->n_kept; i++) buf_free(&v->kept[i]);
}

/* The next free place of that kind of value; NULL: none of these, or no room. */
static struct bytes *place_of(struct values *v, const xmlNode *n)
{
    if (version_element(n, "EncapsulatedX509Certificate"))
        return v->all.n_certificates < VALUES_MAX ? &v->certificates[v->all.n_certificates++]
                                                  : NULL;
    if (version_element(n, "EncapsulatedCRLValue"))
        return v->all.n_lists < VALUES_MAX ? &v->lists[v->all.n_lists++] : NULL;
    if (version_element(n, "EncapsulatedOCSPValue"))
        return v->all.n_responses < VALUES_MAX ? &v->responses[v->all.n_responses++] : NULL;
    return NULL;
}

static void take(struct values *v, const xmlNode *n, size_t *room)
{
    struct bytes text, *place = place_of(v, n);
    own(buf) joined = buf_max(2 * *room + 16);
    own(buf) octets = buf_max(*room);
    if (!place) return;
    *place = bytes_of(NULL, 0);
    if (!element_text(n, &joined, &text) || !base64_decode_xml(&octets, text)) return;
    *room -= octets.len;
    v->kept[v->n_kept] = buf_take(&octets);
    *place = buf_bytes(&v->kept[v->n_kept++]);
}

void values_read(const struct buf *key_info, size_t n_key_info, const xmlNode *unsigned_signature,
                 size_t room, struct values *v)
{
    const xmlNode *top = unsigned_signature;
    bool into = true;
    v->all = (struct chain_values){
        .certificates = v->certificates, .lists = v->lists, .responses = v->responses};
    for (size_t i = 0; i < n_key_info && i < VALUES_MAX; i++)
        v->certificates[v->all.n_certificates++] = buf_bytes(&key_info[i]);
    for (const xmlNode *n = top ? element_walk(top, top, true) : NULL; n;
         n = element_walk(n, top, into)) {
        /* A counter-signature's are its own. */
        into = !version_element(n, "CounterSignature");
        take(v, n, &room);
    }
}
