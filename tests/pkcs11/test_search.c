/* SPDX-License-Identifier: MIT */
#include "pkcs11/search.h"

#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[256], home[256];
static struct search_list list;

/* A machine with modules in many places. */
static void make_machine(void)
{
    (void)snprintf(root, sizeof root, "%s", scratch_path("root"));
    (void)snprintf(home, sizeof home, "%s", scratch_path("home"));
    scratch_run("mkdir -p %s/usr/lib/x86_64-linux-gnu/pkcs11 %s/usr/lib/softhsm %s/opt/akis/lib "
                "%s/opt/vendor %s/etc/pkcs11/modules %s/usr/share/p11-kit/modules "
                "%s/.config/pkcs11/modules",
                root, root, root, root, root, root, home);
    scratch_run("cd %s && touch usr/lib/x86_64-linux-gnu/pkcs11/opensc-pkcs11.so "
                "usr/lib/softhsm/libsofthsm2.so opt/akis/lib/libakisp11.so opt/vendor/one.so "
                "usr/lib/libeTPkcs11.so usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-trust.so "
                "usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so usr/lib/libmine.so "
                "usr/lib/libaetpkss.so.3 && ln -s libeTPkcs11.so usr/lib/libIDPrimePKCS11.so",
                root);
    scratch_run(
        "cd %s/usr/share/p11-kit/modules && echo 'module: opensc-pkcs11.so' >opensc.module "
        "&& echo 'module: p11-kit-trust.so' >trust.module "
        "&& echo 'module: p11-kit-client.so' >client.module "
        "&& echo 'module: /usr/lib/softhsm/libsofthsm2.so' >softhsm2.module "
        "&& printf '# text\\nmodule-path: /x\\n\\tmodule:  /opt/vendor/one.so \\r\\n' >a.module "
        "&& echo 'module: /opt/vendor/gone.so' >gone.module "
        "&& echo 'module: ../vendor/one.so' >b.module "
        "&& printf 'module: \\0/opt\\nmodule:\\n' >c.module "
        "&& echo 'module: /opt/vendor/two.so' >notes.txt && mkfifo fifo.module",
        root);
    scratch_run("echo 'module: libmine.so' >%s/.config/pkcs11/modules/mine.module", home);
}

static void expect(const char *configured, const char *uri, const char *const *paths)
{
    ck_assert_int_eq(search_modules_under(root, home, configured, uri, &list), OK);
    for (size_t i = 0; paths[i]; i++) {
        ck_assert_uint_gt(list.n, i);
        ck_assert_int_eq(strncmp(list.found[i].path, root, strlen(root)), 0);
        ck_assert_str_eq(list.found[i].path + strlen(root), paths[i]);
    }
    size_t n = 0;
    while (paths[n]) n++;
    ck_assert_uint_eq(list.n, n);
}

START_TEST(whole_order)
{
    static const char *const paths[] = {
        "/usr/lib/libmine.so",         /* ~/.config/pkcs11/modules */
        "/opt/vendor/one.so",          /* registered with p11-kit */
        "/opt/akis/lib/libakisp11.so", /* the table */
        "/usr/lib/libaetpkss.so.3",    /* … */
        "/usr/lib/libeTPkcs11.so",     /* … once, though linked under a second name */
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/pkcs11/opensc-pkcs11.so",
        NULL,
    };
    expect("", "", paths);
    ck_assert_int_eq(list.found[0].source, SEARCH_P11_KIT);
    ck_assert_int_eq(list.found[2].source, SEARCH_TABLE);
    ck_assert_int_eq(list.found[6].source, SEARCH_P11_KIT);
    expect(NULL, "pkcs11:token=any", paths);
}
END_TEST

START_TEST(by_uri)
{
    static const char *const softhsm[] = {"/usr/lib/softhsm/libsofthsm2.so", NULL};
    static const char *const opensc[] = {"/usr/lib/x86_64-linux-gnu/pkcs11/opensc-pkcs11.so", NULL};
    static const char *const none[] = {NULL};
    expect("", "pkcs11:token=a?module-name=softhsm2", softhsm);
    ck_assert_int_eq(list.found[0].source, SEARCH_URI);
    expect("", "pkcs11:?module-name=opensc-pkcs11", opensc);
    expect("", "pkcs11:?module-name=nothing", none);
    ck_assert_int_eq(search_modules_under(root, home, "", "pkcs11:?module-path=/no/such.so", &list),
                     OK);
    ck_assert_uint_eq(list.n, 1);
    ck_assert_str_eq(list.found[0].path, "/no/such.so");
    ck_assert_int_eq(search_modules_under(root, home, "", "pkcs11:?pin-value=1", &list),
                     ERR_URI_REFUSED);
}
END_TEST

START_TEST(configured)
{
    static const char *const by_name[] = {"/usr/lib/libmine.so", NULL};
    expect("libmine.so", "pkcs11:?module-name=softhsm2", by_name);
    ck_assert_int_eq(search_modules_under(root, home, "/x/y.so", "", &list), OK);
    ck_assert_uint_eq(list.n, 1);
    ck_assert_str_eq(list.found[0].path, "/x/y.so");
    ck_assert_int_eq(list.found[0].source, SEARCH_CONFIGURED);
}
END_TEST

START_TEST(empty_machine)
{
    ck_assert_int_eq(search_modules_under(scratch_path("nowhere"), NULL, "", "", &list), OK);
    ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(many_modules)
{
    scratch_run("mkdir -p %s/etc/pkcs11/modules %s/opt && cd %s && for i in $(seq 100); do "
                "touch opt/m$i.so; echo module: /opt/m$i.so >etc/pkcs11/modules/m$i.module; done",
                scratch_path("many"), scratch_path("many"), scratch_path("many"));
    ck_assert_int_eq(search_modules_under(scratch_path("many"), NULL, "", "", &list), OK);
    ck_assert_uint_eq(list.n, SEARCH_MAX);
}
END_TEST

int main(void)
{
    (void)scratch_new();
    make_machine();
    Suite *s = suite_create("search");
    TCase *t = tcase_create("search");
    tcase_add_test(t, whole_order);
    tcase_add_test(t, by_uri);
    tcase_add_test(t, configured);
    tcase_add_test(t, empty_machine);
    tcase_add_test(t, many_modules);
    suite_add_tcase(s, t);
    return suite_run(s);
}
