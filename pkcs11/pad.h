/* SPDX-License-Identifier: MIT */
/*
 * pad: the dialog that stands while a person types on the keys of the card reader.
 *
 * What: says where to type, with one button, Cancel, as long as the module waits for the reader.
 * Not:  the call of the module. Nothing can end that but the reader, or the end of this process.
 * Use:  p = pad_show(&setup); call the module; pad_hide(p);
 *
 * The module stays with the thread that has always called it. A second thread watches the dialog
 * program, and nothing else: it knows no PIN and no module.
 */
#ifndef PKCS11_PAD_H
#define PKCS11_PAD_H

#include "pkcs11/pinentry.h"

struct pad_setup {
    struct pinentry_setup dialog;
    struct pinentry_words words; /* copied; the texts must live until pad_hide */
    void *ctx;
    /* The person cancelled (CONSENT_DECLINED) or took too long (CONSENT_TIMEOUT) before pad_hide
     * was called. Called in the second thread, once; expected to end the process. */
    void (*given_up)(void *ctx, err_t why);
};

struct pad;

/* pad_show opens the dialog; NULL when it cannot be opened: the reader shows by itself that it
 * waits. */
struct pad *pad_show(const struct pad_setup *s);

/* pad_hide closes the dialog: the module has answered. When given_up has come first it does not
 * return before that does. NULL is fine. */
void pad_hide(struct pad *p);

#endif
