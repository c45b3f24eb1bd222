/* SPDX-License-Identifier: MIT */
/*
 * trust: what `onay trust` was told, and its three tasks. Inside the onay floor only.
 */
#ifndef ONAY_TRUST_H
#define ONAY_TRUST_H

#include "core/buf.h"
#include "core/cert.h"
#include "core/digest.h"
#include "xades/trust.h"

#define TRUST_MAX_WORDS  256
#define TRUST_MAX_ACCEPT 64
#define TRUST_NAME       69 /* octets of a fingerprint's file name with its end */

struct trust_order {
    const char *dir; /* the trust folder, which need not be there */
    const char *words[TRUST_MAX_WORDS];
    size_t n_words;
    struct digest accept[TRUST_MAX_ACCEPT];
    size_t n_accept;
    bool dry_run, json;
};

/* trust_import takes the certificates of the files; ends with EXIT_GOOD when everything was taken
 * or is there, EXIT_INDETERMINATE when something was not, EXIT_BAD when nothing could be read or
 * written, EXIT_NO_INPUT when a file cannot be read. */
int trust_import(const struct trust_order *o);

/* trust_list shows what lies in the folder; one that is not there is empty. */
int trust_list(const struct trust_order *o);

/* trust_remove takes one certificate, by its fingerprint, out of the folder. */
int trust_remove(const struct trust_order *o);

/* trust_fingerprint reads 64 hex digits, in groups by colons or spaces or not. */
bool trust_fingerprint(const char *text, struct digest *out);

/* trust_file_name gives the name of the file that import makes for a certificate. */
void trust_file_name(const struct digest *id, char out[TRUST_NAME]);

/* trust_look is trust_visit, for which a folder that is not there is empty. */
err_t trust_look(const char *dir, trust_visitor *visit, void *ctx, struct trust_extent *out);

/* trust_name appends a Name as text; trust_subject that of an authority, of anybody else the common
 * name alone: the rest may hold a person's identity number. trust_day appends the day of a time in
 * Turkey, trust_key "P-384" or "RSA 2048". */
void trust_name(struct buf *out, struct bytes name);
void trust_subject(struct buf *out, const struct cert *c);
void trust_day(struct buf *out, utc_t t);
void trust_key(struct buf *out, const struct cert *c);

#endif
