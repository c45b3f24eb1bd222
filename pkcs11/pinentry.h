/* SPDX-License-Identifier: MIT */
/*
 * pinentry: one dialog program, spoken to in the Assuan protocol over its stdin and stdout.
 *
 * What: asks for a PIN or a yes; works with every program called pinentry-something.
 * Not:  what the texts say (consent.h).
 * Use:  own_ptr(pinentry) p = NULL; pinentry_open(&setup, &p);
 *       e = pinentry_pin(p, &words, pin);
 *
 * Every text is escaped here (percent, controls, line ends), so that no text adds a line or a
 * command; a text beyond one Assuan line (1000 octets) is cut on a code point.
 */
#ifndef PKCS11_PINENTRY_H
#define PKCS11_PINENTRY_H

#include "core/buf.h"
#include "core/err.h"
#include "core/secret.h"

#define PINENTRY_LINE 1000 /* octets of one Assuan line without its line end */

struct pinentry_setup {
    const char *program; /* path, or a name searched in PATH */
    int cancel_fd;       /* readable or hung up: CONSENT_DECLINED; -1: none */
    int64_t deadline_ms; /* pinentry_now() + how long the person has, over all dialogs */
};

/* Texts of one dialog, UTF-8, lines parted by LF; NULL: none, or the program's own. */
struct pinentry_words {
    const char *title, *desc, *prompt, *ok, *no, *cancel, *error;
};

struct pinentry;

/* pinentry_open starts the program and waits for its greeting. Errors: DIALOG_UNAVAILABLE,
 * CONSENT_DECLINED (cancelled meanwhile), CONSENT_TIMEOUT, STORAGE_FULL. */
err_t pinentry_open(const struct pinentry_setup *s, struct pinentry **out);

/* pinentry_free kills the program if it still runs, and reaps it. */
void pinentry_free(struct pinentry *p);
OWN_PTR(pinentry)

/* pinentry_pin asks for a PIN; *pin is replaced. Errors: CONSENT_DECLINED, CONSENT_TIMEOUT,
 * DIALOG_UNAVAILABLE; after any of them the dialog is over: free it. */
err_t pinentry_pin(struct pinentry *p, const struct pinentry_words *w, struct secret *pin);

/* pinentry_confirm asks for a yes; OK only for a yes. Errors as above. */
err_t pinentry_confirm(struct pinentry *p, const struct pinentry_words *w);

/* pinentry_choose is the same with a button for no, which is an answer and not an error. */
err_t pinentry_choose(struct pinentry *p, const struct pinentry_words *w, bool *yes);

/* pinentry_message shows something with one button. Errors as above. */
err_t pinentry_message(struct pinentry *p, const struct pinentry_words *w);

int64_t pinentry_now(void); /* CLOCK_MONOTONIC, milliseconds */

/* ---- the text of the protocol, apart from any process (tests, fuzzing) ---- */

/* pinentry_line appends COMMAND SP escaped-text LF, cut on a code point to PINENTRY_LINE. */
void pinentry_line(struct buf *out, const char *command, const char *text);

/* pinentry_fits: the text would not be cut by pinentry_line. */
bool pinentry_fits(const char *command, const char *text);

/* One line of the program's answer, without LF. */
enum pinentry_answer {
    PINENTRY_OK,
    PINENTRY_DATA, /* *data: what follows "D ", still escaped */
    PINENTRY_ERR,  /* *error */
    PINENTRY_NO,   /* the no button; *error is CONSENT_DECLINED */
    PINENTRY_NOISE /* status and comment lines */
};
/* pinentry_answer_of reads one line; false for a line that Assuan does not know. */
bool pinentry_answer_of(struct bytes line, enum pinentry_answer *kind, struct bytes *data,
                        err_t *error);

/* pinentry_unescape writes the octets of an escaped D line to `out`; false when malformed or longer
 * than `cap`. */
bool pinentry_unescape(struct bytes data, uint8_t *out, size_t cap, size_t *len);

#endif
