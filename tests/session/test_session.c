/* SPDX-License-Identifier: MIT */
#include "session/session.h"

#include <check.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <time.h>

#include "session/approval.h"
#include "session/audit.h"
#include "tests/support/faketoken.h"
#include "tests/support/pki.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#define ORIGIN "https://portal.example"
#define AYSE   "10000000146"
#define FORM   "<form xmlns=\"urn:example:form\"><no>SD-780</no><ad>Ayşe</ad></form>"

static const char *pki;
static struct settings settings;
static struct fake *fake;
static struct session *session;

static void begin_with(struct trust *trust)
{
    fake = fake_new(pki);
    session = session_new(&settings, &fake->token, trust);
    ck_assert_ptr_nonnull(session);
}

static void set_up(void)
{
    settings_default(&settings);
    begin_with(NULL);
}

static void tear_down(void)
{
    session_free(session);
    fake_free(fake);
}

static void set_text(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text);
}

/* ---- requests ---- */

static struct approval_document documents[3];

static struct approval_request request(void)
{
    struct approval_request r = {.n_documents = 2,
                                 .documents = documents,
                                 .profile = XADES_P1,
                                 .packaging = XADES_ENVELOPING,
                                 .commitment = XADES_PROOF_OF_APPROVAL,
                                 .lang = LANG_EN};
    memset(documents, 0, sizeof documents);
    documents[0].content = bytes_str(FORM);
    set_text(documents[0].name, 256, "basvuru-formu.xml");
    set_text(documents[0].mime, 128, "application/xml");
    documents[1].role = ROLE_UNDERTAKING;
    documents[1].content = bytes_str("Taahhüt ederim.");
    set_text(documents[1].name, 256, "taahhutname.txt");
    set_text(documents[1].mime, 128, "text/plain; charset=utf-8");
    documents[2].role = ROLE_OTHER;
    documents[2].source = SOURCE_DIGEST;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("unseen"), &documents[2].digest));
    set_text(documents[2].name, 256, "ek.pdf");
    set_text(documents[2].mime, 128, "application/pdf");
    set_text(r.owner, sizeof r.owner, ORIGIN);
    set_text(r.order_no, sizeof r.order_no, "SD-780");
    set_text(r.order_type, sizeof r.order_type, "Yenileme");
    set_text(r.identity_no, sizeof r.identity_no, AYSE);
    set_text(r.applicant, sizeof r.applicant, "Ayşe Yılmaz");
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("body"), &r.body));
    return r;
}

static char id[SESSION_ID];

static err_t begin(const struct approval_request *r)
{
    bool existed;
    struct session_why why;
    return session_begin(session, r, id, &existed, &why);
}

static struct approval_view view_of(const char *of)
{
    struct approval_view v = {0};
    ck_assert_int_eq(session_approval(session, ORIGIN, of, &v), OK);
    return v;
}

static struct approval_view view(void)
{
    return view_of(id);
}

static void expect(enum approval_state state, err_t problem)
{
    struct approval_view v = view();
    ck_assert_str_eq(approval_state_name(v.state), approval_state_name(state));
    ck_assert_str_eq(err_slug(v.problem), err_slug(problem));
    ck_assert(problem == OK || *v.detail);
}

static void begin_and_step(const struct approval_request *r)
{
    ck_assert_int_eq(begin(r), OK);
    session_step(session);
}

/* Lets the session's own clock bring the next thing, as a caller's poll would. */
static void sleep_until_due(void)
{
    int ms = session_timeout(session);
    ck_assert_int_ge(ms, 0);
    ms++;
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
    (void)nanosleep(&t, NULL);
    session_step(session);
}

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++) n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* ---- the whole way ---- */

static const struct {
    const char *cert;
    enum xades_profile profile;
    enum xades_packaging packaging;
    size_t n_documents;
} ways[] = {
    {"rsa", XADES_P1, XADES_ENVELOPING, 2},  {"p256", XADES_P1, XADES_ENVELOPING, 2},
    {"p384", XADES_P1, XADES_ENVELOPING, 2}, {"rsa", XADES_B_B, XADES_DETACHED, 3},
    {"p256", XADES_B_B, XADES_ENVELOPED, 1}, {"p384", XADES_B_B, XADES_ENVELOPED, 1},
    {"etugra", XADES_P1, XADES_DETACHED, 3},
};

