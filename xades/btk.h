/* SPDX-License-Identifier: MIT */
/*
 * btk: the rules of BTK's profile guide (Elektronik İmza Kullanım Profilleri Rehberi v1.0, 2012),
 * P1 to P4. Inside the xades floor only.
 *
 * What: which property a profile demands and which it forbids, and when the time stamp may be.
 */
#ifndef XADES_BTK_H
#define XADES_BTK_H

#include "xades/judging.h"

/* btk_judge adds a reason for every rule that is broken by a signature under one of the policies P2
 * to P4; of P1, when qualified certificates are demanded, there is the time stamp's rule alone.
 * After the properties and time stamps. */
void btk_judge(struct judging *j);

#endif
