/* SPDX-License-Identifier: MIT */
#include "xades/judging.h"

#include "core/text.h"
#include "xades/names.h"

void judging_free(struct judging *j)
{
    for (size_t i = 0; j->references && i < j->s.n_references; i++)
        reference_free(&j->references[i]);
    for (size_t i = 0; i < j->n_entries; i++) reference_free(&j->entries[i]);
    values_free(&j->values);
    signature_free(&j->s);
    free(j->references);
    free(j->entries);
}

void judging_kept_free(struct judging_kept *k)
{
    buf_free(&k->certificate);
    for (size_t i = 0; i < XADES_MAX_DOCUMENTS; i++) buf_free(&k->data[i]);
}

void judging_text(char *out, size_t size, struct bytes text)
{
    own(buf) plain = buf_max(8192);
    text_plain(&plain, bytes_sub(text, 0, 2048), size - 1);
    struct bytes fit = bytes_sub(buf_bytes(&plain), 0, size - 1);
    while (!text_utf8_ok(fit)) fit.len--; /* never cut inside a character */
    if (fit.len > 0) memcpy(out, fit.p, fit.len);
    out[fit.len] = 0;
}

bool judging_is_properties(struct bytes type, bool *old)
{
    static const char *const olds[] = {URI_SIGNED_PROPERTIES_OLD, URI_SIGNED_PROPERTIES_122,
                                       URI_SIGNED_PROPERTIES_111};
    *old = false;
    for (size_t i = 0; i < sizeof olds / sizeof *olds; i++)
        *old = *old || bytes_eq_str(type, olds[i]);
    return *old || bytes_eq_str(type, URI_SIGNED_PROPERTIES);
}
