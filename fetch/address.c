/* SPDX-License-Identifier: MIT */
#include "fetch/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <netinet/in.h>

/* IPv4 addresses that are not everybody's: the IANA special-purpose registry (RFC 6890). */
static const struct block4 {
    uint8_t net[4];
    unsigned bits;
} special4[] = {
    {{0, 0, 0, 0}, 8},       /* RFC 791 3.2: this network; 0.0.0.0 connects to this machine */
    {{10, 0, 0, 0}, 8},      /* RFC 1918 */
    {{100, 64, 0, 0}, 10},   /* RFC 6598: shared by carriers */
    {{127, 0, 0, 0}, 8},     /* RFC 1122 3.2.1.3: loopback */
    {{169, 254, 0, 0}, 16},  /* RFC 3927: link-local, where clouds keep their secrets */
    {{172, 16, 0, 0}, 12},   /* RFC 1918 */
    {{192, 0, 0, 0}, 24},    /* RFC 6890 */
    {{192, 0, 2, 0}, 24},    /* RFC 5737: documentation */
    {{192, 88, 99, 0}, 24},  /* RFC 7526: 6to4 relays that were */
    {{192, 168, 0, 0}, 16},  /* RFC 1918 */
    {{198, 18, 0, 0}, 15},   /* RFC 2544: benchmarks */
    {{198, 51, 100, 0}, 24}, /* RFC 5737 */
    {{203, 0, 113, 0}, 24},  /* RFC 5737 */
    {{224, 0, 0, 0}, 4},     /* RFC 5771: multicast */
    {{240, 0, 0, 0}, 4},     /* RFC 1112 4: reserved, and the broadcast address */
};

/* IPv6 turns it round: 2000::/3 is all that is handed out (RFC 4291 2.4), and of it not these. */
static const struct block6 {
    uint8_t net[16];
    unsigned bits;
} special6[] = {
    {{0x20, 0x01}, 23},             /* RFC 2928: protocols; Teredo among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* RFC 3849: documentation */
    {{0x20, 0x02}, 16},             /* RFC 3056: 6to4, an IPv4 address in disguise */
    {{0x3f, 0xff}, 20},             /* RFC 9637: documentation */
};
static const struct block6 global6 = {{0x20}, 3};

/* The IPv4 world as IPv6 writes it; the address is in the last four octets. */
static const struct block6 carries4[] = {
    {{[10] = 0xff, [11] = 0xff}, 96}, /* RFC 4291 2.5.5.2: mapped */
    {{0, 0x64, 0xff, 0x9b}, 96},      /* RFC 6052: NAT64 */
};

static bool within(const uint8_t *address, const uint8_t *net, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(address, net, whole) != 0) return false;
    return rest == 0 || ((address[whole] ^ net[whole]) >> (8 - rest)) == 0;
}

static bool public4(const uint8_t a[4])
{
    for (size_t i = 0; i < sizeof special4 / sizeof *special4; i++)
        if (within(a, special4[i].net, special4[i].bits)) return false;
    return true;
}

static bool public6(const uint8_t a[16])
{
    for (size_t i = 0; i < sizeof carries4 / sizeof *carries4; i++)
        if (within(a, carries4[i].net, carries4[i].bits)) return public4(a + 12);
    for (size_t i = 0; i < sizeof special6 / sizeof *special6; i++)
        if (within(a, special6[i].net, special6[i].bits)) return false;
    return within(a, global6.net, global6.bits);
}

bool address_public(const struct sockaddr *a, socklen_t len)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (len >= sizeof v4 && a->sa_family == AF_INET) {
        memcpy(&v4, a, sizeof v4);
        return public4((const uint8_t *)&v4.sin_addr);
    }
    if (len < sizeof v6 || a->sa_family != AF_INET6) return false;
    memcpy(&v6, a, sizeof v6);
    return public6(v6.sin6_addr.s6_addr);
}

/* ---- as text ---- */

/* 4 or 16 octets, 0 for a name. A zone (%eth0) is dropped: it makes no address more public. */
static size_t read_address(const char *text, uint8_t out[16])
{
    char bare[64];
    size_t n = strlen(text);
    if (n >= sizeof bare) return 0;
    memcpy(bare, text, n + 1);
    if (bare[0] == '[' && bare[n - 1] == ']') {
        memmove(bare, bare + 1, n - 2);
        bare[n - 2] = 0;
    }
    if (inet_pton(AF_INET, bare, out) == 1) return 4;
    bare[strcspn(bare, "%")] = 0;
    return inet_pton(AF_INET6, bare, out) == 1 ? 16 : 0;
}

bool address_text_public(const char *host, bool *is_address)
{
    uint8_t a[16];
    size_t n = read_address(host, a);
    *is_address = n > 0;
    return n == 0 || (n == 4 ? public4(a) : public6(a));
}

bool address_in(const char *host, const char *block)
{
    char net_text[64], *end;
    uint8_t a[16], net[16];
    size_t n = strcspn(block, "/");
    if (n >= sizeof net_text || block[n] != '/') return false;
    memcpy(net_text, block, n);
    net_text[n] = 0;
    unsigned long bits = strtoul(block + n + 1, &end, 10);
    size_t size = read_address(host, a);
    return size > 0 && end != block + n + 1 && !*end && bits <= 8 * size &&
           read_address(net_text, net) == size && within(a, net, (unsigned)bits);
}
