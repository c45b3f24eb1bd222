/* SPDX-License-Identifier: MIT */
/*
 * address: which addresses anybody may be asked to visit.
 *
 * What: whether an IP address is of the public Internet; the table is in address.c with the
 *       registry's clauses. Asked of the address a socket is about to connect to, so that neither
 *       a name that resolves to something else the second time nor 0x7f.1 gets past.
 * Not:  names: transfer.c, which also knows which hosts are configured to be private.
 */
#ifndef FETCH_ADDRESS_H
#define FETCH_ADDRESS_H

#include <sys/socket.h>

#include "core/bytes.h"

/* address_public: false for loopback, private, link-local, shared, multicast, documentation and
 * reserved addresses, for those of the IPv4 world when their IPv4 address is such a one, and for
 * what is neither IPv4 nor IPv6. */
bool address_public(const struct sockaddr *a, socklen_t len);

/* address_text_public: the same of an address as a URL writes it, IPv6 in brackets or not, IPv4 in
 * four decimal parts. *is_address false: it is a name; then the answer is true. */
bool address_text_public(const char *host, bool *is_address);

/* address_in: the address `host` lies in `block`, such as 10.0.0.0/8 or fd00::/8. */
bool address_in(const char *host, const char *block);

#endif
