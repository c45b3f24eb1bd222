/* SPDX-License-Identifier: MIT */
/*
 * jsonscan: whether a body is JSON in exactly one way, judged before any parser sees it.
 *
 * What: accepts exactly RFC 8259 in UTF-8, with the bounds below, and says where and why not.
 * Not:  a tree, or what a field means (json.h, form.h).
 * Use:  struct jsonscan_refusal why; if (!jsonscan_text(text, depth, &why)) …
 *
 * Refused, since json-c or other readers let it pass or disagree about it: malformed UTF-8, a byte
 * order mark, raw control characters, \u0000, lone surrogates, the same key twice in an object
 * (compared after decoding), NaN and Infinity, comments, single quotes, anything after the value,
 * nesting, members and values beyond the bounds.
 */
#ifndef API_JSONSCAN_H
#define API_JSONSCAN_H

#include "core/bytes.h"
#include "core/err.h"

#define JSONSCAN_MAX_DEPTH   64   /* whatever the caller allows */
#define JSONSCAN_MAX_MEMBERS 64   /* of one object */
#define JSONSCAN_MAX_VALUES  4096 /* of a whole body, containers included */
#define JSONSCAN_MAX_NUMBER  32   /* characters of a number */

/* Why a text is not JSON for us; jsonscan_flaw_text says it in a person's language. */
enum jsonscan_flaw {
    JSONSCAN_SOUND,
    JSONSCAN_EMPTY,
    JSONSCAN_BOM,
    JSONSCAN_UNEXPECTED,
    JSONSCAN_CUT_OFF,
    JSONSCAN_BAD_UTF8,
    JSONSCAN_CONTROL,
    JSONSCAN_ESCAPE,
    JSONSCAN_NUL,
    JSONSCAN_SURROGATE,
    JSONSCAN_DUPLICATE,
    JSONSCAN_NUMBER,
    JSONSCAN_TRAILING,
    JSONSCAN_TOO_DEEP,
    JSONSCAN_TOO_MANY,
    JSONSCAN_COUNT
};
struct jsonscan_refusal {
    enum jsonscan_flaw flaw;
    size_t offset; /* octets from the start of the text */
};
const char *jsonscan_flaw_text(enum jsonscan_flaw f, enum lang lang);

/* jsonscan_text judges a text without building anything; nesting is bounded by max_depth and by
 * JSONSCAN_MAX_DEPTH. Allocates nothing. False with *why filled. */
bool jsonscan_text(struct bytes text, unsigned max_depth, struct jsonscan_refusal *why);

/* jsonscan_char takes one character, its escape decoded, off the front of what stands between the
 * quotes of a string in a text that was judged sound; false at the end. */
bool jsonscan_char(struct bytes *inside, uint32_t *cp);

#endif
