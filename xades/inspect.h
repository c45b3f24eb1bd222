/* SPDX-License-Identifier: MIT */
/*
 * inspect: what a file says, for a person at a shell, and the first clause it breaks.
 *
 * What: certificates (PEM, DER), CRLs, XAdES files; anything else gets one clear line.
 * Not:  a verdict on trust (chain, revocation, time): that is verify.h.
 */
#ifndef XADES_INSPECT_H
#define XADES_INSPECT_H

#include "core/buf.h"
#include "core/err.h"

/* inspect_file appends the description. True: the file is what it claims to be and nothing in it
 * breaks a clause; false: broken, or of no known kind (the text says which). */
bool inspect_file(struct buf *text, struct bytes file, enum lang lang);

#endif
