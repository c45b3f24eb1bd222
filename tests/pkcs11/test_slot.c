/* SPDX-License-Identifier: MIT */
/* Modules that answer nonsense, played by functions of this program. */
#include "pkcs11/slot.h"

#include "tests/support/signer.h"
#include "tests/support/suite.h"

#include <check.h>
#include <stdio.h>

#define KEY_OBJECT 1000 /* handles below it are certificates */

/* What the module plays. */
static struct {
    CK_FLAGS flags;
    const char *label;
    size_t n_certs;
    bool private_visible;
    const char *key_id;
    CK_KEY_TYPE key_type;
    struct bytes key_modulus, key_point;
    enum {
        SANE,
        COUNT_TOO_HIGH,
        NEVER_ENDING,
        LENGTH_UNAVAILABLE,
        LENGTH_HUGE,
        NO_ID,
        VALUE_EMPTY
    } trick;
    CK_RV token_answer, open_answer;
    unsigned opened, closed;
    CK_OBJECT_CLASS wanted;
    CK_ULONG given;
} play;
static struct bytes certificate;
static struct signer *rsa_signer, *ec_signer;

static CK_RV token_info(CK_SLOT_ID id, CK_TOKEN_INFO *t)
{
    (void)id;
    memset(t, ' ', sizeof *t);
    memcpy(t->label, play.label, strlen(play.label));
    t->flags = play.flags;
    return play.token_answer;
}

static CK_RV slot_info(CK_SLOT_ID id, CK_SLOT_INFO *s)
{
    (void)id;
    memset(s, ' ', sizeof *s);
    memcpy(s->slotDescription, "ACS\nACR39U \xff", 12);
    return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID id, CK_FLAGS flags, void *app, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *h)
{
    (void)id, (void)app, (void)notify;
    ck_assert(flags & CKF_SERIAL_SESSION);
    play.opened++;
    *h = 5;
    return play.open_answer;
}

static CK_RV close_session(CK_SESSION_HANDLE h)
{
    (void)h;
    play.closed++;
    return CKR_OK;
}

static CK_RV find_init(CK_SESSION_HANDLE h, CK_ATTRIBUTE *a, CK_ULONG n)
{
    (void)h;
    ck_assert_uint_ge(n, 1);
    ck_assert_uint_eq(a[0].type, CKA_CLASS);
    memcpy(&play.wanted, a[0].pValue, sizeof play.wanted);
    play.given = 0;
    return CKR_OK;
}

static CK_RV find(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE *out, CK_ULONG max, CK_ULONG *n)
{
    (void)h;
    bool certs = play.wanted == CKO_CERTIFICATE;
    CK_ULONG all = certs ? play.n_certs : play.private_visible && play.wanted == CKO_PRIVATE_KEY;
    if (play.trick == COUNT_TOO_HIGH) {
        *n = max + 1;
        return CKR_OK;
    }
    if (play.trick == NEVER_ENDING) all = play.given + max;
    *n = 0;
    while (play.given < all && *n < max) out[(*n)++] = (certs ? 0 : KEY_OBJECT) + ++play.given;
    return CKR_OK;
}

static CK_RV find_final(CK_SESSION_HANDLE h)
{
    (void)h;
    return CKR_OK;
}

static void answer(CK_ATTRIBUTE *a, struct bytes v)
{
    bool fits = a->pValue && v.len <= a->ulValueLen;
    if (fits && v.len > 0) memcpy(a->pValue, v.p, v.len);
    a->ulValueLen = fits ? v.len : CK_UNAVAILABLE_INFORMATION;
}

