/* SPDX-License-Identifier: MIT */
/*
 * approval: one wish to sign, from its request to its signature file.
 *
 * What: what is known of it, what it still needs (struct work, dropped when it is final), and the
 *       entering of states.
 * Not:  which state follows which: story.h.
 */
#ifndef SESSION_APPROVAL_H
#define SESSION_APPROVAL_H

#include "session/document.h"
#include "session/signer.h"

/* A document of an open approval: uploaded (shared with the store), or a copy that is wiped. */
struct work_document {
    char name[256], mime[128];
    enum document_source source;
    struct document *upload; /* SOURCE_UPLOAD */
    uint8_t *content;        /* SOURCE_CONTENT: owned */
    size_t len;
    struct digest digest; /* SOURCE_DIGEST */
};

/* What only an open approval needs. */
struct work {
    char order_type[65], identity[12], applicant[129];
    enum xades_commitment commitment;
    enum lang lang;
    struct signer_wish wish;
    size_t n_documents;
    struct work_document *documents;
    uint64_t answers;  /* of the token to questions for a listing, when it began */
    bool looked;       /* it had its turn to look at the token */
    bool found;        /* and there was somebody who may sign, who can come back */
    unsigned stumbles; /* listings that ended with a dead or hung module */
    struct buf der;    /* the signer's certificate: the job views it */
    enum sig_alg alg;
    struct xades_job *job;
    const char *chain; /* slug of the chain's status, for the audit; "" not judged */
};

struct approval {
    struct approval *next;
    char owner[SESSION_OWNER];
    struct approval_view shown; /* what its owner may know */
    int64_t deadline;           /* clock_ms, 0: none */
    int64_t ended;              /* clock_ms, when final */
    enum lang lang;             /* of its details */
    int64_t again_at;           /* completing: clock_ms of the next try */
    int64_t pause_ms;           /* and how long to wait after it */
    struct work *work;          /* NULL when final, and when the card's part is done */
    struct buf file;            /* done: the signature file; completing: as far as it is made */
};

/* approval_new names an approval and copies the request, taking uploads from the store. With
 * ERR_DOCUMENT_* *at is the index of the document. Errors: STORAGE_FULL, INTERNAL,
 * DOCUMENT_UNKNOWN, DOCUMENT_EXPIRED. */
err_t approval_new(const struct approval_request *r, struct documents *store, struct approval **out,
                   size_t *at);

/* approval_rest drops what only an open approval needs: contents are wiped, uploads released. */
void approval_rest(struct approval *a, struct documents *store);

/* approval_free wants a rested approval; the file is wiped. NULL is fine. */
void approval_free(struct approval *a);
OWN_PTR(approval)

/* approval_enter sets the state, whose clock stands still until approval_clock starts it. */
void approval_enter(struct approval *a, enum approval_state st);

/* approval_clock gives the present state `seconds` from now; approval_clock_stop all the time. */
void approval_clock(struct approval *a, uint64_t seconds);
void approval_clock_stop(struct approval *a);

/* approval_waits_for tells its owner what is missing. */
void approval_waits_for(struct approval *a, err_t what);

/* approval_problem says why it ended; `clause` (may be "") tells a machine's reason after the
 * sentence. */
void approval_problem(struct approval *a, err_t e, const char *clause);

/* work_content views a document's octets; empty for SOURCE_DIGEST. STORAGE_FULL. */
err_t work_content(const struct work_document *d, struct bytes *out);

#endif
