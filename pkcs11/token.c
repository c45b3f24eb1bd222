/* SPDX-License-Identifier: MIT */
#include "pkcs11/token.h"

#include "pkcs11/card.h"
#include "pkcs11/consent.h"
#include "pkcs11/counter.h"
#include "pkcs11/judge.h"
#include "pkcs11/pad.h"
#include "pkcs11/pinfile.h"
#include "pkcs11/pintask.h"
#include "pkcs11/token_listing.h"
#include "pkcs11/token_queue.h"
#include "pkcs11/typing.h"

#define MAX_LOST 2 /* logins that the card may forget before it is called broken */

const char *pin_state_slug(enum pin_state s)
{
    static const char *const slugs[] = {[PIN_OK] = "ok",
                                        [PIN_LOW] = "low",
                                        [PIN_FINAL] = "final",
                                        [PIN_LOCKED] = "locked",
                                        [PIN_NOT_SET] = "not-set"};
    return slugs[s];
}

bool token_choice_ok(size_t n, const struct token_order *o)
{
    return n >= 1 && n <= TOKEN_MAX_CERTS && o->n_before <= TOKEN_MAX_CERTS &&
           o->n_after <= TOKEN_MAX_CERTS && o->n_before + n + o->n_after >= 2;
}

/* An order whose octets have been judged and whose person is being, or has been, asked. */
struct approval {
    struct card_key *key;
    struct secret *pin;
    struct card_pin_info info;
    struct consent_pages pages;
    struct digest to_sign;
    enum sig_alg alg;
    enum lang lang;
    int64_t consent_ms, deadline_ms;
    bool presented; /* the PIN, to the card */
    bool consented; /* waiting for token_proceed */
    bool told;      /* TOKEN_CONSENTED is out */
    bool pages_shown;
    unsigned lost; /* logins that the card forgot */
};

struct local {
    struct token base; /* first: token.h's functions are given its address */
    struct card *card;
    struct pinfile *pinfile;
    char pinentry[1024];
    int cancel_fd;
    const struct token_watch *watch;
    struct token_listing listing;
    bool listing_good; /* its views are alive and nothing was opened since */
    bool learnt;       /* learn_unattended has run */
    bool warm;         /* a listing was asked for before */
    struct approval approval;
    struct card_watch card_watch;
    struct pad *pad; /* while a PIN is typed on the reader */
    struct buf signature;
    struct token_queue events; /* an asking call leaves fewer than it holds */
};

static struct local *local_of(struct token *t)
{
    return (struct local *)t;
}

/* ---- events ---- */

static void emit(struct local *l, struct token_event e)
{
    if (l->watch)
        l->watch->event(l->watch->ctx, &e);
    else
        token_queue_add(&l->events, e);
}

static void end_approval(struct local *l)
{
    struct approval *a = &l->approval;
    struct card_key *key = give(a->key);
    bool typed = key && a->presented && !a->info.unattended;
    char reader[sizeof l->listing.slots[0].reader] = "";
    if (typed) memcpy(reader, card_key_reader(key), strlen(card_key_reader(key)) + 1);
    consent_pages_free(&a->pages);
    secret_free(give(a->pin));
    card_key_free(key); /* logs out: after the answer, which waits for nobody */
    /* Where nobody types, the next login may be there before this. */
    if (typed) counter_forget(reader);
    *a = (struct approval){.info.tries = -1};
}

static void fail(struct local *l, err_t error, bool sent)
{
    bool card = error != ERR_CONSENT_DECLINED && error != ERR_CONSENT_TIMEOUT &&
                error != ERR_DIALOG_UNAVAILABLE && error != ERR_DOCUMENT_CHANGED;
    emit(l, (struct token_event){.kind = TOKEN_FAILED,
                                 .error = error,
                                 .pin = l->approval.info.state,
                                 .tries = l->approval.info.tries,
                                 .sent = sent,
                                 .foreign = card ? card_foreign(l->card) : 0});
    end_approval(l);
}

static void tell_step(const struct local *l, enum token_step step)
{
    if (l->watch) l->watch->at_card(l->watch->ctx, step);
}

/* ---- while a call on the card runs ---- */

