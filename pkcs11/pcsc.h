/* SPDX-License-Identifier: MIT */
/*
 * pcsc: the loop of the process that watches the readers.
 *
 * What: what pcscd tells of readers and cards, as READERS messages, at once and only when something
 *       has changed. Waits for a pcscd that is not there, and for one that comes back.
 * Not:  talking to cards; process hygiene and options (main.c); our end of the socket (watch.h).
 * Use:  return pcsc_run(sock);
 *
 * Between changes it sleeps: in pcscd's socket, or in inotify while there is no pcscd.
 */
#ifndef PKCS11_PCSC_H
#define PKCS11_PCSC_H

/* pcsc_run says READY and serves `sock` until it is closed or anything is said there: then the
 * process ends with 0. Returns only 1: no memory, no thread. */
int pcsc_run(int sock);

#endif
