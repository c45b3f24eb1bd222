/* SPDX-License-Identifier: MIT */
/*
 * detail: the sentence that tells a person what to do about an error.
 */
#ifndef SESSION_DETAIL_H
#define SESSION_DETAIL_H

#include "core/err.h"

#include <stddef.h>

/* detail_of writes one sentence in that language, and after it the `clause` that was broken when it
 * is not "". Cut at a character's border to `size` ≥ 4 octets with NUL. */
void detail_of(err_t e, enum lang lang, const char *clause, char *out, size_t size);

#endif
