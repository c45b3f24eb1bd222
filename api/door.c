/* SPDX-License-Identifier: MIT */
#include "api/door.h"

#include "session/clock.h"

#include <stdio.h>
#include <strings.h>

static const char *const names[DOOR_NAME_COUNT] = {
    [DOOR_HOST] = "Host",
    [DOOR_ORIGIN] = "Origin",
    [DOOR_AUTHORIZATION] = "Authorization",
    [DOOR_CONTENT_LENGTH] = "Content-Length",
    [DOOR_TRANSFER_ENCODING] = "Transfer-Encoding",
    [DOOR_CONTENT_TYPE] = "Content-Type",
    [DOOR_CONTENT_ENCODING] = "Content-Encoding",
    [DOOR_ACCEPT_LANGUAGE] = "Accept-Language",
    [DOOR_IDEMPOTENCY_KEY] = "Idempotency-Key",
    [DOOR_LAST_EVENT_ID] = "Last-Event-ID",
    [DOOR_PRIVATE_NETWORK] = "Access-Control-Request-Private-Network",
    [DOOR_FETCH_SITE] = "Sec-Fetch-Site",
    [DOOR_FETCH_MODE] = "Sec-Fetch-Mode",
    [DOOR_FETCH_DEST] = "Sec-Fetch-Dest",
};

static bool same_word(struct bytes a, const char *word)
{
    return a.len == strlen(word) &&
           (a.len == 0 || strncasecmp((const char *)a.p, word, a.len) == 0);
}

/* RFC 9110 5.6.2 */
static bool is_token(struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = s.p[i], low = c | 0x20;
        if ((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9')) continue;
        if (c == 0 || !strchr("!#$%&'*+-.^_`|~", c)) return false;
    }
    return s.len > 0;
}

/* RFC 9110 5.5: NUL, CR and LF in a value are where readers differ about its end. */
static bool is_value(struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == 0 || s.p[i] == '\r' || s.p[i] == '\n') return false;
    }
    return true;
}

void door_header(struct door_visit *v, struct bytes name, struct bytes value)
{
    if (!is_token(name) || !is_value(value)) v->bad_header = true;
    for (unsigned i = 0; i < DOOR_NAME_COUNT; i++) {
        if (!same_word(name, names[i])) continue;
        if (v->seen[i]++ == 0) v->value[i] = value;
        return;
    }
}

/* The names of this machine's loopback and nothing else: a website that points its own name at
 * 127.0.0.1 (DNS rebinding) still sends that name here. */
static bool host_ok(const struct door_visit *v, unsigned port)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
    char want[32];
    if (v->seen[DOOR_HOST] != 1) return false;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        (void)snprintf(want, sizeof want, "%s:%u", hosts[i], port);
        if (bytes_eq_str(v->value[DOOR_HOST], want)) return true;
    }
    return false;
}

/* What is borne; empty when nothing is. */
static struct bytes bearer(const struct door_visit *v)
{
    static const size_t scheme = sizeof "Bearer " - 1;
    const struct bytes given = v->value[DOOR_AUTHORIZATION];
    const bool one =
        v->seen[DOOR_AUTHORIZATION] == 1 && same_word(bytes_sub(given, 0, scheme), "Bearer ");
    return one ? bytes_sub(given, scheme, given.len) : (struct bytes){0};
}

static bool token_ok(const struct door_visit *v, struct bytes token)
{
    return token.len > 0 && bytes_eq_secret(bearer(v), token);
}

static bool pass_ok(const struct door_rules *r, struct door_visit *v)
{
    if (v->open != OPEN_TO_PASSES || !r->tickets) return false;
    v->pass = tickets_enter(r->tickets, bearer(v), clock_ms());
    return v->pass != 0;
}

/* ---- the status page ---- */

static bool header_is(const struct door_visit *v, enum door_name name, const char *value)
{
    return v->seen[name] == 1 && bytes_eq_str(v->value[name], value);
}

/* A tab of a browser that no site has sent here, or the page that this tab has got (W3C Fetch
 * Metadata): no site can have a browser say so. */
