/* SPDX-License-Identifier: MIT */
/*
 * evidence: what a command judges a signature with: the file, what was signed beside it, and whom
 * to trust.
 *
 * Use:  own(evidence) e = {.path = …}; int code = evidence_load(&e); if (code == EXIT_GOOD)
 *       evidence_question(&e, buf_bytes(&e.file), utc_now(), &q);
 */
#ifndef ONAY_EVIDENCE_H
#define ONAY_EVIDENCE_H

#include "onay/command.h"
#include "xades/verify.h"

#define EVIDENCE_MAX_FILE     (1u << 30)
#define EVIDENCE_MAX_DETACHED XADES_MAX_DOCUMENTS

struct evidence {
    const char *path, *trust_dir, *config; /* NULL: of the configuration */
    const char *detached[EVIDENCE_MAX_DETACHED];
    size_t n_detached;
    /* loaded */
    struct buf file, contents[EVIDENCE_MAX_DETACHED];
    struct xades_detached views[EVIDENCE_MAX_DETACHED];
    size_t n_views;
    struct trust *trust;
};

/* evidence_load reads it all; EXIT_GOOD, or the exit code of what has been said on stderr. Without
 * a folder of trust nothing is trusted. */
int evidence_load(struct evidence *e);
void evidence_free(struct evidence *e);
OWN(evidence)

/* evidence_question fills what xades_verify is asked about `file`. */
void evidence_question(const struct evidence *e, struct bytes file, utc_t at,
                       struct xades_verification *out);

#endif
