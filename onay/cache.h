/* SPDX-License-Identifier: MIT */
/*
 * cache: lists that were fetched before, in ~/.cache/onayd/lists.
 *
 * What: a file for each address, 0600 in a folder of 0700, written whole or not at all. It is kept
 *       by the command and not by onayd-fetch, which has no file: a list that a stranger sent is
 *       put here only after it was found good.
 * Not:  whether a list still holds: who asks judges it anew as if it had just come, and fetches
 *       what does not.
 */
#ifndef ONAY_CACHE_H
#define ONAY_CACHE_H

#include "core/buf.h"

#define CACHE_MAX_FILES 200

/* cache_get appends what is kept of that address; false: nothing. */
bool cache_get(const char *url, struct buf *out);

/* cache_put keeps it. Where that fails nothing is kept: the next one fetches again. Of more than
 * CACHE_MAX_FILES the one that was written first goes. */
void cache_put(const char *url, struct bytes octets);

#endif
