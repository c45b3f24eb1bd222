/* SPDX-License-Identifier: MIT */
/*
 * Law: a token that tst_read takes lies wholly inside its input and reads the same twice, one that
 * tst_check finds good OpenSSL's CMS finds good too, and what is refused has a clause. An answer
 * is granted, refused or broken, and one of these alone.
 */
#include <stdlib.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "core/tstcheck.h"

static void must(bool holds)
{
    if (!holds) abort();
}

static void must_lie_inside(struct bytes in, const struct tst *t)
{
    const struct bytes views[] = {t->info,
                                  t->policy,
                                  t->serial,
                                  t->nonce,
                                  t->signer,
                                  t->ess_v1,
                                  t->ess_v2,
                                  t->content_type,
                                  t->message_digest,
                                  t->digest_algorithm,
                                  t->attributes,
                                  t->signature,
                                  t->signature_algorithm};
    must(t->n_certificates <= TST_MAX_CERTIFICATES);
    for (size_t i = 0; i < sizeof views / sizeof *views + t->n_certificates; i++) {
        size_t beyond = sizeof views / sizeof *views;
        struct bytes v = i < beyond ? views[i] : t->certificates[i - beyond];
        if (v.len == 0) continue;
        must(v.p >= in.p && v.p <= in.p + in.len && v.len <= (size_t)(in.p + in.len - v.p));
    }
}

static void must_please_openssl(struct bytes in)
{
    const unsigned char *p = in.p;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)in.len);
    must(cms && CMS_verify(cms, NULL, NULL, NULL, NULL, CMS_NO_SIGNER_CERT_VERIFY) == 1);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
}

static void judge_token(struct bytes in)
{
    struct tst t, again;
    struct der_latch why = {0};
    const char *clause = NULL, *second;
    if (!tst_read(in, &t, &why)) {
        must(why.clause && why.at <= in.len);
        return;
    }
    must(!why.clause);
    must_lie_inside(in, &t);
    must(tst_read(in, &again, NULL) && again.time == t.time && again.info.p == t.info.p &&
         again.signer.p == t.signer.p && again.accuracy_ms == t.accuracy_ms &&
         tst_covers(&again, &t.imprint) == t.imprint_known);
    enum tst_fault fault = tst_check(&t, &clause);
    must((fault == TST_GOOD) == (clause == NULL));
    must(tst_check(&again, &second) == fault);
    if (fault == TST_GOOD) must_please_openssl(in);
}

static void judge_answer(struct bytes in)
{
    struct bytes token = {0};
    struct tst_refusal refusal = {0};
    struct der_latch why = {0};
    bool granted = tst_answer(in, &token, &refusal, &why);
    must(granted + (refusal.failure != NULL) + (why.clause != NULL) == 1);
    must(granted == (token.len > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    judge_token(bytes_of(data, size));
    judge_answer(bytes_of(data, size));
    return 0;
}
