/* SPDX-License-Identifier: MIT */
/*
 * recover: what became of the approvals of a process that is no more.
 *
 * What: a table: the state an approval was left in → the state that is true of it now. One whose
 *       signature had come is finished, or goes on to be completed without the card; one that the
 * card may have signed is interrupted; one that had not come so far was not signed, and its owner
 * is told so. Not:  the file (store.h).
 */
#ifndef SESSION_RECOVER_H
#define SESSION_RECOVER_H

#include "session/story.h"

/* recover_ready opens the store if it is not open, and then takes up what is in it. OK without a
 * store. Errors: STORAGE_FULL, STORE_UNUSABLE. */
err_t recover_ready(struct session *s);

/* recover_file reads a finished approval's file back from the store unless it is there. Errors:
 * STORAGE_FULL, STORE_UNUSABLE. */
err_t recover_file(struct session *s, struct approval *a);

#endif
