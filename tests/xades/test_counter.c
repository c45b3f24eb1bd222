/* SPDX-License-Identifier: MIT */
/*
 * Counter-signatures (EN 319 132-1 5.2.7): inside the signature, beside it, on each other; and what
 * is none.
 */
#include "xades/counter.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/countersigned.h"
#include "tests/support/pki.h"
#include "tests/support/resigned.h"
#include "tests/support/suite.h"
#include "xades/names.h"

#define MAIN "<xades:SignedProperties"

static const char *pki;
static struct trust *trust;

static const struct xades_document document = {
    .name = {(const uint8_t *)"form.xml", 8},
    .mime = {(const uint8_t *)"application/xml", 15},
    .content = {(const uint8_t *)"<form><ad>Ay</ad></form>", 24},
};

/* A signature alone in its file, or beside others in <all>. */
static void make(enum xades_packaging packaging, struct buf *file)
{
    own_ptr(leaf) l = leaf_load(pki, "p256");
    signed_make(l, XADES_B_B, packaging, &document, 1, file);
    countersigned_ready(file);
}

static void make_all(struct buf *file)
{
    own(buf) one = buf_max(1u << 20);
    make(XADES_ENVELOPING, &one);
    const uint8_t *at = memmem(one.p, one.len, "<ds:Signature ", 14);
    ck_assert_ptr_nonnull(at);
    struct bytes signature = bytes_sub(buf_bytes(&one), (size_t)(at - one.p), SIZE_MAX);
    while (signature.p[signature.len - 1] == '\n') signature.len--;
    buf_str(file, "<all>");
    buf_add(file, signature);
    buf_str(file, "</all>");
}

static struct xades_report *judge(const struct buf *file)
{
    const struct xades_detached beside = {document.name, document.content};
    return signed_judge((struct xades_verification){.file = buf_bytes(file),
                                                    .detached = &beside,
                                                    .n_detached = 1,
                                                    .trust = trust,
                                                    .at = utc_now()});
}

static const struct xades_signature_report *by_id(const struct xades_report *r, const char *id)
{
    for (size_t i = 0; i < r->n_signatures; i++)
        if (strcmp(r->signatures[i].id, id) == 0) return &r->signatures[i];
    ck_abort_msg("no signature %s", id);
    return NULL;
}

static const struct xades_reason *reason_of(const struct xades_signature_report *s,
                                            const char *slug)
{
    for (size_t i = 0; i < s->n_reasons; i++)
        if (strcmp(s->reasons[i].slug, slug) == 0) return &s->reasons[i];
    return NULL;
}

static void expect(const struct xades_report *r, const struct xades_signature_report *s,
                   enum xades_indication i, const char *slug)
{
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(s->indication == i && (!slug || reason_of(s, slug)), "%s, not %s %s: %s", s->id,
                  xades_indication_name(i), slug ? slug : "", buf_cstr(&text));
}

/* ---- what is good ---- */

START_TEST(inside)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make((enum xades_packaging)_i, &file);
    countersigned_put(&file, MAIN, l, (struct counter){.id = "c1", .uri = "#v0"});
    own_ptr(xades_report) r = judge(&file);
    ck_assert_uint_eq(r->n_signatures, 2);
    const struct xades_signature_report *s = r->signatures, *c = by_id(r, "c1");
    expect(r, s, XADES_TOTAL_PASSED, "counter-signature");
    expect(r, c, XADES_TOTAL_PASSED, "countersigned-signature");
    ck_assert_ptr_null(s->countersigned);
    ck_assert_ptr_eq(c->countersigned, s);
    ck_assert_uint_eq(c->n_data, 1);
    ck_assert_ptr_eq(c->data[0].countersigned, s);
    ck_assert_ptr_null(s->data[0].countersigned);
    ck_assert(c->data[0].intact && strcmp(c->packaging, "counter") == 0);
    ck_assert_str_eq(c->profile, "B-B");
    ck_assert(strcmp(c->signer, s->signer) != 0);
    ck_assert_int_eq(r->indication, XADES_TOTAL_PASSED);
}
END_TEST

/* Type is what a reader is told by; inside a CounterSignature the place tells it too. */
START_TEST(inside_untyped)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make(XADES_ENVELOPING, &file);
    countersigned_put(&file, MAIN, l, (struct counter){.id = "c1", .uri = "#v0", .untyped = true});
    own_ptr(xades_report) r = judge(&file);
    expect(r, by_id(r, "c1"), XADES_TOTAL_PASSED, NULL);
    ck_assert_int_eq(r->indication, XADES_TOTAL_PASSED);
}
END_TEST