/* In pad.c's thread. The module may wait for ever; the process that it waits in need not. */
static void given_up(void *ctx, err_t why)
{
    struct local *l = ctx;
    if (!l->watch) return;
    const struct card_pin_info *i = &l->approval.info;
    emit(l, (struct token_event){
                .kind = TOKEN_FAILED, .error = why, .pin = i->state, .tries = i->tries});
    l->watch->gone(l->watch->ctx);
}

static void on_pad(void *ctx, bool typing)
{
    struct local *l = ctx;
    enum lang lang = l->approval.lang;
    if (!typing) {
        pad_hide(give(l->pad));
        return;
    }
    tell_step(l, TOKEN_STEP_PIN_PAD);
    int64_t deadline = pinentry_now() + l->approval.consent_ms;
    l->pad = pad_show(&(struct pad_setup){
        .dialog = {l->pinentry, l->cancel_fd, deadline},
        .words = {.title = consent_word(CONSENT_TITLE, lang),
                  .desc = consent_word(CONSENT_ON_READER, lang),
                  .ok = consent_word(CONSENT_CANCEL, lang)},
        .ctx = l,
        .given_up = given_up,
    });
}

static void on_sign(void *ctx)
{
    tell_step(ctx, TOKEN_STEP_SIGN);
}

/* ---- listing ---- */

/* The first listing is read before anybody waits: whose signature a file may release is judged
 * then, not between consent and card. */
static void learn_unattended(struct local *l)
{
    const struct token_listing *all = &l->listing;
    for (size_t i = 0; !l->learnt && i < all->n_certs; i++)
        if (all->slots[all->certs[i].slot].unattended)
            (void)pinfile_trusts(l->pinfile, all->certs[i].der);
    l->learnt = true;
}

static err_t list(struct local *l)
{
    err_t e = card_list(l->card, &l->listing);
    l->listing_good = !e;
    if (!e) learn_unattended(l);
    return e;
}

/* Not in a warm start: another worker of the same parent may be signing then. */
static void count_tries(struct local *l)
{
    for (size_t i = 0; l->warm && i < l->listing.n_slots; i++) {
        struct token_slot *s = &l->listing.slots[i];
        if (!s->present) continue;
        tell_step(l, TOKEN_STEP_TRIES);
        s->tries = counter_tries(s->reader);
        s->pin = counter_state(s->pin, &s->tries);
    }
    l->warm = true;
}

static err_t ask_listing(struct token *t)
{
    struct local *l = local_of(t);
    if (l->approval.consented) return err_raise(ERR_TOO_MANY_REQUESTS);
    err_t e = list(l);
    if (!e) count_tries(l);
    if (e)
        fail(l, e, false);
    else
        emit(l, (struct token_event){.kind = TOKEN_LISTED, .listing = &l->listing});
    return OK;
}

static const struct token_cert *find_cert(const struct local *l, const struct digest *id)
{
    size_t i = token_listing_find(&l->listing, id);
    return i < l->listing.n_certs ? &l->listing.certs[i] : NULL;
}

/* The listing of the warm start serves the first order; reading it again costs card time. */
static err_t find_cert_der(struct local *l, const struct digest *id, struct buf *der)
{
    const struct token_cert *c = l->listing_good ? find_cert(l, id) : NULL;
    if (!c) {
        err_t e = list(l);
        if (e) return e;
        c = find_cert(l, id);
    }
    if (!c) return err_raise(token_listing_present(&l->listing) ? ERR_NO_CERTIFICATE : ERR_NO_CARD);
    buf_add(der, c->der);
    return buf_ok(der) ? OK : err_raise(ERR_STORAGE_FULL);
}

static err_t read_cert(struct bytes der, struct cert *out)
{
    struct der_latch why = {0};
    return cert_read(der, out, &why) ? OK : err_raise(ERR_CERTIFICATE_MALFORMED);
}

/* ---- dialogs ---- */

static err_t open_dialog(const struct local *l, int64_t deadline_ms, struct pinentry **out)
{
    struct pinentry_setup s = {l->pinentry, l->cancel_fd, deadline_ms};
    return pinentry_open(&s, out);
}