START_TEST(from_request_to_signature)
{
    int before = open_descriptors();
    fake_add(fake, ways[_i].cert);
    struct approval_request r = request();
    r.profile = ways[_i].profile;
    r.packaging = ways[_i].packaging;
    r.n_documents = ways[_i].n_documents;
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    struct bytes file;
    ck_assert_int_eq(session_signature(session, ORIGIN, id, &file), OK);
    ck_assert_ptr_nonnull(memmem(file.p, file.len, "SignatureValue", 14));
    struct approval_view v = view();
    ck_assert_uint_eq(v.signature_size, file.len);
    ck_assert(v.has_signer && memcmp(v.signer.v, fake->listing.certs[0].id.v, 32) == 0);
    ck_assert_str_eq(fake->origin, ORIGIN);
    ck_assert_str_eq(fake->order_no, "SD-780");
    ck_assert_uint_eq(fake->gos, 1);
    ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

START_TEST(uploads_are_signed_and_kept)
{
    fake_add(fake, "rsa");
    struct approval_request r = request();
    struct session_document_info info;
    own_ptr(session_upload) u = NULL;
    ck_assert_int_eq(session_upload_begin(session, ORIGIN, &u), OK);
    ck_assert_int_eq(session_upload_add(u, bytes_str("Taahhüt ")), OK);
    ck_assert_int_eq(session_upload_add(u, bytes_str("ederim.")), OK);
    ck_assert_int_eq(session_upload_end(&u, &info), OK);
    ck_assert_uint_eq(info.size, strlen("Taahhüt ederim."));
    documents[1].source = SOURCE_UPLOAD;
    set_text(documents[1].id, SESSION_ID, info.id);
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
}
END_TEST

/* ---- bad certificates: told before any PIN is asked ---- */

static const struct {
    const char *cert;
    err_t problem;
} siblings[] = {
    {"expired", ERR_CERTIFICATE_EXPIRED},        {"notyet", ERR_CERTIFICATE_NOT_YET_VALID},
    {"nononrep", ERR_CERTIFICATE_NOT_QUALIFIED}, {"noqc", ERR_CERTIFICATE_NOT_QUALIFIED},
    {"nonotice", ERR_CERTIFICATE_NOT_QUALIFIED}, {"eseal", ERR_CERTIFICATE_NOT_QUALIFIED},
    {"mehmet", ERR_IDENTITY_MISMATCH},           {"weak", ERR_CERTIFICATE_NOT_QUALIFIED},
    {"malformed", ERR_CERTIFICATE_MALFORMED},    {"revoked", ERR_CERTIFICATE_REVOKED},
    {"stranger", ERR_CERTIFICATE_UNTRUSTED},     {"selfsigned", ERR_CERTIFICATE_UNTRUSTED},
};

START_TEST(bad_certificate)
{
    own_ptr(trust) trust = NULL;
    char dir[512];
    (void)snprintf(dir, sizeof dir, "%s/trust", pki);
    ck_assert_int_eq(trust_load(dir, &trust), OK);
    tear_down();
    begin_with(trust);
    fake_add(fake, siblings[_i].cert);
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_FAILED, siblings[_i].problem);
    ck_assert_uint_eq(fake->signatures, 0);
    /* Named by its id it is refused for the same reason, beside a good one. */
    fake_add(fake, "rsa");
    r.has_certificate = true;
    r.certificate = fake->listing.certs[0].id;
    begin_and_step(&r);
    expect(APPROVAL_FAILED, siblings[_i].problem);
    /* Unnamed, the good one signs. */
    r.has_certificate = false;
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    ck_assert_uint_eq(fake->choices, 0);
    session_free(session);
    session = NULL;
}
END_TEST

/* The trust folder as it is when somebody signs, not as it was when the daemon began. */
START_TEST(trust_changes)
{
    own_ptr(trust) trust = NULL;
    char dir[512];
    (void)snprintf(dir, sizeof dir, "%s/changing", pki);
    scratch_run("rm -rf %s %s-away && cp -r %s/trust %s", dir, dir, pki, dir);
    ck_assert_int_eq(trust_load(dir, &trust), OK);
    tear_down();
    begin_with(trust);
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    scratch_run("mkdir %s-away && mv %s/* %s-away", dir, dir, dir);
    begin_and_step(&r);
    expect(APPROVAL_FAILED, ERR_CERTIFICATE_UNTRUSTED);
    scratch_run("mv %s-away/* %s", dir, dir);
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    scratch_run("chmod o+w %s", dir);
    begin_and_step(&r);
    expect(APPROVAL_FAILED, ERR_CERTIFICATE_UNTRUSTED);
    session_free(session);
    session = NULL;
}
END_TEST

START_TEST(seal_signs_a_form_but_no_undertaking)
{
    fake_add(fake, "eseal");
    struct approval_request r = request();
    *r.identity_no = 0;
    r.n_documents = 1;
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    settings.any_certificate = true;
    r = request();
    begin_and_step(&r);
    expect(APPROVAL_FAILED, ERR_CERTIFICATE_NOT_QUALIFIED);
}
END_TEST

START_TEST(any_certificate_is_for_forms_alone)
{
    fake_add(fake, "noqc");
    settings.any_certificate = true;
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_FAILED, ERR_CERTIFICATE_NOT_QUALIFIED);
    r.n_documents = 1;
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
}
END_TEST

START_TEST(unknown_certificate_id)
{
    struct approval_request r = request();
    r.has_certificate = true;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("?"), &r.certificate));
    begin_and_step(&r);
    expect(APPROVAL_WAITING_CARD, OK);
    fake_add(fake, "rsa");
    sleep_until_due();
    expect(APPROVAL_FAILED, ERR_NO_CERTIFICATE);
}
END_TEST

START_TEST(locked_or_unset_pin)
{
    fake_add(fake, "rsa");
    fake->listing.slots[0].pin = _i ? PIN_NOT_SET : PIN_LOCKED;
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_FAILED, _i ? ERR_PIN_NOT_SET : ERR_PIN_LOCKED);
    ck_assert_uint_eq(fake->signatures, 0);
}
END_TEST

/* ---- choosing ---- */

START_TEST(several_certificates)
{
    fake_add(fake, "rsa");
    fake_add(fake, "mehmet");
    fake_add(fake, "p256");
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_WAITING_CONSENT, OK);
    ck_assert_uint_eq(fake->n_choices, 2); /* Mehmet is not the applicant */
    ck_assert_uint_eq(fake->signatures, 0);
    fake_chosen(fake, 2);
    session_step(session);
    expect(APPROVAL_DONE, OK);
    ck_assert(memcmp(view().signer.v, fake->listing.certs[2].id.v, 32) == 0);
    r.has_certificate = true;
    r.certificate = fake->listing.certs[0].id;
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    ck_assert_uint_eq(fake->choices, 1);
}
END_TEST

