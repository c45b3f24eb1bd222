/* SPDX-License-Identifier: MIT */
#include "api/event.h"

#include "api/info.h"
#include "api/reader.h"
#include "api/stream.h"

/* What of struct stream's `told` means what. */
enum { TOLD_STATE, TOLD_READERS, TOLD_CERTIFICATES, TOLD_HISTORY };

/* ---- what is told ---- */

/* Which certificates there are, by id alone: who wants to know more asks GET /v1/certificates. */
static void write_certificates(struct jsonw *w, const struct session *s)
{
    err_t e;
    const struct token_listing *l = session_listing(s, &e);
    jsonw_open(w, NULL, '{');
    jsonw_open(w, "ids", '[');
    for (size_t i = 0; !e && l && i < l->n_certs; i++)
        jsonw_hex(w, NULL, digest_bytes(&l->certs[i].id));
    jsonw_close(w, ']');
    if (e) jsonw_str(w, "slug", err_slug(e));
    jsonw_close(w, '}');
}

static void tell_state(struct call *c, uint64_t id)
{
    struct jsonw w = stream_event(c, "state", id);
    jsonw_open(&w, NULL, '{');
    jsonw_str(&w, "state", info_state(c->api));
    jsonw_close(&w, '}');
    stream_event_end(c);
}

static void tell_readers(struct call *c, uint64_t id)
{
    struct jsonw w = stream_event(c, "readers", id);
    reader_write(&w, c->api->config.session, c->lang);
    stream_event_end(c);
}

static void tell_certificates(struct call *c, uint64_t id)
{
    struct jsonw w = stream_event(c, "certificates", id);
    write_certificates(&w, c->api->config.session);
    stream_event_end(c);
}

static void tell_history(struct call *c, uint64_t id, uint64_t version)
{
    struct jsonw w = stream_event(c, "history", id);
    jsonw_open(&w, NULL, '{');
    jsonw_number(&w, "version", version);
    jsonw_close(&w, '}');
    stream_event_end(c);
}

/* Of the local user alone: a site would learn, and be it by the ids, when another one was served.
 */
static uint64_t history_version(const struct call *c)
{
    const bool local = strcmp(c->owner, "local") == 0;
    return local ? session_history_version(c->api->config.session) : 0;
}

static void tell(struct call *c)
{
    const struct news *n = &c->api->news;
    uint64_t *told = c->stream.told;
    const uint64_t history = history_version(c), id = 1 + n->readers + n->certificates + history;
    if (!told[TOLD_STATE] || c->api->stopping) tell_state(c, id + c->api->stopping);
    c->stream.over = c->api->stopping;
    if (c->stream.over) return;
    if (told[TOLD_HISTORY] != history) tell_history(c, id, history);
    if (told[TOLD_READERS] != n->readers) tell_readers(c, id);
    if (told[TOLD_CERTIFICATES] != n->certificates) tell_certificates(c, id);
    told[TOLD_STATE] = 1;
    told[TOLD_READERS] = n->readers;
    told[TOLD_CERTIFICATES] = n->certificates;
    told[TOLD_HISTORY] = history;
}

/* ---- what is new ---- */

static void compare(struct bytes text, struct digest *last, uint64_t *version)
{
    struct digest now;
    if (!digest_of(DIGEST_SHA256, text, &now)) return;
    if (*version && bytes_eq(digest_bytes(&now), digest_bytes(last))) return;
    *last = now;
    ++*version;
}

static void look_at_readers(struct api *a)
{
    own(buf) text = buf_max(CALL_MAX_ANSWER);
    struct jsonw w = {&text, false};
    reader_write(&w, a->config.session, LANG_TR);
    compare(buf_bytes(&text), &a->news.of_readers, &a->news.readers);
}

static void look_at_certificates(struct api *a)
{
    own(buf) text = buf_max(CALL_MAX_ANSWER);
    struct jsonw w = {&text, false};
    write_certificates(&w, a->config.session);
    compare(buf_bytes(&text), &a->news.of_certificates, &a->news.certificates);
}

static bool has_listeners(const struct api *a)
{
    for (const struct call *c = a->watched; c; c = c->watched.next)
        if (c->stream.tell == tell) return true;
    return false;
}

void event_look(struct api *a)
{
    struct session *s = a->config.session;
    struct news *n = &a->news;
    if (!has_listeners(a)) return;
    if (session_listing_outdated(s)) session_refresh(s);
    const uint64_t readers = session_readers_version(s), listing = session_listing_version(s);
    if (n->readers && n->seen_readers == readers && n->seen_listing == listing) return;
    n->seen_readers = readers;
    n->seen_listing = listing;
    look_at_readers(a);
    /* What an older listing says of the card that has come or gone is no news. */
    if (!session_listing_outdated(s)) look_at_certificates(a);
}

err_t event_list(struct call *c)
{
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (!e) e = stream_open(c, tell);
    if (e) return e;
    if (call_listing_is_old(c->api)) session_refresh(c->api->config.session);
    event_look(c->api);
    return OK;
}
