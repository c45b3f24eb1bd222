/* SPDX-License-Identifier: MIT */
/*
 * Files of another maker (EU DSS), read where they lie, as they are and with their time stamps
 * changed in one way each.
 */
#include "xades/verify.h"

#include <check.h>
#include <stdio.h>

#include "core/file.h"
#include "tests/support/resigned.h"
#include "tests/support/suite.h"

#define MADE "../shared/data/xades/dss-made/"
#define THEN 1795435200 /* 2026-11-23T12:00:00Z: certificates and CRL hold */

static struct trust *bench, *nobody;

static void load(const char *name, struct buf *file)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s%s", MADE, name);
    *file = buf_max(1u << 24);
    ck_assert_int_eq(file_read(path, file), OK);
}

static struct xades_report *judge_at(const struct buf *file, const struct trust *t, utc_t at)
{
    return signed_judge((struct xades_verification){.file = buf_bytes(file), .trust = t, .at = at});
}

static bool has_reason(const struct xades_signature_report *s, const char *slug)
{
    for (size_t i = 0; i < s->n_reasons; i++)
        if (strcmp(s->reasons[i].slug, slug) == 0) return true;
    return false;
}

/* ---- as they are ---- */

static const struct {
    const char *file, *profile;
    size_t n;
    const char *properties[2];
    utc_t existed;
} made[] = {
    {"BASELINE_B-ENVELOPING.xml", "B-B", 0, {0}, 0},
    {"BASELINE_T-ENVELOPING.xml", "B-T", 1, {"SignatureTimeStamp"}, 1795331998},
    {"BASELINE_LT-ENVELOPING.xml", "B-LT", 1, {"SignatureTimeStamp"}, 1795332011},
    {"BASELINE_LTA-ENVELOPING.xml",
     "B-LTA",
     2,
     {"SignatureTimeStamp", "ArchiveTimeStamp"},
     1795332027},
};

START_TEST(as_made)
{
    own(buf) file = {0};
    load(made[_i].file, &file);
    own_ptr(xades_report) r = judge_at(&file, bench, THEN);
    const struct xades_signature_report *s = &r->signatures[0];
    ck_assert_int_eq(s->indication, XADES_TOTAL_PASSED);
    ck_assert_str_eq(s->profile, made[_i].profile);
    ck_assert_uint_eq(s->n_stamps, made[_i].n);
    ck_assert_uint_eq(s->n_reasons, 0);
    for (size_t i = 0; i < s->n_stamps; i++) {
        ck_assert_str_eq(s->stamps[i].property, made[_i].properties[i]);
        ck_assert_str_eq(s->stamps[i].tsa, "Bench TSA");
        ck_assert(s->stamps[i].intact && s->stamps[i].trusted);
        ck_assert_int_eq(s->stamps[i].chain, CHAIN_OK);
    }
    ck_assert_int_eq(s->has_existed, made[_i].n > 0);
    ck_assert_int_eq(s->existed, made[_i].existed);
}
END_TEST

START_TEST(by_nobody_trusted)
{
    own(buf) file = {0};
    load(made[_i].file, &file);
    own_ptr(xades_report) r = judge_at(&file, nobody, THEN);
    const struct xades_signature_report *s = &r->signatures[0];
    ck_assert_int_eq(s->indication, XADES_INDETERMINATE);
    ck_assert(has_reason(s, "no-chain"));
    ck_assert_int_eq(has_reason(s, "time-stamp-not-trusted"), made[_i].n > 0);
    ck_assert(!s->has_existed);
    for (size_t i = 0; i < s->n_stamps; i++)
        ck_assert(s->stamps[i].intact && !s->stamps[i].trusted && s->stamps[i].time > 0);
}
END_TEST

/* A stamp of the time after that of validation proves nothing about it. */
START_TEST(from_the_future)
{
    own(buf) file = {0};
    load("BASELINE_T-ENVELOPING.xml", &file);
    own_ptr(xades_report) r = judge_at(&file, bench, 1795331990);
    ck_assert(!r->signatures[0].has_existed);
}
END_TEST

/* ---- changed ---- */

/* The octets from behind `from` up to `to`, the first ones behind `after`. */
static struct bytes between(const struct buf *file, const char *after, const char *from,
                            const char *to)
{
    const char *text = strstr(buf_cstr((struct buf *)(uintptr_t)file), after);
    ck_assert_ptr_nonnull(text);
    const char *start = strstr(text, from);
    ck_assert_ptr_nonnull(start);
    start += strlen(from);
    const char *end = strstr(start, to);
    ck_assert_ptr_nonnull(end);
    return bytes_of(start, (size_t)(end - start));
}

#define TOKEN "EncapsulatedTimeStamp"

static void another_stamp(struct buf *file)
{
    own(buf) other = {0};
    load("BASELINE_T-ENVELOPING.xml", &other);
    struct bytes token = between(&other, TOKEN, ">", "<");
    resigned_put(file, between(file, TOKEN, ">", "<"), token);
}

static void another_letter(struct buf *file, const char *after)
{
    struct bytes text = between(file, after, ">", "</");
    uint8_t *p = file->p + (text.p - file->p) + text.len / 2;
    *p = *p == 'A' ? 'B' : 'A';
}

