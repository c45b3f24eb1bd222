/* SPDX-License-Identifier: MIT */
#include "tests/bench/bare.h"

#include "tests/bench/bench.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void bare_open(struct bare *b, const char *module)
{
    void *lib = dlopen(module, RTLD_NOW);
    CK_C_GetFunctionList list = NULL;
    CK_SLOT_ID slots[16];
    CK_ULONG n = 16;
    if (!lib) bench_die("the module does not load");
    *(void **)&list = dlsym(lib, "C_GetFunctionList");
    if (!list || list(&b->f) != CKR_OK || b->f->C_Initialize(NULL) != CKR_OK ||
        b->f->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK || n == 0)
        bench_die("the module does not start");
    b->slot = slots[0];
}

/* Not timed: it is ours to pay, not the peer's. */
static CK_RV find_key(const struct bare *b, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *key,
                      bool *always)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE find = {CKA_CLASS, &class, sizeof class};
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE again = {CKA_ALWAYS_AUTHENTICATE, &value, sizeof value};
    CK_ULONG n = 0;
    CK_RV rv = b->f->C_FindObjectsInit(session, &find, 1);
    if (!rv) rv = b->f->C_FindObjects(session, key, 1, &n);
    if (!rv) rv = b->f->C_FindObjectsFinal(session);
    if (!rv && n != 1) rv = CKR_KEY_HANDLE_INVALID;
    *always = !rv && b->f->C_GetAttributeValue(session, *key, &again, 1) == CKR_OK && value;
    return rv;
}

static CK_RV sign(const struct bare *b, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                  unsigned char *pin, bool always)
{
    /* DigestInfo of SHA-256, RFC 8017 9.2, and a digest of zeros. */
    unsigned char signature[512],
        info[51] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                    0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    CK_ULONG length = sizeof signature;
    CK_RV rv = b->f->C_SignInit(session, &mechanism, key);
    if (!rv && always)
        rv = b->f->C_Login(session, CKU_CONTEXT_SPECIFIC, pin, strlen((const char *)pin));
    if (!rv) rv = b->f->C_Sign(session, info, sizeof info, signature, &length);
    if (!rv) rv = b->f->C_Logout(session);
    if (!rv) rv = b->f->C_CloseSession(session);
    return rv;
}

double bare_sign(const struct bare *b, const char *pin)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key = 0;
    bool always = false;
    unsigned char given[64] = {0};
    memcpy(given, pin, strnlen(pin, sizeof given - 1));
    double before = bench_clock();
    CK_RV rv = b->f->C_OpenSession(b->slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (!rv) rv = b->f->C_Login(session, CKU_USER, given, strlen((const char *)given));
    double spent = bench_clock() - before;
    if (!rv) rv = find_key(b, session, &key, &always);
    before = bench_clock();
    if (!rv) rv = sign(b, session, key, given, always);
    if (rv) bench_die("the bare card calls fail");
    return spent + bench_clock() - before;
}