START_TEST(choice_that_was_not_offered)
{
    fake_add(fake, "rsa");
    fake_add(fake, "mehmet");
    fake_add(fake, "p256");
    struct approval_request r = request();
    begin_and_step(&r);
    fake_chosen(fake, 1);
    session_step(session);
    expect(APPROVAL_FAILED, ERR_IDENTITY_MISMATCH);
    begin_and_step(&r);
    fake_fail(fake, ERR_CONSENT_DECLINED, false);
    session_step(session);
    expect(APPROVAL_FAILED, ERR_CONSENT_DECLINED);
    ck_assert_uint_eq(fake->signatures, 0);
}
END_TEST

/* ---- faults of module, card and dialog ---- */

static const struct {
    err_t fault;
    bool late, sent;
    enum approval_state state;
    err_t problem;
} faults[] = {
    {ERR_CONSENT_DECLINED, false, false, APPROVAL_FAILED, ERR_CONSENT_DECLINED},
    {ERR_CONSENT_TIMEOUT, false, false, APPROVAL_EXPIRED, ERR_CONSENT_TIMEOUT},
    {ERR_DIALOG_UNAVAILABLE, false, false, APPROVAL_FAILED, ERR_DIALOG_UNAVAILABLE},
    {ERR_DOCUMENT_CHANGED, false, false, APPROVAL_FAILED, ERR_DOCUMENT_CHANGED},
    {ERR_PIN_FILE_REFUSED, false, false, APPROVAL_FAILED, ERR_PIN_FILE_REFUSED},
    {ERR_PIN_WRONG, true, false, APPROVAL_FAILED, ERR_PIN_WRONG},
    {ERR_PIN_LOCKED, true, false, APPROVAL_FAILED, ERR_PIN_LOCKED},
    {ERR_CARD_REMOVED, true, false, APPROVAL_FAILED, ERR_CARD_REMOVED},
    {ERR_MODULE_CRASHED, true, false, APPROVAL_FAILED, ERR_MODULE_CRASHED},
    {ERR_MODULE_TIMEOUT, true, false, APPROVAL_FAILED, ERR_MODULE_TIMEOUT},
    {ERR_MODULE_CRASHED, true, true, APPROVAL_INTERRUPTED, ERR_INTERRUPTED},
    {ERR_MODULE_TIMEOUT, true, true, APPROVAL_INTERRUPTED, ERR_INTERRUPTED},
    {ERR_CARD_REMOVED, true, true, APPROVAL_FAILED, ERR_CARD_REMOVED},
    {ERR_CARD_SERVICE, true, true, APPROVAL_FAILED, ERR_CARD_SERVICE},
};

START_TEST(fault)
{
    fake_add(fake, "rsa");
    fake->has_fault = true;
    fake->fault_late = faults[_i].late;
    fake->fault = (struct token_event){.kind = TOKEN_FAILED,
                                       .error = faults[_i].fault,
                                       .sent = faults[_i].sent,
                                       .pin = PIN_LOW,
                                       .tries = 2};
    struct approval_request r = request();
    begin_and_step(&r);
    expect(faults[_i].state, faults[_i].problem);
    struct bytes file;
    ck_assert_int_eq(session_signature(session, ORIGIN, id, &file), ERR_APPROVAL_NOT_DONE);
    ck_assert(approval_state_final(view().state));
    bool about_pin = faults[_i].fault == ERR_PIN_WRONG || faults[_i].fault == ERR_PIN_LOCKED;
    ck_assert_int_eq(view().pin, about_pin ? PIN_LOW : PIN_OK);
    ck_assert_int_eq(view().tries, about_pin ? 2 : -1);
    /* The next one is not touched by it. */
    fake->has_fault = false;
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
}
END_TEST

START_TEST(value_that_does_not_verify)
{
    fake_add(fake, _i ? "p256" : "rsa");
    fake->wrong_value = true;
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_FAILED, ERR_CARD_ERROR);
}
END_TEST

static const struct {
    err_t fault;
    unsigned times;
    enum approval_state state;
    err_t problem;
} listing_faults[] = {
    {ERR_MODULE_NOT_FOUND, 1, APPROVAL_FAILED, ERR_MODULE_NOT_FOUND},
    {ERR_URI_REFUSED, 1, APPROVAL_FAILED, ERR_URI_REFUSED},
    {ERR_MODULE_CRASHED, 2, APPROVAL_FAILED, ERR_MODULE_CRASHED},
    {ERR_MODULE_TIMEOUT, 2, APPROVAL_FAILED, ERR_MODULE_TIMEOUT},
    {ERR_MODULE_CRASHED, 1, APPROVAL_DONE, OK}, /* its successor answers */
    {ERR_CARD_ERROR, 1, APPROVAL_DONE, OK},
};

START_TEST(listing_fault)
{
    fake_add(fake, "rsa");
    fake->listing_fault = listing_faults[_i].fault;
    fake->listing_faults = listing_faults[_i].times;
    struct approval_request r = request();
    begin_and_step(&r);
    if (view().state == APPROVAL_WAITING_CARD) sleep_until_due();
    expect(listing_faults[_i].state, listing_faults[_i].problem);
    err_t e;
    (void)session_listing(session, &e);
    ck_assert_int_eq(e, listing_faults[_i].state == APPROVAL_DONE ? OK : listing_faults[_i].fault);
}
END_TEST

/* ---- waiting ---- */

START_TEST(card_comes_later)
{
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_WAITING_CARD, OK);
    ck_assert_int_gt(view().expires, utc_now());
    ck_assert_uint_eq(fake->listings, 1); /* no polling loop: once a second */
    fake_add(fake, "rsa");
    sleep_until_due();
    expect(APPROVAL_DONE, OK);
    ck_assert_uint_eq(fake->listings, 2);
}
END_TEST

