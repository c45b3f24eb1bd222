/* SPDX-License-Identifier: MIT */
/*
 * stamp: the time stamps of one signature. Inside the xades floor only.
 *
 * What: SignatureTimeStamp, SigAndRefsTimeStamp and ArchiveTimeStamp (v1.4.1): the octets each is
 *       on (EN 319 132-1 5.3, A.1.5, 5.5.2), the token, and the TSA's chain (EN 319 102-1 5.4).
 * Not:  stamps on data alone, and RefsOnlyTimeStamp: noted as not judged.
 */
#ifndef XADES_STAMP_H
#define XADES_STAMP_H

#include "xades/judging.h"

/* stamp_judge reports them all and sets j->existed and j->archived. One that is on something else,
 * or whose signature is wrong, fails the signature; one of a TSA that is not trusted proves
 * nothing. After references and signature value. */
void stamp_judge(struct judging *j);

#endif
