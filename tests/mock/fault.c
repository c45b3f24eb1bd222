/* SPDX-License-Identifier: MIT */
/*
 * fault: a PKCS#11 module with one card that misbehaves in the ways MOCK_FAULT says, parted by
 * commas.
 *
 * The card holds the certificate of the file MOCK_CERT and a key that signs nonsense; its PIN is
 * 123456, its PUK 87654321, three tries each; it takes no PIN of zeros alone. Faults: load-crash,
 * load-hang, init-crash, init-hang, init-error, slots-garbage, slots-hang, slots-segv,
 * slots-loop, slots-error, slots-change (other ones each time), value-garbage, login-hang,
 * login-crash, sign-crash, sign-hang, sign-error, sign-garbage, sign-removed, init-removed;
 * init-lost, sign-lost: it forgets the first login, lost-always: every one; expired: the PIN must
 * be changed first; and what the card starts with: pin-final, pin-locked, pin-not-set, puk-final,
 * puk-locked, pin-pad. Its ways to unblock: officer (C_InitPIN), set-unlogged (C_SetPIN);
 * set-never: it cannot change a PIN.
 */
#include <p11-kit/pkcs11.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLOT    7
#define SESSION 1
enum { CERT = 1, KEY = 2 };

static int tries = 3, puk_tries = 3;
static char pin[16] = "123456", puk[16] = "87654321";
static bool logged_in, officer, removed;
static unsigned logins;
static unsigned char cert[8192];
static size_t cert_len;
static CK_OBJECT_HANDLE found[2];
static size_t n_found;

static bool fault(const char *name)
{
    const char *set = getenv("MOCK_FAULT");
    size_t n = strlen(name);
    for (; set && *set; set += strcspn(set, ","), set += *set == ',')
        if (strncmp(set, name, n) == 0 && (set[n] == ',' || set[n] == 0)) return true;
    return false;
}

static void hang_if(const char *name)
{
    while (fault(name)) (void)pause();
}

static void misbehave(const char *crash, const char *hang)
{
    if (fault(crash)) abort();
    hang_if(hang);
}

__attribute__((constructor)) static void load(void)
{
    misbehave("load-crash", "load-hang");
}

static void fill(unsigned char *field, size_t size, const char *text)
{
    memset(field, ' ', size);
    memcpy(field, text, strlen(text));
}
#define FILL(field, text) fill((field), sizeof(field), (text))

static CK_RV initialize(void *args)
{
    (void)args;
    misbehave("init-crash", "init-hang");
    if (fault("init-error")) return CKR_DEVICE_ERROR;
    if (fault("pin-final")) tries = 1;
    if (fault("pin-locked")) tries = 0;
    if (fault("puk-final")) puk_tries = 1;
    if (fault("puk-locked")) puk_tries = 0;
    const char *path = getenv("MOCK_CERT");
    FILE *f = path ? fopen(path, "rbe") : NULL;
    if (!f) return CKR_OK;
    cert_len = fread(cert, 1, sizeof cert, f);
    (void)fclose(f);
    return CKR_OK;
}

static CK_RV finalize(void *reserved)
{
    (void)reserved;
    return CKR_OK;
}

static CK_RV get_info(CK_INFO *info)
{
    *info = (CK_INFO){.cryptokiVersion = {2, 40}};
    FILL(info->manufacturerID, "Mock");
    FILL(info->libraryDescription, "Mock");
    return CKR_OK;
}

/* A module's own handler, or a sanitizer's, is not asked. */
static void segfault(void)
{
    (void)signal(SIGSEGV, SIG_DFL);
    (void)raise(SIGSEGV);
}

static CK_RV get_slot_list(unsigned char with_token, CK_SLOT_ID *list, CK_ULONG *count)
{
    (void)with_token;
    static CK_SLOT_ID changing = SLOT;
    hang_if("slots-hang");
    if (fault("slots-segv")) segfault();
    for (volatile bool on = fault("slots-loop"); on;) continue;
    if (fault("slots-error")) return CKR_GENERAL_ERROR;
    if (fault("slots-change")) changing++;
    if (list) list[0] = changing;
    *count = fault("slots-garbage") ? (CK_ULONG)-1 / 2 : 1;
    return CKR_OK;
}

