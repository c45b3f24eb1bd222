/* SPDX-License-Identifier: MIT */
/*
 * lifted: signature files with time stamps of the test's own TSA.
 */
#ifndef TESTS_SUPPORT_LIFTED_H
#define TESTS_SUPPORT_LIFTED_H

#include "tests/support/stamped.h"

/* lifted_stamp adds a SignatureTimeStamp to the file's one signature; ends the program when it
 * cannot. */
void lifted_stamp(struct buf *file, const struct stamped_by *by, enum digest_alg alg);

#endif
