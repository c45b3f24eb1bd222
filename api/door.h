/* SPDX-License-Identifier: MIT */
/*
 * door: who may come in, judged from the peer and the headers alone.
 *
 * What: the checks of api/PROTOCOL "Doors" in their order, before a byte of a body is read.
 * Not:  resources (route.h) nor answers (reply.h). Knows no HTTP library: headers are handed in.
 * Use:  struct door_visit v = {.own_peer = …}; door_header(&v, name, value) for every header;
 *       e = door_judge(&rules, &v); afterwards v.owner says whose things the caller may see.
 */
#ifndef API_DOOR_H
#define API_DOOR_H

#include "api/server.h"
#include "api/ticket.h"
#include "session/origins.h"

enum door_name {
    DOOR_HOST,
    DOOR_ORIGIN,
    DOOR_AUTHORIZATION,
    DOOR_CONTENT_LENGTH,
    DOOR_TRANSFER_ENCODING,
    DOOR_CONTENT_TYPE,
    DOOR_CONTENT_ENCODING,
    DOOR_ACCEPT_LANGUAGE,
    DOOR_IDEMPOTENCY_KEY,
    DOOR_LAST_EVENT_ID,
    DOOR_PRIVATE_NETWORK, /* Access-Control-Request-Private-Network */
    DOOR_FETCH_SITE,      /* Sec-Fetch-Site, -Mode, -Dest */
    DOOR_FETCH_MODE,
    DOOR_FETCH_DEST,
    DOOR_NAME_COUNT
};

/* To whom else what is asked for is open, but owners: origins that are let in and the local user.
 */
enum door_open {
    OPEN_TO_OWNERS,    /* to nobody */
    OPEN_TO_STRANGERS, /* an origin that nobody knows */
    OPEN_TO_PASSES,    /* the status page, for the local user, by its pass */
    OPEN_TO_PAGE,      /* the status page, by the daemon's own origin */
    OPEN_TO_DOCUMENT,  /* a browser's tab that opens the status page */
    OPEN_TO_STYLE,     /* what the status page itself loads */
    OPEN_TO_SCRIPT,
};

struct door_rules {
    const struct origins *origins;
    struct bytes token; /* of the user's own shell; empty: nobody has it */
    enum listener_kind kind;
    unsigned port;           /* LISTENER_TCP */
    struct tickets *tickets; /* NULL: the status page has no pass */
};

struct door_visit {
    bool own_peer; /* the other end of the connection belongs to our uid */
    unsigned seen[DOOR_NAME_COUNT];
    struct bytes value[DOOR_NAME_COUNT]; /* the first of each; views of the caller's */
    bool bad_header; /* a name that is no token ("Content-Length :" hides a length), or a value
                        with NUL, CR or LF */

    enum door_open open; /* what is asked for */

    /* filled by door_judge */
    const char *origin; /* the allowed Origin; NULL: none was sent or allowed. Points to: */
    char origin_text[ORIGIN_ROOM];
    const char *owner; /* = origin, "local", or DOOR_PAGE */
    bool stranger;     /* that origin is unknown, and might be asked about */
    uint64_t pass;     /* by which the local user came, to be left (ticket.h); 0: by none */
    bool has_body, chunked;
    uint64_t content_length; /* 0 when chunked */
};

/* The owner of nothing: the status page before it has a pass. */
#define DOOR_PAGE "page"

/* door_header notes one header of the request; names are compared without case. */
void door_header(struct door_visit *v, struct bytes name, struct bytes value);

/* door_judge: OTHER_USER, HOST_NOT_ALLOWED, ORIGIN_NOT_ALLOWED, TOKEN_REQUIRED, MALFORMED_REQUEST
 * (framing, RFC 9112 6.3). After any of them the connection has to be closed. v->origin is set
 * as soon as the origin is known to be allowed, so that later refusals may carry CORS headers. A
 * pass that was entered (v->pass) has to be left, also after an error. */
err_t door_judge(const struct door_rules *r, struct door_visit *v);

/* door_is_json: Content-Type is exactly one application/json, at most with charset=utf-8.
 * door_is_octets: exactly one application/octet-stream without parameters. Neither is a type that
 * a web page may send without asking first (Fetch standard, CORS-safelisted request-header).
 * Both: no Content-Encoding but identity. */
bool door_is_json(const struct door_visit *v);
bool door_is_octets(const struct door_visit *v);

/* door_lang: the language of an Accept-Language header (RFC 9110 12.5.4, q-values to three
 * decimals, longest-prefix "tr" and "en" only); Turkish when it does not decide. */
enum lang door_lang(struct bytes accept);

#endif
