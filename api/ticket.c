/* SPDX-License-Identifier: MIT */
#include "api/ticket.h"

#include "core/base64url.h"

#include <sys/random.h>

static err_t draw(char text[TICKET_TEXT], struct digest *digest)
{
    uint8_t random[32];
    own(buf) out = buf_max(TICKET_TEXT);
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_raise(ERR_INTERNAL);
    base64url_encode(&out, bytes_of(random, sizeof random));
    if (out.len != TICKET_TEXT - 1 || !digest_of(DIGEST_SHA256, buf_bytes(&out), digest))
        return err_raise(ERR_INTERNAL);
    memcpy(text, out.p, TICKET_TEXT - 1);
    text[TICKET_TEXT - 1] = 0;
    return OK;
}

static bool same(const struct digest *a, const struct digest *b)
{
    return bytes_eq_secret(digest_bytes(a), digest_bytes(b));
}

/* ---- tickets ---- */

err_t tickets_issue(struct tickets *t, int64_t now, char text[TICKET_TEXT])
{
    struct ticket made = {.until = now + TICKET_MS}, *at = t->tickets;
    err_t e = draw(text, &made.digest);
    if (e) return e;
    for (size_t i = 1; i < TICKETS_MAX; i++)
        if (t->tickets[i].until < at->until) at = &t->tickets[i];
    *at = made;
    return OK;
}

static struct ticket *find_ticket(struct tickets *t, struct bytes text, int64_t now)
{
    struct digest d;
    struct ticket *found = NULL;
    if (text.len != TICKET_TEXT - 1 || !digest_of(DIGEST_SHA256, text, &d)) return NULL;
    for (size_t i = 0; i < TICKETS_MAX; i++)
        if (t->tickets[i].until > now && same(&t->tickets[i].digest, &d)) found = &t->tickets[i];
    return found;
}

/* ---- passes ---- */

static bool is_alive(const struct pass *p, int64_t now)
{
    return p->id && (p->calls || now - p->used < PASS_IDLE_MS);
}

/* The place of a new pass: a free one, else that of the one used longest ago; NULL: all are in use.
 */
static struct pass *place(struct tickets *t, int64_t now)
{
    struct pass *oldest = NULL;
    for (size_t i = 0; i < PASSES_MAX; i++) {
        struct pass *p = &t->passes[i];
        if (!is_alive(p, now)) return p;
        if (!p->calls && (!oldest || p->used < oldest->used)) oldest = p;
    }
    return oldest;
}

err_t tickets_exchange(struct tickets *t, struct bytes ticket, int64_t now, char pass[TICKET_TEXT])
{
    struct ticket *used = find_ticket(t, ticket, now);
    struct pass made = {.used = now}, *at = place(t, now);
    if (!used) return err_raise(ERR_TOKEN_REQUIRED);
    if (!at) return err_raise(ERR_TOO_MANY_REQUESTS);
    *used = (struct ticket){0};
    err_t e = draw(pass, &made.digest);
    if (e) return e;
    made.id = ++t->last_id;
    *at = made;
    return OK;
}

uint64_t tickets_enter(struct tickets *t, struct bytes pass, int64_t now)
{
    struct digest d;
    struct pass *found = NULL;
    if (pass.len != TICKET_TEXT - 1 || !digest_of(DIGEST_SHA256, pass, &d)) return 0;
    for (size_t i = 0; i < PASSES_MAX; i++)
        if (is_alive(&t->passes[i], now) && same(&t->passes[i].digest, &d)) found = &t->passes[i];
    if (!found) return 0;
    found->calls++;
    found->used = now;
    return found->id;
}

void tickets_leave(struct tickets *t, uint64_t id, int64_t now)
{
    for (size_t i = 0; id && i < PASSES_MAX; i++) {
        struct pass *p = &t->passes[i];
        if (p->id != id || !p->calls) continue;
        p->calls--;
        p->used = now;
    }
}
