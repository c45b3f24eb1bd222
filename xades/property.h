/* SPDX-License-Identifier: MIT */
/*
 * property: what a verified signature says in its qualifying properties. Inside the xades floor
 * only.
 */
#ifndef XADES_PROPERTY_H
#define XADES_PROPERTY_H

#include "xades/judging.h"

/* property_judge reports signing time, media types and commitment, and what of the properties is
 * not judged here (EN 319 102-1 5.2.8). After the references: it looks for the data they name. */
void property_judge(struct judging *j);

#endif
