/* SPDX-License-Identifier: MIT */
#include "core/digest.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "core/buf.h"

#include "tests/support/suite.h"

/* FIPS 180-4 example values and the empty message. */
static const struct {
    enum digest_alg alg;
    const char *message, *hex;
} vectors[] = {
    {DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DIGEST_SHA384, "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c82"
     "5a7"},
    {DIGEST_SHA512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
};
#define N_VECTORS (int)(sizeof vectors / sizeof *vectors)

static void expect(const struct digest *d, const char *hex)
{
    own(buf) got = buf_max(2 * DIGEST_MAX);
    buf_hex(&got, digest_bytes(d));
    ck_assert_str_eq(buf_cstr(&got), hex);
}

START_TEST(one_shot_and_again)
{
    struct digest d;
    for (int twice = 0; twice < 2; twice++) {
        ck_assert(digest_of(vectors[_i].alg, bytes_str(vectors[_i].message), &d));
        expect(&d, vectors[_i].hex);
        ck_assert_uint_eq(d.len, digest_len(vectors[_i].alg));
    }
}
END_TEST

START_TEST(streamed_and_cloned)
{
    own_ptr(hasher) h = hasher_new(vectors[_i].alg);
    struct bytes m = bytes_str(vectors[_i].message);
    struct digest d;
    ck_assert_ptr_nonnull(h);
    for (int twice = 0; twice < 2; twice++) {
        ck_assert(hasher_add(h, bytes_sub(m, 0, m.len / 2)));
        own_ptr(hasher) copy = hasher_clone(h);
        ck_assert_ptr_nonnull(copy);
        ck_assert(hasher_add(copy, bytes_str("something else")) && hasher_end(copy, &d));
        ck_assert(hasher_add(h, bytes_sub(m, m.len / 2, m.len)));
        ck_assert(hasher_end(h, &d));
        expect(&d, vectors[_i].hex);
    }
}
END_TEST

START_TEST(of_a_file_from_its_start)
{
    own_fd fd = memfd_create("t", MFD_CLOEXEC);
    struct digest d;
    uint64_t size = 0;
    ck_assert_int_eq(write(fd, "abc", 3), 3);
    ck_assert(digest_of_fd(DIGEST_SHA256, fd, &d, &size));
    ck_assert_uint_eq(size, 3);
    expect(&d, vectors[1].hex);
    ck_assert(!digest_of_fd(DIGEST_SHA256, -1, &d, &size));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("digest");
    TCase *t = tcase_create("digest");
    tcase_add_loop_test(t, one_shot_and_again, 0, N_VECTORS);
    tcase_add_loop_test(t, streamed_and_cloned, 0, N_VECTORS);
    tcase_add_test(t, of_a_file_from_its_start);
    suite_add_tcase(s, t);
    return suite_run(s);
}