static void other_certificate_value(struct buf *file)
{
    another_letter(file, "EncapsulatedX509Certificate");
}

static void other_revocation_value(struct buf *file)
{
    another_letter(file, "EncapsulatedOCSPValue");
}

static void not_base64(struct buf *file)
{
    resigned_put(file, between(file, TOKEN, ">", "<"), bytes_str("!!!!"));
}

static void not_a_token(struct buf *file)
{
    resigned_put(file, between(file, TOKEN, ">", "<"), bytes_str("MAMCAQA="));
}

static void no_token(struct buf *file)
{
    struct bytes inside = between(file, "<xades:SignatureTimeStamp", ">", "</xades:SignatureTimeS");
    resigned_put(file, inside, bytes_str(""));
}

static void unknown_method(struct buf *file)
{
    struct bytes uri = between(file, "<xades:SignatureTimeStamp", "Algorithm=\"", "\"");
    resigned_put(file, uri, bytes_str("http://example.org/c14n"));
}

static void xml_stamp(struct buf *file)
{
    struct bytes inside = between(file, "<xades:SignatureTimeStamp", ">", "</xades:SignatureTimeS");
    resigned_put(file, inside, bytes_str("<xades:XMLTimeStamp/>"));
}

static void seventeen(struct buf *file)
{
    own(buf) many = buf_max(1u << 24);
    struct bytes inside = between(file, "<xades:SignatureTimeStamp", ">", "</xades:SignatureTimeS");
    struct bytes token = between(file, TOKEN, ">", "<");
    for (int i = 0; i < XADES_MAX_STAMPS + 1; i++) {
        buf_str(&many, "<xades:" TOKEN ">");
        buf_add(&many, token);
        buf_str(&many, "</xades:" TOKEN ">");
    }
    resigned_put(file, inside, buf_bytes(&many));
}

static const struct {
    void (*change)(struct buf *file);
    const char *slug, *sub;
    enum xades_indication indication;
} changes[] = {
    {another_stamp, "time-stamp-imprint", "HASH_FAILURE", XADES_TOTAL_FAILED},
    {other_certificate_value, "time-stamp-imprint", "HASH_FAILURE", XADES_TOTAL_FAILED},
    {other_revocation_value, "time-stamp-imprint", "HASH_FAILURE", XADES_TOTAL_FAILED},
    {not_base64, "time-stamp-malformed", "FORMAT_FAILURE", XADES_TOTAL_FAILED},
    {not_a_token, "time-stamp-malformed", "FORMAT_FAILURE", XADES_TOTAL_FAILED},
    {no_token, "time-stamp-malformed", "FORMAT_FAILURE", XADES_TOTAL_FAILED},
    {unknown_method, "time-stamp-unclear", "HASH_FAILURE", XADES_TOTAL_FAILED},
    {xml_stamp, "time-stamp-unclear", "HASH_FAILURE", XADES_TOTAL_FAILED},
    {seventeen, "more-time-stamps", "", XADES_TOTAL_PASSED},
};

/* In the archived file the stamp is itself archived, so the archive's imprint speaks up too. */
START_TEST(changed)
{
    own(buf) file = {0};
    bool many = changes[_i].change == seventeen;
    load(many ? "BASELINE_T-ENVELOPING.xml" : "BASELINE_LTA-ENVELOPING.xml", &file);
    changes[_i].change(&file);
    own_ptr(xades_report) r = judge_at(&file, bench, THEN);
    const struct xades_signature_report *s = &r->signatures[0];
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(has_reason(s, changes[_i].slug), "no %s in %s", changes[_i].slug,
                  buf_cstr(&text));
    ck_assert_msg(s->indication == changes[_i].indication, "%s", buf_cstr(&text));
    ck_assert_str_eq(s->sub_indication, changes[_i].sub);
    ck_assert_uint_le(s->n_stamps, XADES_MAX_STAMPS);
}
END_TEST

/* Whatever letter of a token is changed, no other time is believed. */
START_TEST(every_letter)
{
    own(buf) file = {0};
    load("BASELINE_T-ENVELOPING.xml", &file);
    struct bytes token = between(&file, TOKEN, ">", "<");
    size_t at = (size_t)(token.p - file.p);
    for (size_t i = 0; i < token.len; i += 7) {
        uint8_t was = file.p[at + i];
        file.p[at + i] = was == 'A' ? 'B' : 'A';
        own_ptr(xades_report) r = judge_at(&file, bench, THEN);
        const struct xades_signature_report *s = &r->signatures[0];
        if (s->has_existed) ck_assert_int_eq(s->existed, made[1].existed);
        file.p[at + i] = was;
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stamp");
    TCase *t = tcase_create("stamp");
    tcase_set_timeout(t, 60);
    if (trust_load(MADE, &bench) != OK || !(nobody = trust_empty())) return 1;
    tcase_add_loop_test(t, as_made, 0, ROWS(made));
    tcase_add_loop_test(t, by_nobody_trusted, 0, ROWS(made));
    tcase_add_test(t, from_the_future);
    tcase_add_loop_test(t, changed, 0, ROWS(changes));
    tcase_add_test(t, every_letter);
    suite_add_tcase(s, t);
    int failed = suite_run(s);
    trust_free(bench);
    trust_free(nobody);
    return failed;
}
