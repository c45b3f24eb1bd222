/* SPDX-License-Identifier: MIT */
/*
 * origin: a web origin as browsers serialise it (RFC 6454 6.2), and no other spelling of it.
 *
 * What: "https://portal.example" or "https://portal.example:8443": lower case, no path, no port
 * that is the scheme's own. Anything else would never match and must not sit in a list of doors.
 * Not:  which origin is let in (api/door, api/origins); how one is shown (pkcs11/site).
 */
#ifndef CORE_ORIGIN_H
#define CORE_ORIGIN_H

#include <stdbool.h>

#define ORIGIN_ROOM 256 /* octets, with the NUL */

/* origin_ok: http or https, a host (labels of a-z 0-9 -, none empty; or an IPv4 address; or an IPv6
 * one in brackets), and at most a port of 1 to 65535 without leading zeros. At most 255 octets. */
bool origin_ok(const char *text);

/* origin_host finds the host in one that is ok: where it begins, and its length without the port.
 */
const char *origin_host(const char *origin, unsigned *len);

/* origin_is_https; origin_is_loopback: http to this machine. Of one that is ok. */
bool origin_is_https(const char *origin);
bool origin_is_loopback(const char *origin);

#endif
