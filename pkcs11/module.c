/* SPDX-License-Identifier: MIT */
#include "pkcs11/module.h"

#include "pkcs11/ckr.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

static bool complete(const CK_FUNCTION_LIST *f)
{
    return f->version.major >= 2 && f->C_Initialize && f->C_Finalize && f->C_GetInfo &&
           f->C_GetSlotList && f->C_GetSlotInfo && f->C_GetTokenInfo && f->C_OpenSession &&
           f->C_CloseSession && f->C_Login && f->C_Logout && f->C_FindObjectsInit &&
           f->C_FindObjects && f->C_FindObjectsFinal && f->C_GetAttributeValue && f->C_SignInit &&
           f->C_Sign;
}

static err_t load(const char *path, struct module *m, CK_RV *rv)
{
    /* Without a slash dlopen would search LD_LIBRARY_PATH. */
    if (path[0] != '/') return err_raise(ERR_MODULE_NOT_FOUND);
    m->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!m->handle) return err_raise(ERR_MODULE_NOT_FOUND);
    CK_C_GetFunctionList get;
    /* ISO C has no conversion from a data pointer to a function pointer. */
    void *symbol = dlsym(m->handle, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof get);
    if (!get) return err_raise(ERR_MODULE_NOT_FOUND);
    CK_FUNCTION_LIST *f = NULL;
    *rv = get(&f);
    if (*rv != CKR_OK || !f || !complete(f)) return err_raise_foreign(ERR_CARD_ERROR, *rv);
    *rv = f->C_Initialize(NULL);
    if (*rv != CKR_OK && *rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
        return err_raise_foreign(ckr_err(*rv), *rv);
    m->f = f;
    *rv = f->C_GetInfo(&m->info);
    return *rv == CKR_OK ? OK : err_raise_foreign(ERR_CARD_ERROR, *rv);
}

err_t module_open(const char *path, struct module *out, CK_RV *rv)
{
    own(module) m = {0};
    *rv = CKR_OK;
    err_t e = load(path, &m, rv);
    if (e) return e;
    *out = m;
    m = (struct module){0};
    return OK;
}

void module_free(struct module *m)
{
    if (m->f) (void)m->f->C_Finalize(NULL);
    if (m->handle) (void)dlclose(m->handle);
    *m = (struct module){0};
}
