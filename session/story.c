/* SPDX-License-Identifier: MIT */
#include "session/story.h"

#include "session/audit.h"
#include "session/clock.h"
#include "session/signing.h"

#define LOOK_OFTEN_MS 1000 /* while a card is awaited that nobody announces */
#define LOOK_EVERY_MS 5000 /* while a card is there: what it lacks nobody announces */
#define LOOK_SOON_MS  300  /* a module may lag behind PC/SC: some looks after each change */
#define LOOKS_SOON    4
#define FRESH_MS      2000 /* a listing this young need not be asked for again, whoever it is of */
#define MAX_STUMBLES  2    /* a module may die or hang once; its successor gets one more look */

typedef void action(struct session *s, struct approval *a, const struct cause *cause);
static action look_later, ask_choice, ask_signature, note, note_again, proceed, finish,
    close_dialog, give_up, end;

/* ---- the story ---- */

static const struct scene {
    enum approval_state state;
    enum happening happening;
    enum approval_state next;
    action *act;
} story[] = {
    /* Looking at the token. */
    {APPROVAL_WAITING_CARD, HAPPENS_NO_CARD, APPROVAL_WAITING_CARD, look_later},
    {APPROVAL_WAITING_CARD, HAPPENS_SEVERAL, APPROVAL_WAITING_CONSENT, ask_choice},
    {APPROVAL_WAITING_CARD, HAPPENS_CHOSEN, APPROVAL_WAITING_CARD, ask_signature},
    /* The worker has the question. A token without a dialog consents at once. */
    {APPROVAL_WAITING_CARD, HAPPENS_DIALOG, APPROVAL_WAITING_CONSENT, note},
    {APPROVAL_WAITING_CARD, HAPPENS_CONSENT, APPROVAL_SIGNING, proceed},
    {APPROVAL_WAITING_CARD, HAPPENS_FAILURE, APPROVAL_FAILED, end},
    {APPROVAL_WAITING_CARD, HAPPENS_DEADLINE, APPROVAL_EXPIRED, close_dialog},
    {APPROVAL_WAITING_CARD, HAPPENS_CANCEL, APPROVAL_CANCELLED, close_dialog},
    /* The person is asked which certificate, then for consent and PIN. */
    {APPROVAL_WAITING_CONSENT, HAPPENS_CHOSEN, APPROVAL_WAITING_CONSENT, ask_signature},
    {APPROVAL_WAITING_CONSENT, HAPPENS_DIALOG, APPROVAL_WAITING_CONSENT, note},
    {APPROVAL_WAITING_CONSENT, HAPPENS_CONSENT, APPROVAL_SIGNING, proceed},
    {APPROVAL_WAITING_CONSENT, HAPPENS_NO_CARD, APPROVAL_WAITING_CARD, look_later},
    {APPROVAL_WAITING_CONSENT, HAPPENS_FAILURE, APPROVAL_FAILED, end},
    {APPROVAL_WAITING_CONSENT, HAPPENS_DEADLINE, APPROVAL_EXPIRED, close_dialog},
    {APPROVAL_WAITING_CONSENT, HAPPENS_CANCEL, APPROVAL_CANCELLED, close_dialog},
    /* The card signs; only its answer, or its silence, ends this. A wrong PIN asks again. */
    {APPROVAL_SIGNING, HAPPENS_DIALOG, APPROVAL_WAITING_CONSENT, note_again},
    {APPROVAL_SIGNING, HAPPENS_SIGNATURE, APPROVAL_COMPLETING, finish},
    {APPROVAL_SIGNING, HAPPENS_FAILURE, APPROVAL_FAILED, end},
    {APPROVAL_SIGNING, HAPPENS_SILENCE, APPROVAL_INTERRUPTED, end},
    /* The file is made; a time stamp may still belong on it. */
    {APPROVAL_COMPLETING, HAPPENS_FINISHED, APPROVAL_DONE, end},
    {APPROVAL_COMPLETING, HAPPENS_FAILURE, APPROVAL_FAILED, end},
    {APPROVAL_COMPLETING, HAPPENS_DEADLINE, APPROVAL_FAILED, give_up},
};