static struct pinentry_words words_of(enum lang lang, const char *desc, enum consent_word ok)
{
    return (struct pinentry_words){.title = consent_word(CONSENT_TITLE, lang),
                                   .desc = desc,
                                   .prompt = consent_word(CONSENT_PROMPT, lang),
                                   .ok = consent_word(ok, lang),
                                   .cancel = consent_word(CONSENT_CANCEL, lang)};
}

static err_t offer(struct local *l, struct pinentry *p, const struct token_order *o,
                   const struct digest *id, size_t at, size_t n, bool *yes)
{
    own(buf) der = buf_max(SIZE_MAX / 2);
    own(buf) desc = buf_max(4096);
    struct cert cert;
    err_t e = find_cert_der(l, id, &der);
    if (!e) e = read_cert(buf_bytes(&der), &cert);
    if (e) return e;
    consent_choice(&desc, o, &cert, at, n);
    struct pinentry_words w = words_of(o->lang, buf_cstr(&desc), CONSENT_USE);
    w.no = consent_word(CONSENT_NEXT, o->lang);
    return pinentry_choose(p, &w, yes);
}

/* Whether one was chosen, or the person wants to see those that another worker has. */
static err_t choose(struct local *l, const struct digest *ids, size_t n,
                    const struct token_order *o, struct token_event *out)
{
    own_ptr(pinentry) p = NULL;
    size_t all = o->n_before + n + o->n_after;
    err_t e = open_dialog(l, pinentry_now() + (int64_t)o->consent_seconds * 1000, &p);
    for (size_t i = 0; !e && i < n; i++) {
        bool yes = false;
        e = offer(l, p, o, &ids[i], o->n_before + i, all, &yes);
        if (!e && yes) {
            out->chosen = ids[i];
            return OK;
        }
    }
    out->none = true;
    if (!e && o->n_after == 0) e = err_raise(ERR_CONSENT_DECLINED);
    return e;
}

static err_t ask_choice(struct token *t, const struct digest *ids, size_t n,
                        const struct token_order *o)
{
    struct local *l = local_of(t);
    struct token_event chosen = {.kind = TOKEN_CHOSEN};
    if (l->approval.consented) return err_raise(ERR_TOO_MANY_REQUESTS);
    if (!token_choice_ok(n, o)) return err_raise(ERR_INTERNAL);
    emit(l, (struct token_event){.kind = TOKEN_ASKING, .tries = -1});
    err_t e = choose(l, ids, n, o, &chosen);
    if (e)
        fail(l, e, false);
    else
        emit(l, chosen);
    return OK;
}

/* What a locked card's owner must read; the error stands whatever becomes of the dialog. */
static void show_message(const struct local *l, enum consent_word what)
{
    const struct approval *a = &l->approval;
    if (a->info.unattended) return;
    own_ptr(pinentry) p = NULL;
    own(buf) text = buf_max(CONSENT_PAGE);
    consent_beside(&text, &a->pages, what, a->lang);
    struct pinentry_words w = words_of(a->lang, buf_cstr(&text), CONSENT_CLOSE);
    if (open_dialog(l, a->deadline_ms, &p) == OK) (void)pinentry_message(p, &w);
}

static err_t refuse_by_state(struct local *l)
{
    const struct approval *a = &l->approval;
    if (a->info.state == PIN_LOCKED) {
        show_message(l, CONSENT_LOCKED);
        return err_raise(ERR_PIN_LOCKED);
    }
    if (a->info.state == PIN_NOT_SET) {
        show_message(l, CONSENT_NOT_SET);
        return err_raise(ERR_PIN_NOT_SET);
    }
    return OK;
}

/* ---- what is to be signed ---- */

static err_t make_pages(struct local *l, const struct token_order *o, const struct cert *cert,
                        const struct judged *j)
{
    struct consent c = {.order = o,
                        .cert = cert,
                        .n_documents = j->n,
                        .documents = j->documents,
                        .pin_pad = l->approval.info.pin_pad};
    return consent_pages_make(&c, &l->approval.pages) ? OK : err_raise(ERR_STORAGE_FULL);
}

static void tell_consented(struct local *l)
{
    struct approval *a = &l->approval;
    if (!a->told)
        emit(l, (struct token_event){
                    .kind = TOKEN_CONSENTED, .pin = a->info.state, .tries = a->info.tries});
    a->told = true;
}

