/* SPDX-License-Identifier: MIT */
#include "core/settings.h"

#include <check.h>

#include "core/args.h"
#include "core/file.h"

static const struct {
    const char *file;
    err_t expected;
    const char *why; /* a part of the reason */
} files[] = {
    {"", OK, ""},
    {"# comment\n\n  module =  /usr/lib/x.so  \r\n", OK, ""},
    {"origin = https://portal.test\norigin = https://b.test:8443\n", OK, ""},
    {"origin = http://127.0.0.1:8080\n", OK, ""},
    {"consent_seconds=5", OK, ""},
    {"modul = x\n", ERR_SETTING_INVALID, ":1: unknown key"},
    {"\n\nconsent_seconds = 0\n", ERR_SETTING_INVALID, ":3: consent_seconds"},
    {"consent_seconds = 5s\n", ERR_SETTING_INVALID, "a number from"},
    {"consent_seconds = -5\n", ERR_SETTING_INVALID, "a number from"},
    {"max_document = 99999999999999999999\n", ERR_SETTING_INVALID, "a number from"},
    {"any_certificate = true\n", ERR_SETTING_INVALID, "yes or no"},
    {"origin = *\n", ERR_SETTING_INVALID, "an origin"},
    {"origin = null\n", ERR_SETTING_INVALID, "an origin"},
    {"origin = https://portal.test/\n", ERR_SETTING_INVALID, "an origin"},
    {"origin = https://Portal.test\n", ERR_SETTING_INVALID, "an origin"},
    {"origin = https://portal.test:443\n", ERR_SETTING_INVALID, "an origin"},
    {"origin = https://\n", ERR_SETTING_INVALID, "an origin"},
    {"module\n", ERR_SETTING_INVALID, "key = value"},
    {"module = \xff\n", ERR_SETTING_INVALID, "UTF-8"},
};

START_TEST(reading)
{
    char path[] = "/tmp/onayd-settings-XXXXXX";
    own_fd fd = mkstemp(path);
    own(buf) why = buf_max(1024);
    struct settings s, before;
    settings_default(&s);
    before = s;
    struct bytes text = bytes_str(files[_i].file);
    ck_assert_int_eq(write(fd, text.p, text.len), (ssize_t)text.len);
    err_t e = settings_read(&s, path, &why);
    (void)unlink(path);
    ck_assert_int_eq(e, files[_i].expected);
    ck_assert_msg(strstr(buf_cstr(&why), files[_i].why) != NULL, "%s", buf_cstr(&why));
    if (e) ck_assert_int_eq(memcmp(&s, &before, sizeof s), 0);
}
END_TEST

START_TEST(defaults_and_set)
{
    static struct settings s;
    own(buf) why = buf_max(256);
    settings_default(&s);
    ck_assert_uint_eq(s.max_json_body, 32u << 20);
    ck_assert_uint_eq(s.max_document, 4ull << 30);
    ck_assert_uint_eq(s.consent_seconds, 180);
    ck_assert_str_eq(s.pinentry, "pinentry");
    ck_assert_uint_eq(s.n_origins, 0);
    ck_assert(!s.any_certificate && !s.http_loopback_origins);
    ck_assert_int_eq(settings_set(&s, "max_approvals", "3", &why), OK);
    ck_assert_uint_eq(s.max_approvals, 3);
    ck_assert_int_eq(settings_set(&s, "nope", "3", &why), ERR_SETTING_INVALID);
    ck_assert_int_eq(settings_read(&s, "/nonexistent/onayd.conf", &why), ERR_FILE_UNREADABLE);
}
END_TEST

START_TEST(describes_every_key)
{
    static struct settings s;
    own(buf) table = buf_max(64 * 1024), why = buf_max(256);
    settings_default(&s);
    settings_describe(&table);
    unsigned rows = 0;
    for (char *line = strdup(buf_cstr(&table)), *at = line, *key; (key = strsep(&at, "\n")) && *key;
         rows++) {
        char *tab = strchr(key, '\t');
        ck_assert_ptr_nonnull(tab);
        *tab = 0;
        char *value = tab + 1;
        *strchr(value, '\t') = 0;
        if (strcmp(key, "origin") != 0) ck_assert_int_eq(settings_set(&s, key, value, &why), OK);
        if (!at || !*at) free(line);
    }
    ck_assert_uint_gt(rows, 20);
}
END_TEST

START_TEST(arguments)
{
    static const struct arg_row rows[] = {{"--port", "N", 1, "p"}, {"--json", NULL, 2, "j"}};
    static const struct {
        const char *argv[5];
        enum args_got got[4];
    } cases[] = {
        {{"x", "--port", "1", "--json", "w"}, {ARGS_OPTION, ARGS_OPTION, ARGS_WORD, ARGS_END}},
        {{"x", "--port=1", "--", "--json", "w"}, {ARGS_OPTION, ARGS_WORD, ARGS_WORD, ARGS_END}},
        {{"x", "a", "b", "c", "--port"}, {ARGS_WORD, ARGS_WORD, ARGS_WORD, ARGS_BAD}},
        {{"x", "--json=1", "--nope", "-", "-x"}, {ARGS_BAD, ARGS_BAD, ARGS_WORD, ARGS_WORD}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *argv[5];
        for (size_t k = 0; k < 5; k++) argv[k] = strdup(cases[i].argv[k]);
        struct args a = {.argc = 5, .argv = argv, .at = 1, .rows = rows, .n_rows = 2};
        for (size_t k = 0; k < 4; k++) {
            int id;
            const char *value;
            ck_assert_int_eq(args_next(&a, &id, &value), cases[i].got[k]);
        }
        for (size_t k = 0; k < 5; k++) free(argv[k]);
    }
}
END_TEST

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

int main(void)
{
    Suite *s = suite_create("settings");
    TCase *t = tcase_create("settings");
    tcase_add_loop_test(t, reading, 0, (int)(sizeof files / sizeof *files));
    tcase_add_test(t, defaults_and_set);
    tcase_add_test(t, describes_every_key);
    tcase_add_test(t, arguments);
    tcase_add_test(t, private_files);
    tcase_add_test(t, sealed_memory);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
