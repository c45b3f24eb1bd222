/* SPDX-License-Identifier: MIT */
#include "onay/svt.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>

#include "tests/support/suite.h"

/* The octets of a database that this SQL makes; what it cannot make (on purpose) is passed over. */
static void database(const char *sql, struct buf *out)
{
    sqlite3 *db = NULL;
    sqlite3_int64 size = 0;
    ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    char *why = NULL;
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s: %s", sql, why);
    unsigned char *octets = sqlite3_serialize(db, "main", &size, 0);
    buf_add(out, bytes_of(octets, (size_t)size));
    ck_assert(buf_ok(out) && size >= 512);
    sqlite3_free(octets);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static void note(void *ctx, size_t number, struct bytes der)
{
    if (number <= 8) buf_fmt(ctx, "%zu=%.*s;", number, (int)der.len, (const char *)der.p);
}

#define ROOTS                                                                                      \
    "CREATE TABLE KOKSERTIFIKA(KokSertifikaNo INTEGER PRIMARY KEY, KokSertifikaValue BLOB);"
#define SUBS  "CREATE TABLE SERTIFIKA(SertifikaNo INTEGER, SertifikaValue BLOB, Not_ TEXT);"
#define COUNT "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT "

static const struct {
    const char *sql;
    err_t expected;
    const char *entries, *why;
} rows[] = {
    {ROOTS SUBS "INSERT INTO KOKSERTIFIKA VALUES(1,x'616263'),(2,x'646566');"
                "INSERT INTO SERTIFIKA VALUES(1,x'676869','x')",
     OK, "1=abc;2=def;3=ghi;", ""},
    {ROOTS "INSERT INTO KOKSERTIFIKA VALUES(1,x'616263')", OK, "1=abc;", ""},
    {"CREATE TABLE sertifika(mvalue);INSERT INTO sertifika VALUES(x'616263')", OK, "1=abc;", ""},
    {ROOTS SUBS, OK, "", ""},
    /* What is no BLOB, none at all, or larger than any certificate. */
    {ROOTS "INSERT INTO KOKSERTIFIKA VALUES(1,'abc'),(2,NULL),(3,x''),(4,7),(5,zeroblob(65537)),"
           "(6,x'616263')",
     OK, "1=;2=;3=;4=;5=;6=abc;", ""},
    {ROOTS "INSERT INTO KOKSERTIFIKA VALUES(1,zeroblob(2000000))", ERR_CERTIFICATE_MALFORMED, "",
     "too big"},
    {ROOTS "INSERT INTO KOKSERTIFIKA " COUNT "4097) SELECT i, NULL FROM n",
     ERR_CERTIFICATE_MALFORMED, "1=;2=;3=;4=;5=;6=;7=;8=;", "too many"},
    {"CREATE TABLE other(a)", ERR_CERTIFICATE_MALFORMED, "", "neither"},
    /* Hostile schemas: nothing of them is run. */
    {"CREATE VIEW KOKSERTIFIKA AS SELECT x'616263' AS mValue", ERR_CERTIFICATE_MALFORMED, "",
     "neither"},
    {"CREATE VIEW SERTIFIKA(mValue) AS " COUNT "1000000000) SELECT i FROM n",
     ERR_CERTIFICATE_MALFORMED, "", "malformed"},
    {"CREATE VIRTUAL TABLE SERTIFIKA USING fts5(mValue)", ERR_CERTIFICATE_MALFORMED, "", "neither"},
    {ROOTS "CREATE TRIGGER t AFTER INSERT ON KOKSERTIFIKA BEGIN DELETE FROM KOKSERTIFIKA; END;"
           "CREATE INDEX i ON KOKSERTIFIKA(hex(KokSertifikaValue));",
     OK, "", ""},
    {"CREATE TABLE SERTIFIKA(a, mValue AS (zeroblob(900000000)));INSERT INTO SERTIFIKA VALUES(1)",
     ERR_CERTIFICATE_MALFORMED, "", "too big"},
    {"CREATE TABLE SERTIFIKA(mValue);PRAGMA writable_schema = ON;UPDATE sqlite_schema SET sql = "
     "'CREATE VIRTUAL TABLE SERTIFIKA USING fts5(mValue)'",
     ERR_CERTIFICATE_MALFORMED, "", ""},
    {"CREATE TABLE SERTIFIKA(mValue);PRAGMA writable_schema = ON;UPDATE sqlite_schema SET sql = "
     "'CREATE TABLE SERTIFIKA(a, mValue AS (load_extension(''x'')))'",
     ERR_CERTIFICATE_MALFORMED, "", ""},
};

START_TEST(reading)
{
    own(buf) file = buf_max(1u << 26), seen = buf_max(4096), why = buf_max(1024);
    database(rows[_i].sql, &file);
    ck_assert(svt_is(buf_bytes(&file)));
    err_t e = svt_read(buf_bytes(&file), note, &seen, &why);
    ck_assert_msg(e == rows[_i].expected, "%s: %s, %s", rows[_i].sql, err_slug(e), buf_cstr(&why));
    ck_assert_str_eq(buf_cstr(&seen), rows[_i].entries);
    ck_assert_msg(strstr(buf_cstr(&why), rows[_i].why) != NULL, "%s", buf_cstr(&why));
}
END_TEST

#define GOOD                                                                                       \
    ROOTS SUBS "INSERT INTO KOKSERTIFIKA VALUES(1,x'616263');"                                     \
               "INSERT INTO SERTIFIKA VALUES(1,zeroblob(9000),'x')"

/* As one that was written with a write-ahead log, which is not there. */
START_TEST(write_ahead)
{
    own(buf) file = buf_max(1u << 20), seen = buf_max(65536), why = buf_max(1024);
    database(ROOTS "INSERT INTO KOKSERTIFIKA VALUES(1,x'616263')", &file);
    file.p[18] = file.p[19] = 2;
    ck_assert_int_eq(svt_read(buf_bytes(&file), note, &seen, &why), OK);
    ck_assert_str_eq(buf_cstr(&seen), "1=abc;");
    ck_assert_int_eq(file.p[18], 2); /* the caller's octets stay as they were */
}
END_TEST

static void bounded(void *ctx, size_t number, struct bytes der)
{
    size_t *n = ctx;
    ck_assert_uint_eq(number, ++*n);
    ck_assert(number <= DEPO_MAX_ENTRIES && der.len <= DEPO_MAX_DER);
}

/* Every octet that SQLite finds its way by, changed in turn: refused or read, and never worse. */
START_TEST(damaged)
{
    static const uint8_t odd[] = {0x00, 0x01, 0x05, 0x7f, 0x80, 0xff};
    own(buf) file = buf_max(1u << 20), why = buf_max(1u << 20);
    size_t refused = 0, tried = 0;
    database(GOOD, &file);
    for (size_t at = 16; at < file.len; at += (at & 4095) < 160 ? 1 : 61) {
        uint8_t was = file.p[at];
        for (size_t i = 0; i < sizeof odd; i++, tried++) {
            size_t n = 0;
            file.p[at] = odd[i];
            buf_cut(&why, 0);
            refused += svt_read(buf_bytes(&file), bounded, &n, &why) != OK;
        }
        file.p[at] = was;
    }
    ck_assert(refused > 0 && refused < tried);
}
END_TEST

START_TEST(cut)
{
    own(buf) file = buf_max(1u << 20), why = buf_max(1u << 20);
    database(GOOD, &file);
    for (size_t len = 0; len < file.len; len += 256) {
        size_t n = 0;
        buf_cut(&why, 0);
        err_t e = svt_read(bytes_sub(buf_bytes(&file), 0, len), bounded, &n, &why);
        ck_assert(e == ERR_CERTIFICATE_MALFORMED || len > file.len / 2);
        ck_assert((e != OK) == (why.len > 0));
    }
    ck_assert(!svt_is(bytes_str("SQLite format 2")) && !svt_is(bytes_of(NULL, 0)));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("svt");
    TCase *t = tcase_create("svt");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, reading, 0, ROWS(rows));
    tcase_add_test(t, write_ahead);
    tcase_add_test(t, damaged);
    tcase_add_test(t, cut);
    suite_add_tcase(s, t);
    return suite_run(s);
}
