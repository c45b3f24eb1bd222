/* SPDX-License-Identifier: MIT */
#include "pkcs11/typing.h"

#include "pkcs11/consent.h"

#define MAX_TYPOS 8 /* before the dialog is given up */

err_t typing_ask(struct pinentry *p, const struct pinentry_words *words, const struct typing *t,
                 struct secret *secret)
{
    own(buf) length = buf_max(256);
    struct pinentry_words w = *words;
    for (int typos = 0; typos < MAX_TYPOS; typos++) {
        err_t e = pinentry_pin(p, &w, secret);
        if (e) return e;
        size_t len = secret_bytes(secret).len;
        if (len >= t->min && len <= t->max) return OK;
        buf_cut(&length, 0);
        consent_pin_length(&length, t->what, t->min, t->max, t->lang);
        w.error = buf_cstr(&length);
    }
    return err_raise(ERR_CONSENT_DECLINED);
}

err_t typing_room(struct secret **secret)
{
    if (!*secret) *secret = secret_new(SECRET_MAX);
    return *secret ? OK : err_raise(ERR_STORAGE_FULL);
}
