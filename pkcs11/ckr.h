/* SPDX-License-Identifier: MIT */
/*
 * ckr: what a PKCS#11 module answers, as one of our errors.
 *
 * What: one table of the return values of PKCS#11 2.40 (base specification, 5.1).
 * Use:  if (rv != CKR_OK) return err_raise_foreign(ckr_err(rv), rv);
 */
#ifndef PKCS11_CKR_H
#define PKCS11_CKR_H

#include "core/err.h"

#include <p11-kit/pkcs11.h>

/* ckr_err: OK for CKR_OK; CARD_ERROR for values that are not in the table, vendors' too. */
err_t ckr_err(CK_RV rv);

/* ckr_name: "CKR_PIN_INCORRECT"; "CKR_VENDOR_DEFINED" for vendors' values, "CKR_?" for others
 * that are not in the table. Static string. */
const char *ckr_name(CK_RV rv);

#endif
