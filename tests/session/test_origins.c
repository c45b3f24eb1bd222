/* SPDX-License-Identifier: MIT */
/* Who is let in: by configuration, for good, for one approval; and what a file may say of it. */
#include "session/origins.h"

#include <check.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/file.h"
#include "session/clock.h"

#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#define SITE  "https://portal.example"
#define OTHER "https://other.example"
#define HOME  "https://home.example" /* configured */

static struct settings settings;
static char dir[256];
static struct origins *o;

static enum origins_kind find(const char *origin)
{
    return origins_find(o, bytes_str(origin));
}

static void again(void)
{
    origins_free(o);
    ck_assert_int_eq(origins_open(&settings, dir, &o), OK);
}

/* A test is a process, and has a folder of its own. */
static void set_up(void)
{
    settings_default(&settings);
    (void)snprintf(settings.origins[settings.n_origins++], ORIGIN_ROOM, HOME);
    own(buf) name = buf_max(64);
    buf_fmt(&name, "state%d", (int)getpid());
    (void)snprintf(dir, sizeof dir, "%s", scratch_path(buf_cstr(&name)));
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    ck_assert_int_eq(origins_open(&settings, dir, &o), OK);
    ck_assert_int_eq(origins_error(o), OK);
}

static void tear_down(void)
{
    origins_free(o);
}

static const char *file_path(void)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/" ORIGINS_FILE, dir);
    return path;
}

static void id_at(const char *origin, char id[SESSION_ID])
{
    struct origins_entry e;
    id[0] = 0;
    for (size_t i = 0; origins_at(o, i, &e); i++)
        if (strcmp(e.origin, origin) == 0) memcpy(id, e.id, SESSION_ID);
    ck_assert_uint_eq(strlen(id), SESSION_ID - 1);
}

static err_t remove_one(const char *origin)
{
    char id[SESSION_ID], removed[ORIGIN_ROOM];
    id_at(origin, id);
    err_t e = origins_remove(o, id, removed);
    if (!e) ck_assert_str_eq(removed, origin);
    return e;
}

/* ---- for good ---- */

