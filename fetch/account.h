/* SPDX-License-Identifier: MIT */
/*
 * account: a user and a password at a time stamp authority, from a file of their own.
 *
 * What: reading the file; HTTP Basic's header; Kamu SM's header `identity`.
 * Not:  who may see them: tsa.c.
 * Use:  own_ptr(account) a = NULL; account_read(path, &a, &why); account_basic(a, &value);
 *
 * The file is the user's own, 0600, at most 1024 octets of UTF-8: lines `user = NAME` and
 * `password = WORDS`, comments by `#`. The password lives in a struct secret; a header made of it
 * is for buf_wipe.
 */
#ifndef FETCH_ACCOUNT_H
#define FETCH_ACCOUNT_H

#include "core/buf.h"
#include "core/err.h"

#define ACCOUNT_USER     64 /* octets, with the NUL */
#define ACCOUNT_PASSWORD 256
#define ACCOUNT_SALT     8
#define ACCOUNT_IV       16

struct account;

/* account_read: FILE_UNREADABLE when the file is not there, not the user's own, or open to others;
 * SETTING_INVALID when it is not as above, with a reason that shows nothing of it. */
err_t account_read(const char *path, struct account **out, const char **why);
void account_free(struct account *a);
OWN_PTR(account)

const char *account_user(const struct account *a);

/* account_user_is_number: as Kamu SM's is. */
bool account_user_is_number(const struct account *a);

/* account_basic appends the value of Authorization (RFC 7617). */
bool account_basic(const struct account *a, struct buf *out);

/* account_identity appends the value of identity, lower-case hex: the imprint encrypted under a key
 * of the password, salt and iv. False when the user is no number. */
bool account_identity(const struct account *a, struct bytes imprint,
                      const uint8_t salt[ACCOUNT_SALT], const uint8_t iv[ACCOUNT_IV],
                      struct buf *out);

#endif
