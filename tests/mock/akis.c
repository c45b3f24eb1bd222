/* SPDX-License-Identifier: MIT */
/*
 * akis: the module of the file MOCK_UNDER with the habits that AKİS modules are said to have.
 *
 * It takes no arguments at C_Initialize, wants one thread and one session, knows the bare
 * mechanisms alone, no attributes beyond PKCS#11 1.0 and no public keys, asks for a login by its
 * flag though certificates can be read without one, and has version numbers that are none. What
 * does not keep to them is refused with the PKCS#11 error that fits.
 */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static CK_FUNCTION_LIST *under;
static CK_FUNCTION_LIST functions;
static pthread_t thread; /* the one that called C_Initialize */
static bool open;

static CK_RV initialize(void *args)
{
    thread = pthread_self();
    return args ? CKR_ARGUMENTS_BAD : under->C_Initialize(NULL);
}

static bool stranger(void)
{
    return !pthread_equal(thread, pthread_self());
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = stranger() ? CKR_GENERAL_ERROR : under->C_GetTokenInfo(slot, info);
    if (rv != CKR_OK) return rv;
    info->flags |= CKF_LOGIN_REQUIRED;
    info->hardwareVersion = (CK_VERSION){'v', '.'};
    info->firmwareVersion = (CK_VERSION){255, 255};
    return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *app, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *session)
{
    if (stranger()) return CKR_GENERAL_ERROR;
    if (open) return CKR_SESSION_COUNT;
    CK_RV rv = under->C_OpenSession(slot, flags, app, notify, session);
    open = rv == CKR_OK;
    return rv;
}

static CK_RV close_session(CK_SESSION_HANDLE session)
{
    open = false;
    return stranger() ? CKR_GENERAL_ERROR : under->C_CloseSession(session);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG len)
{
    return stranger() ? CKR_GENERAL_ERROR : under->C_Login(session, user, pin, len);
}

/* A search for public keys finds none: it is made one for objects of a class nobody has. */
static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG n)
{
    static CK_OBJECT_CLASS nobody = CKO_HW_FEATURE;
    CK_ATTRIBUTE none = {CKA_CLASS, &nobody, sizeof nobody};
    CK_OBJECT_CLASS class = CKO_DATA;
    for (CK_ULONG i = 0; i < n; i++)
        if (template[i].type == CKA_CLASS) memcpy(&class, template[i].pValue, sizeof class);
    if (stranger()) return CKR_GENERAL_ERROR;
    return class == CKO_PUBLIC_KEY ? under->C_FindObjectsInit(session, &none, 1)
                                   : under->C_FindObjectsInit(session, template, n);
}

static bool known(CK_ATTRIBUTE_TYPE type)
{
    switch (type) {
    case CKA_CLASS:
    case CKA_TOKEN:
    case CKA_PRIVATE:
    case CKA_LABEL:
    case CKA_CERTIFICATE_TYPE:
    case CKA_VALUE:
    case CKA_KEY_TYPE:
    case CKA_ID:
    case CKA_SIGN:
    case CKA_MODULUS:
    case CKA_MODULUS_BITS:
    case CKA_PUBLIC_EXPONENT:
        return true;
    default:
        return false;
    }
}

static CK_RV get_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a,
                           CK_ULONG n)
{
    if (stranger()) return CKR_GENERAL_ERROR;
    CK_RV rv = CKR_OK;
    for (CK_ULONG i = 0; i < n; i++) {
        CK_RV one = CKR_ATTRIBUTE_TYPE_INVALID;
        if (known(a[i].type)) one = under->C_GetAttributeValue(session, object, &a[i], 1);
        if (one == CKR_ATTRIBUTE_TYPE_INVALID) a[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
        if (one != CKR_OK) rv = one;
    }
    return rv;
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    if (stranger()) return CKR_GENERAL_ERROR;
    const bool bare = mechanism->mechanism == CKM_RSA_PKCS || mechanism->mechanism == CKM_ECDSA;
    return bare ? under->C_SignInit(session, mechanism, key) : CKR_MECHANISM_INVALID;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    const char *path = getenv("MOCK_UNDER");
    void *module = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    void *symbol = module ? dlsym(module, "C_GetFunctionList") : NULL;
    CK_C_GetFunctionList get;
    memcpy(&get, &symbol, sizeof get); /* ISO C has no conversion to a function pointer */
    if (!get || get(&under) != CKR_OK) return CKR_GENERAL_ERROR;
    functions = *under;
    functions.C_GetFunctionList = C_GetFunctionList;
    functions.C_Initialize = initialize;
    functions.C_GetTokenInfo = get_token_info;
    functions.C_OpenSession = open_session;
    functions.C_CloseSession = close_session;
    functions.C_Login = login;
    functions.C_FindObjectsInit = find_init;
    functions.C_GetAttributeValue = get_attribute;
    functions.C_SignInit = sign_init;
    *list = &functions;
    return CKR_OK;
}