/* The card's own number comes right before each dialog; a file is not told how many are left. */
static err_t read_pin_info(struct local *l)
{
    struct approval *a = &l->approval;
    err_t e = card_key_pin(a->key, &a->info);
    if (e || a->info.unattended) return e;
    tell_step(l, TOKEN_STEP_TRIES);
    a->info.tries = counter_tries(card_key_reader(a->key));
    a->info.state = counter_state(a->info.state, &a->info.tries);
    return OK;
}

static err_t open_key(struct local *l, const struct token_order *o)
{
    struct approval *a = &l->approval;
    l->listing_good = false; /* card_key_open may read the slot again */
    err_t e = card_key_open(l->card, &o->certificate, &a->key);
    return e ? e : read_pin_info(l);
}

/* No person is asked: once the order has been judged the session may decide, and the key is opened
 * meanwhile. What fails then is told as any failure before the card. */
static bool is_unattended(const struct local *l, const struct digest *id)
{
    const struct token_cert *c = find_cert(l, id);
    return c && l->listing.slots[c->slot].unattended;
}

/* Everything up to the dialog. */
static err_t begin(struct local *l, const struct token_order *o)
{
    struct approval *a = &l->approval;
    own(buf) der = buf_max(SIZE_MAX / 2);
    own_ptr(judged) j = NULL;
    struct cert cert;
    err_t e = find_cert_der(l, &o->certificate, &der);
    if (!e) e = read_cert(buf_bytes(&der), &cert);
    if (!e && !sig_alg_fits(o->alg, cert.key_type)) e = err_raise(ERR_DOCUMENT_CHANGED);
    if (!e) e = judge_order(o, buf_bytes(&der), &j);
    if (!e && !digest_of(sig_alg_digest(o->alg), o->signed_info, &a->to_sign))
        e = err_raise(ERR_INTERNAL);
    if (!e && is_unattended(l, &o->certificate)) tell_consented(l);
    if (!e) e = open_key(l, o);
    if (!e && !a->info.unattended) e = make_pages(l, o, &cert, j);
    return e;
}

/* ---- consent ---- */

static err_t confirm_final_try(const struct approval *a, struct pinentry *p)
{
    if (a->info.state != PIN_FINAL) return OK;
    own(buf) text = buf_max(CONSENT_PAGE);
    consent_beside(&text, &a->pages, CONSENT_FINAL_TRY, a->lang);
    struct pinentry_words w = words_of(a->lang, buf_cstr(&text), CONSENT_CONTINUE);
    return pinentry_confirm(p, &w);
}

/* All pages but the last: once per order, not again after a wrong PIN. */
static err_t show_pages(struct approval *a, struct pinentry *p)
{
    for (size_t i = 0; !a->pages_shown && i + 1 < a->pages.n; i++) {
        struct pinentry_words w = words_of(a->lang, buf_cstr(&a->pages.text[i]), CONSENT_CONTINUE);
        err_t e = pinentry_confirm(p, &w);
        if (e) return e;
    }
    a->pages_shown = true;
    return OK;
}

/* What is signed, and how many tries are left to say so. */
static const char *last_page(const struct approval *a, struct buf *room)
{
    buf_add(room, buf_bytes(&a->pages.text[a->pages.n - 1]));
    consent_tries(room, a->info.tries, a->lang);
    return buf_cstr(room);
}

static err_t ask_person(struct local *l, enum consent_reason why)
{
    struct approval *a = &l->approval;
    own_ptr(pinentry) p = NULL;
    own(buf) desc = buf_max(CONSENT_PAGE);
    err_t e = open_dialog(l, a->deadline_ms, &p);
    if (!e) e = show_pages(a, p);
    if (!e) e = confirm_final_try(a, p);
    if (!e && !a->info.pin_pad) e = typing_room(&a->pin);
    if (e) return e;
    struct pinentry_words w = words_of(a->lang, last_page(a, &desc), CONSENT_SIGN);
    w.error = consent_pin_warning(a->info.state, why, a->lang);
    if (a->info.pin_pad) return pinentry_confirm(p, &w);
    struct typing pin = {"PIN", a->info.min_len, a->info.max_len, a->lang};
    return typing_ask(p, &w, &pin, a->pin);
}

