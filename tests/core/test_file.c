/* SPDX-License-Identifier: MIT */
#include "core/file.h"

#include <check.h>

#include "tests/support/suite.h"

START_TEST(private_files)
{
    char dir[] = "/tmp/onayd-file-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    own(buf) path = buf_max(256), link_path = buf_max(256), back = buf_max(64);
    buf_fmt(&path, "%s/pin", dir);
    buf_fmt(&link_path, "%s/link", dir);
    int fd = -1;
    ck_assert_int_eq(file_write_private(buf_cstr(&path), bytes_str("secret")), OK);
    ck_assert_int_eq(file_private(buf_cstr(&path), &fd), OK);
    ck_assert_int_eq(file_read_fd(fd, &back), OK);
    ck_assert(bytes_eq_str(buf_bytes(&back), "secret"));
    fd_own(&fd);
    ck_assert_int_eq(symlink(buf_cstr(&path), buf_cstr(&link_path)), 0);
    ck_assert_int_eq(file_private(buf_cstr(&link_path), &fd), ERR_FILE_UNREADABLE);
    ck_assert_int_eq(file_write(buf_cstr(&path), bytes_str("public")), OK);
    ck_assert_int_eq(file_private(buf_cstr(&path), &fd), ERR_FILE_UNREADABLE); /* 0644 */
    ck_assert_int_eq(file_private(dir, &fd), ERR_FILE_UNREADABLE);
    own(buf) five = buf_max(5), six = buf_max(6);
    ck_assert_int_eq(file_read(buf_cstr(&path), &five), ERR_BODY_TOO_LARGE);
    ck_assert_int_eq(file_read(buf_cstr(&path), &six), OK);
    ck_assert_int_eq(file_read(dir, &back), ERR_FILE_UNREADABLE);
    (void)unlink(buf_cstr(&path));
    (void)unlink(buf_cstr(&link_path));
    (void)rmdir(dir);
}
END_TEST

START_TEST(sealed_memory)
{
    own_fd fd = -1;
    struct bytes view;
    ck_assert_int_eq(file_memory(bytes_str("shown"), &fd), OK);
    ck_assert(file_memory_sealed(fd) && !file_memory_sealed(0));
    ck_assert_int_eq(write(fd, "x", 1), -1);
    ck_assert_int_eq(ftruncate(fd, 1), -1);
    ck_assert_int_eq(file_map(fd, &view), OK);
    ck_assert(bytes_eq_str(view, "shown"));
    file_unmap(view);
}
END_TEST

/* What comes bit by bit is open until it is sealed. */
START_TEST(memory_in_parts)
{
    own_fd fd = -1;
    struct bytes view;
    ck_assert_int_eq(file_memory_new(&fd), OK);
    ck_assert(file_memory_add(fd, bytes_str("sho")) && !file_memory_sealed(fd));
    ck_assert(file_memory_add(fd, bytes_str("wn")));
    ck_assert_int_eq(file_memory_seal(fd), OK);
    ck_assert(file_memory_sealed(fd) && !file_memory_add(fd, bytes_str("x")));
    ck_assert_int_eq(file_map(fd, &view), OK);
    ck_assert(bytes_eq_str(view, "shown"));
    file_unmap(view);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("file");
    TCase *t = tcase_create("file");
    tcase_add_test(t, private_files);
    tcase_add_test(t, sealed_memory);
    tcase_add_test(t, memory_in_parts);
    suite_add_tcase(s, t);
    return suite_run(s);
}
