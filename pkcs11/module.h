/* SPDX-License-Identifier: MIT */
/*
 * module: one PKCS#11 module in this process: loaded, initialised, and taken down again.
 *
 * What: dlopen, C_GetFunctionList, C_Initialize with NULL arguments (one thread: AKİS wants it so).
 * Not:  protection from it. A module may crash or hang; it only ever runs in the worker.
 */
#ifndef PKCS11_MODULE_H
#define PKCS11_MODULE_H

#include "core/err.h"
#include "core/own.h"

#include <p11-kit/pkcs11.h>

struct module {
    void *handle;
    const CK_FUNCTION_LIST *f; /* every function that onayd calls is there */
    CK_INFO info;
};

/* module_open loads the file. *rv gets the module's answer to the call that failed, else CKR_OK.
 * Errors: MODULE_NOT_FOUND (no such file, or not a PKCS#11 module); CARD_ERROR (it lacks a function
 * we need, or C_Initialize or C_GetInfo failed). */
err_t module_open(const char *path, struct module *out, CK_RV *rv);

/* module_free calls C_Finalize and unloads; fine for a module that was never opened. */
void module_free(struct module *m);
OWN(module)

#endif