START_TEST(for_good)
{
    struct stat st;
    struct origins_entry e;
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
    ck_assert_int_eq(origins_pair(o, SITE, 1000000000), OK);
    ck_assert_int_eq(origins_pair(o, SITE, 1000000001), OK); /* known already */
    ck_assert_int_eq(origins_pair(o, OTHER, 1000000002), OK);
    ck_assert_int_eq(find(SITE), ORIGINS_PAIRED);
    ck_assert_int_eq(stat(file_path(), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    again();
    ck_assert_int_eq(find(SITE), ORIGINS_PAIRED);
    ck_assert_int_eq(find(OTHER), ORIGINS_PAIRED);
    ck_assert(origins_at(o, 1, &e));
    ck_assert_str_eq(e.origin, SITE);
    ck_assert_int_eq(e.since, 1000000000);
    ck_assert_int_eq(remove_one(SITE), OK);
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
    again();
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
    ck_assert_int_eq(find(OTHER), ORIGINS_PAIRED);
}
END_TEST

START_TEST(configured)
{
    struct origins_entry e;
    char removed[ORIGIN_ROOM];
    ck_assert_int_eq(find(HOME), ORIGINS_CONFIGURED);
    ck_assert(origins_at(o, 0, &e));
    ck_assert_int_eq(e.kind, ORIGINS_CONFIGURED);
    ck_assert(!origins_at(o, 1, &e));
    ck_assert_int_eq(remove_one(HOME), ERR_ORIGIN_CONFIGURED);
    ck_assert_int_eq(origins_remove(o, "00000000000000000000000000000000", removed), ERR_NOT_FOUND);
    ck_assert_int_eq(find(HOME), ORIGINS_CONFIGURED);
}
END_TEST

START_TEST(exactly_this_one)
{
    static const char *const others[] = {"https://portal.example:8443",
                                         "http://portal.example",
                                         "https://a.portal.example",
                                         "https://portal.exampl",
                                         "https://portal.example.",
                                         "HTTPS://portal.example",
                                         "https://portal.example/",
                                         "",
                                         "null"};
    ck_assert_int_eq(origins_pair(o, SITE, 1), OK);
    origins_invite(o, OTHER, clock_after(60));
    for (int i = 0; i < ROWS(others); i++) ck_assert_int_eq(find(others[i]), ORIGINS_UNKNOWN);
}
END_TEST

/* An origin that was let in while development was on is not, once it is off. */
START_TEST(loopback)
{
    ck_assert(!origins_may_be(o, "http://localhost:3000"));
    settings.http_loopback_origins = true;
    ck_assert(origins_may_be(o, "http://localhost:3000"));
    ck_assert(!origins_may_be(o, "http://portal.example"));
    ck_assert(!origins_may_be(o, "null"));
    ck_assert_int_eq(origins_pair(o, "http://localhost:3000", 1), OK);
    ck_assert_int_eq(find("http://localhost:3000"), ORIGINS_PAIRED);
    settings.http_loopback_origins = false;
    ck_assert_int_eq(find("http://localhost:3000"), ORIGINS_UNKNOWN);
}
END_TEST

START_TEST(not_without_end)
{
    char site[64];
    for (int i = 0; i < ORIGINS_MAX; i++) {
        (void)snprintf(site, sizeof site, "https://p%d.example", i);
        ck_assert_int_eq(origins_pair(o, site, i), OK);
    }
    ck_assert_int_eq(origins_pair(o, SITE, 1), ERR_TOO_MANY_REQUESTS);
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
    again();
    ck_assert_int_eq(origins_error(o), OK);
    ck_assert_int_eq(find(site), ORIGINS_PAIRED);
    ck_assert_int_eq(remove_one("https://p0.example"), OK);
    ck_assert_int_eq(origins_pair(o, SITE, 1), OK);
}
END_TEST

/* ---- what the file may be ---- */

static const struct {
    const char *text;
    bool believed;
} files[] = {
    {"", true},
    {"# nothing\n", true},
    {"2026-09-20T10:00:00Z " SITE "\n", true},
    {"2026-09-20T10:00:00Z " SITE, true}, /* an editor's last line */
    {"\n2026-09-20T10:00:00Z " SITE "\n\n", true},
    {SITE "\n", false},
    {"2026-09-20T10:00:00Z  " SITE "\n", false},
    {"2026-09-20T10:00:00Z " SITE "/\n", false},
    {"2026-09-20T10:00:00Z " SITE " \n", false},
    {"2026-09-20T10:00:00Z " SITE "\r\n", false},
    {"2026-09-20T10:00:00Z *\n", false},
    {"2026-09-20T10:00:00Z null\n", false},
    {"2026-09-31T10:00:00Z " SITE "\n", false},
    {"2026-09-20T10:00:00Z\n", false},
    {"2026-09-20T10:00:00Z \n", false},
    {"2026-09-20T10:00:00Z " SITE "\nrubbish\n", false},
};

START_TEST(file)
{
    ck_assert_int_eq(file_write_private(file_path(), bytes_str(files[_i].text)), OK);
    again();
    ck_assert_int_eq(origins_error(o), files[_i].believed ? OK : ERR_STORE_UNUSABLE);
    if (!files[_i].believed) {
        ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
        ck_assert_int_eq(origins_pair(o, OTHER, 1), ERR_STORE_UNUSABLE);
        ck_assert_int_eq(find(OTHER), ORIGINS_UNKNOWN);
    } else if (strstr(files[_i].text, SITE)) {
        ck_assert_int_eq(find(SITE), ORIGINS_PAIRED);
    }
    ck_assert_int_eq(find(HOME), ORIGINS_CONFIGURED);
}
END_TEST

START_TEST(others_may_write)
{
    ck_assert_int_eq(origins_pair(o, SITE, 1), OK);
    ck_assert_int_eq(chmod(file_path(), 0622), 0);
    again();
    ck_assert_int_eq(origins_error(o), ERR_STORE_UNUSABLE);
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
}
END_TEST

START_TEST(no_folder)
{
    origins_free(o);
    ck_assert_int_eq(origins_open(&settings, "", &o), OK);
    ck_assert_int_eq(origins_error(o), ERR_STORE_UNUSABLE);
    ck_assert_int_eq(origins_pair(o, SITE, 1), ERR_STORE_UNUSABLE);
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
    ck_assert_int_eq(find(HOME), ORIGINS_CONFIGURED);
    origins_invite(o, SITE, clock_after(60));
    ck_assert_int_eq(find(SITE), ORIGINS_VISITOR);
}
END_TEST

START_TEST(folder_gone)
{
    scratch_run("rm -r %s", dir);
    ck_assert_int_eq(origins_pair(o, SITE, 1), ERR_STORE_UNUSABLE);
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
}
END_TEST

/* ---- for one approval ---- */

START_TEST(visitor)
{
    origins_invite(o, SITE, clock_after(60));
    ck_assert_int_eq(find(SITE), ORIGINS_VISITOR);
    ck_assert_int_gt(origins_until(o, SITE), clock_ms());
    ck_assert(origins_may_begin(o, SITE, "a"));
    ck_assert(origins_may_begin(o, SITE, "b"));
    ck_assert(!origins_used(o, SITE));
    origins_begun(o, SITE, "a", clock_after(120));
    ck_assert(origins_used(o, SITE) && !origins_used(o, HOME) && !origins_used(o, OTHER));
    ck_assert_int_gt(origins_until(o, SITE), clock_ms() + 110000);
    ck_assert(origins_may_begin(o, SITE, "a")); /* the same request again */
    ck_assert(!origins_may_begin(o, SITE, "b"));
    ck_assert(!origins_may_begin(o, SITE, ""));
    origins_begun(o, SITE, "b", clock_after(6000)); /* of no effect */
    ck_assert(!origins_may_begin(o, SITE, "b"));
    origins_invite(o, SITE, clock_after(60)); /* asked, and let in, anew */
    ck_assert(origins_may_begin(o, SITE, "b"));
    again(); /* nothing of it is written down */
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
}
END_TEST

START_TEST(visit_ends)
{
    origins_invite(o, SITE, clock_ms());
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
    ck_assert_int_eq(origins_until(o, SITE), 0);
    origins_invite(o, SITE, clock_after(60));
    ck_assert_int_eq(remove_one(SITE), OK);
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
    origins_invite(o, SITE, clock_after(60)); /* and for good, then removed: both are over */
    ck_assert_int_eq(origins_pair(o, SITE, 1), OK);
    ck_assert_int_eq(remove_one(SITE), OK);
    ck_assert_int_eq(find(SITE), ORIGINS_UNKNOWN);
}
END_TEST

START_TEST(others_are_no_visitors)
{
    ck_assert_int_eq(origins_pair(o, SITE, 1), OK);
    ck_assert(origins_may_begin(o, HOME, "a") && origins_may_begin(o, SITE, "a"));
    ck_assert(origins_may_begin(o, "local", ""));
    origins_begun(o, HOME, "a", clock_after(60));
    origins_begun(o, "local", "", clock_after(60));
    ck_assert(origins_may_begin(o, HOME, "b") && origins_may_begin(o, "local", ""));
    ck_assert_int_eq(origins_until(o, HOME), 0);
    ck_assert_int_eq(find("local"), ORIGINS_UNKNOWN);
}
END_TEST

START_TEST(first_visitor_leaves)
{
    char site[64];
    for (int i = 0; i <= ORIGINS_VISITORS; i++) {
        (void)snprintf(site, sizeof site, "https://p%d.example", i);
        origins_invite(o, site, clock_after(60 + (uint64_t)i));
    }
    ck_assert_int_eq(find("https://p0.example"), ORIGINS_UNKNOWN);
    ck_assert_int_eq(find("https://p1.example"), ORIGINS_VISITOR);
    ck_assert_int_eq(find(site), ORIGINS_VISITOR);
}
END_TEST

int main(void)
{
    (void)scratch_new();
    Suite *s = suite_create("origins");
    TCase *t = tcase_create("origins");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, for_good);
    tcase_add_test(t, configured);
    tcase_add_test(t, exactly_this_one);
    tcase_add_test(t, loopback);
    tcase_add_test(t, not_without_end);
    tcase_add_loop_test(t, file, 0, ROWS(files));
    tcase_add_test(t, others_may_write);
    tcase_add_test(t, no_folder);
    tcase_add_test(t, folder_gone);
    tcase_add_test(t, visitor);
    tcase_add_test(t, visit_ends);
    tcase_add_test(t, others_are_no_visitors);
    tcase_add_test(t, first_visitor_leaves);
    suite_add_tcase(s, t);
    return suite_run(s);
}