bool story_happens(struct session *s, struct approval *a, enum happening h,
                   const struct cause *cause)
{
    for (size_t i = 0; i < sizeof story / sizeof *story; i++) {
        if (story[i].state != a->shown.state || story[i].happening != h) continue;
        if (cause->told_pin) {
            a->shown.pin = cause->pin;
            a->shown.tries = cause->tries;
        }
        if (story[i].next != a->shown.state) {
            approval_enter(a, story[i].next);
            if (story[i].next == APPROVAL_WAITING_CONSENT)
                approval_clock(a, s->settings->consent_seconds);
            if (story[i].next == APPROVAL_WAITING_CARD)
                approval_clock(a, s->settings->card_wait_seconds);
        }
        story[i].act(s, a, cause);
        return true;
    }
    return false;
}

static void fail(struct session *s, struct approval *a, err_t e, const char *clause)
{
    (void)story_happens(s, a, HAPPENS_FAILURE, &(struct cause){.error = e, .clause = clause});
}

/* ---- questions to the token ---- */

/* While the person is busy with one approval, the clocks of those that queue stand still. */
static void hold_clocks(struct session *s, const struct approval *but)
{
    for (struct approval *a = s->open; a; a = a->next)
        if (a != but && a->shown.state == APPROVAL_WAITING_CARD) approval_clock_stop(a);
}

static void restart_clocks(struct session *s)
{
    for (struct approval *a = s->open; a; a = a->next)
        if (a->shown.state == APPROVAL_WAITING_CARD && a->deadline == 0)
            approval_clock(a, s->settings->card_wait_seconds);
}

static void question_begins(struct session *s, enum question q, struct approval *a)
{
    s->question = q;
    s->asked = a;
    if (a) hold_clocks(s, a);
}

/* Gives the approval that asked; NULL when it was a listing or nobody waits for the answer. */
static struct approval *question_ends(struct session *s)
{
    struct approval *a = s->asked;
    bool held = s->question == ASKED_CHOICE || s->question == ASKED_SIGNATURE;
    s->question = ASKED_NOTHING;
    s->asked = NULL;
    if (held) restart_clocks(s);
    return a;
}

/* An answer tells of the moment of its question: of a card that came meanwhile it knows nothing. */
static void listing_answered(struct session *s, err_t e)
{
    s->listing_error = e;
    s->listed_at = s->asked_at;
    s->listed = s->listed_at.version == s->readers_version ? clock_ms() : 0;
    s->answers++;
    s->listing_version++;
}

void story_ask_listing(struct session *s)
{
    const bool busy = s->question != ASKED_NOTHING;
    if (!busy) s->asked_at = (struct readers_then){s->readers_version, *token_readers(s->token)};
    err_t e = busy ? ERR_TOO_MANY_REQUESTS : token_ask_listing(s->token);
    if (e == OK) {
        question_begins(s, ASKED_LISTING, NULL);
    } else if (e != ERR_TOO_MANY_REQUESTS) {
        listing_answered(s, e);
    } else {
        /* Busy with a dialog: what is known is all there is for now. */
        s->listing_version++;
        if (s->question == ASKED_NOTHING) s->look_at = clock_ms() + LOOK_OFTEN_MS;
    }
}

/* ---- looking for a signer ---- */

struct signer_rules story_rules(const struct session *s)
{
    if (s->trust) (void)trust_refresh(s->trust);
    return (struct signer_rules){s->settings, s->trust, utc_now()};
}

/* What a person may mend by a card, and a module by its successor. Everything else is told at
 * once: nobody likes to wait three minutes for an answer that is known. */
static bool may_mend(struct approval *a, err_t e)
{
    switch (e) {
    case ERR_NO_CARD:
    case ERR_CARD_REMOVED:
    case ERR_CARD_SERVICE:
    case ERR_NO_CERTIFICATE:
    case ERR_CARD_ERROR:
    case ERR_TOO_MANY_REQUESTS:
        return true;
    case ERR_MODULE_CRASHED:
    case ERR_MODULE_TIMEOUT:
        return ++a->work->stumbles < MAX_STUMBLES;
    default:
        return false;
    }
}

static bool reader_is(const struct readers *r, enum reader_state state)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i].state == state) return true;
    return false;
}