static bool opens_page(const struct door_visit *v)
{
    const bool own = header_is(v, DOOR_FETCH_SITE, "same-origin");
    if (v->open == OPEN_TO_DOCUMENT)
        return (own || header_is(v, DOOR_FETCH_SITE, "none")) &&
               header_is(v, DOOR_FETCH_MODE, "navigate") &&
               header_is(v, DOOR_FETCH_DEST, "document");
    return own && header_is(v, DOOR_FETCH_MODE, "no-cors") &&
           header_is(v, DOOR_FETCH_DEST, v->open == OPEN_TO_STYLE ? "style" : "script");
}

/* Host is known to be ours. */
static bool own_origin(const struct door_visit *v)
{
    static const size_t scheme = sizeof "http://" - 1;
    const struct bytes origin = v->value[DOOR_ORIGIN];
    return v->seen[DOOR_ORIGIN] == 1 && bytes_eq_str(bytes_sub(origin, 0, scheme), "http://") &&
           bytes_eq(bytes_sub(origin, scheme, origin.len), v->value[DOOR_HOST]);
}

static bool is_page(const struct door_rules *r, const struct door_visit *v)
{
    if (r->kind != LISTENER_TCP) return false;
    if (v->open == OPEN_TO_PAGE) return own_origin(v);
    return v->open >= OPEN_TO_DOCUMENT && v->seen[DOOR_ORIGIN] == 0 && opens_page(v);
}

/* ---- framing ---- */

static bool read_length(struct bytes text, uint64_t *out)
{
    uint64_t v = 0;
    if (text.len == 0 || text.len > 18) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        v = v * 10 + (uint64_t)(text.p[i] - '0');
    }
    *out = v;
    return true;
}

/* RFC 9112 6.1, 6.3: a request whose end two readers may see differently is no request. */
static bool framing_ok(struct door_visit *v)
{
    unsigned lengths = v->seen[DOOR_CONTENT_LENGTH], codings = v->seen[DOOR_TRANSFER_ENCODING];
    v->has_body = lengths > 0 || codings > 0;
    if (v->bad_header || lengths + codings > 1) return false;
    if (codings) return v->chunked = same_word(v->value[DOOR_TRANSFER_ENCODING], "chunked");
    if (!lengths) return true;
    if (!read_length(v->value[DOOR_CONTENT_LENGTH], &v->content_length)) return false;
    v->has_body = v->content_length > 0;
    return true;
}

/* ---- the caller ---- */

/* Whether an Origin is let in, and with which words. */
static bool origin_allowed(const struct origins *all, struct door_visit *v)
{
    const struct bytes origin = v->value[DOOR_ORIGIN];
    if (v->seen[DOOR_ORIGIN] != 1 || origin.len >= sizeof v->origin_text) return false;
    memcpy(v->origin_text, origin.p, origin.len);
    v->origin_text[origin.len] = 0;
    if (origins_find(all, origin) != ORIGINS_UNKNOWN) return true;
    return v->stranger = v->open == OPEN_TO_STRANGERS && strlen(v->origin_text) == origin.len &&
                         origins_may_be(all, v->origin_text);
}

static err_t judge_caller(const struct door_rules *r, struct door_visit *v)
{
    if (is_page(r, v)) {
        v->owner = DOOR_PAGE;
        return OK;
    }
    if (v->seen[DOOR_ORIGIN] > 0) {
        if (!origin_allowed(r->origins, v)) return err_raise(ERR_ORIGIN_NOT_ALLOWED);
        v->origin = v->owner = v->origin_text;
        return OK;
    }
    if (r->kind == LISTENER_TCP && !token_ok(v, r->token) && !pass_ok(r, v))
        return err_raise(ERR_TOKEN_REQUIRED);
    v->owner = "local";
    return OK;
}

err_t door_judge(const struct door_rules *r, struct door_visit *v)
{
    const bool framed = framing_ok(v);
    if (!v->own_peer) return err_raise(ERR_OTHER_USER);
    if (r->kind == LISTENER_TCP && !host_ok(v, r->port)) return err_raise(ERR_HOST_NOT_ALLOWED);
    err_t e = judge_caller(r, v);
    if (e) return e;
    return framed ? OK : err_raise(ERR_MALFORMED_REQUEST);
}

