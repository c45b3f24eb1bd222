/* SPDX-License-Identifier: MIT */
/*
 * trust: the folder of what the user trusts, and what lies in it.
 *
 * What: PEM and DER files, loaded at once: a certificate signed with its own key is an anchor,
 *       because somebody put it there; every other one is an intermediate, which gives no trust;
 *       lists are lists. Nothing but the folder makes an anchor, so nobody else may write to it
 *       or to its files: they are the user's or root's, without write permission for the rest.
 *       The folders above it are not looked at.
 * Not:  judging a chain (chain.h), filling the folder (onay trust).
 */
#ifndef XADES_TRUST_H
#define XADES_TRUST_H

#include "core/buf.h"
#include "core/err.h"
#include "core/own.h"
#include "core/settings.h"
#include "core/utc.h"

#define TRUST_MAX_FILES  1000
#define TRUST_MAX_OCTETS (64u << 20) /* of all files together */

struct trust;

/* trust_load reads every file of the directory (at most TRUST_MAX_FILES of TRUST_MAX_OCTETS in
 * all; names that begin with a dot are passed over); a file that is neither certificate nor CRL
 * says nothing. Errors: FILE_UNREADABLE, STORAGE_FULL, TRUST_REFUSED (others may write there). */
err_t trust_load(const char *dir, struct trust **out);

/* trust_refresh reads the folder that was loaded again if anything there has changed: its names, or
 * the inode, size or times of a file. What can no longer be read is not trusted: after an error
 * (as trust_load's) nothing is, until a later call succeeds. */
err_t trust_refresh(struct trust *t);

/* trust_version: another number after every change. */
uint64_t trust_version(const struct trust *t);

/* trust_folder: the open folder, borrowed; -1: none. */
int trust_folder(const struct trust *t);

/* trust_configured loads the folder of settings_trust_dir, whose path it appends to `dir`. *out
 * becomes NULL when no folder is configured and the user's own is not there (ENOENT alone). Errors:
 * as trust_load. */
err_t trust_configured(const struct settings *s, struct buf *dir, struct trust **out);

/* trust_empty: nothing is trusted. */
struct trust *trust_empty(void);
void trust_free(struct trust *t);
OWN_PTR(trust)
size_t trust_n_anchors(const struct trust *t);

enum trust_kind { TRUST_NOTHING, TRUST_ANCHOR, TRUST_INTERMEDIATE, TRUST_CRL };

/* trust_kind: what this one DER certificate or CRL would be, lay it in the folder. */
enum trust_kind trust_kind(struct bytes der);

struct trust_item {
    const char *file;     /* its name in the folder */
    enum trust_kind kind; /* TRUST_NOTHING: der is empty, the file is none of the others */
    size_t place;         /* in the file, from 0 */
    struct bytes der;
    /* of a CRL */
    struct bytes issuer; /* Name with header */
    utc_t this_update, next_update;
    bool usable; /* false: no nextUpdate, a delta, or signed too weakly; it says nothing */
};
typedef void trust_visitor(void *ctx, const struct trust_item *item);

struct trust_extent {
    size_t files, octets;
};

/* trust_visit shows everything that lies in the folder, in the order of the names, as trust_load
 * would understand it. Items live as long as the call. Errors: as trust_load. */
err_t trust_visit(const char *dir, trust_visitor *visit, void *ctx, struct trust_extent *out);

#endif
