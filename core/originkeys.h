/* SPDX-License-Identifier: MIT */
/*
 * originkeys: the keys with which an origin's orders must be signed.
 *
 * What: every `origin_key` of the settings, read once. An origin may have several: the old and the
 *       new one while a portal changes them.
 * Not:  orders (api/order).
 * Use:  own_ptr(originkeys) k = NULL; e = originkeys_load(&settings, &k, &why);
 *       n = originkeys_of(k, origin, keys);
 */
#ifndef CORE_ORIGINKEYS_H
#define CORE_ORIGINKEYS_H

#include "core/jwskey.h"
#include "core/settings.h"

struct originkeys;
void originkeys_free(struct originkeys *k);
OWN_PTR(originkeys)

/* originkeys_load: an empty set when none is configured. A key of an origin that is not among
 * `origin` is refused: a slip in its name would leave the real one without. Errors:
 * FILE_UNREADABLE, SETTING_INVALID, STORAGE_FULL; `why` gets the path or the origin. */
err_t originkeys_load(const struct settings *s, struct originkeys **out, struct buf *why);

/* originkeys_of fills `keys` with views of those of one origin and returns how many there are. NULL
 * has none of any. */
size_t originkeys_of(const struct originkeys *k, const char *origin,
                     struct jwskey *keys[SETTINGS_ORIGINS]);

#endif
