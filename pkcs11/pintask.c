/* SPDX-License-Identifier: MIT */
#include "pkcs11/pintask.h"

#include "pkcs11/consent.h"
#include "pkcs11/counter.h"
#include "pkcs11/typing.h"

#define MAX_ROUNDS 8
#define PUK_MIN    4
#define PUK_MAX    64

/* ---- words ---- */

enum word {
    TITLE_CHANGE,
    TITLE_UNBLOCK,
    WHICH,
    CARD,
    READER,
    SERIAL,
    OLD_PIN,
    PUK,
    NEW_PIN,
    NEW_PIN_AGAIN,
    GO_ON,
    THIS_ONE,
    NEXT_ONE,
    NOT_EQUAL,
    ON_READER,
    PUK_WRONG,
    PUK_FINAL,
    PUK_IS_LOCKED,
    WORD_COUNT
};
static const char *const words[WORD_COUNT][2] = {
    [TITLE_CHANGE] = {"Kart PIN'ini değiştirme", "Change the card's PIN"},
    [TITLE_UNBLOCK] = {"PUK ile yeni PIN belirleme", "Set a new PIN with the PUK"},
    [WHICH] = {"Hangi kart?", "Which card?"},
    [CARD] = {"Kart", "Card"},
    [READER] = {"Okuyucu", "Reader"},
    [SERIAL] = {"Seri no", "Serial number"},
    [OLD_PIN] = {"Eski PIN:", "Old PIN:"},
    [PUK] = {"PUK:", "PUK:"},
    [NEW_PIN] = {"Yeni PIN:", "New PIN:"},
    [NEW_PIN_AGAIN] = {"Yeni PIN, yeniden:", "New PIN, again:"},
    [GO_ON] = {"Tamam", "OK"},
    [THIS_ONE] = {"Bu kart", "This one"},
    [NEXT_ONE] = {"Diğerini göster", "Show the next"},
    [NOT_EQUAL] = {"İki yeni PIN aynı değil; karta hiçbir şey gönderilmedi.",
                   "The two new PINs differ; nothing was sent to the card."},
    [ON_READER] = {"Her şeyi kart okuyucunun tuşlarından gireceksiniz.",
                   "You will type everything on the card reader."},
    [PUK_WRONG] = {"PUK yanlış.", "Wrong PUK."},
    [PUK_FINAL] = {"DİKKAT: Bu son PUK denemesi.\n\nPUK bir kez daha yanlış girilirse kart bir "
                   "daha açılamaz. "
                   "Emin değilseniz vazgeçin.",
                   "WARNING: this is the last PUK try.\n\nOne more wrong PUK and the card cannot "
                   "be unblocked "
                   "any more. Cancel if you are not sure."},
    [PUK_IS_LOCKED] =
        {"Kartın PUK'u da kilitli; yeni PIN belirlenemiyor.\n\nSertifikayı veren kuruma (kamu "
         "çalışanları: Kamu SM, www.kamusm.gov.tr) başvurun.",
         "The card's PUK is locked too; no new PIN can be set.\n\nTurn to the issuer (public "
         "servants: Kamu SM, www.kamusm.gov.tr)."},
};

struct run {
    const struct pintask *task;
    size_t slot; /* in the listing */
    struct newpin *newpin;
    struct newpin_info info;
    bool wrong;                              /* the old PIN or the PUK has just been refused */
    bool presented;                          /* something, to the card */
    struct secret *proof, *fresh, *repeated; /* old PIN or PUK; the new PIN, twice */
};

static void run_free(struct run *r)
{
    secret_free(give(r->proof));
    secret_free(give(r->fresh));
    secret_free(give(r->repeated));
    newpin_free(give(r->newpin));
    if (r->presented) counter_forget(r->task->listing->slots[r->slot].reader);
}
OWN(run)

static bool unblocks(const struct run *r)
{
    return r->task->order->task == TOKEN_PIN_UNBLOCK;
}

static const char *word(const struct run *r, enum word w)
{
    return words[w][r->task->order->lang == LANG_EN];
}

static struct pinentry_words words_of(const struct run *r, const char *desc)
{
    return (struct pinentry_words){
        .title = word(r, unblocks(r) ? TITLE_UNBLOCK : TITLE_CHANGE),
        .desc = desc,
        .ok = word(r, GO_ON),
        .cancel = consent_word(CONSENT_CANCEL, r->task->order->lang),
    };
}

/* ---- which token ---- */

/* The certificate that tells a person whose card it is: the one that was named, or the first that
 * can sign. */
