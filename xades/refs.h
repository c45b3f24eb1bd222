/* SPDX-License-Identifier: MIT */
/*
 * refs: CompleteCertificateRefs and CompleteRevocationRefs (EN 319 132-1 A.1.1, A.1.2), which BTK's
 * P3 and P4 demand. Inside the xades floor only.
 *
 * What: written of the very octets that CertificateValues and RevocationValues hold: what is
 *       referred to is what is there. In the words that deployed Turkish software reads: SHA-256,
 *       IssuerSerial as text, the list's number.
 */
#ifndef XADES_REFS_H
#define XADES_REFS_H

#include "core/buf.h"
#include "xades/chain.h"

/* Each appends its element with the namespaces it needs; false, with the clause, for a value that
 * cannot be named so. */
bool refs_certificates(const struct chain_values *v, struct buf *out, const char **clause);
bool refs_revocation(const struct chain_values *v, struct buf *out, const char **clause);

#endif
