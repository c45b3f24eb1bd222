/* SPDX-License-Identifier: MIT */
/*
 * admission: the question whether a web site that nobody knows may come in.
 *
 * What: the dialog, in a process that does nothing else (`onayd-token --admission`), and the two
 *       messages to and from it. The process believes nobody: what is not an origin is not shown.
 *       "Always" takes a second dialog: some pinentry programs tell a closed window as the button
 *       for no, which here must not be the one that opens a door for good.
 * Not:  who may be asked about, when, and what follows (api/pairing).
 * Use:  admission_ask(sock, &q); when sock is readable: e = admission_hear(sock, &granted).
 *       Closing sock closes the dialog.
 */
#ifndef PKCS11_ADMISSION_H
#define PKCS11_ADMISSION_H

#include "core/err.h"
#include "core/origin.h"

#define ADMISSION_MAX_SECONDS 3600

enum admission { ADMISSION_ONCE, ADMISSION_ALWAYS };

struct admission_question {
    char origin[ORIGIN_ROOM];
    enum lang lang;
    unsigned seconds; /* 1 to ADMISSION_MAX_SECONDS, which the person has for all dialogs */
};

/* admission_ask sends the question; false when nobody is there. */
bool admission_ask(int sock, const struct admission_question *q);

/* admission_hear takes the answer; does not wait. Errors: CONSENT_DECLINED, CONSENT_TIMEOUT,
 * DIALOG_UNAVAILABLE, STORAGE_FULL; INTERNAL for a process that ended or said something else. */
err_t admission_hear(int sock, enum admission *granted);

/* admission_run is the process: takes one question from `sock`, asks by the program `pinentry`,
 * answers. The exit status: 0, or 1 when what came was no question. */
int admission_run(int sock, const char *pinentry);

#endif
