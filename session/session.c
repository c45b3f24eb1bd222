/* SPDX-License-Identifier: MIT */
#include "session/session.h"

#include "fetch/tsa.h"
#include "session/audit.h"
#include "session/clock.h"
#include "session/demand.h"
#include "session/recover.h"

#include <errno.h>
#include <sys/epoll.h>

struct session *session_new(const struct settings *settings, struct token *token,
                            struct trust *trust)
{
    own_ptr(session) s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->settings = settings;
    s->history_version = 1;
    s->token = token;
    s->trust = trust;
    s->results = (struct results){.settings = settings};
    s->epoll = -1;
    s->documents = documents_new(settings);
    s->keys = keys_new();
    s->listing = calloc(1, sizeof *s->listing);
    if (!s->documents || !s->keys || !s->listing) return NULL;
    return give(s);
}

void session_quiet(struct session *s)
{
    s->quiet = true;
}

void session_remember(struct session *s, struct nonces *nonces)
{
    s->nonces = nonces;
}

bool session_authority(const struct session *s, size_t i, char host[256])
{
    if (!s->completing.stamper || i >= s->settings->tsa.n) return false;
    tsa_host(s->settings->tsa.at[i], host);
    return true;
}

static err_t watch(struct session *s, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN};
    if (fd < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) == 0) return OK;
    return err_raise_foreign(ERR_STORAGE_FULL, errno);
}

err_t session_stamp(struct session *s, struct stamper *stamper)
{
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    err_t e = watch(s, token_fd(s->token));
    if (!e) e = watch(s, stamper_fd(stamper));
    if (!e) s->completing.stamper = stamper;
    return e;
}

bool session_offers(const struct session *s, enum xades_profile p)
{
    return !xades_profile_stamped(p) || s->completing.stamper || s->completing.by_caller;
}

void session_uncompleted(struct session *s)
{
    s->completing.by_caller = true;
}

err_t session_store(struct session *s, const char *dir)
{
    s->store = store_new(s->settings, dir);
    s->results.store = s->store;
    return s->store ? recover_ready(s) : err_raise(ERR_STORAGE_FULL);
}

err_t session_store_error(const struct session *s)
{
    return store_error(s->store);
}

void session_free(struct session *s)
{
    if (!s) return;
    if (s->asked) token_cancel(s->token);
    while (s->open) {
        struct approval *a = s->open;
        s->open = a->next;
        approval_rest(a, s->documents);
        approval_free(a);
    }
    results_free(&s->results);
    store_free(s->store);
    if (s->listing) listing_free(s->listing);
    free(s->listing);
    documents_free(s->documents);
    keys_free(s->keys);
    fd_own(&s->epoll);
    free(s);
}

/* ---- the loop ---- */

int session_fd(const struct session *s)
{
    return s->epoll >= 0 ? s->epoll : token_fd(s->token);
}

/* A result that nobody had time to fetch keeps us awake as long as a document would. */
static int64_t results_deadline(const struct session *s)
{
    if (s->shut || !s->results.newest) return 0;
    int64_t keep = (int64_t)s->settings->document_keep_seconds * 1000;
    int64_t until = s->results.newest->ended + keep;
    return until > clock_ms() ? until : 0;
}

int session_timeout(struct session *s)
{
    if (story_due(s)) return 0;
    int64_t deadline = clock_sooner(story_deadline(s), results_deadline(s));
    int token = token_timeout(s->token);
    if (token >= 0) deadline = clock_sooner(deadline, clock_ms() + token);
    if (deadline == 0) return -1;
    int64_t left = deadline - clock_ms();
    if (left <= 0) return 0;
    return left < INT32_MAX ? (int)left : INT32_MAX;
}

void session_step(struct session *s)
{
    story_step(s);
    results_expire(&s->results, utc_now());
    store_expire(s->store);
}

bool session_idle(const struct session *s)
{
    bool busy = s->open || s->question != ASKED_NOTHING || documents_count(s->documents) > 0;
    return !busy && results_deadline(s) == 0;
}

void session_shut(struct session *s)
{
    s->shut = true;
    for (struct approval *a = s->open, *next; a; a = next) {
        next = a->next;
        (void)story_happens(s, a, HAPPENS_CANCEL, &(struct cause){0});
    }
}

/* ---- certificates ---- */

