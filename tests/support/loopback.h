/* SPDX-License-Identifier: MIT */
/*
 * loopback: a TCP connection of this process to itself.
 */
#ifndef TESTS_SUPPORT_LOOPBACK_H
#define TESTS_SUPPORT_LOOPBACK_H

/* loopback_connect: the accepted end, by IPv4, or -1; the other end and the listening socket stay
 * open with the process. */
int loopback_connect(void);

#endif
