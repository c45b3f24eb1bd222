/* SPDX-License-Identifier: MIT */
/*
 * depo: Kamu SM's published store of certificates, SertifikaDeposu.xml.
 *
 * What: depo / koksertifikalar / koksertifika / mValue and depo / sertifikalar / sertifika /
 *       mValue, base64 of DER; everything else in it is passed over.
 * Not:  trust, nor which of them is a root: the file is not signed, and says what it likes
 *       (trust_kind looks at the certificate itself).
 */
#ifndef XADES_DEPO_H
#define XADES_DEPO_H

#include "core/bytes.h"
#include "core/err.h"
#include "xades/prepare.h"

#define DEPO_MAX_OCTETS  (4u << 20) /* the tree takes 35 times as much; the real one has 105 KiB */
#define DEPO_MAX_ENTRIES 4096
#define DEPO_MAX_DER     65536 /* of one certificate */

/* depo_taker gets the entries in their order, from 1; der is empty where it cannot be read. It
 * lives as long as the call. */
typedef void depo_taker(void *ctx, size_t number, struct bytes der);

/* depo_read: errors XML_REJECTED with the reason in `why` (before the first entry is shown),
 * STORAGE_FULL without memory. */
err_t depo_read(struct bytes octets, depo_taker *take, void *ctx, struct xades_why *why);

#endif
