/* SPDX-License-Identifier: MIT */
#include "session/completing.h"

#include "core/tst.h"
#include "session/audit.h"
#include "session/clock.h"
#include "session/story.h"
#include "xades/lift.h"

#define GOOD_MS        60000 /* so long an authority that answered is taken to be there */
#define BAD_MS         1000
#define FIRST_PAUSE_MS 1000 /* doubled each time */
#define LAST_PAUSE_MS  60000
#define FILE_DEPTH     256 /* the most that is ever let in; what is signed was judged by the settings \
                            */

/* ---- before the person ---- */

static bool judged(const struct completing *c)
{
    return clock_ms() < c->verdict_until;
}

static void take_verdict(struct completing *c)
{
    const bool good = stamper_step(c->stamper) == STAMPER_ANSWERED;
    c->asked = COMPLETING_NOTHING;
    c->detail[0] = 0;
    c->verdict = good ? OK : stamper_error(c->stamper, c->detail);
    c->verdict_until = clock_ms() + (good ? GOOD_MS : BAD_MS);
}

bool completing_wanted(const struct session *s, const struct approval *a)
{
    return xades_profile_stamped(a->shown.profile) && !s->completing.by_caller;
}

enum completing_answer completing_clear(struct session *s, const struct approval *a, err_t *e,
                                        const char **detail)
{
    struct completing *c = &s->completing;
    if (!completing_wanted(s, a)) return COMPLETING_YES;
    if (!judged(c) && c->asked == COMPLETING_NOTHING) {
        c->asked = COMPLETING_PROBE;
        stamper_probe(c->stamper);
        if (stamper_step(c->stamper) != STAMPER_BUSY) take_verdict(c);
    }
    if (!judged(c)) return COMPLETING_NOT_YET;
    *e = c->verdict;
    *detail = c->detail;
    return c->verdict ? COMPLETING_NO : COMPLETING_YES;
}

bool completing_pends(const struct session *s, const struct approval *a)
{
    const struct completing *c = &s->completing;
    return completing_wanted(s, a) && !judged(c) && c->asked != COMPLETING_NOTHING;
}

int64_t completing_skew(const struct session *s, const struct approval *a)
{
    return completing_wanted(s, a) ? stamper_skew(s->completing.stamper) : 0;
}

/* ---- after the card ---- */

/* The time that is left counts from the signature on, whatever was restarted since. */
void completing_begin(struct session *s, struct approval *a)
{
    if (a->work && !s->quiet) audit_write(a);
    approval_rest(a, s->documents);
    const utc_t until = a->shown.since + (utc_t)s->settings->completing_seconds;
    const utc_t now = utc_now();
    approval_clock(a, until > now ? (uint64_t)(until - now) : 0);
    a->again_at = clock_ms();
    a->pause_ms = FIRST_PAUSE_MS;
}

void completing_end(struct session *s, const struct approval *a)
{
    struct completing *c = &s->completing;
    if (c->asked != COMPLETING_STAMP || c->of != a) return;
    stamper_rest(c->stamper);
    c->asked = COMPLETING_NOTHING;
    c->of = NULL;
}

/* What the card has made is not given up for what somebody else could not do. */
static void try_later(struct session *s, struct approval *a, err_t e, const char *detail)
{
    const bool news = a->shown.waiting_for != e;
    approval_waits_for(a, e);
    if (news && !s->quiet) audit_stamp(a, detail);
    a->again_at = clock_ms() + a->pause_ms;
    a->pause_ms = a->pause_ms * 2 < LAST_PAUSE_MS ? a->pause_ms * 2 : LAST_PAUSE_MS;
}

static struct xades_lift lift_of(const struct approval *a)
{
    return (struct xades_lift){.file = buf_bytes(&a->file),
                               .max_xml_depth = FILE_DEPTH,
                               .max_xml_octets = XADES_MAX_RESULT};
}

static void ask(struct session *s, struct approval *a)
{
    const struct xades_lift t = lift_of(a);
    struct xades_why why = {0};
    struct digest imprint;
    err_t e = xades_lift_imprint(&t, DIGEST_SHA256, &imprint, &why);
    if (e) {
        try_later(s, a, e, why.clause);
        return;
    }
    s->completing.asked = COMPLETING_STAMP;
    s->completing.of = a;
    stamper_ask(s->completing.stamper, &imprint);
}

static err_t put_on(struct session *s, struct approval *a, struct xades_why *why)
{
    const struct xades_lift t = lift_of(a);
    own(buf) lifted = buf_max(XADES_MAX_RESULT);
    err_t e = xades_lift_stamp(&t, stamper_token(s->completing.stamper), &lifted, why);
    if (e) {
        buf_wipe(&lifted);
        return e;
    }
    buf_wipe(&a->file);
    a->file = buf_take(&lifted);
    a->shown.signature_size = a->file.len;
    return OK;
}

static void take_stamp(struct session *s)
{
    struct completing *c = &s->completing;
    struct approval *a = c->of;
    struct xades_why why = {0};
    char detail[200] = "";
    const bool good = stamper_step(c->stamper) == STAMPER_ANSWERED;
    c->asked = COMPLETING_NOTHING;
    c->of = NULL;
    err_t e = good ? put_on(s, a, &why) : stamper_error(c->stamper, detail);
    if (e)
        try_later(s, a, e, good ? why.clause : detail);
    else
        (void)story_happens(s, a, HAPPENS_FINISHED, &(struct cause){0});
}

/* ---- the loop ---- */

/* False: nothing was asked, or there is no answer yet. */
static bool take(struct session *s)
{
    struct completing *c = &s->completing;
    if (c->asked == COMPLETING_NOTHING || stamper_step(c->stamper) == STAMPER_BUSY) return false;
    if (c->asked == COMPLETING_PROBE)
        take_verdict(c);
    else
        take_stamp(s);
    return true;
}

static struct approval *next_of(const struct session *s)
{
    struct approval *first = NULL;
    for (struct approval *a = s->open; a && !s->shut; a = a->next)
        if (a->shown.state == APPROVAL_COMPLETING && (!first || a->again_at < first->again_at))
            first = a;
    return first;
}

void completing_step(struct session *s)
{
    struct completing *c = &s->completing;
    if (!c->stamper) return;
    do {
        struct approval *a = c->asked == COMPLETING_NOTHING ? next_of(s) : NULL;
        if (a && clock_ms() >= a->again_at) ask(s, a);
    } while (take(s));
    if (c->asked == COMPLETING_NOTHING) stamper_rest(c->stamper);
}

int64_t completing_deadline(const struct session *s)
{
    const struct completing *c = &s->completing;
    if (!c->stamper) return 0;
    if (c->asked != COMPLETING_NOTHING) return stamper_deadline(c->stamper);
    const struct approval *a = next_of(s);
    return a ? a->again_at : 0;
}