/* The file gets no try that a person would be warned of: two typos in it must not lock a card. */
static err_t take_pinfile(struct approval *a)
{
    if (a->info.state == PIN_FINAL) return err_raise(ERR_PIN_WRONG);
    return card_key_pinfile(a->key, &a->pin);
}

/* One round: dialog or file, then CONSENTED. */
static void get_consent(struct local *l, enum consent_reason why)
{
    struct approval *a = &l->approval;
    if (!a->info.unattended)
        emit(l, (struct token_event){
                    .kind = TOKEN_ASKING, .pin = a->info.state, .tries = a->info.tries});
    err_t e = refuse_by_state(l);
    if (!e) e = a->info.unattended ? take_pinfile(a) : ask_person(l, why);
    /* Who gives up after a wrong PIN has not declined to sign. */
    if (e == ERR_CONSENT_DECLINED && why == CONSENT_WRONG) e = err_raise(ERR_PIN_WRONG);
    if (e) {
        fail(l, e, false);
        return;
    }
    a->consented = true;
    tell_consented(l);
}

static err_t ask_signature(struct token *t, const struct token_order *o)
{
    struct local *l = local_of(t);
    if (l->approval.consented) return err_raise(ERR_TOO_MANY_REQUESTS);
    l->approval = (struct approval){
        .alg = o->alg,
        .lang = o->lang,
        .info.tries = -1,
        .consent_ms = (int64_t)o->consent_seconds * 1000,
        .deadline_ms = pinentry_now() + (int64_t)o->consent_seconds * 1000,
    };
    err_t e = begin(l, o);
    if (e)
        fail(l, e, false);
    else
        get_consent(l, CONSENT_FIRST);
    return OK;
}

/* ---- the card ---- */

/* The person is told why, and what is left, and asked again: nothing is repeated by itself, and a
 * file cannot be asked again. */
static void ask_again(struct local *l, err_t problem, enum consent_reason why, bool sent)
{
    struct approval *a = &l->approval;
    secret_free(give(a->pin));
    err_t e = read_pin_info(l);
    if (e)
        fail(l, e, sent);
    else if (a->info.unattended)
        fail(l, problem, sent);
    else
        get_consent(l, why);
}

static err_t log_in_and_sign(struct local *l, bool *sent)
{
    struct approval *a = &l->approval;
    a->presented = true;
    err_t e = card_login(a->key, a->pin);
    if (e) return e;
    buf_cut(&l->signature, 0);
    return card_sign(a->key, a->alg, &a->to_sign, a->pin, &l->signature, sent);
}

/* Whether the card has forgotten the login, after a reset by another program, and signed nothing.
 * OpenSC says the same when it could not read a signature: it asks for another by itself, which a
 * key that wants the PIN each time refuses. Then the card still knows the PIN. */
static bool login_lost(const struct local *l, bool sent)
{
    if (!card_login_lost(l->card)) return false;
    tell_step(l, TOKEN_STEP_TRIES);
    return !sent || !counter_knows_pin(card_key_reader(l->approval.key));
}

static void proceed(struct token *t, bool go)
{
    struct local *l = local_of(t);
    struct approval *a = &l->approval;
    if (!a->consented) return;
    a->consented = a->told = false;
    if (!go) {
        fail(l, err_raise(ERR_CONSENT_DECLINED), false);
        return;
    }
    bool sent = false;
    err_t e = log_in_and_sign(l, &sent);
    bool lost = e == ERR_CARD_ERROR && login_lost(l, sent);
    if (lost) sent = false; /* a card that has forgotten the PIN has not signed */
    if (e == ERR_PIN_WRONG) {
        ask_again(l, e, CONSENT_WRONG, sent);
    } else if (lost && a->lost++ < MAX_LOST) {
        ask_again(l, e, CONSENT_LOST, sent);
    } else if (e == ERR_PIN_LOCKED && !a->info.unattended) {
        a->info.state = PIN_LOCKED;
        a->info.tries = 0;
        get_consent(l, CONSENT_WRONG); /* explains, then fails */
    } else if (e) {
        fail(l, e, sent);
    } else {
        emit(l, (struct token_event){.kind = TOKEN_SIGNED, .signature = buf_bytes(&l->signature)});
        end_approval(l);
    }
}

