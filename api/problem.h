/* SPDX-License-Identifier: MIT */
/*
 * problem: an error as application/problem+json (RFC 9457), in the reader's language.
 *
 * What: type, slug, title, detail, status, retryable, and where in the request the fault is.
 * Not:  choosing the error. Details never hold a PIN, document content or a full identity number.
 */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "api/jsonw.h"
#include "core/err.h"

#define PROBLEM_MEDIA "application/problem+json"

struct problem {
    err_t error;
    enum lang lang;
    const char *detail;     /* one sentence; NULL or "": the title says all */
    const char *pointer;    /* JSON pointer (RFC 6901) of the body's field; NULL: none */
    const char *parameter;  /* query parameter, or NULL */
    const char *header;     /* header field, or NULL */
    const char *request_id; /* or NULL */
};

/* problem_write writes one object: a whole answer (key NULL) or a member of another. */
void problem_write(struct jsonw *w, const char *key, const struct problem *p);

#endif