START_TEST(card_never_comes)
{
    settings.card_wait_seconds = (uint64_t)_i;
    struct approval_request r = request();
    begin_and_step(&r);
    while (view().state == APPROVAL_WAITING_CARD) sleep_until_due();
    expect(APPROVAL_EXPIRED, ERR_NO_CARD);
}
END_TEST

/* ---- readers that PC/SC announces ---- */

static struct reader *reader(const char *name, enum reader_state state)
{
    struct reader *r = &fake->readers.at[fake->readers.n++];
    *r = (struct reader){.state = state};
    set_text(r->name, sizeof r->name, name);
    fake->readers.service = true;
    return r;
}

START_TEST(card_is_announced)
{
    struct approval_request r = request();
    struct reader *a = reader("Reader A", READER_EMPTY);
    set_text(fake->listing.slots[0].reader, 64, "Reader A");
    begin_and_step(&r);
    expect(APPROVAL_WAITING_CARD, OK);
    ck_assert_int_eq(view().waiting_for, ERR_NO_CARD);
    ck_assert_str_ne(view().detail, "");
    uint64_t before = session_readers_version(session);
    fake_add(fake, "rsa");
    a->state = READER_CARD;
    fake_event(fake, TOKEN_CHANGED);
    session_step(session);
    ck_assert_uint_gt(session_readers_version(session), before);
    expect(APPROVAL_DONE, OK); /* at once, not when the next look is due */
    ck_assert_int_eq(view().waiting_for, OK);
}
END_TEST

/* A module may lag behind PC/SC, so some looks follow a change; then only what PC/SC cannot tell of
 * is a reason to look again. */
static const struct {
    bool service;
    enum reader_state state;
    bool polls;
} awaited[] = {
    {true, READER_EMPTY, false},    {true, READER_MUTE, false},  {true, READER_CARD, true},
    {true, READER_EXCLUSIVE, true}, {false, READER_EMPTY, true},
};

START_TEST(looks_no_longer)
{
    struct approval_request r = request();
    reader("Reader A", awaited[_i].state);
    fake->readers.service = awaited[_i].service;
    set_text(fake->listing.slots[0].reader, 64, "Reader A");
    begin_and_step(&r);
    for (int i = 0; i < 4; i++) sleep_until_due();
    expect(APPROVAL_WAITING_CARD, OK);
    ck_assert_uint_eq(fake->listings, 5);
    if (awaited[_i].polls) {
        ck_assert_int_le(session_timeout(session), 5000);
    } else {
        ck_assert_int_gt(session_timeout(session), 60000); /* the card is given up */
    }
}
END_TEST

static const struct {
    bool service, slots;
    int reader; /* its state; -1: none */
    err_t what;
} lacks[] = {
    {false, false, -1, ERR_CARD_SERVICE},
    {true, false, -1, ERR_NO_READER},
    {true, true, READER_EMPTY, ERR_NO_CARD},
    {true, true, READER_MUTE, ERR_CARD_MUTE},
    {true, true, READER_EXCLUSIVE, ERR_CARD_IN_USE},
    {true, true, READER_CARD, ERR_MODULE_NOT_FOUND}, /* a card that no module knows */
    {false, true, -1, ERR_NO_CARD},                  /* slots that are not PC/SC's */
};

START_TEST(what_is_missing)
{
    settings.card_wait_seconds = 0;
    if (lacks[_i].reader >= 0) (void)reader("Reader A", (enum reader_state)lacks[_i].reader);
    fake->readers.service = lacks[_i].service;
    fake->listing.n_slots = lacks[_i].slots;
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_EXPIRED, lacks[_i].what);
}
END_TEST

/* Nothing has been sent to the card yet: what can be mended is waited for, and the person is asked
 * anew. */
static const struct {
    err_t fault;
    err_t waits_for;
} starts_over[] = {
    {ERR_CARD_REMOVED, ERR_CARD_REMOVED},
    {ERR_CARD_SERVICE, ERR_CARD_SERVICE},
    {ERR_MODULE_CRASHED, ERR_MODULE_CRASHED},
    {ERR_MODULE_TIMEOUT, ERR_MODULE_TIMEOUT},
};

START_TEST(the_dialog_opens_again)
{
    fake->by_hand = true;
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    fake_event(fake, TOKEN_ASKING);
    session_step(session);
    expect(APPROVAL_WAITING_CONSENT, OK);
    fake_fail(fake, starts_over[_i].fault, false);
    session_step(session);
    expect(APPROVAL_WAITING_CARD, OK);
    ck_assert_int_eq(view().waiting_for, starts_over[_i].waits_for);
    ck_assert(!view().has_signer);
    ck_assert_int_gt(view().expires, utc_now());
    fake_event(fake, TOKEN_CHANGED);
    session_step(session);
    ck_assert_uint_eq(fake->signatures, 2);
    fake_event(fake, TOKEN_ASKING);
    fake_event(fake, TOKEN_CONSENTED);
    session_step(session);
    fake_event(fake, TOKEN_SIGNED);
    session_step(session);
    expect(APPROVAL_DONE, OK);
}
END_TEST