/* Why no module shows a card, as far as PC/SC can tell. */
static err_t why_no_card(const struct session *s)
{
    const struct readers *r = token_readers(s->token);
    if (s->listing->copy.n_slots == 0 && !r->service) return ERR_CARD_SERVICE;
    if (reader_is(r, READER_EXCLUSIVE)) return ERR_CARD_IN_USE;
    if (reader_is(r, READER_MUTE)) return ERR_CARD_MUTE;
    if (reader_is(r, READER_CARD)) return ERR_MODULE_NOT_FOUND; /* none that knows this card */
    return s->listing->copy.n_slots == 0 ? ERR_NO_READER : ERR_NO_CARD;
}

static void found_none(struct session *s, struct approval *a, err_t e)
{
    if (e == ERR_NO_CARD) e = why_no_card(s);
    (void)story_happens(s, a, HAPPENS_NO_CARD, &(struct cause){.error = e});
}

/* A token whose PIN comes from a file has nobody in front of it who could choose. */
static bool unattended(const struct session *s, const struct signer_choice *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct token_cert *tc =
            &s->listing->copy.certs[token_listing_find(&s->listing->copy, &c->ids[i])];
        if (s->listing->copy.slots[tc->slot].unattended) return true;
    }
    return false;
}

static void choose(struct session *s, struct approval *a, const struct signer_choice *c)
{
    if (c->n > 1 && unattended(s, c)) {
        fail(s, a, ERR_AMBIGUOUS_CERTIFICATE, NULL);
    } else if (c->n > 1) {
        (void)story_happens(s, a, HAPPENS_SEVERAL, &(struct cause){.among = c});
    } else if (c->n == 1) {
        size_t i = token_listing_find(&s->listing->copy, &c->ids[0]);
        (void)story_happens(s, a, HAPPENS_CHOSEN, &(struct cause){.cert = i});
    } else if (c->wait || a->work->found ||
               (c->problem == ERR_NO_CERTIFICATE &&
                reader_is(token_readers(s->token), READER_EMPTY))) {
        found_none(s, a, c->problem); /* also beside a card that has nothing to do with this */
    } else {
        fail(s, a, c->problem, NULL);
    }
}

static void look(struct session *s, struct approval *a)
{
    struct signer_choice c = {0};
    struct signer_rules rules = story_rules(s);
    if (s->listing_error == OK) signer_choose(&rules, s->listing, &a->work->wish, &c);
    /* What an older listing lacks may be there by now. */
    if (c.n == 0 && s->answers == a->work->answers) {
        s->listed = 0;
        return;
    }
    a->work->looked = true;
    if (s->listing_error == OK) {
        choose(s, a, &c);
    } else if (may_mend(a, s->listing_error)) {
        found_none(s, a, s->listing_error);
    } else {
        fail(s, a, s->listing_error, NULL);
    }
}

/* The first that still wants the card, or has it: whose signature is made stands in nobody's way.
 */
static struct approval *first_of(const struct session *s)
{
    struct approval *a = s->open;
    while (a && a->shown.state == APPROVAL_COMPLETING) a = a->next;
    return a;
}

static bool my_turn(const struct session *s)
{
    const struct approval *a = first_of(s);
    return a && s->question == ASKED_NOTHING && a->shown.state == APPROVAL_WAITING_CARD &&
           clock_ms() >= s->look_at && !completing_pends(s, a);
}

/* Slots that PC/SC does not know change unannounced. */
static bool unannounced(const struct session *s)
{
    const struct readers *r = token_readers(s->token);
    const struct token_listing *l = &s->listing->copy;
    for (size_t i = 0; i < l->n_slots; i++)
        if (readers_find(r, l->slots[i].reader) == r->n) return true;
    return s->listing_error != OK;
}

/* Of a change PC/SC would have told. What else may have befallen a card the worker finds out, which
 * compares token and certificate, and reads the tries, before it asks the person. */
static bool still_known(const struct session *s)
{
    return s->listed && (clock_ms() - s->listed < FRESH_MS || !unannounced(s));
}

