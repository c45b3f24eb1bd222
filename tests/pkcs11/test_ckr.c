/* SPDX-License-Identifier: MIT */
#include "pkcs11/ckr.h"

#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"

static const struct {
    CK_RV rv;
    err_t err;
    const char *name;
} answers[] = {
    {CKR_OK, OK, "CKR_OK"},
    {CKR_PIN_INCORRECT, ERR_PIN_WRONG, "CKR_PIN_INCORRECT"},
    {CKR_PIN_INVALID, ERR_PIN_WRONG, "CKR_PIN_INVALID"},
    {CKR_PIN_LEN_RANGE, ERR_PIN_WRONG, "CKR_PIN_LEN_RANGE"},
    {CKR_PIN_LOCKED, ERR_PIN_LOCKED, "CKR_PIN_LOCKED"},
    {CKR_PIN_EXPIRED, ERR_PIN_NOT_SET, "CKR_PIN_EXPIRED"},
    {CKR_USER_PIN_NOT_INITIALIZED, ERR_PIN_NOT_SET, "CKR_USER_PIN_NOT_INITIALIZED"},
    {CKR_FUNCTION_CANCELED, ERR_CONSENT_DECLINED, "CKR_FUNCTION_CANCELED"},
    {CKR_FUNCTION_REJECTED, ERR_CONSENT_DECLINED, "CKR_FUNCTION_REJECTED"},
    {CKR_TOKEN_NOT_PRESENT, ERR_NO_CARD, "CKR_TOKEN_NOT_PRESENT"},
    {CKR_DEVICE_REMOVED, ERR_CARD_REMOVED, "CKR_DEVICE_REMOVED"},
    {CKR_SESSION_HANDLE_INVALID, ERR_CARD_REMOVED, "CKR_SESSION_HANDLE_INVALID"},
    {CKR_SESSION_CLOSED, ERR_CARD_REMOVED, "CKR_SESSION_CLOSED"},
    {CKR_SLOT_ID_INVALID, ERR_CARD_REMOVED, "CKR_SLOT_ID_INVALID"},
    {CKR_TOKEN_NOT_RECOGNIZED, ERR_CARD_ERROR, "CKR_TOKEN_NOT_RECOGNIZED"},
    {CKR_USER_NOT_LOGGED_IN, ERR_CARD_ERROR, "CKR_USER_NOT_LOGGED_IN"},
    {CKR_DEVICE_ERROR, ERR_CARD_ERROR, "CKR_DEVICE_ERROR"},
    {CKR_GENERAL_ERROR, ERR_CARD_ERROR, "CKR_GENERAL_ERROR"},
    {CKR_MECHANISM_INVALID, ERR_CARD_ERROR, "CKR_MECHANISM_INVALID"},
    {CKR_FUNCTION_NOT_SUPPORTED, ERR_CARD_ERROR, "CKR_FUNCTION_NOT_SUPPORTED"},
    {4, ERR_CARD_ERROR, "CKR_?"},
    {0x7fffffff, ERR_CARD_ERROR, "CKR_?"},
    {CKR_VENDOR_DEFINED, ERR_CARD_ERROR, "CKR_VENDOR_DEFINED"},
    {CKR_VENDOR_DEFINED | 0xa0, ERR_CARD_ERROR, "CKR_VENDOR_DEFINED"},
    {(CK_RV)-1, ERR_CARD_ERROR, "CKR_VENDOR_DEFINED"},
};

START_TEST(table)
{
    ck_assert_int_eq(ckr_err(answers[_i].rv), answers[_i].err);
    ck_assert_str_eq(ckr_name(answers[_i].rv), answers[_i].name);
}
END_TEST

/* PKCS#11 2.40 5.1: the ranges that have values, and how many each has. */
static const struct {
    CK_RV from, to;
    unsigned n;
} ranges[] = {
    {0x000, 0x00a, 10}, {0x010, 0x01b, 5},  {0x020, 0x021, 2}, {0x030, 0x032, 3}, {0x040, 0x041, 2},
    {0x050, 0x054, 3},  {0x060, 0x06a, 10}, {0x070, 0x071, 2}, {0x082, 0x082, 1}, {0x090, 0x091, 2},
    {0x0a0, 0x0a4, 5},  {0x0b0, 0x0b8, 8},  {0x0c0, 0x0c1, 2}, {0x0d0, 0x0d1, 2}, {0x0e0, 0x0e2, 3},
    {0x0f0, 0x0f2, 3},  {0x100, 0x105, 6},  {0x110, 0x115, 5}, {0x120, 0x121, 2}, {0x130, 0x130, 1},
    {0x140, 0x140, 1},  {0x150, 0x150, 1},  {0x160, 0x160, 1}, {0x170, 0x170, 1}, {0x180, 0x180, 1},
    {0x190, 0x191, 2},  {0x1a0, 0x1a1, 2},  {0x1b0, 0x1b1, 2}, {0x1c0, 0x1c4, 5}, {0x200, 0x200, 1},
};

START_TEST(complete)
{
    unsigned n = 0;
    for (CK_RV rv = ranges[_i].from; rv <= ranges[_i].to; rv++)
        n += strcmp(ckr_name(rv), "CKR_?") != 0;
    ck_assert_uint_eq(n, ranges[_i].n);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ckr");
    TCase *t = tcase_create("ckr");
    tcase_add_loop_test(t, table, 0, ROWS(answers));
    tcase_add_loop_test(t, complete, 0, ROWS(ranges));
    suite_add_tcase(s, t);
    return suite_run(s);
}
