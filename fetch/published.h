/* SPDX-License-Identifier: MIT */
/*
 * published: what the addresses in certificates lead to: OCSP responders, lists, certificates.
 *
 * What: the questions with their media types and bounds, and whether what came back is an answer.
 * Not:  which address is asked and what the octets mean: xades' business (want.h). Nothing here
 *       waits.
 * Use:  published_ask(f, PUBLISHED_LIST, url, nothing, &question); …fetch_next…
 *       if (published_good(PUBLISHED_LIST, &a, detail)) a.body;
 */
#ifndef FETCH_PUBLISHED_H
#define FETCH_PUBLISHED_H

#include "fetch/fetch.h"

#define PUBLISHED_MAX_MS 60000 /* the longest of them may take, all in all */

enum published { PUBLISHED_RESPONSE, PUBLISHED_LIST, PUBLISHED_CERTIFICATE, PUBLISHED_COUNT };

/* published_ask asks; `request` is the OCSP request, POSTed, and of the others empty. Errors: as
 * fetch_ask. */
err_t published_ask(struct fetch *f, enum published what, const char *url, struct bytes request,
                    uint32_t *question);

/* published_good: the answer has octets of that kind; else `detail` says why not, in English. */
bool published_good(enum published what, const struct fetch_answer *a,
                    char detail[FETCH_ROOM_DETAIL]);

#endif