/* Nobody types a PIN for a signature that could not be completed. */
static bool cleared(struct session *s, struct approval *a, bool *moved)
{
    const char *detail = NULL;
    err_t e = OK;
    const enum completing_answer answer = completing_clear(s, a, &e, &detail);
    *moved = answer == COMPLETING_NO;
    if (*moved) fail(s, a, e, detail);
    return answer == COMPLETING_YES;
}

static bool take_turn(struct session *s)
{
    struct approval *a = first_of(s);
    bool moved;
    if (!my_turn(s)) return false;
    if (!cleared(s, a, &moved)) return moved;
    if (still_known(s)) {
        look(s, a);
    } else {
        story_ask_listing(s);
    }
    return true;
}

/* ---- actions ---- */

/* That a card comes PC/SC tells. That another program lets go of one it does not, nor that a driver
 * was installed or a certificate written. */
static bool only_announced(const struct session *s)
{
    const struct readers *r = token_readers(s->token);
    const bool there = reader_is(r, READER_CARD) || reader_is(r, READER_EXCLUSIVE);
    return r->service && !there && !unannounced(s);
}

static void look_later(struct session *s, struct approval *a, const struct cause *cause)
{
    int64_t now = clock_ms();
    approval_waits_for(a, cause->error);
    s->listed = 0;
    if (s->looks < LOOKS_SOON) {
        s->looks++;
        s->look_at = now + LOOK_SOON_MS;
    } else if (only_announced(s)) {
        s->look_at = INT64_MAX;
    } else {
        s->look_at = now + (unannounced(s) ? LOOK_OFTEN_MS : LOOK_EVERY_MS);
    }
}

static void ask_choice(struct session *s, struct approval *a, const struct cause *cause)
{
    struct token_order words = {0};
    a->work->found = true;
    signing_words(a, s->settings, &words);
    err_t e = token_ask_choice(s->token, cause->among->ids, cause->among->n, &words);
    if (e) {
        fail(s, a, e, NULL);
    } else {
        question_begins(s, ASKED_CHOICE, a);
    }
}

static void refused(struct session *s, struct approval *a, const struct token_event *ev);

/* The journal hears of what the store could not do. */
static err_t kept(const struct session *s, err_t e)
{
    if (e && store_error(s->store)) audit_store(e, store_why(s->store));
    return e;
}

static void ask_signature(struct session *s, struct approval *a, const struct cause *cause)
{
    struct xades_why why = {0};
    size_t i = cause->cert;
    a->work->found = true;
    if (a->shown.state == APPROVAL_WAITING_CONSENT) approval_clock(a, s->settings->consent_seconds);
    if (s->trust) a->work->chain = chain_status_slug(s->listing->entries[i].chain);
    err_t e = signing_prepare(a, s->settings, utc_now() + completing_skew(s, a),
                              &s->listing->copy.certs[i], &s->listing->entries[i].cert, &why);
    if (e) {
        fail(s, a, e, why.clause);
        return;
    }
    e = kept(s, signing_store(a, &s->listing->entries[i].cert, s->store));
    if (e) {
        fail(s, a, e, NULL);
        return;
    }
    e = signing_ask(a, s->settings, s->token);
    if (e == OK) {
        question_begins(s, ASKED_SIGNATURE, a);
    } else {
        refused(s, a, &(struct token_event){.kind = TOKEN_FAILED, .error = e, .tries = -1});
    }
}

static void note(struct session *s, struct approval *a, const struct cause *cause)
{
    (void)s, (void)cause;
    a->shown.version++;
}

/* The PIN was wrong, so nothing was signed, and the person has to agree anew. */
static void note_again(struct session *s, struct approval *a, const struct cause *cause)
{
    (void)kept(s, store_state(s->store, a)); /* if not, a restart takes it for interrupted */
    note(s, a, cause);
}

/* The card may sign once it is written that it may have. */
static void proceed(struct session *s, struct approval *a, const struct cause *cause)
{
    (void)cause;
    err_t e = kept(s, store_state(s->store, a));
    token_proceed(s->token, e == OK);
    if (!e) return;
    s->asked = NULL; /* what the token answers belongs to nobody */
    fail(s, a, e, NULL);
}

/* The value is the one thing that cannot be had again. Without a store for it, it is still given
 * out: a restart in that moment would say `interrupted`. */
