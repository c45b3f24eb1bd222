/* SPDX-License-Identifier: MIT */
#include "session/document.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "core/file.h"

#include "tests/support/suite.h"

static struct settings settings;
static struct documents *store;

static void set_up(void)
{
    settings_default(&settings);
    store = documents_new(&settings);
    ck_assert_ptr_nonnull(store);
}

static void tear_down(void)
{
    documents_free(store);
}

static err_t upload(const char *owner, struct bytes all, size_t step,
                    struct session_document_info *info)
{
    own_ptr(session_upload) u = NULL;
    err_t e = documents_begin(store, owner, &u);
    for (size_t at = 0; e == OK && at < all.len; at += step)
        e = session_upload_add(u, bytes_sub(all, at, step));
    return e ? e : session_upload_end(&u, info);
}

START_TEST(arrives_in_pieces)
{
    static uint8_t data[100000];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
    struct bytes all = bytes_of(data, _i == 0 ? 0 : sizeof data);
    struct session_document_info info;
    struct document *d;
    struct digest expected;
    struct bytes view;
    ck_assert_int_eq(upload("local", all, (size_t)_i * 997 + 1, &info), OK);
    ck_assert(digest_of(DIGEST_SHA256, all, &expected));
    ck_assert(bytes_eq(digest_bytes(&info.sha256), digest_bytes(&expected)));
    ck_assert_uint_eq(info.size, all.len);
    ck_assert_int_ge(info.expires, utc_now() + 890);
    ck_assert_int_eq(documents_take(store, "local", info.id, &d), OK);
    ck_assert_int_eq(document_view(d, &view), OK);
    ck_assert(bytes_eq(view, all));
    ck_assert(file_memory_sealed(document_fd(d)));
    documents_release(store, d);
}
END_TEST

START_TEST(belongs_to_its_owner)
{
    struct session_document_info info;
    struct document *d;
    ck_assert_int_eq(upload("https://a.example", bytes_str("x"), 1, &info), OK);
    static const char *const others[] = {"https://b.example", "local", ""};
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(documents_take(store, others[i], info.id, &d), ERR_DOCUMENT_UNKNOWN);
    ck_assert_int_eq(documents_take(store, "https://a.example", "xyz", &d), ERR_DOCUMENT_UNKNOWN);
    ck_assert_int_eq(documents_take(store, "https://a.example", info.id, &d), OK);
    documents_release(store, d);
}
END_TEST

static void pause_ms(int64_t ms)
{
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

START_TEST(expires_unless_used)
{
    settings.document_keep_seconds = 1;
    struct session_document_info info;
    struct document *used, *again;
    ck_assert_int_eq(upload("local", bytes_str("x"), 1, &info), OK);
    ck_assert_int_ne(documents_deadline(store), 0);
    ck_assert_int_eq(documents_take(store, "local", info.id, &used), OK);
    ck_assert_int_eq(documents_deadline(store), 0);
    pause_ms(1010);
    documents_expire(store);
    ck_assert_uint_eq(documents_count(store), 1);
    ck_assert_int_eq(documents_take(store, "local", info.id, &again), ERR_DOCUMENT_EXPIRED);
    documents_release(store, used);
    ck_assert_uint_eq(documents_count(store), 0);
    ck_assert_int_eq(documents_take(store, "local", info.id, &again), ERR_DOCUMENT_EXPIRED);
    ck_assert_int_eq(documents_take(store, "https://b.example", info.id, &again),
                     ERR_DOCUMENT_UNKNOWN);
}
END_TEST

START_TEST(limits)
{
    struct session_document_info info;
    settings.max_document = 10;
    ck_assert_int_eq(upload("local", bytes_str("0123456789"), 3, &info), OK);
    ck_assert_int_eq(upload("local", bytes_str("0123456789a"), 3, &info), ERR_BODY_TOO_LARGE);
    settings.max_upload_total = 15; /* 10 of them are taken */
    ck_assert_int_eq(upload("local", bytes_str("012345"), 3, &info), ERR_TOO_MANY_REQUESTS);
    ck_assert_int_eq(upload("local", bytes_str("01234"), 3, &info), OK);
    ck_assert_uint_eq(documents_count(store), 2); /* what was refused is gone */
}
END_TEST

START_TEST(one_owner_leaves_room)
{
    struct session_document_info info;
    for (int i = 0; i < DOCUMENTS_OF_OWNER; i++)
        ck_assert_int_eq(upload("https://a.example", bytes_str("x"), 1, &info), OK);
    ck_assert_int_eq(upload("https://a.example", bytes_str("x"), 1, &info), ERR_TOO_MANY_REQUESTS);
    ck_assert_int_eq(upload("https://b.example", bytes_str("x"), 1, &info), OK);
}
END_TEST

/* More than any disk has: before the first octet. */
START_TEST(no_room_is_told_at_once)
{
    own_ptr(session_upload) u = NULL;
    ck_assert_int_eq(documents_begin(store, "local", &u), OK);
    ck_assert_int_eq(session_upload_expect(u, (uint64_t)1 << 60), ERR_STORAGE_FULL);
}
END_TEST

/* Above TOKEN_MAP_MAX it is a file without a name, for this user alone. */
START_TEST(large_ones_leave_memory)
{
    const bool announced = _i == 1; /* then it was never there */
    const size_t piece = 8u << 20, total = TOKEN_MAP_MAX + piece;
    own_mem(uint8_t) data = calloc(1, piece);
    own_ptr(session_upload) u = NULL;
    own_ptr(hasher) h = hasher_new(DIGEST_SHA256);
    struct session_document_info info;
    struct digest expected;
    struct document *d;
    struct stat st;
    ck_assert(data && h);
    ck_assert_int_eq(documents_begin(store, "local", &u), OK);
    ck_assert_int_eq(session_upload_expect(u, TOKEN_MAP_MAX), OK);
    if (announced) ck_assert_int_eq(session_upload_expect(u, total), OK);
    for (size_t at = 0; at < total; at += piece) {
        data[0] = (uint8_t)(at >> 23);
        ck_assert(hasher_add(h, bytes_of(data, piece)));
        ck_assert_int_eq(session_upload_add(u, bytes_of(data, piece)), OK);
    }
    ck_assert_int_eq(session_upload_end(&u, &info), OK);
    ck_assert(hasher_end(h, &expected));
    ck_assert(bytes_eq(digest_bytes(&info.sha256), digest_bytes(&expected)));
    ck_assert_int_eq(documents_take(store, "local", info.id, &d), OK);
    ck_assert_int_eq(fstat(document_fd(d), &st), 0);
    ck_assert_uint_eq((uint64_t)st.st_size, total);
    ck_assert_uint_eq(st.st_nlink, 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert(!file_memory_sealed(document_fd(d)));
    uint64_t size;
    struct digest from_file;
    ck_assert(digest_of_fd(DIGEST_SHA256, document_fd(d), &from_file, &size));
    ck_assert(bytes_eq(digest_bytes(&from_file), digest_bytes(&expected)));
    documents_release(store, d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("document");
    TCase *t = tcase_create("document");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, arrives_in_pieces, 0, 4);
    tcase_add_test(t, belongs_to_its_owner);
    tcase_add_test(t, expires_unless_used);
    tcase_add_test(t, limits);
    tcase_add_test(t, one_owner_leaves_room);
    tcase_add_loop_test(t, large_ones_leave_memory, 0, 2);
    tcase_add_test(t, no_room_is_told_at_once);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