static const struct token_cert *face_of(const struct run *r, size_t slot)
{
    const struct token_listing *l = r->task->listing;
    const struct token_pin_order *o = r->task->order;
    const struct token_cert *face = NULL;
    for (size_t i = 0; i < l->n_certs; i++) {
        const struct token_cert *c = &l->certs[i];
        if (c->slot != slot) continue;
        if (o->has_certificate && bytes_eq(digest_bytes(&c->id), digest_bytes(&o->certificate)))
            return c;
        if (!face && c->has_key) face = c;
    }
    return face;
}

static void describe(const struct run *r, size_t slot, struct buf *out)
{
    const struct token_slot *s = &r->task->listing->slots[slot];
    const struct token_cert *face = face_of(r, slot);
    struct cert cert;
    struct der_latch why = {0};
    consent_line(out, word(r, CARD), bytes_str(s->label), 48);
    consent_line(out, word(r, SERIAL), bytes_str(s->serial), 32);
    consent_line(out, word(r, READER), bytes_str(s->reader), 64);
    if (face && cert_read(face->der, &cert, &why))
        consent_certificate(out, &cert, r->task->order->lang);
}

static err_t offer(const struct run *r, struct pinentry *p, size_t slot, bool *yes)
{
    own(buf) desc = buf_max(CONSENT_PAGE);
    buf_fmt(&desc, "%s\n\n", word(r, WHICH));
    describe(r, slot, &desc);
    struct pinentry_words w = words_of(r, buf_cstr(&desc));
    w.ok = word(r, THIS_ONE);
    w.no = word(r, NEXT_ONE);
    return pinentry_choose(p, &w, yes);
}

static err_t choose(struct run *r, const size_t *slots, size_t n)
{
    own_ptr(pinentry) p = NULL;
    r->task->asking(r->task->ctx, &r->info.pin);
    err_t e = pinentry_open(&r->task->dialog, &p);
    for (size_t i = 0; !e && i < n; i++) {
        bool yes = false;
        e = offer(r, p, slots[i], &yes);
        if (!e && yes) {
            r->slot = slots[i];
            return OK;
        }
    }
    return e ? e : err_raise(ERR_CONSENT_DECLINED);
}

static err_t pick(struct run *r)
{
    const struct token_listing *l = r->task->listing;
    bool named = r->task->order->has_certificate;
    size_t slots[TOKEN_MAX_SLOTS], n = 0;
    bool any = false;
    for (size_t i = 0; i < l->n_slots; i++) {
        const struct token_cert *face = l->slots[i].present ? face_of(r, i) : NULL;
        bool fits = !named || (face && bytes_eq(digest_bytes(&face->id),
                                                digest_bytes(&r->task->order->certificate)));
        any |= l->slots[i].present;
        if (l->slots[i].present && fits) slots[n++] = i;
    }
    if (n == 0) return err_raise(any ? ERR_NO_CERTIFICATE : ERR_NO_CARD);
    r->slot = slots[0];
    return n == 1 ? OK : choose(r, slots, n);
}

/* ---- what the token says ---- */

static err_t look(struct run *r)
{
    const struct pintask *t = r->task;
    err_t e = newpin_look(r->newpin, &r->info);
    if (e) return e;
    t->step(t->ctx, TOKEN_STEP_TRIES);
    r->info.pin.tries = counter_tries(t->listing->slots[r->slot].reader);
    r->info.pin.state = counter_state(r->info.pin.state, &r->info.pin.tries);
    t->asking(t->ctx, &r->info.pin);
    return OK;
}

/* The error stands whatever becomes of the dialog. */
static err_t explain(const struct run *r, const char *text, err_t e)
{
    own_ptr(pinentry) p = NULL;
    struct pinentry_words w = words_of(r, text);
    w.ok = consent_word(CONSENT_CLOSE, r->task->order->lang);
    if (pinentry_open(&r->task->dialog, &p) == OK) (void)pinentry_message(p, &w);
    return err_raise(e);
}

static err_t refuse_by_state(const struct run *r)
{
    enum lang lang = r->task->order->lang;
    if (unblocks(r))
        return r->info.puk == PIN_LOCKED ? explain(r, word(r, PUK_IS_LOCKED), ERR_PUK_LOCKED) : OK;
    if (r->info.pin.state == PIN_LOCKED)
        return explain(r, consent_word(CONSENT_LOCKED, lang), ERR_PIN_LOCKED);
    if (r->info.pin.state == PIN_NOT_SET)
        return explain(r, consent_word(CONSENT_NOT_SET, lang), ERR_PIN_NOT_SET);
    return OK;
}

/* ---- what is typed ---- */

static err_t confirm_final_try(const struct run *r, struct pinentry *p)
{
    enum pin_state state = unblocks(r) ? r->info.puk : r->info.pin.state;
    if (state != PIN_FINAL) return OK;
    const char *warning =
        unblocks(r) ? word(r, PUK_FINAL) : consent_word(CONSENT_FINAL_TRY, r->task->order->lang);
    struct pinentry_words w = words_of(r, warning);
    w.ok = consent_word(CONSENT_CONTINUE, r->task->order->lang);
    return pinentry_confirm(p, &w);
}

