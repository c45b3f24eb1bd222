/* SPDX-License-Identifier: MIT */
#include "onay/stamping.h"

#include "fetch/process.h"
#include "onay/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#define WAIT_MS  (TSA_MS + 10000) /* it says itself that nobody answered; this is for a dead one */
#define SKEW_SAY 60               /* s */

err_t stamping_connect(struct stamping *s, const struct settings *settings)
{
    int sock = -1;
    if (s->fetch) return OK;
    err_t e = process_start(settings, PROCESS_ANYWHERE, &sock, &s->pid);
    return e ? e : fetch_new(sock, &s->fetch);
}

err_t stamping_open(struct stamping *s, const struct settings *settings, const char *url,
                    const char **why)
{
    *why = "onayd-fetch";
    err_t e = stamping_connect(s, settings);
    return e ? e : tsa_new(settings, url, s->fetch, &s->tsa, why);
}

void stamping_free(struct stamping *s)
{
    tsa_free(give(s->tsa));
    fetch_free(give(s->fetch));
    if (s->pid == 0) return;
    (void)kill(s->pid, SIGKILL);
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR) continue;
    s->pid = 0;
}

/* ---- waiting ---- */

static void take_all(struct stamping *s)
{
    struct fetch_answer a;
    while (fetch_next(s->fetch, &a)) {
        (void)tsa_take(s->tsa, &a, utc_now() + s->ahead);
        fetch_answer_free(&a);
    }
}

static err_t wait_for(struct stamping *s)
{
    while (tsa_state(s->tsa) == TSA_WAITING) {
        struct pollfd p = {.fd = fetch_fd(s->fetch), .events = POLLIN};
        int n = poll(&p, 1, WAIT_MS);
        if (n == 0) return err_raise(ERR_TSA_UNREACHABLE);
        if (n > 0) take_all(s);
    }
    return tsa_state(s->tsa) == TSA_DONE ? OK : tsa_error(s->tsa);
}

err_t stamping_stamp(struct stamping *s, const struct digest *imprint)
{
    (void)tsa_begin(s->tsa, imprint);
    return wait_for(s);
}

err_t stamping_credit(struct stamping *s)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)tsa_begin_credit(s->tsa, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
    return wait_for(s);
}

/* ---- saying ---- */

static void say_skew(const struct tsa_try *t)
{
    static const char *const words[] = {"saat farkı", "clock difference"};
    if (t->error || !t->has_skew || (t->skew <= SKEW_SAY && t->skew >= -SKEW_SAY)) return;
    (void)fprintf(stderr, "onay: %s: %s %+lld s\n", t->url, words[command_lang() == LANG_EN],
                  (long long)t->skew);
}

void stamping_say(const struct stamping *s)
{
    size_t n = 0;
    const struct tsa_try *tries = s->tsa ? tsa_tries(s->tsa, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (tries[i].error) (void)command_fail(tries[i].url, tries[i].error, tries[i].detail);
        say_skew(&tries[i]);
    }
}

err_t stamping_lift(struct stamping *s, const struct xades_lift *t, struct buf *out,
                    struct xades_why *why)
{
    struct digest imprint;
    err_t e = xades_lift_imprint(t, DIGEST_SHA256, &imprint, why);
    if (e) return e;
    e = stamping_stamp(s, &imprint);
    stamping_say(s);
    return e ? e : xades_lift_stamp(t, tsa_token(s->tsa), out, why);
}

static json_object *try_json(const struct tsa_try *t)
{
    json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "url", json_object_new_string(t->url));
    (void)json_object_object_add(o, "result", json_object_new_string(err_slug(t->error)));
    if (t->fault)
        (void)json_object_object_add(o, "fault",
                                     json_object_new_string(fetch_fault_slug(t->fault)));
    if (t->status) (void)json_object_object_add(o, "status", json_object_new_int((int)t->status));
    if (t->has_skew) (void)json_object_object_add(o, "skewSeconds", json_object_new_int64(t->skew));
    if (t->detail[0]) (void)json_object_object_add(o, "detail", json_object_new_string(t->detail));
    return o;
}

json_object *stamping_json(const struct stamping *s)
{
    size_t n = 0;
    const struct tsa_try *tries = s->tsa ? tsa_tries(s->tsa, &n) : NULL;
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < n && list; i++) (void)json_object_array_add(list, try_json(&tries[i]));
    return list;
}