/* ---- media types ---- */

static struct bytes trim(struct bytes b)
{
    while (b.len && (b.p[0] == ' ' || b.p[0] == '\t')) b = bytes_sub(b, 1, b.len);
    while (b.len && (b.p[b.len - 1] == ' ' || b.p[b.len - 1] == '\t')) b.len--;
    return b;
}

/* cut takes what stands before the first `mark` off the front of *rest. */
static struct bytes cut(struct bytes *rest, char mark)
{
    const uint8_t *at = rest->len ? memchr(rest->p, mark, rest->len) : NULL;
    size_t n = at ? (size_t)(at - rest->p) : rest->len;
    struct bytes head = bytes_sub(*rest, 0, n);
    *rest = bytes_sub(*rest, at ? n + 1 : n, rest->len);
    return trim(head);
}

static bool one_plain_type(const struct door_visit *v, const char *type, struct bytes *parameters)
{
    if (v->seen[DOOR_CONTENT_TYPE] != 1) return false;
    if (v->seen[DOOR_CONTENT_ENCODING] > 0 &&
        !(v->seen[DOOR_CONTENT_ENCODING] == 1 &&
          same_word(trim(v->value[DOOR_CONTENT_ENCODING]), "identity")))
        return false;
    *parameters = v->value[DOOR_CONTENT_TYPE];
    return same_word(cut(parameters, ';'), type);
}

bool door_is_json(const struct door_visit *v)
{
    struct bytes rest;
    if (!one_plain_type(v, "application/json", &rest)) return false;
    rest = trim(rest);
    return rest.len == 0 || same_word(rest, "charset=utf-8") ||
           same_word(rest, "charset=\"utf-8\"");
}

bool door_is_octets(const struct door_visit *v)
{
    struct bytes rest;
    return one_plain_type(v, "application/octet-stream", &rest) && trim(rest).len == 0;
}

/* ---- language ---- */

/* q-values in thousandths; -1 for what is not one (RFC 9110 12.4.2). */
static int weight(struct bytes q)
{
    static const int place[] = {100, 10, 1};
    if (q.len == 0 || q.len > 5 || (q.p[0] != '0' && q.p[0] != '1')) return -1;
    int v = (q.p[0] - '0') * 1000;
    if (q.len > 1 && q.p[1] != '.') return -1;
    for (size_t i = 2; i < q.len; i++) {
        if (q.p[i] < '0' || q.p[i] > '9') return -1;
        v += (q.p[i] - '0') * place[i - 2];
    }
    return v <= 1000 ? v : -1;
}

static int range_weight(struct bytes parameters)
{
    while (parameters.len) {
        struct bytes p = cut(&parameters, ';');
        if (p.len >= 2 && (p.p[0] == 'q' || p.p[0] == 'Q') && p.p[1] == '=')
            return weight(bytes_sub(p, 2, p.len));
    }
    return 1000;
}

enum lang door_lang(struct bytes accept)
{
    int best[2] = {-1, -1}, any = -1; /* thousandths; -1: not named */
    accept = bytes_sub(accept, 0, 256);
    while (accept.len) {
        struct bytes parameters = cut(&accept, ',');
        struct bytes tag = cut(&parameters, ';');
        int w = range_weight(parameters);
        struct bytes primary = cut(&tag, '-');
        if (same_word(primary, "*") && w > any) any = w;
        if (same_word(primary, "tr") && w > best[LANG_TR]) best[LANG_TR] = w;
        if (same_word(primary, "en") && w > best[LANG_EN]) best[LANG_EN] = w;
    }
    if (best[LANG_TR] < 0) best[LANG_TR] = any;
    if (best[LANG_EN] < 0) best[LANG_EN] = any;
    return best[LANG_EN] > 0 && best[LANG_EN] > best[LANG_TR] ? LANG_EN : LANG_TR;
}
