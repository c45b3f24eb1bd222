/* SPDX-License-Identifier: MIT */
/* shelves: what a trust folder held, sorted. Inside the xades floor only; trust.c fills them. */
#ifndef XADES_SHELVES_H
#define XADES_SHELVES_H

#include "core/buf.h"
#include "xades/trust.h"
#include "xades/x509.h"

/* Files are read at once, while they may be, and understood at the first question: a daemon
 * answers before it has parsed a single certificate. */
struct shelves {
    X509_STORE *lists; /* CRLs alone; NULL before the first question */
    certs *anchors;    /* owned */
    certs *between;    /* intermediates, owned */
    struct buf *files; /* not yet understood */
    size_t n_files;
};

/* shelves_of gives the shelves of a trust, understood; NULL without memory (tried again at the next
 * question). */
const struct shelves *shelves_of(const struct trust *t);

/* shelves_list_counts: a whole list with a nextUpdate, strongly signed; others say nothing. */
bool shelves_list_counts(const X509_CRL *crl);

#endif