START_TEST(beside)
{
    own(buf) file = buf_max(1u << 22), text = buf_max(1u << 20);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make_all(&file);
    countersigned_beside(&file, _i ? "<ds:Signature " : "</all>", l,
                         (struct counter){.id = "c1", .uri = "#v0"});
    own_ptr(xades_report) r = judge(&file);
    const struct xades_signature_report *c = by_id(r, "c1");
    expect(r, c, XADES_TOTAL_PASSED, "countersigned-signature");
    ck_assert_ptr_eq(c->countersigned, &r->signatures[_i]);
    ck_assert_int_eq(r->indication, XADES_TOTAL_PASSED);
    /* Wherever it stands, the report has it behind its signature. */
    xades_report_text(&text, r, LANG_EN);
    const char *one = strstr(buf_cstr(&text), "\nSignature 1 ");
    ck_assert_msg(one && strstr(one, "\n  Counter-signature 1.1 c1: TOTAL-PASSED"), "%s",
                  buf_cstr(&text));
}
END_TEST

/* Without Type it is a signature on a part of the file, as before. */
START_TEST(beside_untyped)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make_all(&file);
    countersigned_beside(&file, "</all>", l,
                         (struct counter){.id = "c1", .uri = "#v0", .untyped = true});
    own_ptr(xades_report) r = judge(&file);
    expect(r, by_id(r, "c1"), XADES_INDETERMINATE, "signed-part-only");
    ck_assert_ptr_null(by_id(r, "c1")->countersigned);
}
END_TEST

/* As deep as there may be signatures, and one more. */
START_TEST(on_each_other)
{
    own(buf) file = buf_max(1u << 22), text = buf_max(1u << 20);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make(XADES_ENVELOPING, &file);
    for (int i = 1; i < XADES_MAX_SIGNATURES; i++) {
        char id[16], uri[16], after[32];
        (void)snprintf(id, sizeof id, "c%d", i);
        (void)snprintf(uri, sizeof uri, i == 1 ? "#v0" : "#v-c%d", i - 1);
        (void)snprintf(after, sizeof after, i == 1 ? MAIN : "Id=\"sp-c%d\"", i - 1);
        countersigned_put(&file, after, l, (struct counter){.id = id, .uri = uri});
    }
    own_ptr(xades_report) r = judge(&file);
    ck_assert_uint_eq(r->n_signatures, XADES_MAX_SIGNATURES);
    for (size_t i = 1; i < r->n_signatures; i++) {
        expect(r, &r->signatures[i], XADES_TOTAL_PASSED, NULL);
        ck_assert_ptr_eq(r->signatures[i].countersigned, &r->signatures[i - 1]);
    }
    xades_report_text(&text, r, LANG_TR);
    ck_assert_ptr_nonnull(
        strstr(buf_cstr(&text), "Karşı imza 1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1 c15"));
    countersigned_put(&file, "Id=\"sp-c15\"", l, (struct counter){.id = "c16", .uri = "#v-c15"});
    struct xades_verification q = {.file = buf_bytes(&file),
                                   .trust = trust,
                                   .at = utc_now(),
                                   .max_xml_depth = 256,
                                   .max_xml_octets = 1u << 22};
    own_ptr(xades_report) none = NULL;
    struct xades_why why = {0};
    ck_assert_int_eq(xades_verify(&q, &none, &why), ERR_SIGNATURE_MALFORMED);
}
END_TEST

/* ---- what is not ---- */

/* Each is signed as it stands: only what it covers is wrong. The signature it is in stays what it
 * is, and says so. */
static const struct {
    struct counter c;
    const char *slug;
    enum xades_indication indication;
} wrong[] = {
    /* another signature's value, which is good */
    {{.id = "c1", .uri = "#v-c0"}, "countersigned-value", XADES_TOTAL_FAILED},
    {{.id = "c1", .uri = "#v-c0", .untyped = true}, "countersigned-value", XADES_TOTAL_FAILED},
    /* no value at all */
    {{.id = "c1", .uri = "#sp-c0"}, "countersigned-value", XADES_TOTAL_FAILED},
    {{.id = "c1", .uri = "#c0"}, "countersigned-value", XADES_TOTAL_FAILED},
    {{.id = "c1", .uri = "#none"}, "countersigned-value", XADES_TOTAL_FAILED},
    {{.id = "c1", .uri = "#v-c1"}, "countersigned-value", XADES_TOTAL_FAILED},
    /* what the element's text says, not the element */
    {{.id = "c1", .uri = "#v0", .transform = URI_BASE64},
     "countersigned-value",
     XADES_TOTAL_FAILED},
    {{.id = "c1", .uri = "#v0", .transform = URI_ENVELOPED},
     "countersigned-value",
     XADES_TOTAL_FAILED},
    /* the value, and something that is nobody's value */
    {{.id = "c1", .uri = "#v0", .also = "#sp-c0"}, "signed-part-only", XADES_INDETERMINATE},
};