const struct token_listing *session_listing(const struct session *s, err_t *e)
{
    *e = s->listing_error;
    return s->listing->known ? &s->listing->copy : NULL;
}

uint64_t session_listing_version(const struct session *s)
{
    return s->listing_version;
}

void session_refresh(struct session *s)
{
    if (s->question != ASKED_LISTING) story_ask_listing(s);
}

const struct readers *session_readers(const struct session *s)
{
    return token_readers(s->token);
}

uint64_t session_readers_version(const struct session *s)
{
    return s->readers_version;
}

const struct readers *session_listing_readers(const struct session *s)
{
    return &s->listed_at.readers;
}

bool session_listing_outdated(const struct session *s)
{
    return s->answers == 0 || s->listed_at.version != s->readers_version;
}

unsigned session_unusable(const struct session *s, const struct token_cert *tc, struct cert *parsed)
{
    struct der_latch why = {0};
    size_t i = token_listing_find(&s->listing->copy, &tc->id);
    if (!cert_read(tc->der, parsed, &why) || i == s->listing->copy.n_certs)
        return UNUSABLE_MALFORMED;
    struct signer_rules rules = story_rules(s);
    return signer_unusable(&rules, s->listing, i);
}

/* ---- documents ---- */

err_t session_upload_begin(struct session *s, const char *owner, struct session_upload **out)
{
    if (s->shut) return err_raise(ERR_SHUTTING_DOWN);
    return documents_begin(s->documents, owner, out);
}

err_t session_upload_digest(struct session *s, const char *owner, const char *id,
                            struct digest *sha256)
{
    struct document *d;
    err_t e = documents_take(s->documents, owner, id, &d);
    if (e) return e;
    *sha256 = *document_sha256(d);
    documents_release(s->documents, d);
    return OK;
}

err_t session_upload_hold(struct session *s, const char *owner, const char *id,
                          struct document **out, struct bytes *octets)
{
    struct document *d;
    err_t e = documents_take(s->documents, owner, id, &d);
    if (e) return e;
    e = document_view(d, octets);
    if (e)
        documents_release(s->documents, d);
    else
        *out = d;
    return e;
}

void session_upload_release(struct session *s, struct document *d)
{
    documents_release(s->documents, d);
}

const struct trust *session_trust(struct session *s)
{
    return story_rules(s).trust;
}

/* ---- approvals ---- */

static struct approval *find(const struct session *s, const char *id)
{
    struct approval *a = s->open;
    while (a && strcmp(a->shown.id, id) != 0) a = a->next;
    return a ? a : results_find(&s->results, id);
}

static struct approval *find_own(const struct session *s, const char *owner, const char *id)
{
    struct approval *a = find(s, id);
    return a && strcmp(a->owner, owner) == 0 ? a : NULL;
}

/* The same key again: the same approval, however far it has come. */
err_t session_known(struct session *s, const struct approval_request *r, char id[SESSION_ID],
                    bool *existed)
{
    char named[SESSION_ID];
    *existed = false;
    err_t e = recover_ready(s);
    if (e || !*r->key) return e;
    switch (keys_find(s->keys, r->owner, r->key, &r->body, named)) {
    case KEYS_UNUSED:
        return OK;
    case KEYS_OTHER:
        return err_raise(ERR_IDEMPOTENCY_CONFLICT);
    case KEYS_SAME:
        break;
    }
    if (!find_own(s, r->owner, named)) return err_raise(ERR_APPROVAL_UNKNOWN);
    memcpy(id, named, sizeof named);
    *existed = true;
    return OK;
}

static void line_up(struct session *s, struct approval *a)
{
    struct approval **at = &s->open;
    while (*at) at = &(*at)->next;
    *at = a;
    s->n_open++;
    a->work->answers = s->answers;
    bool dialog = s->question == ASKED_CHOICE || s->question == ASKED_SIGNATURE;
    if (!dialog) approval_clock(a, s->settings->card_wait_seconds);
}

/* The last thing that can be refused: a request that is refused for another reason may be made
 * again with the same order. */
static err_t use_nonce(struct session *s, const struct approval_request *r)
{
    if (!r->nonce[0]) return OK;
    if (!s->nonces) return err_raise(ERR_FILE_UNREADABLE);
    return nonces_use(s->nonces, r->owner, r->nonce, r->nonce_until, utc_now());
}

