/* SPDX-License-Identifier: MIT */
/*
 * worker: the loop of the process that loads the vendor's module and sees PINs.
 *
 * What: questions from the wire to the token of this process, its events back.
 * Not:  process hygiene and options (main.c).
 * Use:  return worker_run(sock, &config);
 */
#ifndef PKCS11_WORKER_H
#define PKCS11_WORKER_H

#include "pkcs11/token.h"

/* worker_run opens the token of *config (cancel_fd and watch are set here), says READY, and serves
 * `sock` until it is closed, a message is not understood, or an approval that saw a PIN is over:
 * then the card is logged out and the process should end. Returns the exit status: 0, or 1 when
 * the token could not be opened (READY has said why). */
int worker_run(int sock, const struct token_config *config);

#endif