START_TEST(covers_something_else)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make_all(&file);
    countersigned_beside(&file, "</all>", l, (struct counter){.id = "c0", .uri = "#v0"});
    countersigned_put(&file, MAIN, l, wrong[_i].c);
    own_ptr(xades_report) r = judge(&file);
    expect(r, by_id(r, "c1"), wrong[_i].indication, wrong[_i].slug);
    expect(r, by_id(r, "c0"), XADES_TOTAL_PASSED, NULL);
    expect(r, r->signatures, XADES_TOTAL_PASSED, "counter-signature");
    ck_assert_int_eq(r->indication, wrong[_i].indication);
}
END_TEST

/* A counter-signature may be on an earlier one's value as well (5.2.7.2). */
START_TEST(covers_others_too)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make_all(&file);
    countersigned_beside(&file, "</all>", l, (struct counter){.id = "c0", .uri = "#v0"});
    countersigned_put(&file, MAIN, l, (struct counter){.id = "c1", .uri = "#v0", .also = "#v-c0"});
    own_ptr(xades_report) r = judge(&file);
    const struct xades_signature_report *c = by_id(r, "c1");
    expect(r, c, XADES_TOTAL_PASSED, NULL);
    ck_assert_uint_eq(c->n_data, 2);
    ck_assert_ptr_eq(c->data[0].countersigned, r->signatures);
    ck_assert_ptr_eq(c->data[1].countersigned, by_id(r, "c0"));
    ck_assert_int_eq(r->indication, XADES_TOTAL_PASSED);
}
END_TEST

/* Two beside each other, each said to be on the other's value. */
START_TEST(circle)
{
    own(buf) file = buf_max(1u << 22), text = buf_max(1u << 20);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make_all(&file);
    countersigned_beside(&file, "</all>", l, (struct counter){.id = "a", .uri = "#v-b"});
    countersigned_beside(&file, "</all>", l, (struct counter){.id = "b", .uri = "#v-a"});
    own_ptr(xades_report) r = judge(&file);
    expect(r, by_id(r, "a"), XADES_TOTAL_FAILED, "reference-digest");
    expect(r, by_id(r, "b"), XADES_TOTAL_FAILED, "countersigned-value");
    ck_assert_ptr_eq(by_id(r, "a")->countersigned, by_id(r, "b"));
    ck_assert_ptr_null(by_id(r, "b")->countersigned);
    ck_assert_int_eq(r->indication, XADES_TOTAL_FAILED);
    xades_report_text(&text, r, LANG_EN); /* every one is in it */
    ck_assert(strstr(buf_cstr(&text), "\nSignature 2 b") && strstr(buf_cstr(&text), " 2.1 a"));
}
END_TEST

/* One inside that says it is on the value of a counter-signature on itself. */
START_TEST(circle_inside)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make(XADES_ENVELOPING, &file);
    countersigned_put(&file, MAIN, l, (struct counter){.id = "c1", .uri = "#v-c2"});
    countersigned_put(&file, "Id=\"sp-c1\"", l, (struct counter){.id = "c2", .uri = "#v-c1"});
    own_ptr(xades_report) r = judge(&file);
    expect(r, by_id(r, "c1"), XADES_TOTAL_FAILED, "countersigned-value");
    expect(r, by_id(r, "c2"), XADES_TOTAL_PASSED, "countersigned-signature");
    expect(r, r->signatures, XADES_TOTAL_PASSED, "counter-signature");
    ck_assert_ptr_eq(by_id(r, "c2")->countersigned, by_id(r, "c1"));
}
END_TEST

/* ---- one fails, the other does not, and both say so ---- */

static void expect_note(const struct xades_signature_report *s, const char *slug, const char *of)
{
    const struct xades_reason *note = reason_of(s, slug);
    ck_assert_msg(note && note->note && strstr(note->en, of) && strstr(note->tr, of), "%s: %s",
                  slug, note ? note->en : "none");
}

START_TEST(broken_counter_signature)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make(XADES_ENVELOPING, &file);
    countersigned_put(&file, MAIN, l, (struct counter){.id = "c1", .uri = "#v0"});
    resigned_swap(&file, "Id=\"sp-c1\"", "+03:00", "+02:00");
    own_ptr(xades_report) r = judge(&file);
    expect(r, by_id(r, "c1"), XADES_TOTAL_FAILED, "reference-digest");
    expect(r, r->signatures, XADES_TOTAL_PASSED, NULL);
    expect_note(r->signatures, "counter-signature", "TOTAL-FAILED c1");
    ck_assert_int_eq(r->indication, XADES_TOTAL_FAILED);
}
END_TEST