/* A promise outlives us from here on, or is not made. */
static err_t remember(struct session *s, const struct approval_request *r, struct approval *a)
{
    struct keys_entry key;
    const bool has_key = *r->key;
    if (has_key && !keys_entry_of(r->owner, r->key, &r->body, a->shown.id, &key))
        return err_raise(ERR_INTERNAL);
    approval_enter(a, APPROVAL_WAITING_CARD);
    err_t e = store_begin(s->store, a, has_key ? &key : NULL);
    if (!e && has_key) keys_put(s->keys, &key);
    if (e) audit_store(e, store_why(s->store));
    return e;
}

static err_t open_new(struct session *s, const struct approval_request *r, char id[SESSION_ID],
                      struct session_why *why)
{
    if (s->shut) return err_raise(ERR_SHUTTING_DOWN);
    if (s->n_open >= s->settings->max_approvals) return err_raise(ERR_TOO_MANY_REQUESTS);
    err_t e =
        session_offers(s, r->profile) ? demand_shape(r, s->settings, why) : demand_stamp(r, why);
    if (e) return e;
    own_ptr(approval) a = NULL;
    size_t at = 0;
    e = approval_new(r, s->documents, &a, &at);
    if (e == ERR_DOCUMENT_UNKNOWN || e == ERR_DOCUMENT_EXPIRED) demand_documentid(at, why);
    if (e) return e;
    e = demand_xml(a, s->settings, why);
    if (!e) e = use_nonce(s, r);
    if (!e) e = remember(s, r, a);
    if (e) {
        approval_rest(a, s->documents);
        return e;
    }
    memcpy(id, a->shown.id, SESSION_ID);
    line_up(s, give(a));
    return OK;
}

err_t session_begin(struct session *s, const struct approval_request *r, char id[SESSION_ID],
                    bool *existed, struct session_why *why)
{
    *why = (struct session_why){0};
    err_t e = session_known(s, r, id, existed);
    return e || *existed ? e : open_new(s, r, id, why);
}

err_t session_approval(struct session *s, const char *owner, const char *id,
                       struct approval_view *out)
{
    const struct approval *a = find_own(s, owner, id);
    if (!a) return err_raise(ERR_APPROVAL_UNKNOWN);
    *out = a->shown;
    return OK;
}

err_t session_signature(struct session *s, const char *owner, const char *id, struct bytes *out)
{
    struct approval *a = find_own(s, owner, id);
    if (!a) return err_raise(ERR_APPROVAL_UNKNOWN);
    if (a->shown.state != APPROVAL_DONE) return err_raise(ERR_APPROVAL_NOT_DONE);
    err_t e = recover_file(s, a);
    if (!e) *out = buf_bytes(&a->file);
    return e;
}

err_t session_cancel(struct session *s, const char *owner, const char *id)
{
    struct approval *a = find_own(s, owner, id);
    if (!a) return err_raise(ERR_APPROVAL_UNKNOWN);
    if (approval_state_final(a->shown.state)) {
        results_forget(&s->results, a);
        store_shed(s->store);
        if (!s->open) store_rest(s->store);
        return OK;
    }
    bool cancelled = story_happens(s, a, HAPPENS_CANCEL, &(struct cause){0});
    return cancelled ? OK : err_raise(ERR_APPROVAL_SIGNING);
}

/* ---- the person's record ---- */

err_t session_history(struct session *s, int64_t before, size_t most,
                      void (*take)(void *ctx, const struct stored *one), void *ctx)
{
    err_t e = recover_ready(s);
    return e ? e : store_history(s->store, before, most, take, ctx);
}

err_t session_history_documents(struct session *s, int64_t n,
                                void (*take)(void *ctx, const struct store_document *d), void *ctx)
{
    return store_documents(s->store, n, take, ctx);
}

uint64_t session_history_version(const struct session *s)
{
    return s->history_version;
}

err_t session_forget(struct session *s, const char *id)
{
    size_t n;
    err_t e = recover_ready(s);
    if (!e) e = store_forget(s->store, id, &n);
    if (e) return e;
    s->history_version++;
    struct approval *a = id ? results_find(&s->results, id) : NULL;
    const bool known = !id || n > 0 || a;
    if (a) results_lose(&s->results, a);
    if (!id) results_free(&s->results);
    return known ? OK : err_raise(ERR_APPROVAL_UNKNOWN);
}