static const char *warning_of(const struct run *r)
{
    if (unblocks(r)) return r->wrong ? word(r, PUK_WRONG) : "";
    return consent_pin_warning(r->info.pin.state, r->wrong ? CONSENT_WRONG : CONSENT_FIRST,
                               r->task->order->lang);
}

static err_t type_proof(struct run *r, struct pinentry *p, struct pinentry_words w)
{
    const struct card_pin_info *i = &r->info.pin;
    struct typing pin = {"PIN", i->min_len, i->max_len, r->task->order->lang};
    struct typing puk = {"PUK", PUK_MIN, PUK_MAX, r->task->order->lang};
    err_t e = typing_room(&r->proof);
    w.prompt = word(r, unblocks(r) ? PUK : OLD_PIN);
    w.error = warning_of(r);
    return e ? e : typing_ask(p, &w, unblocks(r) ? &puk : &pin, r->proof);
}

/* Twice the same, or it was not what the person meant to type. */
static err_t type_new(struct run *r, struct pinentry *p, struct pinentry_words w)
{
    const struct card_pin_info *i = &r->info.pin;
    struct typing pin = {"PIN", i->min_len, i->max_len, r->task->order->lang};
    err_t e = typing_room(&r->fresh);
    if (!e) e = typing_room(&r->repeated);
    for (int round = 0; !e && round < MAX_ROUNDS; round++) {
        w.prompt = word(r, NEW_PIN);
        e = typing_ask(p, &w, &pin, r->fresh);
        w.prompt = word(r, NEW_PIN_AGAIN);
        w.error = NULL;
        if (!e) e = typing_ask(p, &w, &pin, r->repeated);
        if (!e && bytes_eq_secret(secret_bytes(r->fresh), secret_bytes(r->repeated))) return OK;
        w.error = word(r, NOT_EQUAL);
    }
    return e ? e : err_raise(ERR_CONSENT_DECLINED);
}

static err_t type_all(struct run *r)
{
    own_ptr(pinentry) p = NULL;
    own(buf) desc = buf_max(CONSENT_PAGE);
    describe(r, r->slot, &desc);
    if (!unblocks(r)) consent_tries(&desc, r->info.pin.tries, r->task->order->lang);
    if (r->info.pin.pin_pad) buf_str(&desc, word(r, ON_READER));
    struct pinentry_words w = words_of(r, buf_cstr(&desc));
    err_t e = pinentry_open(&r->task->dialog, &p);
    if (!e) e = confirm_final_try(r, p);
    if (e) return e;
    if (r->info.pin.pin_pad) {
        w.error = warning_of(r);
        return pinentry_confirm(p, &w);
    }
    e = type_proof(r, p, w);
    bool typed_before = r->wrong; /* only what was wrong is asked for again */
    return e || typed_before ? e : type_new(r, p, w);
}

/* ---- the card ---- */

static err_t present(struct run *r)
{
    r->task->step(r->task->ctx, TOKEN_STEP_NEW_PIN);
    r->presented = true;
    err_t e = unblocks(r)
                  ? newpin_unblock(r->newpin, r->proof, r->fresh, r->info.pin.state == PIN_LOCKED)
                  : newpin_change(r->newpin, r->proof, r->fresh);
    secret_free(give(r->proof)); /* never presented twice */
    if (e == ERR_PUK_LOCKED) return explain(r, word(r, PUK_IS_LOCKED), e);
    if (e != ERR_PIN_LOCKED) return e;
    r->info.pin.state = PIN_LOCKED;
    r->info.pin.tries = 0;
    r->task->asking(r->task->ctx, &r->info.pin);
    return explain(r, consent_word(CONSENT_LOCKED, r->task->order->lang), e);
}

/* One round: until something else than a wrong PIN or PUK is known. */
static err_t go_round(struct run *r)
{
    err_t e = look(r);
    if (!e) e = refuse_by_state(r);
    if (!e) e = type_all(r);
    return e ? e : present(r);
}

err_t pintask_run(const struct pintask *t)
{
    own(run) r = {.task = t, .info.pin.tries = -1};
    err_t e = pick(&r), wrong = OK;
    if (!e) e = newpin_open(t->card, t->listing->slots[r.slot].id, &r.newpin);
    for (int round = 0; !e && round < MAX_ROUNDS; round++) {
        e = go_round(&r);
        if (e == OK) return OK;
        if (e != ERR_PIN_WRONG && e != ERR_PUK_WRONG) break;
        r.wrong = true;
        wrong = e;
        e = OK;
    }
    /* Who gives up after a wrong one has not declined to begin with. */
    return wrong && (e == OK || e == ERR_CONSENT_DECLINED) ? wrong : e;
}
