/* SPDX-License-Identifier: MIT */
/*
 * Law of verification: whatever becomes of a signed file, TOTAL-PASSED is said only of what was
 * signed: the same certificate, the same time, the same octets in the same order.
 *
 * fixtures/verify holds files signed by the keys of trust/anchor.pem and, with xmlsec1, of
 * trust/anchor2.pem, and countersigned by that of trust/second.pem. All are gone: nobody can sign
 * anything else with them.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/file.h"
#include "xades/inspect.h"
#include "xades/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FOLDER   "fixtures/verify"
#define MAX_GOOD 16
#define DOCUMENT "<a><b>c</b></a>"
#define WHEN     2000000000 /* 2033-05-18, inside the anchor's validity */

static struct trust *trust;
static struct xades_report *good[MAX_GOOD];
static size_t n_good;

static void law(bool holds)
{
    if (!holds) abort();
}

static struct xades_report *judge(struct bytes file)
{
    const struct xades_detached beside = {bytes_str("a.xml"), bytes_str(DOCUMENT)};
    struct xades_verification q = {.file = file,
                                   .detached = &beside,
                                   .n_detached = 1,
                                   .trust = trust,
                                   .at = WHEN,
                                   .max_xml_depth = 64,
                                   .max_xml_octets = 1u << 20};
    struct xades_report *r = NULL;
    struct xades_why why = {0};
    err_t e = xades_verify(&q, &r, &why);
    law((e == OK) == (r != NULL));
    return r;
}

static void release(void)
{
    while (n_good > 0) xades_report_free(good[--n_good]);
    trust_free(trust);
}

static void learn(void)
{
    DIR *d = opendir(FOLDER);
    law(d && trust_load(FOLDER "/trust", &trust) == OK && trust_n_anchors(trust) == 3);
    for (const struct dirent *e; (e = readdir(d)) != NULL && n_good < MAX_GOOD;) {
        char path[512];
        own(buf) file = buf_max(1u << 20);
        (void)snprintf(path, sizeof path, FOLDER "/%s", e->d_name);
        if (file_read(path, &file) != OK) continue;
        good[n_good] = judge(buf_bytes(&file));
        law(good[n_good] && good[n_good]->indication == XADES_TOTAL_PASSED);
        n_good++;
    }
    (void)closedir(d);
    law(n_good > 0);
    (void)atexit(release);
}

static bool same(const struct xades_signature_report *a, const struct xades_signature_report *b)
{
    if (a->n_data != b->n_data || a->signing_time != b->signing_time ||
        !bytes_eq(a->certificate, b->certificate) || strcmp(a->commitment, b->commitment) != 0)
        return false;
    for (size_t i = 0; i < a->n_data; i++) {
        if (a->data[i].size != b->data[i].size || !a->data[i].intact ||
            a->data[i].through_manifest != b->data[i].through_manifest ||
            strcmp(a->data[i].mime, b->data[i].mime) != 0 ||
            !bytes_eq(digest_bytes(&a->data[i].digest), digest_bytes(&b->data[i].digest)))
            return false;
    }
    return true;
}

static bool was_signed(const struct xades_signature_report *s)
{
    for (size_t i = 0; i < n_good; i++) {
        for (size_t k = 0; k < good[i]->n_signatures; k++)
            if (same(s, &good[i]->signatures[k])) return true;
    }
    return false;
}

/* The way from one to the next ends, and what is said to be countersigned was verified. */
static void law_of_counters(const struct xades_report *r, const struct xades_signature_report *s)
{
    size_t n = 0;
    bool covered = !s->countersigned;
    for (const struct xades_signature_report *on = s->countersigned; on; on = on->countersigned)
        law(++n < r->n_signatures);
    for (size_t i = 0; i < s->n_data; i++)
        covered = covered || (s->data[i].countersigned == s->countersigned && s->data[i].intact);
    law(covered || s->indication != XADES_TOTAL_PASSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!trust) learn();
    own_ptr(xades_report) r = judge(bytes_of(data, size));
    own(buf) text = buf_max(1u << 22);
    (void)inspect_file(&text, bytes_of(data, size), LANG_TR);
    if (!r) return 0;
    law(r->n_signatures > 0);
    for (size_t i = 0; i < r->n_signatures; i++) {
        const struct xades_signature_report *s = &r->signatures[i];
        law(s->indication != XADES_TOTAL_PASSED || was_signed(s));
        law(s->indication == XADES_TOTAL_PASSED || s->n_reasons > 0);
        law_of_counters(r, s);
    }
    xades_report_text(&text, r, LANG_EN);
    return 0;
}
