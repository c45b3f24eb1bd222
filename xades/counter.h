/* SPDX-License-Identifier: MIT */
/*
 * counter: counter-signatures (seri imza): a signature on the value of another. Inside the xades
 * floor only.
 *
 * What: EN 319 132-1 5.2.7: those inside a CounterSignature property, and those beside the
 *       signature that say so by a Reference's Type. Whether they cover that very SignatureValue
 *       element, whole; and what is said of the two signatures about each other.
 * Not:  anything else of them: a counter-signature is judged as every signature is.
 *
 * Each signature's indication is its own. A CounterSignature is an unsigned property that anybody
 * may add, so what is wrong with it breaks nothing in the signature around it; and whoever signs
 * the value of a broken signature has signed that value. Neither is passed over: each of the two
 * has a note of what became of the other, and the file's indication is the worst of all. A property
 * with no signature in it, where there is nothing to judge, fails the signature that has it.
 *
 * There are XADES_MAX_SIGNATURES of both kinds together, so none is deeper than that.
 */
#ifndef XADES_COUNTER_H
#define XADES_COUNTER_H

#include "xades/judging.h"

/* counter_find tells which signatures of the file stand in a CounterSignature of which. Before any
 * of them is judged. */
void counter_find(const struct verifying *v, struct xades_report *r);

/* counter_reference looks at one Reference that was checked with that outcome: of a
 * counter-signature that is marked by Type it is here that it becomes one. */
void counter_reference(struct judging *j, const struct reference *ref, enum reason found);

/* counter_value: the signature whose SignatureValue the Reference is on, as a part of what a
 * counter-signature signs; NULL: none. After counter_reference. */
const struct xades_signature_report *counter_value(const struct judging *j,
                                                   const struct reference *ref);

/* counter_judge: after all References. */
void counter_judge(struct judging *j);

/* counter_say notes on each of two signatures what became of the other; when all are judged. */
void counter_say(struct xades_report *r);

#endif
