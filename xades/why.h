/* SPDX-License-Identifier: MIT */
/*
 * why: the sentence that goes with a refusal. Inside the xades floor only.
 *
 * Not:  document content or personal data: clauses, positions and limits only.
 */
#ifndef XADES_WHY_H
#define XADES_WHY_H

#include "core/err.h"
#include "xades/prepare.h"

/* why_say writes the sentence (cut at the field's size; `why` may be NULL) and raises `e`. */
err_t why_say_at(struct xades_why *why, err_t e, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
#define why_say(why, e, ...) why_say_at((why), (e), __FILE__, __LINE__, __VA_ARGS__)

#endif