/* Beside a card that may not sign: the one that left may come back. */
START_TEST(only_the_other_card_is_left)
{
    fake->by_hand = true;
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    fake_event(fake, TOKEN_ASKING);
    session_step(session);
    fake_eject(fake);
    fake_add(fake, "mehmet");
    fake_fail(fake, ERR_CARD_REMOVED, false);
    fake_event(fake, TOKEN_CHANGED);
    session_step(session);
    expect(APPROVAL_WAITING_CARD, OK);
    ck_assert_int_eq(view().waiting_for, ERR_IDENTITY_MISMATCH);
    fake_add(fake, "rsa");
    fake_event(fake, TOKEN_CHANGED);
    session_step(session);
    ck_assert_uint_eq(fake->signatures, 2);
}
END_TEST

START_TEST(a_module_may_die_once)
{
    fake->by_hand = true;
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    for (int i = 0; i < 2; i++) {
        expect(APPROVAL_WAITING_CARD, OK);
        fake_event(fake, TOKEN_CHANGED);
        fake_event(fake, TOKEN_ASKING);
        session_step(session);
        fake_fail(fake, ERR_MODULE_CRASHED, false);
        session_step(session);
        if (i == 0) sleep_until_due();
    }
    expect(APPROVAL_FAILED, ERR_MODULE_CRASHED);
}
END_TEST

/* A card that has nothing to do with this does not end the wait while another reader is empty. */
START_TEST(another_reader_is_empty)
{
    fake_add(fake, "mehmet");
    struct approval_request r = request();
    r.has_certificate = true; /* one that is not there */
    (void)reader("Reader A", READER_CARD);
    if (_i) (void)reader("Reader B", READER_EMPTY);
    begin_and_step(&r);
    expect(_i ? APPROVAL_WAITING_CARD : APPROVAL_FAILED, _i ? OK : ERR_NO_CERTIFICATE);
    if (_i) ck_assert_int_eq(view().waiting_for, ERR_NO_CERTIFICATE);
}
END_TEST

START_TEST(consent_never_comes)
{
    settings.consent_seconds = 1;
    fake->by_hand = true;
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    fake_event(fake, TOKEN_ASKING);
    session_step(session);
    expect(APPROVAL_WAITING_CONSENT, OK);
    while (view().state == APPROVAL_WAITING_CONSENT) sleep_until_due();
    expect(APPROVAL_EXPIRED, ERR_CONSENT_TIMEOUT);
    ck_assert_uint_eq(fake->cancels, 1);
    /* A consent that crosses the cancel reaches no card. */
    fake_event(fake, TOKEN_CONSENTED);
    session_step(session);
    ck_assert_uint_eq(fake->gos, 0);
    ck_assert_uint_eq(fake->no_gos, 1);
}
END_TEST

START_TEST(wrong_pin_asks_again)
{
    fake->by_hand = true;
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    for (int twice = 0; twice < 2; twice++) {
        fake_event(fake, TOKEN_ASKING);
        session_step(session);
        expect(APPROVAL_WAITING_CONSENT, OK);
        fake_event(fake, TOKEN_CONSENTED);
        session_step(session);
        expect(APPROVAL_SIGNING, OK);
    }
    fake_event(fake, TOKEN_SIGNED);
    session_step(session);
    expect(APPROVAL_DONE, OK);
}
END_TEST

START_TEST(one_after_the_other)
{
    char first[SESSION_ID];
    fake->by_hand = true;
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    memcpy(first, id, sizeof id);
    fake_event(fake, TOKEN_ASKING);
    begin_and_step(&r);
    ck_assert_int_eq(view_of(first).state, APPROVAL_WAITING_CONSENT);
    expect(APPROVAL_WAITING_CARD, OK);
    ck_assert_int_eq(view().expires, 0); /* its clock stands still */
    ck_assert_uint_eq(fake->signatures, 1);
    uint64_t version = view().version;
    fake_fail(fake, ERR_CONSENT_DECLINED, false);
    session_step(session);
    ck_assert_int_eq(view_of(first).state, APPROVAL_FAILED);
    ck_assert_uint_eq(fake->signatures, 2);
    ck_assert_uint_gt(view().version, version);
    ck_assert_int_gt(view().expires, 0);
    ck_assert_int_eq(session_cancel(session, ORIGIN, id), OK);
    expect(APPROVAL_CANCELLED, OK);
}
END_TEST

START_TEST(refresh_beside_a_dialog)
{
    err_t e;
    ck_assert_ptr_null(session_listing(session, &e));
    ck_assert(session_idle(session));
    session_refresh(session);
    ck_assert(!session_idle(session));
    uint64_t version = session_listing_version(session);
    session_step(session);
    ck_assert_uint_gt(session_listing_version(session), version);
    ck_assert_uint_eq(session_listing(session, &e)->n_certs, 0);
    fake->by_hand = true;
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    version = session_listing_version(session);
    session_refresh(session);
    ck_assert_uint_gt(session_listing_version(session), version);
    ck_assert_uint_eq(session_listing(session, &e)->n_certs, 1);
    struct cert c;
    ck_assert_uint_eq(session_unusable(session, &session_listing(session, &e)->certs[0], &c), 0);
    ck_assert(bytes_eq_str(c.serial_number, AYSE));
}
END_TEST

/* The change overtakes the answer: what the answer tells is from before it. */
START_TEST(listing_from_before_a_change)
{
    fake->readers = (struct readers){.service = true, .n = 1};
    set_text(fake->readers.at[0].name, READERS_NAME_MAX, "Reader 00 00");
    ck_assert(session_listing_outdated(session));
    session_refresh(session);
    session_step(session);
    ck_assert(!session_listing_outdated(session));
    ck_assert(readers_same(session_listing_readers(session), session_readers(session)));
    fake_event(fake, TOKEN_CHANGED);
    session_refresh(session);
    fake->readers.at[0].state = READER_CARD;
    session_step(session);
    ck_assert(session_listing_outdated(session));
    ck_assert_int_eq(session_listing_readers(session)->at[0].state, READER_EMPTY);
    /* An approval does not rely on it: it asks again. */
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    ck_assert_uint_eq(fake->listings, 3);
    expect(APPROVAL_DONE, OK);
    ck_assert(!session_listing_outdated(session));
    ck_assert_int_eq(session_listing_readers(session)->at[0].state, READER_CARD);
}
END_TEST