static CK_RV one_attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a)
{
    bool key = object > KEY_OBJECT;
    struct bytes v = bytes_of(NULL, 0);
    uint8_t copy[4096];
    if (a->type == CKA_VALUE && !key && play.trick != VALUE_EMPTY) {
        memcpy(copy, certificate.p, certificate.len);
        copy[certificate.len - 1] ^= (uint8_t)object; /* each one is another */
        v = bytes_of(copy, certificate.len);
    } else if (a->type == CKA_ID && play.trick == NO_ID) {
        a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_ATTRIBUTE_TYPE_INVALID;
    } else if (a->type == CKA_ID) {
        v = bytes_str(key ? play.key_id : "\x01");
    } else if (a->type == CKA_KEY_TYPE) {
        v = bytes_of(&play.key_type, sizeof play.key_type);
    } else if (a->type == CKA_MODULUS) {
        v = play.key_modulus;
    } else if (a->type == CKA_EC_POINT) {
        v = play.key_point;
    }
    answer(a, v);
    if (play.trick == LENGTH_UNAVAILABLE) a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    if (play.trick == LENGTH_HUGE) a->ulValueLen = 1ul << 40;
    return CKR_OK;
}

static CK_RV get_attributes(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a,
                            CK_ULONG n)
{
    CK_RV rv = CKR_OK;
    (void)h;
    for (CK_ULONG i = 0; i < n; i++) {
        CK_RV one = one_attribute(object, &a[i]);
        if (one == CKR_OK) continue;
        rv = one;
        if (play.trick == NO_ID) break; /* what comes behind is left as it was */
    }
    return rv;
}

static const CK_FUNCTION_LIST functions = {
    .C_GetTokenInfo = token_info,
    .C_GetSlotInfo = slot_info,
    .C_OpenSession = open_session,
    .C_CloseSession = close_session,
    .C_FindObjectsInit = find_init,
    .C_FindObjects = find,
    .C_FindObjectsFinal = find_final,
    .C_GetAttributeValue = get_attributes,
};

static void begin(enum key_type type)
{
    play.flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED;
    play.label = "Test";
    play.n_certs = 1;
    play.key_id = "";
    play.key_type = type == KEY_RSA ? CKK_RSA : CKK_EC;
    certificate = signer_certificate(type == KEY_RSA ? rsa_signer : ec_signer);
}

static struct slot refreshed(void)
{
    struct slot s = {.id = 7};
    struct uri any;
    ck_assert_int_eq(uri_read("", &any), OK);
    (void)slot_refresh(&functions, &any, &s);
    ck_assert_uint_eq(play.opened - play.closed, s.session.open); /* at most the one it keeps */
    return s;
}

/* ---- garbage ---- */

static const struct {
    int trick;
    size_t n, expected;
} tricks[] = {
    {SANE, 3, 3},
    {SANE, 5000000, TOKEN_MAX_CERTS},
    {NEVER_ENDING, 1, TOKEN_MAX_CERTS},
    {COUNT_TOO_HIGH, 1, 0},
    {LENGTH_UNAVAILABLE, 3, 0},
    {LENGTH_HUGE, 3, 0},
    {NO_ID, 3, 3},
    {VALUE_EMPTY, 3, 0},
};

START_TEST(garbage)
{
    begin(KEY_P256);
    play.trick = (__typeof__(play.trick))tricks[_i].trick;
    play.n_certs = tricks[_i].n;
    struct slot s = refreshed();
    ck_assert(s.shown.present);
    ck_assert_uint_eq(s.n_certs, tricks[_i].expected);
    for (size_t i = 0; i < s.n_certs; i++)
        ck_assert_uint_eq(s.certs[i].key_id_len, play.trick == NO_ID ? 0 : 1);
    slot_free(&s);
}
END_TEST

START_TEST(too_large_certificate)
{
    static uint8_t large[OBJECT_MAX_VALUE + 1];
    begin(KEY_P256);
    struct object_value v = {.type = CKA_MODULUS, .p = large, .cap = OBJECT_MAX_VALUE};
    struct object_session session = {.f = &functions};
    play.key_modulus = bytes_of(large, sizeof large);
    ck_assert_uint_eq(object_read(&session, KEY_OBJECT + 1, &v, 1), CKR_OK);
    ck_assert(!v.there && v.len == 0);
}
END_TEST