static CK_RV get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    (void)slot;
    *info = (CK_SLOT_INFO){.flags = CKF_TOKEN_PRESENT};
    FILL(info->slotDescription, "Mock\nreader \x1b[2J");
    FILL(info->manufacturerID, "Mock");
    return CKR_OK;
}

static CK_FLAGS pin_flags(void)
{
    CK_FLAGS f = fault("pin-not-set") ? 0 : CKF_USER_PIN_INITIALIZED;
    if (tries == 0) f |= CKF_USER_PIN_LOCKED;
    if (tries == 1) f |= CKF_USER_PIN_FINAL_TRY;
    if (tries == 2) f |= CKF_USER_PIN_COUNT_LOW;
    if (puk_tries == 0) f |= CKF_SO_PIN_LOCKED;
    if (puk_tries == 1) f |= CKF_SO_PIN_FINAL_TRY;
    return f;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    (void)slot;
    if (removed) return CKR_TOKEN_NOT_PRESENT;
    *info = (CK_TOKEN_INFO){.ulMinPinLen = 4, .ulMaxPinLen = 12};
    info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | pin_flags();
    if (fault("pin-pad")) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    FILL(info->label, "Mock");
    FILL(info->manufacturerID, "Mock");
    FILL(info->model, "Mock");
    FILL(info->serialNumber, "1");
    return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *app, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *session)
{
    (void)slot, (void)flags, (void)app, (void)notify;
    *session = SESSION;
    return CKR_OK;
}

static CK_RV close_session(CK_SESSION_HANDLE session)
{
    (void)session;
    logged_in = officer = false;
    return CKR_OK;
}

/* What is typed on the reader is right. */
static CK_RV check(const char *want, int *left, const unsigned char *given, CK_ULONG len)
{
    if (*left == 0) return CKR_PIN_LOCKED;
    if (!fault("pin-pad") && (len != strlen(want) || memcmp(given, want, len) != 0)) {
        --*left;
        return *left ? CKR_PIN_INCORRECT : CKR_PIN_LOCKED;
    }
    *left = 3;
    return CKR_OK;
}

/* The reader waits for its keys; MOCK_PAD names a file that is there once they were pressed. */
static void wait_for_pad(void)
{
    const char *pressed = getenv("MOCK_PAD");
    while (fault("pin-pad") && pressed && access(pressed, F_OK) != 0) (void)usleep(1000);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *given, CK_ULONG len)
{
    (void)session;
    misbehave("login-crash", "login-hang");
    wait_for_pad();
    if (user == CKU_SO && !fault("officer")) return CKR_USER_TYPE_INVALID;
    CK_RV rv = user == CKU_SO ? check(puk, &puk_tries, given, len) : check(pin, &tries, given, len);
    if (rv != CKR_OK) return rv;
    officer = user == CKU_SO;
    if (fault("expired") && !officer) return CKR_PIN_EXPIRED;
    logins++;
    logged_in = true;
    return CKR_OK;
}

static CK_RV logout(CK_SESSION_HANDLE session)
{
    (void)session;
    logged_in = officer = false;
    return CKR_OK;
}

static CK_RV take_pin(const unsigned char *given, CK_ULONG len)
{
    bool typed = fault("pin-pad"); /* and nobody knows what */
    if (!typed && len >= sizeof pin) return CKR_PIN_LEN_RANGE;
    if (!typed && strspn((const char *)given, "0") >= len) return CKR_PIN_INVALID;
    if (!typed) {
        memcpy(pin, given, len);
        pin[len] = 0;
    }
    tries = 3;
    return CKR_OK;
}

/* Without a login: of the habit "set-unlogged" the PUK stands in the place of the old PIN. */
static CK_RV set_pin(CK_SESSION_HANDLE session, unsigned char *old, CK_ULONG old_len,
                     unsigned char *new, CK_ULONG new_len)
{
    (void)session;
    if (fault("set-never")) return CKR_FUNCTION_NOT_SUPPORTED;
    bool with_puk = !logged_in && fault("set-unlogged");
    CK_RV rv = with_puk ? check(puk, &puk_tries, old, old_len) : check(pin, &tries, old, old_len);
    return rv == CKR_OK ? take_pin(new, new_len) : rv;
}

