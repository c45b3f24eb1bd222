/* SPDX-License-Identifier: MIT */
#include "session/demand.h"

#include "core/kimlik.h"
#include "session/detail.h"
#include "xades/xml.h"

#include <stdio.h>

enum rule {
    RULE_SOME_DOCUMENTS,
    RULE_ONE_ENVELOPED,
    RULE_DIGEST_DETACHED,
    RULE_DIGEST_LENGTH,
    RULE_NAME_MISSING,
    RULE_NAME_TWICE,
    RULE_IDENTITY_WRONG,
    RULE_IDENTITY_MISSING,
    RULE_NO_STAMPS,
};

static const struct {
    const char *field; /* of one document when `document`, else the whole pointer */
    bool document;
    const char *text[2];
} rules[] = {
    [RULE_SOME_DOCUMENTS] = {"/documents",
                             false,
                             {"En az bir belge olmalı, belge sayısı da sınırı aşmamalı.",
                              "There must be a document to sign, and no more than the limit."}},
    [RULE_ONE_ENVELOPED] =
        {"/documents",
         false,
         {"\"enveloped\" imza için tek bir XML belgesi, içeriğiyle birlikte verilmeli.",
          "\"enveloped\" takes exactly one XML document, with its content."}},
    [RULE_DIGEST_DETACHED] = {"digest",
                              true,
                              {"Yalnız özeti verilen belge ancak \"detached\" imzalanabilir.",
                               "A document given by digest alone can only be signed detached."}},
    [RULE_DIGEST_LENGTH] = {"digest",
                            true,
                            {"Özetin uzunluğu algoritmasına uymuyor.",
                             "The digest's length does not fit its algorithm."}},
    [RULE_NAME_MISSING] = {"name",
                           true,
                           {"\"detached\" imzada her belgenin adı olmalı.",
                            "A detached document needs a name."}},
    [RULE_NAME_TWICE] = {"name",
                         true,
                         {"\"detached\" imzada belge adları birbirinden farklı olmalı.",
                          "Detached documents need names that differ."}},
    [RULE_IDENTITY_WRONG] = {"/application/applicant/identityNo",
                             false,
                             {"T.C. kimlik numarası geçerli değil.",
                              "This is not a valid T.C. identity number."}},
    [RULE_IDENTITY_MISSING] = {"/application/applicant/identityNo",
                               false,
                               {"Taahhütname için başvuru sahibinin kimlik numarası gerekir.",
                                "An undertaking needs the applicant's identity number."}},
    [RULE_NO_STAMPS] = {"/signature/profile",
                        false,
                        {"Bu profil zaman damgası ister; zaman damgası sunucusu yapılandırılmamış.",
                         "This profile needs a time stamp, and no authority is configured."}},
};

static void point_at(size_t document, const char *field, struct session_why *why)
{
    (void)snprintf(why->pointer, sizeof why->pointer, "/documents/%zu/%s", document, field);
}

static err_t refuse(enum rule rule, size_t document, enum lang lang, struct session_why *why)
{
    (void)snprintf(why->pointer, sizeof why->pointer, "%s", rules[rule].field);
    if (rules[rule].document) point_at(document, rules[rule].field, why);
    (void)snprintf(why->detail, sizeof why->detail, "%s", rules[rule].text[lang == LANG_EN]);
    return err_raise(ERR_INVALID_FIELD);
}

void demand_documentid(size_t at, struct session_why *why)
{
    point_at(at, "documentId", why);
}

/* ---- shape ---- */

static bool name_before(const struct approval_request *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(r->documents[k].name, r->documents[i].name) == 0) return true;
    return false;
}

static err_t demand_document(const struct approval_request *r, size_t i, struct session_why *why)
{
    const struct approval_document *d = &r->documents[i];
    bool detached = r->packaging == XADES_DETACHED;
    if (d->source == SOURCE_DIGEST) {
        if (!detached) return refuse(RULE_DIGEST_DETACHED, i, r->lang, why);
        if (d->digest.alg >= DIGEST_COUNT || d->digest.len != digest_len(d->digest.alg))
            return refuse(RULE_DIGEST_LENGTH, i, r->lang, why);
    }
    /* EN 319 132-1: a detached reference is found by its URI, so two may not be the same. */
    if (detached && !*d->name) return refuse(RULE_NAME_MISSING, i, r->lang, why);
    if (detached && name_before(r, i)) return refuse(RULE_NAME_TWICE, i, r->lang, why);
    return OK;
}

static bool has_undertaking(const struct approval_request *r)
{
    for (size_t i = 0; i < r->n_documents; i++)
        if (r->documents[i].role == ROLE_UNDERTAKING) return true;
    return false;
}

err_t demand_shape(const struct approval_request *r, const struct settings *settings,
                   struct session_why *why)
{
    if (r->n_documents == 0 || r->n_documents > XADES_MAX_DOCUMENTS ||
        r->n_documents > settings->max_documents)
        return refuse(RULE_SOME_DOCUMENTS, 0, r->lang, why);
    bool enveloped = r->packaging == XADES_ENVELOPED;
    if (enveloped && (r->n_documents != 1 || r->documents[0].source == SOURCE_DIGEST))
        return refuse(RULE_ONE_ENVELOPED, 0, r->lang, why);
    for (size_t i = 0; i < r->n_documents; i++) {
        err_t e = demand_document(r, i, why);
        if (e) return e;
    }
    if (*r->identity_no && !kimlik_valid(bytes_str(r->identity_no)))
        return refuse(RULE_IDENTITY_WRONG, 0, r->lang, why);
    if (!*r->identity_no && has_undertaking(r))
        return refuse(RULE_IDENTITY_MISSING, 0, r->lang, why);
    return OK;
}

err_t demand_stamp(const struct approval_request *r, struct session_why *why)
{
    return refuse(RULE_NO_STAMPS, 0, r->lang, why);
}

/* ---- content ---- */

err_t demand_xml(const struct approval *a, const struct settings *settings, struct session_why *why)
{
    const struct work *w = a->work;
    bool enveloped = a->shown.packaging == XADES_ENVELOPED;
    for (size_t i = 0; i < w->n_documents; i++) {
        const struct work_document *d = &w->documents[i];
        if (d->source == SOURCE_DIGEST || !(enveloped || xml_mime(bytes_str(d->mime)))) continue;
        struct bytes content;
        struct xades_why broken = {0};
        err_t e = work_content(d, &content);
        if (!e)
            e = xml_check(content, (unsigned)settings->max_xml_depth,
                          (size_t)settings->max_xml_document, &broken);
        if (!e) continue;
        point_at(i, d->source == SOURCE_UPLOAD ? "documentId" : "content", why);
        detail_of(e, w->lang, broken.clause, why->detail, sizeof why->detail);
        return e;
    }
    return OK;
}