START_TEST(harmless_texts)
{
    begin(KEY_P256);
    play.label = "a\nOK\x1b[2J \xe2\x80\xae z";
    struct slot s = refreshed();
    ck_assert_str_eq(s.shown.label, "a OK[2J z");
    ck_assert_str_eq(s.shown.reader, "ACS ACR39U \xef\xbf\xbd");
    slot_free(&s);
}
END_TEST

/* ---- states ---- */

static const struct {
    CK_FLAGS flags;
    CK_RV answer;
    bool present;
    enum pin_state pin;
} states[] = {
    {CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED, CKR_OK, true, PIN_OK},
    {CKF_TOKEN_INITIALIZED, CKR_OK, true, PIN_NOT_SET},
    {CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_USER_PIN_COUNT_LOW, CKR_OK, true,
     PIN_LOW},
    {CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_USER_PIN_COUNT_LOW |
         CKF_USER_PIN_FINAL_TRY,
     CKR_OK, true, PIN_FINAL},
    {CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_USER_PIN_LOCKED |
         CKF_USER_PIN_FINAL_TRY,
     CKR_OK, true, PIN_LOCKED},
    {0, CKR_OK, false, PIN_OK},
    {CKF_TOKEN_INITIALIZED, CKR_TOKEN_NOT_PRESENT, false, PIN_OK},
    {CKF_TOKEN_INITIALIZED, CKR_TOKEN_NOT_RECOGNIZED, false, PIN_OK},
    {CKF_TOKEN_INITIALIZED, CKR_DEVICE_ERROR, false, PIN_OK},
};

START_TEST(state)
{
    begin(KEY_P256);
    play.flags = states[_i].flags | CKF_LOGIN_REQUIRED;
    play.token_answer = states[_i].answer;
    struct slot s = refreshed();
    ck_assert_int_eq(s.shown.present, states[_i].present);
    ck_assert_int_eq(s.shown.pin, states[_i].pin);
    ck_assert_uint_eq(s.n_certs, states[_i].present);
    slot_free(&s);
}
END_TEST

/* cackey's slot 127: authorities' certificates, no login, no key. It is not the card that an
 * approval waits for. */
START_TEST(store)
{
    begin(KEY_P256);
    play.flags &= ~(CK_FLAGS)CKF_LOGIN_REQUIRED;
    struct slot s = refreshed();
    struct uri any;
    ck_assert(!s.fits && s.n_certs == 0);
    ck_assert_int_eq(uri_read("", &any), OK);
    ck_assert_uint_eq(slot_refresh(&functions, &any, &s), CKR_OK);
    ck_assert_uint_eq(play.opened, 1); /* known: not read again */
    play.label = "A card";
    play.private_visible = true;
    ck_assert_uint_eq(slot_refresh(&functions, &any, &s), CKR_OK);
    ck_assert(s.fits && s.n_certs == 1);
    slot_free(&s);
}
END_TEST

START_TEST(pin_pad)
{
    begin(KEY_P256);
    play.flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    struct slot s = refreshed();
    ck_assert(s.shown.pin_pad);
    slot_free(&s);
}
END_TEST