/* What PC/SC watches is not asked for again because time has passed; what it does not know is. */
START_TEST(listing_grows_old)
{
    const struct timespec long_enough = {2, 100000000};
    fake_add(fake, "rsa");
    set_text(fake->listing.slots[0].reader, sizeof fake->listing.slots[0].reader, "Reader A");
    fake->readers = (struct readers){.service = true, .n = 1};
    set_text(fake->readers.at[0].name, READERS_NAME_MAX, _i ? "Reader B" : "Reader A");
    struct approval_request r = request();
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    (void)nanosleep(&long_enough, NULL);
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    ck_assert_uint_eq(fake->listings, _i ? 2 : 1);
    fake_event(fake, TOKEN_CHANGED);
    session_step(session);
    begin_and_step(&r);
    expect(APPROVAL_DONE, OK);
    ck_assert_uint_eq(fake->listings, _i ? 3 : 2);
}
END_TEST

/* ---- cancelling ---- */

START_TEST(cancelled_dialog)
{
    fake->by_hand = true;
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    fake_event(fake, TOKEN_ASKING);
    session_step(session);
    ck_assert_int_eq(session_cancel(session, ORIGIN, id), OK);
    ck_assert_uint_eq(fake->cancels, 1);
    expect(APPROVAL_CANCELLED, OK);
    char cancelled[SESSION_ID];
    memcpy(cancelled, id, sizeof id);
    /* Its late end belongs to nobody, least of all to the next one. */
    begin_and_step(&r);
    fake_fail(fake, ERR_CONSENT_DECLINED, false);
    session_step(session);
    expect(APPROVAL_WAITING_CARD, OK);
    fake_event(fake, TOKEN_ASKING);
    fake_event(fake, TOKEN_CONSENTED);
    session_step(session);
    expect(APPROVAL_SIGNING, OK);
    ck_assert_int_eq(session_cancel(session, ORIGIN, id), ERR_APPROVAL_SIGNING);
    session_shut(session);
    expect(APPROVAL_SIGNING, OK);
    fake_event(fake, TOKEN_SIGNED);
    session_step(session);
    expect(APPROVAL_DONE, OK);
    /* DELETE on a finished one forgets it. */
    ck_assert_int_eq(session_cancel(session, ORIGIN, cancelled), OK);
    ck_assert_int_eq(session_cancel(session, ORIGIN, cancelled), ERR_APPROVAL_UNKNOWN);
}
END_TEST

START_TEST(shutting_down)
{
    struct approval_request r = request();
    set_text(r.key, sizeof r.key, "k");
    begin_and_step(&r);
    session_shut(session);
    expect(APPROVAL_CANCELLED, OK);
    ck_assert_int_eq(begin(&r), OK); /* the same one */
    set_text(r.key, sizeof r.key, "l");
    ck_assert_int_eq(begin(&r), ERR_SHUTTING_DOWN);
    struct session_upload *u = NULL;
    ck_assert_int_eq(session_upload_begin(session, ORIGIN, &u), ERR_SHUTTING_DOWN);
    ck_assert(session_idle(session));
}
END_TEST

/* ---- requests that are refused ---- */

enum bad {
    NO_DOCUMENTS,
    TOO_MANY,
    TWO_ENVELOPED,
    DIGEST_ENVELOPING,
    DIGEST_ENVELOPED,
    DIGEST_SHORT,
    SAME_NAME,
    NO_NAME,
    WRONG_IDENTITY,
    NO_IDENTITY,
    UNKNOWN_UPLOAD,
    FOREIGN_UPLOAD,
    DOCTYPE,
    NOT_XML,
    NO_STAMPS,
    N_BAD
};
static const struct {
    err_t error;
    const char *pointer;
} refusals[N_BAD] = {
    [NO_DOCUMENTS] = {ERR_INVALID_FIELD, "/documents"},
    [TOO_MANY] = {ERR_INVALID_FIELD, "/documents"},
    [TWO_ENVELOPED] = {ERR_INVALID_FIELD, "/documents"},
    [DIGEST_ENVELOPING] = {ERR_INVALID_FIELD, "/documents/2/digest"},
    [DIGEST_ENVELOPED] = {ERR_INVALID_FIELD, "/documents"},
    [DIGEST_SHORT] = {ERR_INVALID_FIELD, "/documents/2/digest"},
    [SAME_NAME] = {ERR_INVALID_FIELD, "/documents/1/name"},
    [NO_NAME] = {ERR_INVALID_FIELD, "/documents/1/name"},
    [WRONG_IDENTITY] = {ERR_INVALID_FIELD, "/application/applicant/identityNo"},
    [NO_IDENTITY] = {ERR_INVALID_FIELD, "/application/applicant/identityNo"},
    [UNKNOWN_UPLOAD] = {ERR_DOCUMENT_UNKNOWN, "/documents/1/documentId"},
    [FOREIGN_UPLOAD] = {ERR_DOCUMENT_UNKNOWN, "/documents/1/documentId"},
    [DOCTYPE] = {ERR_XML_REJECTED, "/documents/0/content"},
    [NOT_XML] = {ERR_XML_REJECTED, "/documents/0/content"},
    [NO_STAMPS] = {ERR_INVALID_FIELD, "/signature/profile"},
};

