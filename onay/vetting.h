/* SPDX-License-Identifier: MIT */
/*
 * vetting: a token that asks somebody about the certificate before the person is asked for a PIN.
 *
 * What: every question goes on to the token behind it; the one for a signature only when the
 *       certificate that is to sign has been let through.
 * Not:  the token behind it, which whoever opened it frees after this one.
 */
#ifndef ONAY_VETTING_H
#define ONAY_VETTING_H

#include "pkcs11/token.h"

/* Looks at the certificate (DER) and may take its time; an error ends the question with it. */
typedef err_t vetting_look(void *ctx, struct bytes certificate);

/* vetting_new: NULL without memory. */
struct token *vetting_new(struct token *behind, vetting_look *look, void *ctx);

#endif