static void finish(struct session *s, struct approval *a, const struct cause *cause)
{
    (void)kept(s, store_value(s->store, a, cause->signature));
    err_t e = signing_finish(a, cause->signature);
    if (e) {
        fail(s, a, e, NULL);
    } else if (completing_wanted(s, a)) {
        completing_begin(s, a);
    } else {
        (void)story_happens(s, a, HAPPENS_FINISHED, cause);
    }
}

static void give_up(struct session *s, struct approval *a, const struct cause *cause)
{
    completing_end(s, a);
    end(s, a, cause);
}

static void close_dialog(struct session *s, struct approval *a, const struct cause *cause)
{
    if (s->asked == a) {
        s->asked = NULL; /* its late answer belongs to nobody */
        token_cancel(s->token);
    }
    end(s, a, cause);
}

static void take_out(struct session *s, struct approval *a)
{
    struct approval **at = &s->open;
    while (*at != a) at = &(*at)->next;
    *at = a->next;
    s->n_open--;
}

static void end(struct session *s, struct approval *a, const struct cause *cause)
{
    const enum approval_state state = a->shown.state;
    if (cause->error) approval_problem(a, cause->error, cause->clause ? cause->clause : "");
    (void)kept(s, store_state(s->store, a));
    if (state == APPROVAL_DONE || state == APPROVAL_INTERRUPTED) s->history_version++;
    if (!s->quiet) audit_write(a);
    take_out(s, a);
    approval_rest(a, s->documents);
    a->ended = clock_ms();
    results_keep(&s->results, a);
    if (!s->open) store_rest(s->store);
    s->look_at = 0;
}

/* ---- the token's events ---- */

static void on_listed(struct session *s, const struct token_event *ev)
{
    (void)question_ends(s);
    listing_answered(s, listing_store(s->listing, ev->listing) ? OK : ERR_STORAGE_FULL);
}

/* The person may have thought for minutes: the rules are asked again about the one chosen. */
static void on_chosen(struct session *s, const struct token_event *ev)
{
    struct approval *a = question_ends(s);
    if (!a) return;
    struct signer_wish wish = a->work->wish;
    wish.has_certificate = true;
    wish.certificate = ev->chosen;
    struct signer_rules rules = story_rules(s);
    struct signer_choice c = {0};
    signer_choose(&rules, s->listing, &wish, &c);
    if (c.n == 1) {
        choose(s, a, &c);
    } else {
        fail(s, a, c.problem, NULL);
    }
}

static void on_asking(struct session *s, const struct token_event *ev)
{
    struct cause cause = {.told_pin = true, .pin = ev->pin, .tries = ev->tries};
    if (s->asked) (void)story_happens(s, s->asked, HAPPENS_DIALOG, &cause);
}

/* Only an approval that is still wanted may reach the card. */
static void on_consented(struct session *s, const struct token_event *ev)
{
    (void)ev;
    if (!s->asked || !story_happens(s, s->asked, HAPPENS_CONSENT, &(struct cause){0}))
        token_proceed(s->token, false);
}

static void on_signed(struct session *s, const struct token_event *ev)
{
    struct approval *a = question_ends(s);
    struct cause cause = {.signature = ev->signature};
    if (a) (void)story_happens(s, a, HAPPENS_SIGNATURE, &cause);
}

/* Nothing has been sent to the card yet, and a card that comes back, or a new worker, may mend it.
 * The person is asked anew. */
static bool may_start_over(struct approval *a, err_t e)
{
    switch (a->shown.state) {
    case APPROVAL_WAITING_CARD: /* the card went between listing and dialog */
        return e != ERR_CARD_ERROR && may_mend(a, e);
    case APPROVAL_WAITING_CONSENT:
        return e != ERR_CARD_ERROR && e != ERR_NO_CERTIFICATE && may_mend(a, e);
    default:
        return false;
    }
}

/* The card may have signed and nobody knows: unless it is gone, which the person knows best. */
static bool in_doubt(const struct token_event *ev)
{
    return ev->sent && ev->error != ERR_CARD_REMOVED && ev->error != ERR_CARD_SERVICE;
}