static void upload_as(const char *owner, char out[SESSION_ID])
{
    struct session_document_info info;
    own_ptr(session_upload) u = NULL;
    ck_assert_int_eq(session_upload_begin(session, owner, &u), OK);
    ck_assert_int_eq(session_upload_end(&u, &info), OK);
    memcpy(out, info.id, SESSION_ID);
}

static void spoil(struct approval_request *r, enum bad how)
{
    switch (how) {
    case NO_DOCUMENTS:
        r->n_documents = 0;
        break;
    case TOO_MANY:
        settings.max_documents = 1;
        break;
    case TWO_ENVELOPED:
        r->packaging = XADES_ENVELOPED;
        break;
    case DIGEST_ENVELOPING:
        r->n_documents = 3;
        break;
    case DIGEST_ENVELOPED:
        r->packaging = XADES_ENVELOPED;
        r->n_documents = 1;
        documents[0].source = SOURCE_DIGEST;
        break;
    case DIGEST_SHORT:
        r->packaging = XADES_DETACHED;
        r->n_documents = 3;
        documents[2].digest.len = 31;
        break;
    case SAME_NAME:
        r->packaging = XADES_DETACHED;
        set_text(documents[1].name, 256, documents[0].name);
        break;
    case NO_NAME:
        r->packaging = XADES_DETACHED;
        *documents[1].name = 0;
        break;
    case WRONG_IDENTITY:
        set_text(r->identity_no, 12, "10000000111");
        break;
    case NO_IDENTITY:
        *r->identity_no = 0;
        break;
    case UNKNOWN_UPLOAD:
        documents[1].source = SOURCE_UPLOAD;
        set_text(documents[1].id, SESSION_ID, "00000000000000000000000000000000");
        break;
    case FOREIGN_UPLOAD:
        documents[1].source = SOURCE_UPLOAD;
        upload_as("https://other.example", documents[1].id);
        break;
    case DOCTYPE:
        documents[0].content = bytes_str("<!DOCTYPE a><a/>");
        break;
    case NOT_XML:
        documents[0].content = bytes_str("<a>");
        break;
    case NO_STAMPS:
        r->profile = XADES_B_T;
        break;
    case N_BAD:
        break;
    }
}

START_TEST(bad_request)
{
    fake_add(fake, "rsa");
    struct approval_request r = request();
    spoil(&r, (enum bad)_i);
    struct session_why why;
    bool existed;
    ck_assert_int_eq(session_begin(session, &r, id, &existed, &why), refusals[_i].error);
    ck_assert_str_eq(why.pointer, refusals[_i].pointer);
    session_step(session);
    ck_assert_uint_eq(fake->listings, 0);
}
END_TEST

START_TEST(too_many_open)
{
    settings.max_approvals = 2;
    struct approval_request r = request();
    ck_assert_int_eq(begin(&r), OK);
    ck_assert_int_eq(begin(&r), OK);
    ck_assert_int_eq(begin(&r), ERR_TOO_MANY_REQUESTS);
    ck_assert_int_eq(session_cancel(session, ORIGIN, id), OK);
    ck_assert_int_eq(begin(&r), OK);
}
END_TEST

/* ---- who may see what, and how often ---- */

START_TEST(same_key_same_approval)
{
    fake_add(fake, "rsa");
    struct approval_request r = request();
    struct session_why why;
    char again[SESSION_ID];
    bool existed = true;
    set_text(r.key, sizeof r.key, "key-1");
    ck_assert_int_eq(session_begin(session, &r, id, &existed, &why), OK);
    ck_assert(!existed);
    for (int twice = 0; twice < 2; twice++) { /* while it is open, and when it is done */
        ck_assert_int_eq(session_begin(session, &r, again, &existed, &why), OK);
        ck_assert(existed);
        ck_assert_str_eq(again, id);
        session_step(session);
    }
    ck_assert_uint_eq(fake->signatures, 1);
    struct approval_request other = r;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("other body"), &other.body));
    ck_assert_int_eq(begin(&other), ERR_IDEMPOTENCY_CONFLICT);
    set_text(other.owner, sizeof other.owner, "https://other.example");
    ck_assert_int_eq(session_begin(session, &other, again, &existed, &why), OK);
    ck_assert(!existed); /* a key belongs to its owner */
    ck_assert_int_eq(session_cancel(session, ORIGIN, id), OK);
    ck_assert_int_eq(begin(&r), ERR_APPROVAL_UNKNOWN); /* forgotten, its key stays used */
}
END_TEST

START_TEST(others_see_nothing)
{
    fake_add(fake, "rsa");
    struct approval_request r = request();
    begin_and_step(&r);
    struct approval_view v;
    struct bytes file;
    static const char *const others[] = {"https://other.example", "local", "",
                                         "https://portal.example:444"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(session_approval(session, others[i], id, &v), ERR_APPROVAL_UNKNOWN);
        ck_assert_int_eq(session_signature(session, others[i], id, &file), ERR_APPROVAL_UNKNOWN);
        ck_assert_int_eq(session_cancel(session, others[i], id), ERR_APPROVAL_UNKNOWN);
    }
    expect(APPROVAL_DONE, OK);
}
END_TEST

START_TEST(oldest_result_is_forgotten)
{
    settings.max_results = 3;
    if (_i) settings.max_results_octets = 1; /* the newest stays all the same */
    fake_add(fake, "rsa");
    struct approval_request r = request();
    char ids[5][SESSION_ID];
    for (size_t i = 0; i < 5; i++) {
        begin_and_step(&r);
        memcpy(ids[i], id, sizeof id);
    }
    struct approval_view v;
    for (size_t i = 0; i < 5; i++) {
        bool kept = i >= (_i ? 4u : 2u);
        ck_assert_int_eq(session_approval(session, ORIGIN, ids[i], &v),
                         kept ? OK : ERR_APPROVAL_UNKNOWN);
    }
}
END_TEST

