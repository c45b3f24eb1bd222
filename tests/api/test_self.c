/* SPDX-License-Identifier: MIT */
/* The daemon's own key: made once, kept to ourselves, and what is signed with it. */
#include "api/self.h"

#include <check.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/jwskey.h"

#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static const char *fresh_dir(void)
{
    own(buf) name = buf_max(64);
    buf_fmt(&name, "state%d", (int)getpid()); /* a test is a process */
    const char *dir = scratch_path(buf_cstr(&name));
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    return dir;
}

static const struct self_question asked = {
    .owner = "https://portal.example",
    .host = {(const uint8_t *)"127.0.0.1:15070", 15},
    .challenge = "0123456789abcdef",
};
#define SIGNED "onayd-health-1\nhttps://portal.example\n127.0.0.1:15070\n0123456789abcdef\n"

/* As a page does: the answer's own key, and the text it can write itself. */
static bool answer_is_of(const char *text, struct bytes spki, struct bytes signature)
{
    own(buf) pem = buf_max(1024);
    own_ptr(jwskey) k = NULL;
    ck_assert_int_eq(file_write(scratch_path("answer.der"), spki), OK);
    const char *path = scratch_path("answer");
    scratch_run("openssl pkey -pubin -inform DER -in %s.der -out %s.pem 2>&1", path, path);
    ck_assert_int_eq(file_read(scratch_path("answer.pem"), &pem), OK);
    ck_assert_int_eq(jwskey_of_pem(buf_bytes(&pem), &k), OK);
    return signature.len == 64 && jwskey_check(k, bytes_str(text), signature);
}

START_TEST(made_once)
{
    own(buf) key = buf_max(256), again = buf_max(256), signature = buf_max(256);
    const char *dir = fresh_dir();
    own(buf) path = buf_max(512);
    buf_fmt(&path, "%s/" SELF_FILE, dir);
    own_ptr(self) first = NULL;
    own_ptr(self) second = NULL;
    struct stat st;
    ck_assert_int_eq(self_open(dir, &first), OK);
    ck_assert_int_eq(stat(buf_cstr(&path), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(self_answer(first, &asked, &key, &signature), OK);
    ck_assert(answer_is_of(SIGNED, buf_bytes(&key), buf_bytes(&signature)));
    ck_assert(!answer_is_of("onayd-health-1\n", buf_bytes(&key), buf_bytes(&signature)));
    ck_assert_int_eq(self_open(dir, &second), OK);
    ck_assert_int_eq(self_key(second, &again), OK);
    ck_assert(bytes_eq(buf_bytes(&key), buf_bytes(&again)));
}
END_TEST

/* What stands in the key's place, made by a shell command in the folder. */
static const struct {
    const char *what, *made_by;
    bool late; /* found when the key is wanted: reading it is left to then */
} broken[] = {
    {"others may read it",
     "openssl ecparam -genkey -noout -name prime256v1 >daemon.key 2>&1; "
     "chmod 644 daemon.key",
     false},
    {"a link",
     "openssl ecparam -genkey -noout -name prime256v1 >k 2>&1; chmod 600 k; "
     "ln -s k daemon.key",
     false},
    {"a folder", "mkdir daemon.key", false},
    {"a pipe", "mkfifo -m 600 daemon.key", false},
    {"far too long", "head -c 5000 /dev/zero >daemon.key; chmod 600 daemon.key", false},
    {"a folder nobody may write", "true", false},
    {"empty", ": >daemon.key; chmod 600 daemon.key", true},
    {"rubbish", "echo rubbish >daemon.key; chmod 600 daemon.key", true},
    {"another curve",
     "openssl ecparam -genkey -noout -name secp384r1 >daemon.key 2>&1; "
     "chmod 600 daemon.key",
     true},
    {"an Ed25519 key",
     "openssl genpkey -algorithm ed25519 >daemon.key 2>&1; "
     "chmod 600 daemon.key",
     true},
    {"cut off",
     "openssl ecparam -genkey -noout -name prime256v1 2>&1 | head -c 120 >daemon.key; "
     "chmod 600 daemon.key",
     true},
};

START_TEST(unusable)
{
    own(buf) key = buf_max(256), signature = buf_max(256);
    own_ptr(self) s = NULL;
    const char *dir = fresh_dir();
    scratch_run("cd %s && %s", dir, broken[_i].made_by);
    const bool nowhere = strcmp(broken[_i].what, "a folder nobody may write") == 0;
    ck_assert_int_eq(self_open(nowhere ? "/proc/self" : dir, &s), OK);
    ck_assert_int_eq(self_error(s), broken[_i].late ? OK : ERR_STORE_UNUSABLE);
    ck_assert_int_eq(self_answer(s, &asked, &key, &signature), ERR_STORE_UNUSABLE);
    ck_assert_int_eq(self_key(s, &key), ERR_STORE_UNUSABLE);
    ck_assert_int_eq(self_error(s), ERR_STORE_UNUSABLE);
    ck_assert_uint_eq(key.len + signature.len, 0);
}
END_TEST

START_TEST(no_folder)
{
    own(buf) key = buf_max(256);
    own_ptr(self) s = NULL;
    ck_assert_int_eq(self_open("", &s), OK);
    ck_assert_int_eq(self_error(s), ERR_STORE_UNUSABLE);
    ck_assert_int_eq(self_key(s, &key), ERR_STORE_UNUSABLE);
}
END_TEST

#define TEN "0123456789"
static const struct {
    const char *text;
    bool good; /* RFC 4648 5, 16 to 64 characters */
} challenges[] = {
    {"", false},
    {"01234567890abcd", false},
    {"01234567890abcde", true},
    {"-_-_-_-_-_-_AZaz", true},
    {TEN TEN TEN TEN TEN TEN "0123", true},
    {TEN TEN TEN TEN TEN TEN "01234", false},
    {"0123456789abcde=", false},
    {"0123456789abcde+", false},
    {"0123456789abcd/e", false},
    {"0123456789abcde\n", false},
    {"0123456789abcd e", false},
    {"0123456789abcdeé", false},
};

START_TEST(challenge)
{
    ck_assert_int_eq(self_challenge_ok(challenges[_i].text), challenges[_i].good);
}
END_TEST

int main(void)
{
    (void)scratch_new();
    Suite *s = suite_create("self");
    TCase *t = tcase_create("self");
    tcase_add_test(t, made_once);
    tcase_add_loop_test(t, unusable, 0, ROWS(broken));
    tcase_add_test(t, no_folder);
    tcase_add_loop_test(t, challenge, 0, ROWS(challenges));
    suite_add_tcase(s, t);
    return suite_run(s);
}