static void refused(struct session *s, struct approval *a, const struct token_event *ev)
{
    bool about_pin =
        ev->error == ERR_PIN_WRONG || ev->error == ERR_PIN_LOCKED || ev->error == ERR_PIN_NOT_SET;
    struct cause cause = {
        .error = ev->error, .told_pin = about_pin, .pin = ev->pin, .tries = ev->tries};
    struct cause lost = {.error = ERR_INTERRUPTED, .clause = err_slug(ev->error)};
    if (in_doubt(ev) && story_happens(s, a, HAPPENS_SILENCE, &lost)) return;
    if (ev->error == ERR_CONSENT_TIMEOUT && story_happens(s, a, HAPPENS_DEADLINE, &cause)) return;
    if (may_start_over(a, ev->error)) {
        found_none(s, a, ev->error);
    } else {
        (void)story_happens(s, a, HAPPENS_FAILURE, &cause);
    }
}

static void on_failed(struct session *s, const struct token_event *ev)
{
    bool listing = s->question == ASKED_LISTING;
    struct approval *a = question_ends(s);
    s->listed = 0; /* the card, or its PIN, is not what it was */
    if (listing) listing_answered(s, ev->error);
    if (a) refused(s, a, ev);
}

/* Something came or went: what is known of the cards is old, and whoever waits looks now. */
static void on_changed(struct session *s)
{
    s->readers_version++;
    s->listed = 0;
    s->look_at = 0;
    s->looks = 0;
}

static void on_event(struct session *s, const struct token_event *ev)
{
    switch (ev->kind) {
    case TOKEN_LISTED:
        on_listed(s, ev);
        break;
    case TOKEN_CHOSEN:
        on_chosen(s, ev);
        break;
    case TOKEN_ASKING:
        on_asking(s, ev);
        break;
    case TOKEN_CONSENTED:
        on_consented(s, ev);
        break;
    case TOKEN_SIGNED:
        on_signed(s, ev);
        break;
    case TOKEN_FAILED:
        on_failed(s, ev);
        break;
    case TOKEN_CHANGED:
        on_changed(s);
        break;
    case TOKEN_PIN_SET: /* a command's question, not a session's */
        break;
    }
}

/* ---- the clock ---- */

/* When the time of an approval is up. A card is not missed before it was looked for, nor while the
 * worker has the question. */
static int64_t deadline_of(const struct session *s, const struct approval *a)
{
    if (a->shown.state != APPROVAL_WAITING_CARD) return a->deadline;
    bool waits = a->work->looked && s->asked != a && s->question == ASKED_NOTHING;
    return waits ? a->deadline : 0;
}

static err_t why_late(const struct approval *a)
{
    if (a->shown.state == APPROVAL_WAITING_CONSENT) return ERR_CONSENT_TIMEOUT;
    if (a->shown.state == APPROVAL_COMPLETING && !a->shown.waiting_for) return ERR_TSA_UNREACHABLE;
    return a->shown.waiting_for;
}

static void check_deadlines(struct session *s)
{
    int64_t now = clock_ms();
    for (struct approval *a = s->open, *next; a; a = next) {
        next = a->next;
        int64_t deadline = deadline_of(s, a);
        if (deadline == 0 || now < deadline) continue;
        struct cause cause = {.error = why_late(a)};
        (void)story_happens(s, a, HAPPENS_DEADLINE, &cause);
    }
}

int64_t story_deadline(const struct session *s)
{
    int64_t first = clock_sooner(documents_deadline(s->documents), completing_deadline(s));
    for (const struct approval *a = s->open; a; a = a->next)
        first = clock_sooner(first, deadline_of(s, a));
    const struct approval *a = first_of(s);
    if (a && s->question == ASKED_NOTHING && !completing_pends(s, a))
        first = clock_sooner(first, s->look_at);
    return first;
}

bool story_due(const struct session *s)
{
    /* A token in this process has its answer ready when the asking call returns. */
    return my_turn(s) || (s->question != ASKED_NOTHING && token_fd(s->token) < 0);
}

void story_step(struct session *s)
{
    do {
        struct token_event ev = {0};
        while (token_next(s->token, &ev)) on_event(s, &ev);
        completing_step(s);
        check_deadlines(s);
    } while (take_turn(s));
    documents_expire(s->documents);
}