START_TEST(audit_tells_no_secret)
{
    struct work w = {.chain = "ok"};
    struct approval a = {.work = &w, .shown = {.state = APPROVAL_DONE, .has_signer = true}};
    set_text(a.owner, sizeof a.owner, "local");
    set_text(a.shown.order_no, sizeof a.shown.order_no, "SD\"\n<0>evil=1");
    set_text(w.identity, sizeof w.identity, AYSE);
    own(buf) line = buf_max(4096);
    audit_line(&line, &a);
    ck_assert_str_eq(buf_cstr(&line), "approval done owner=\"local\" order=\"SD' <0>evil=1\" "
                                      "identity=\"100******46\" certificate= chain=ok");
}
END_TEST

/* ---- cost ---- */

static void approvals(unsigned n)
{
    struct approval_request r = request();
    static unsigned serial;
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(r.key, sizeof r.key, "key-%u", serial++);
        begin_and_step(&r);
        expect(APPROVAL_DONE, OK);
    }
}

/* Of what is free the allocator gives back now more and now less: none of it counts. */
static size_t resident(void)
{
    size_t kib = 0;
    (void)malloc_trim(0);
    char line[256];
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "RssAnon: %zu", &kib) == 1) break;
    if (f) (void)fclose(f);
    return kib;
}

START_TEST(memory_stays_flat)
{
    fake_add(fake, "p256");
    approvals(1000); /* tables, results and the allocator's own pages are full by then */
    size_t rss = resident(), in_use = mallinfo2().uordblks;
    int fds = open_descriptors();
    approvals(2000);
    printf("# after 1000: RssAnon %zu KiB, malloc %zu; after 3000: %zu KiB, %zu\n", rss, in_use,
           resident(), mallinfo2().uordblks);
    (void)fflush(stdout);
    ck_assert_uint_le(mallinfo2().uordblks, in_use + 16384);
#ifndef __SANITIZE_ADDRESS__ /* its quarantine grows on purpose */
    ck_assert_uint_le(resident(), rss + rss / 20);
#endif
    ck_assert_int_eq(open_descriptors(), fds);
}
END_TEST

/* No limit here: the bench has one. The figure is there to be seen. */
START_TEST(cost_of_the_story)
{
    struct timespec from, to;
    fake_add(fake, "p256");
    approvals(50);
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    approvals(200);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    double us = (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
    printf("# one approval of two documents, begun to done, P-256 in this process: %.0f us\n",
           us / 200);
    (void)fflush(stdout);
}
END_TEST

static TCase *stories(void)
{
    TCase *t = tcase_create("story");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, from_request_to_signature, 0, ROWS(ways));
    tcase_add_test(t, uploads_are_signed_and_kept);
    tcase_add_loop_test(t, bad_certificate, 0, ROWS(siblings));
    tcase_add_test(t, trust_changes);
    tcase_add_test(t, seal_signs_a_form_but_no_undertaking);
    tcase_add_test(t, any_certificate_is_for_forms_alone);
    tcase_add_test(t, unknown_certificate_id);
    tcase_add_loop_test(t, locked_or_unset_pin, 0, 2);
    tcase_add_test(t, several_certificates);
    tcase_add_test(t, choice_that_was_not_offered);
    tcase_add_loop_test(t, fault, 0, ROWS(faults));
    tcase_add_loop_test(t, value_that_does_not_verify, 0, 2);
    tcase_add_loop_test(t, listing_fault, 0, ROWS(listing_faults));
    return t;
}

static TCase *waits(void)
{
    TCase *t = tcase_create("waits and limits");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, card_comes_later);
    tcase_add_loop_test(t, card_never_comes, 0, 2);
    tcase_add_test(t, card_is_announced);
    tcase_add_loop_test(t, looks_no_longer, 0, ROWS(awaited));
    tcase_add_loop_test(t, what_is_missing, 0, ROWS(lacks));
    tcase_add_loop_test(t, the_dialog_opens_again, 0, ROWS(starts_over));
    tcase_add_test(t, only_the_other_card_is_left);
    tcase_add_test(t, a_module_may_die_once);
    tcase_add_loop_test(t, another_reader_is_empty, 0, 2);
    tcase_add_test(t, consent_never_comes);
    tcase_add_test(t, wrong_pin_asks_again);
    tcase_add_test(t, one_after_the_other);
    tcase_add_test(t, refresh_beside_a_dialog);
    tcase_add_test(t, listing_from_before_a_change);
    tcase_add_loop_test(t, listing_grows_old, 0, 2);
    tcase_add_test(t, cancelled_dialog);
    tcase_add_test(t, shutting_down);
    tcase_add_loop_test(t, bad_request, 0, N_BAD);
    tcase_add_test(t, too_many_open);
    tcase_add_test(t, same_key_same_approval);
    tcase_add_test(t, others_see_nothing);
    tcase_add_loop_test(t, oldest_result_is_forgotten, 0, 2);
    tcase_add_test(t, audit_tells_no_secret);
    tcase_add_test(t, memory_stays_flat);
    tcase_add_test(t, cost_of_the_story);
    return t;
}

int main(void)
{
    pki = pki_make("session");
    Suite *suite = suite_create("session");
    suite_add_tcase(suite, stories());
    suite_add_tcase(suite, waits());
    return suite_run(suite);
}