START_TEST(another_token)
{
    begin(KEY_P256);
    struct slot s = refreshed();
    struct uri any;
    ck_assert_int_eq(uri_read("", &any), OK);
    ck_assert_uint_eq(play.opened, 1);
    ck_assert_uint_eq(slot_refresh(&functions, &any, &s), CKR_OK);
    ck_assert_uint_eq(play.opened, 1); /* the same one: not read again */
    play.label = "Other";
    ck_assert_uint_eq(slot_refresh(&functions, &any, &s), CKR_OK);
    ck_assert_uint_eq(play.opened, 2);
    play.token_answer = CKR_TOKEN_NOT_PRESENT;
    ck_assert_uint_eq(slot_refresh(&functions, &any, &s), CKR_OK);
    ck_assert(!s.shown.present && s.n_certs == 0 && !s.shown.label[0]);
    play.token_answer = CKR_OK;
    ck_assert_uint_eq(slot_refresh(&functions, &any, &s), CKR_OK);
    ck_assert_uint_eq(play.opened, 3); /* it was away */
    play.open_answer = CKR_DEVICE_ERROR;
    play.label = "Broken";
    ck_assert_uint_eq(slot_refresh(&functions, &any, &s), CKR_DEVICE_ERROR);
    ck_assert(s.shown.present && s.n_certs == 0);
    play.open_answer = CKR_OK;
    ck_assert_uint_eq(slot_refresh(&functions, &any, &s), CKR_OK);
    ck_assert_uint_eq(s.n_certs, 1); /* tried again */
    slot_free(&s);
    ck_assert_uint_eq(play.closed, play.opened - 1); /* one was never opened */
}
END_TEST

/* ---- pairing ---- */

enum half { NONE, MODULUS, POINT, POINT_IN_DER, OTHER, OTHER_TYPE };
static const struct {
    bool visible;
    const char *id;
    enum half half;
    bool has_key;
} pairs[] = {
    {true, "\x01", NONE, true}, /* by CKA_ID */
    {true, "\x02", NONE, false},
    {true, "", NONE, false},
    {true, "\x02", MODULUS, true}, /* by public key */
    {true, "\x02", POINT, true},
    {true, "", POINT_IN_DER, true},
    {true, "\x02", OTHER, false},
    {true, "\x01", OTHER_TYPE, false}, /* cackey calls every key RSA, and signs with RSA alone */
    {false, "\x02", OTHER, true},      /* hidden: unknown */
};

START_TEST(pairing)
{
    static uint8_t half[512];
    begin(pairs[_i].half == MODULUS ? KEY_RSA : KEY_P256);
    play.private_visible = pairs[_i].visible;
    play.key_id = pairs[_i].id;
    struct cert view;
    struct der_latch why = {0};
    ck_assert(cert_read(certificate, &view, &why));
    if (pairs[_i].half == MODULUS) /* SPKI: 33 octets before the modulus, 5 behind it (exponent) */
        play.key_modulus = bytes_sub(view.spki, view.spki.len - 256 - 5, 256);
    if (pairs[_i].half == POINT) play.key_point = bytes_sub(view.spki, view.spki.len - 65, 65);
    if (pairs[_i].half == POINT_IN_DER) {
        half[0] = 0x04, half[1] = 65;
        memcpy(half + 2, view.spki.p + view.spki.len - 65, 65);
        play.key_point = bytes_of(half, 67);
    }
    if (pairs[_i].half == OTHER) play.key_point = bytes_of(half, 65);
    if (pairs[_i].half == OTHER_TYPE) play.key_type = CKK_RSA;
    struct slot s = refreshed();
    ck_assert_uint_eq(s.n_certs, 1);
    ck_assert_int_eq(s.certs[0].has_key, pairs[_i].has_key);
    slot_free(&s);
}
END_TEST

int main(void)
{
    rsa_signer = signer_new(KEY_RSA);
    ec_signer = signer_new(KEY_P256);
    Suite *s = suite_create("slot");
    TCase *t = tcase_create("slot");
    tcase_add_loop_test(t, garbage, 0, ROWS(tricks));
    tcase_add_test(t, too_large_certificate);
    tcase_add_test(t, harmless_texts);
    tcase_add_loop_test(t, state, 0, ROWS(states));
    tcase_add_test(t, store);
    tcase_add_test(t, pin_pad);
    tcase_add_test(t, another_token);
    tcase_add_loop_test(t, pairing, 0, ROWS(pairs));
    suite_add_tcase(s, t);
    int failed = suite_run(s);
    signer_free(rsa_signer);
    signer_free(ec_signer);
    return failed;
}
