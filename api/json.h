/* SPDX-License-Identifier: MIT */
/*
 * json: a body, read strictly once, then asked for its fields.
 *
 * What: a scanner that accepts exactly RFC 8259 with some bounds goes first (jsonscan.h); json-c
 *       then builds the tree; typed getters name the field that is wrong by its JSON pointer.
 * Not:  writing (jsonw.h); not what a field means (form.c).
 * Use:  e = json_read(text, depth, &doc, &broken);
 *       struct json_fault f = {0}; struct json_at root = json_root(doc, &f);
 *       … getters …; if (f.kind) refuse f.pointer.
 */
#ifndef API_JSON_H
#define API_JSON_H

#include "api/jsonscan.h"
#include "core/own.h"

struct json;
/* json_read scans, then parses. Strings are copied: `text` may be wiped afterwards.
 * Errors: MALFORMED_JSON (with *why), STORAGE_FULL. */
err_t json_read(struct bytes text, unsigned max_depth, struct json **out,
                struct jsonscan_refusal *why);
/* json_free wipes every string before it lets go. */
void json_free(struct json *j);
OWN_PTR(json)

/* ---- fields ---- */

enum json_wrong {
    JSON_FINE,
    JSON_MISSING,
    JSON_UNKNOWN,
    JSON_NOT_OBJECT,
    JSON_NOT_ARRAY,
    JSON_NOT_STRING,
    JSON_NOT_FLAG,
    JSON_NOT_NUMBER, /* a whole one from 0 to 2^53 - 1 */
    JSON_TOO_SHORT,
    JSON_TOO_LONG,
    JSON_NOT_PLAIN,   /* control, bidi, invisible characters, line breaks */
    JSON_NOT_ALLOWED, /* not one of the values this field knows */
    JSON_NOT_BASE64,
    JSON_NOT_HEX,
    JSON_NOT_MEDIA_TYPE,
    JSON_NOT_KIMLIK,
    JSON_NOT_EXACTLY_ONE, /* of content, documentId, digest */
    JSON_DIGEST_DETACHED, /* a digest in a signature that is not detached */
    JSON_NAME_TWICE,
    JSON_WRONG_COUNT
};
const char *json_wrong_text(enum json_wrong w, enum lang lang);

/* The first thing that was wrong; later ones do not overwrite it. */
struct json_fault {
    enum json_wrong kind;
    char pointer[128]; /* RFC 6901, cut at a whole character when it is longer */
};

/* A place in the tree. Lives on the caller's stack and points up to its parent. */
struct json_object;
struct json_at {
    const struct json_at *up;
    const char *key; /* NULL: the root or an array's element */
    size_t index;
    struct json_object *v; /* NULL: absent; every getter is then empty */
    struct json_fault *fault;
};

/* json_root: the outermost object; another type is a fault. */
struct json_at json_root(const struct json *j, struct json_fault *f);

/* json_object: the member `key`, an object. Absent: a fault if required, else .v is NULL. */
struct json_at json_member_object(const struct json_at *in, const char *key, bool required);
/* json_member_array: the member `key`, an array (required); *n gets its length. */
struct json_at json_member_array(const struct json_at *in, const char *key, size_t *n);
/* json_element: an element, an object. */
struct json_at json_element(const struct json_at *array, size_t i);
/* json_member_string: its UTF-8, valid until json_free; empty when absent or at a fault. */
struct bytes json_member_string(const struct json_at *in, const char *key, bool required);
/* json_member_number: a required whole number from 0 to 2^53 - 1 (RFC 7493 2.2), written without
 * point and exponent; 0 at a fault. */
uint64_t json_member_number(const struct json_at *in, const char *key);
/* json_member_flag: true or false; false when it is absent or at a fault. */
bool json_member_flag(const struct json_at *in, const char *key);
bool json_has(const struct json_at *in, const char *key);

/* json_only refuses members that are not in the NULL-ended list. */
void json_only(const struct json_at *in, const char *const *keys);

/* json_refuse notes a fault of the member `key` (NULL: of the place itself). */
void json_refuse(const struct json_at *in, const char *key, enum json_wrong wrong);

#endif
