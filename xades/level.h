/* SPDX-License-Identifier: MIT */
/*
 * level: what kind of signature was found. Inside the xades floor only.
 */
#ifndef XADES_LEVEL_H
#define XADES_LEVEL_H

#include "xades/judging.h"

/* level_name reports level ("B-B" to "B-LTA", "P1", "XAdES-T" …, "XMLDSig") and packaging, and what
 * keeps the signature from being B-B (EN 319 132-1 6.3). After references and signer are known. */
void level_name(struct judging *j);

#endif