/* ---- a new PIN ---- */

static void pin_asking(void *ctx, const struct card_pin_info *info)
{
    struct local *l = ctx;
    l->approval.info = *info;
    emit(l, (struct token_event){.kind = TOKEN_ASKING, .pin = info->state, .tries = info->tries});
}

static void pin_step(void *ctx, enum token_step step)
{
    tell_step(ctx, step);
}

static err_t ask_pin(struct token *t, const struct token_pin_order *o)
{
    struct local *l = local_of(t);
    if (l->approval.consented) return err_raise(ERR_TOO_MANY_REQUESTS);
    int64_t consent_ms = (int64_t)o->consent_seconds * 1000;
    l->approval = (struct approval){.lang = o->lang, .info.tries = -1, .consent_ms = consent_ms};
    const struct pintask task = {.card = l->card,
                                 .listing = &l->listing,
                                 .order = o,
                                 .dialog = {l->pinentry, l->cancel_fd, pinentry_now() + consent_ms},
                                 .ctx = l,
                                 .asking = pin_asking,
                                 .step = pin_step};
    err_t e = list(l);
    if (!e) e = pintask_run(&task);
    if (e)
        fail(l, e, false);
    else
        emit(l, (struct token_event){.kind = TOKEN_PIN_SET, .tries = -1});
    return OK;
}

/* ---- the rest of token.h ---- */

static void cancel(struct token *t)
{
    proceed(t, false); /* dialogs of this process are over when anybody can call this */
}

static int no_fd(const struct token *t)
{
    (void)t;
    return -1;
}

static int no_timeout(const struct token *t)
{
    (void)t;
    return -1;
}

static bool next(struct token *t, struct token_event *out)
{
    struct local *l = local_of(t);
    return token_queue_take(&l->events, out);
}

static void local_free(struct token *t)
{
    struct local *l = local_of(t);
    end_approval(l);
    card_free(l->card);
    pinfile_free(l->pinfile);
    buf_free(&l->signature);
    free(l);
}

static void abandon(struct token *t, err_t why)
{
    (void)t, (void)why;
}

static const struct readers *readers_of_none(const struct token *t)
{
    (void)t;
    return readers_none();
}

static const struct token_ops ops = {
    .ask_listing = ask_listing,
    .ask_choice = ask_choice,
    .ask_signature = ask_signature,
    .proceed = proceed,
    .cancel = cancel,
    .abandon = abandon,
    .fd = no_fd,
    .timeout = no_timeout,
    .next = next,
    .readers = readers_of_none,
    .free = local_free,
    .ask_pin = ask_pin,
};

static const char *text_or_none(const char *s)
{
    return s ? s : "";
}

err_t token_open(const struct token_config *c, struct token **out)
{
    struct local *l = calloc(1, sizeof *l);
    if (!l) return err_raise(ERR_STORAGE_FULL);
    l->base.ops = &ops;
    own_ptr(token) t = &l->base;
    l->cancel_fd = c->cancel_fd;
    l->watch = c->watch;
    l->signature = buf_max(TOKEN_MAX_SIGNATURE);
    l->approval.info.tries = -1;
    const char *dialog = c->pinentry && *c->pinentry ? c->pinentry : "pinentry";
    if (strlen(dialog) >= sizeof l->pinentry) return err_raise(ERR_DIALOG_UNAVAILABLE);
    memcpy(l->pinentry, dialog, strlen(dialog) + 1);
    err_t e = pinfile_open(text_or_none(c->unattended_token), text_or_none(c->unattended_pin_file),
                           text_or_none(c->unattended_issuer), &l->pinfile);
    if (!e) e = card_open(text_or_none(c->module), text_or_none(c->token_uri), &l->card);
    if (e) return e;
    card_set_pinfile(l->card, l->pinfile);
    l->card_watch = (struct card_watch){l, on_pad, on_sign};
    card_set_watch(l->card, &l->card_watch);
    *out = give(t);
    return OK;
}
