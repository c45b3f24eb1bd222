/* SPDX-License-Identifier: MIT */
#include "tests/support/event.h"

#include <check.h>
#include <poll.h>

#include "pkcs11/pinentry.h"

#define PATIENCE_MS 60000

bool event_wait(struct token *t, struct token_event *e, int ms)
{
    int64_t until = pinentry_now() + ms;
    while (!token_next(t, e)) {
        int64_t left = until - pinentry_now();
        int timeout = token_timeout(t);
        if (left <= 0) return false;
        if (timeout < 0 || timeout > left) timeout = (int)left;
        struct pollfd p = {token_fd(t), POLLIN, 0};
        (void)poll(&p, 1, timeout);
    }
    return true;
}

struct token_event event_expect(struct token *t, enum token_event_kind kind)
{
    struct token_event e = {0};
    do ck_assert(event_wait(t, &e, PATIENCE_MS));
    while (e.kind == TOKEN_CHANGED && kind != TOKEN_CHANGED);
    ck_assert_msg(e.kind == kind, "event %d instead of %d (%s)", (int)e.kind, (int)kind,
                  err_slug(e.error));
    return e;
}

struct token_event event_expect_failure(struct token *t, err_t error)
{
    struct token_event e = event_expect(t, TOKEN_FAILED);
    ck_assert_str_eq(err_slug(e.error), err_slug(error));
    return e;
}

void event_none(struct token *t, int ms)
{
    struct token_event e;
    ck_assert(!event_wait(t, &e, ms));
}
