/* SPDX-License-Identifier: MIT */
/*
 * consent: what the person reads before a PIN is typed.
 *
 * What: makes the texts of the dialogs from an order whose octets the worker has hashed itself.
 * Not:  the dialog (pinentry.h), the decision what is true (token.c).
 * Use:  consent_pages_make(&c, &pages); each but the last is confirmed, the last asks for the PIN.
 *
 * All caller text passes text_plain: it stays on its line and keeps its reading order. What does
 * not fit into one dialog goes to further pages; no document is ever left out.
 */
#ifndef PKCS11_CONSENT_H
#define PKCS11_CONSENT_H

#include "pkcs11/token.h"

struct consent_document {
    struct bytes name, mime; /* caller's words */
    struct digest digest;    /* SHA-256 or the reference's, as hashed by the worker */
    uint64_t size;
    bool seen;              /* false: digest only, nobody saw the content */
    struct bytes beginning; /* first octets of the content, empty: not shown */
};

struct consent {
    const struct token_order *order; /* texts, profile, lang */
    const struct cert *cert;
    size_t n_documents;
    const struct consent_document *documents;
    bool pin_pad; /* the PIN is typed on the reader */
};

#define CONSENT_MAX_PAGES (TOKEN_MAX_REFERENCES + 1)
#define CONSENT_PAGE      4096 /* octets of one page while it is made; a line holds 1000 */
struct consent_pages {
    size_t n; /* ≥ 1 */
    struct buf text[CONSENT_MAX_PAGES];
    struct buf head; /* who asks, for which application: for consent_beside */
};
void consent_pages_free(struct consent_pages *p);
OWN(consent_pages)

/* consent_pages_make: every page fits one Assuan line, and the last one leaves room for
 * consent_tries. False without memory. */
bool consent_pages_make(const struct consent *c, struct consent_pages *out);

/* consent_certificate appends whose it is, by whom, until when: lines, a blank one before. */
void consent_certificate(struct buf *out, const struct cert *cert, enum lang lang);

/* consent_line appends "Label: text" and LF; nothing for an empty text. */
void consent_line(struct buf *out, const char *label, struct bytes text, size_t max_chars);

/* consent_choice appends the question whether this certificate shall sign (at of n). */
void consent_choice(struct buf *out, const struct token_order *words, const struct cert *cert,
                    size_t at, size_t n);

/* Fixed texts. Static strings. */
enum consent_word {
    CONSENT_TITLE,
    CONSENT_PROMPT,
    CONSENT_SIGN,      /* button of the last page */
    CONSENT_CONTINUE,  /* button of a page before it */
    CONSENT_CANCEL,    /* button */
    CONSENT_USE,       /* button: this certificate */
    CONSENT_NEXT,      /* button: another certificate */
    CONSENT_CLOSE,     /* button */
    CONSENT_FINAL_TRY, /* to be confirmed before the last try */
    CONSENT_LOCKED,    /* what to do about a locked PIN */
    CONSENT_NOT_SET,   /* what to do about a PIN that was never set */
    CONSENT_ON_READER, /* stands while the PIN is typed on the reader */
    CONSENT_WORD_COUNT
};
const char *consent_word(enum consent_word w, enum lang lang);

/* consent_beside appends a text about the PIN that belongs to no page, and before it who asks, for
 * which application: no dialog comes from nowhere. Pages that were never made: the text alone. */
void consent_beside(struct buf *out, const struct consent_pages *p, enum consent_word w,
                    enum lang lang);

/* Why a PIN is asked for. */
enum consent_reason {
    CONSENT_FIRST,
    CONSENT_WRONG, /* the last one has just been refused */
    CONSENT_LOST,  /* it was right, but the card forgot it before it signed */
    CONSENT_REASON_COUNT
};

/* consent_pin_warning: what is to be said of that and of the tries left; "" for PIN_OK when nothing
 * has happened. Static strings. */
const char *consent_pin_warning(enum pin_state s, enum consent_reason why, enum lang lang);

/* consent_tries appends a line that says how many tries are left; nothing for -1. */
void consent_tries(struct buf *out, int tries, enum lang lang);

/* consent_pin_length appends that a PIN or PUK (`what`) has min to max characters. */
void consent_pin_length(struct buf *out, const char *what, size_t min, size_t max, enum lang lang);

#endif
