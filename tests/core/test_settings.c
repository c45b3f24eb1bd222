/* SPDX-License-Identifier: MIT */
#include "core/settings.h"

#include <check.h>

#include "core/file.h"

#include "tests/support/suite.h"

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
    {"origin_key = https://portal.test /etc/onayd/portal.pem\n", OK, ""},
    {"origin_key = https://portal.test\n", ERR_SETTING_INVALID, "/path/key.pem"},
    {"origin_key = https://portal.test portal.pem\n", ERR_SETTING_INVALID, "/path/key.pem"},
    {"origin_key = https://portal.test/ /portal.pem\n", ERR_SETTING_INVALID, "/path/key.pem"},
    {"origin_key = /portal.pem\n", ERR_SETTING_INVALID, "/path/key.pem"},
    {"tsa = http://zd.kamusm.gov.tr\ntsa = https://tsa.test/x\n", OK, ""},
    {"tsa = zd.kamusm.gov.tr\n", ERR_SETTING_INVALID, "an address"},
    {"tsa = ftp://zd.kamusm.gov.tr\n", ERR_SETTING_INVALID, "an address"},
    {"tsa = http://\n", ERR_SETTING_INVALID, "an address"},
    {"tsa = http:///tsa\n", ERR_SETTING_INVALID, "an address"},
    {"tsa = http://user:word@a.tr/\n", ERR_SETTING_INVALID, "an address"},
    {"tsa = http://a.tr/#x\n", ERR_SETTING_INVALID, "an address"},
    {"tsa = http://a.tr/a b\n", ERR_SETTING_INVALID, "an address"},
    {"tsa = http://ş.tr\n", ERR_SETTING_INVALID, "an address"},
    {"private_host = 127.0.0.1\nprivate_host = [::1]\n", OK, ""},
    {"private_host = A.tr\n", ERR_SETTING_INVALID, "a host"},
    {"private_host = http://a.tr\n", ERR_SETTING_INVALID, "a host"},
    {"tsa_basic_host = *\n", ERR_SETTING_INVALID, "a host"},
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

static bool repeated(const char *key)
{
    static const char *const keys[] = {"origin",         "origin_key",  "tsa", "tsa_identity_host",
                                       "tsa_basic_host", "private_host"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i], key) == 0) return true;
    return false;
}

START_TEST(repeats)
{
    static struct settings s;
    own(buf) why = buf_max(256);
    settings_default(&s);
    for (size_t i = 0; i < SETTINGS_LIST; i++)
        ck_assert_int_eq(
            settings_set(&s, "tsa", i % 2 ? "http://a.tr" : "https://b.tr:8443/tsa?x=1", &why), OK);
    ck_assert_uint_eq(s.tsa.n, SETTINGS_LIST);
    ck_assert_str_eq(s.tsa.at[0], "https://b.tr:8443/tsa?x=1");
    ck_assert_str_eq(s.tsa.at[1], "http://a.tr");
    ck_assert_int_eq(settings_set(&s, "tsa", "http://c.tr", &why), ERR_SETTING_INVALID);
    ck_assert_uint_eq(s.tsa.n, SETTINGS_LIST);
}
END_TEST

START_TEST(describes_every_key)
{
    static struct settings s;
    own(buf) table = buf_max(64 * 1024), why = buf_max(256);
    settings_default(&s);
    settings_describe(&table);
    unsigned rows = 0;
    own_mem(char) lines = strdup(buf_cstr(&table));
    for (char *at = lines, *key; (key = strsep(&at, "\n")) && *key; rows++) {
        char *tab = strchr(key, '\t');
        ck_assert_ptr_nonnull(tab);
        *tab = 0;
        char *value = tab + 1;
        *strchr(value, '\t') = 0;
        /* What may be repeated has no default, and an empty entry is none. */
        ck_assert_int_eq(settings_set(&s, key, value, &why),
                         repeated(key) ? ERR_SETTING_INVALID : OK);
    }
    ck_assert_uint_gt(rows, 20);
}
END_TEST

/* Where trust_dir lies, by what is configured and by the environment. */
static const struct {
    const char *configured, *config_home, *home, *path;
} trust_dirs[] = {
    {"/etc/onayd/trust", "/c", "/h", "/etc/onayd/trust"},
    {"", "/c", "/h", "/c/onayd/trust"},
    {"", NULL, "/h", "/h/.config/onayd/trust"},
    {"", "relative", "/h", "/h/.config/onayd/trust"},
    {"", NULL, NULL, ""},
    {"", NULL, "relative", ""},
};

static void set_or_unset(const char *name, const char *value)
{
    if (value)
        (void)setenv(name, value, 1);
    else
        (void)unsetenv(name);
}

START_TEST(trust_dir)
{
    static struct settings s;
    own(buf) path = buf_max(4096), why = buf_max(256);
    settings_default(&s);
    set_or_unset("XDG_CONFIG_HOME", trust_dirs[_i].config_home);
    set_or_unset("HOME", trust_dirs[_i].home);
    ck_assert_int_eq(settings_set(&s, "trust_dir", trust_dirs[_i].configured, &why), OK);
    settings_trust_dir(&s, &path);
    ck_assert_str_eq(buf_cstr(&path), trust_dirs[_i].path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("settings");
    TCase *t = tcase_create("settings");
    tcase_add_loop_test(t, reading, 0, ROWS(files));
    tcase_add_test(t, defaults_and_set);
    tcase_add_test(t, repeats);
    tcase_add_test(t, describes_every_key);
    tcase_add_loop_test(t, trust_dir, 0, ROWS(trust_dirs));
    suite_add_tcase(s, t);
    return suite_run(s);
}