static CK_RV init_pin(CK_SESSION_HANDLE session, unsigned char *new, CK_ULONG len)
{
    (void)session;
    return officer ? take_pin(new, len) : CKR_USER_NOT_LOGGED_IN;
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG n)
{
    (void)session;
    n_found = 0;
    CK_OBJECT_CLASS class = (CK_OBJECT_CLASS)-1;
    for (CK_ULONG i = 0; i < n; i++)
        if (template[i].type == CKA_CLASS) memcpy(&class, template[i].pValue, sizeof class);
    if (class == CKO_CERTIFICATE && cert_len) found[n_found++] = CERT;
    if (class == CKO_PRIVATE_KEY && logged_in) found[n_found++] = KEY;
    return CKR_OK;
}

static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *out, CK_ULONG max, CK_ULONG *count)
{
    (void)session;
    *count = max ? n_found : 0;
    memcpy(out, found, *count * sizeof *out);
    n_found = 0;
    return CKR_OK;
}

static CK_RV find_final(CK_SESSION_HANDLE session)
{
    (void)session;
    return CKR_OK;
}

static CK_RV give(CK_ATTRIBUTE *a, const void *value, CK_ULONG len)
{
    if (a->pValue && a->ulValueLen < len) {
        a->ulValueLen = (CK_ULONG)-1;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (a->pValue) memcpy(a->pValue, value, len);
    a->ulValueLen = fault("value-garbage") ? (CK_ULONG)-1 / 2 : len;
    return CKR_OK;
}

static CK_RV get_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a,
                           CK_ULONG n)
{
    (void)session;
    CK_RV rv = CKR_OK;
    CK_KEY_TYPE type = CKK_EC;
    for (CK_ULONG i = 0; i < n; i++) {
        CK_RV one = CKR_ATTRIBUTE_TYPE_INVALID;
        a[i].ulValueLen = a[i].pValue ? a[i].ulValueLen : 0;
        if (a[i].type == CKA_ID) one = give(&a[i], "\1", 1);
        if (a[i].type == CKA_VALUE && object == CERT) one = give(&a[i], cert, cert_len);
        if (a[i].type == CKA_KEY_TYPE && object == KEY) one = give(&a[i], &type, sizeof type);
        if (one == CKR_ATTRIBUTE_TYPE_INVALID) a[i].ulValueLen = (CK_ULONG)-1;
        if (one != CKR_OK) rv = one;
    }
    return rv;
}

/* Another program has reset the card since the first login. */
static bool lost(const char *name)
{
    return fault(name) && logins == 1;
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    (void)session, (void)mechanism, (void)key;
    removed = fault("init-removed");
    if (removed) return CKR_GENERAL_ERROR; /* as modules tell it */
    if (lost("init-lost")) return CKR_USER_NOT_LOGGED_IN;
    return logged_in ? CKR_OK : CKR_USER_NOT_LOGGED_IN;
}

static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG data_len,
                  unsigned char *value, CK_ULONG *len)
{
    (void)session, (void)data, (void)data_len;
    misbehave("sign-crash", "sign-hang");
    removed = fault("sign-removed");
    if (removed) return CKR_DEVICE_REMOVED;
    if (fault("sign-error")) return CKR_DEVICE_ERROR;
    if (lost("sign-lost") || fault("lost-always")) return CKR_USER_NOT_LOGGED_IN;
    memset(value, 0x42, 64);
    *len = fault("sign-garbage") ? (CK_ULONG)-1 / 2 : 64;
    return CKR_OK;
}

static CK_FUNCTION_LIST functions = {
    .version = {2, 40},
    .C_Initialize = initialize,
    .C_Finalize = finalize,
    .C_GetInfo = get_info,
    .C_GetSlotList = get_slot_list,
    .C_GetSlotInfo = get_slot_info,
    .C_GetTokenInfo = get_token_info,
    .C_OpenSession = open_session,
    .C_CloseSession = close_session,
    .C_Login = login,
    .C_Logout = logout,
    .C_FindObjectsInit = find_init,
    .C_FindObjects = find,
    .C_FindObjectsFinal = find_final,
    .C_GetAttributeValue = get_attribute,
    .C_SignInit = sign_init,
    .C_Sign = sign,
    .C_SetPIN = set_pin,
    .C_InitPIN = init_pin,
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    functions.C_GetFunctionList = C_GetFunctionList;
    *list = &functions;
    return CKR_OK;
}
