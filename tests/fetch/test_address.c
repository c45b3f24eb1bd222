/* SPDX-License-Identifier: MIT */
#include "fetch/address.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>

#include "tests/support/suite.h"

static const struct {
    const char *address;
    bool public;
} rows[] = {
    {"193.140.100.1", true}, /* the public Internet */
    {"8.8.8.8", true},
    {"1.0.0.0", true},
    {"0.0.0.0", false}, /* RFC 791: connects to this machine */
    {"0.1.2.3", false},
    {"9.255.255.255", true},
    {"10.0.0.0", false}, /* RFC 1918 */
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.1", false}, /* RFC 6598 */
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"127.0.0.1", false}, /* RFC 1122 */
    {"127.255.255.254", false},
    {"128.0.0.0", true},
    {"169.254.169.254", false}, /* RFC 3927 */
    {"169.253.255.255", true},
    {"172.15.255.255", true},
    {"172.16.0.0", false}, /* RFC 1918 */
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"192.0.0.1", false},   /* RFC 6890 */
    {"192.0.2.1", false},   /* RFC 5737 */
    {"192.88.99.1", false}, /* RFC 7526 */
    {"192.168.0.1", false}, /* RFC 1918 */
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.1", false}, /* RFC 2544 */
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"198.51.100.1", false}, /* RFC 5737 */
    {"203.0.113.1", false},  /* RFC 5737 */
    {"223.255.255.255", true},
    {"224.0.0.1", false}, /* RFC 5771 */
    {"239.255.255.250", false},
    {"240.0.0.1", false},       /* RFC 1112 4 */
    {"255.255.255.255", false}, /* RFC 919 */
    {"2a00:1450:4017::1", true},
    {"2001:a98::1", true},
    {"3ffe::1", true},
    {"::", false},               /* RFC 4291 2.5.2 */
    {"::1", false},              /* RFC 4291 2.5.3 */
    {"::7f00:1", false},         /* RFC 4291 2.5.5.1: compatible, given up */
    {"::ffff:127.0.0.1", false}, /* RFC 4291 2.5.5.2: mapped */
    {"::ffff:10.1.2.3", false},  /* the same */
    {"::ffff:169.254.169.254", false},
    {"::ffff:8.8.8.8", true},
    {"64:ff9b::7f00:1", false}, /* RFC 6052: NAT64 */
    {"64:ff9b::808:808", true},
    {"64:ff9b:1::1", false}, /* RFC 8215: local NAT64 */
    {"100::1", false},       /* RFC 6666: discard */
    {"2001::1", false},      /* RFC 4380: Teredo */
    {"2001:1ff::1", false},  /* RFC 2928 */
    {"2001:200::1", true},
    {"2001:db8::1", false},       /* RFC 3849 */
    {"2002:7f00:1::1", false},    /* RFC 3056: 6to4 */
    {"3fff::1", false},           /* RFC 9637 */
    {"4000::1", false},           /* RFC 4291 2.4: not handed out */
    {"fc00::1", false},           /* RFC 4193: unique local */
    {"fd12:3456:789a::1", false}, /* the same */
    {"fe80::1", false},           /* RFC 4291 2.5.6: link-local */
    {"febf::1", false},           /* the same */
    {"fec0::1", false},           /* RFC 3879: site-local */
    {"ff02::1", false},           /* RFC 4291 2.7: multicast */
    {"ff0e::1", false},           /* the same, of global scope */
};

static socklen_t address_of(const char *text, struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        return sizeof v4;
    }
    ck_assert_int_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    memcpy(out, &v6, sizeof v6);
    return sizeof v6;
}

START_TEST(one_address)
{
    struct sockaddr_storage a;
    socklen_t len = address_of(rows[_i].address, &a);
    bool is_address = false;
    ck_assert_msg(address_public((struct sockaddr *)&a, len) == rows[_i].public, "%s",
                  rows[_i].address);
    ck_assert(address_text_public(rows[_i].address, &is_address) == rows[_i].public);
    ck_assert(is_address);
}
END_TEST

START_TEST(not_an_ip_address)
{
    struct sockaddr_storage a;
    socklen_t len = address_of("8.8.8.8", &a);
    ck_assert(!address_public((struct sockaddr *)&a, len - 1));
    a.ss_family = AF_UNIX;
    ck_assert(!address_public((struct sockaddr *)&a, sizeof a));
    (void)address_of("2a00::1", &a);
    ck_assert(!address_public((struct sockaddr *)&a, sizeof(struct sockaddr_in)));
}
END_TEST

/* As the URL reader leaves them: it has made four decimal parts of every form of an address. */
START_TEST(texts)
{
    static const struct {
        const char *host;
        bool public, is_address;
    } hosts[] = {
        {"[::1]", false, true},
        {"[2a00::1]", true, true},
        {"fe80::1%eth0", false, true},
        {"[fe80::1%25eth0]", false, true},
        {"zd.kamusm.gov.tr", true, false},
        {"localhost", true, false}, /* names are the caller's */
        {"10.0.0.1.nip.io", true, false},
        {"", true, false},
    };
    bool is_address;
    ck_assert(address_text_public(hosts[_i].host, &is_address) == hosts[_i].public);
    ck_assert(is_address == hosts[_i].is_address);
}
END_TEST

START_TEST(blocks)
{
    ck_assert(address_in("10.1.2.3", "10.0.0.0/8"));
    ck_assert(!address_in("11.1.2.3", "10.0.0.0/8"));
    ck_assert(address_in("192.168.7.129", "192.168.7.128/25"));
    ck_assert(!address_in("192.168.7.127", "192.168.7.128/25"));
    ck_assert(address_in("[fd00::1]", "fd00::/8"));
    ck_assert(!address_in("10.1.2.3", "fd00::/8"));
    ck_assert(address_in("10.1.2.3", "0.0.0.0/0"));
    ck_assert(!address_in("10.1.2.3", "10.0.0.0/33"));
    ck_assert(!address_in("10.1.2.3", "10.0.0.0/"));
    ck_assert(!address_in("10.1.2.3", "10.0.0.0/8x"));
    ck_assert(!address_in("10.1.2.3", "10.0.0.0"));
    ck_assert(!address_in("a.tr", "10.0.0.0/0"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("address");
    TCase *t = tcase_create("address");
    tcase_add_loop_test(t, one_address, 0, ROWS(rows));
    tcase_add_test(t, not_an_ip_address);
    tcase_add_loop_test(t, texts, 0, 8);
    tcase_add_test(t, blocks);
    suite_add_tcase(s, t);
    return suite_run(s);
}