START_TEST(broken_signature)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make(XADES_ENVELOPING, &file);
    countersigned_put(&file, MAIN, l, (struct counter){.id = "c1", .uri = "#v0"});
    resigned_swap(&file, MAIN, "+03:00", "+02:00");
    own_ptr(xades_report) r = judge(&file);
    expect(r, r->signatures, XADES_TOTAL_FAILED, "reference-digest");
    expect(r, by_id(r, "c1"), XADES_TOTAL_PASSED, NULL);
    expect_note(by_id(r, "c1"), "countersigned-signature", "TOTAL-FAILED");
    expect_note(r->signatures, "counter-signature", "TOTAL-PASSED c1");
    ck_assert_int_eq(r->indication, XADES_TOTAL_FAILED);
}
END_TEST

/* Chain and revocation are its own. */
START_TEST(of_a_stranger)
{
    static const struct {
        const char *leaf, *slug;
    } rows[] = {{"stranger", "no-chain"}, {"revoked", "revoked"}, {"expired", "expired"}};
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, rows[_i].leaf);
    make(XADES_ENVELOPING, &file);
    countersigned_put(&file, MAIN, l, (struct counter){.id = "c1", .uri = "#v0"});
    own_ptr(xades_report) r = judge(&file);
    expect(r, by_id(r, "c1"), XADES_INDETERMINATE, rows[_i].slug);
    expect(r, r->signatures, XADES_TOTAL_PASSED, "counter-signature");
    ck_assert_int_eq(r->indication, XADES_INDETERMINATE);
}
END_TEST

/* A property with no signature in it has nobody else to say that. */
START_TEST(no_signature_in_it)
{
    static const char *const rows[] = {
        "",
        "text",
        "<a/>",
        "<ds:SignatureValue/>",
    };
    own(buf) file = buf_max(1u << 22), with = buf_max(4096);
    make(XADES_ENVELOPING, &file);
    buf_fmt(&with,
            "</xades:SignedProperties><xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
            "<xades:CounterSignature>%s</xades:CounterSignature>"
            "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>",
            rows[_i]);
    resigned_swap(&file, MAIN, "</xades:SignedProperties>", buf_cstr(&with));
    own_ptr(xades_report) r = judge(&file);
    expect(r, r->signatures, XADES_TOTAL_FAILED, "counter-signature-malformed");
}
END_TEST

/* The name alone makes none: somewhere else in the file it is a signature that stands in content
 * nobody signed. */
START_TEST(out_of_place)
{
    own(buf) file = buf_max(1u << 22);
    own_ptr(leaf) l = leaf_load(pki, "mehmet");
    make_all(&file);
    resigned_swap(&file, "", "</all>",
                  "<x:CounterSignature xmlns:x=\"" NS_XADES "\"></x:CounterSignature></all>");
    countersigned_beside(&file, "</x:CounterSignature>", l,
                         (struct counter){.id = "c1", .uri = "#v0", .untyped = true});
    own_ptr(xades_report) r = judge(&file);
    ck_assert_ptr_null(by_id(r, "c1")->countersigned);
    expect(r, by_id(r, "c1"), XADES_INDETERMINATE, "signed-part-only");
    expect(r, r->signatures, XADES_INDETERMINATE, "signed-part-only");
}
END_TEST

static void setup(void)
{
    trust = signed_trust(pki);
}

static void teardown(void)
{
    trust_free(trust);
}

int main(void)
{
    pki = pki_make("counter");
    Suite *s = suite_create("counter");
    TCase *t = tcase_create("counter");
    tcase_set_timeout(t, 120);
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, inside, 0, XADES_PACKAGING_COUNT);
    tcase_add_test(t, inside_untyped);
    tcase_add_loop_test(t, beside, 0, 2);
    tcase_add_test(t, beside_untyped);
    tcase_add_test(t, on_each_other);
    tcase_add_loop_test(t, covers_something_else, 0, ROWS(wrong));
    tcase_add_test(t, covers_others_too);
    tcase_add_test(t, circle);
    tcase_add_test(t, circle_inside);
    tcase_add_test(t, broken_counter_signature);
    tcase_add_test(t, broken_signature);
    tcase_add_loop_test(t, of_a_stranger, 0, 3);
    tcase_add_loop_test(t, no_signature_in_it, 0, 4);
    tcase_add_test(t, out_of_place);
    suite_add_tcase(s, t);
    return suite_run(s);
}
