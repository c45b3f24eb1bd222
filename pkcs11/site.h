/* SPDX-License-Identifier: MIT */
/*
 * site: how a web origin is shown to a person.
 *
 * What: the origin in the octets that decide, and beside it the name that these spell, when it is
 * an internationalised one (RFC 5891): a look-alike in another alphabet is seen by its xn-- form,
 * and a person still reads the name they know. A long one loses its middle, never its end: whose a
 * name is, its end says. Not:  which origins are let in (api).
 */
#ifndef PKCS11_SITE_H
#define PKCS11_SITE_H

#include "core/buf.h"

#define SITE_WHOLE 255 /* max_chars that cuts no origin */

/* site_show appends the origin, at most `max_chars` (≥ 16) characters of it, and for an
 * internationalised host " (name)", at most 60 of that. Both pass text_plain. */
void site_show(struct buf *out, const char *origin, size_t max_chars);

#endif
