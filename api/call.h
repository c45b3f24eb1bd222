/* SPDX-License-Identifier: MIT */
/*
 * call: one request, from its first header to its last octet of answer.
 *
 * What: door → route → body → handler → answer, driven by the HTTP library's callbacks.
 *       A handler sees this struct and nothing of HTTP: it reads what came, fills what goes.
 * Not:  the loop and the long polls' waking (server.c), headers of the answer (reply.c).
 *
 * A handler returns OK with the answer filled in, or after call_wait returned true (the call is
 * parked; the handler runs again from its start when what it waits for has happened), or an error
 * that becomes a problem with the details of `refusal`.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/door.h"
#include "api/guest.h"
#include "api/jsonw.h"
#include "api/peer.h"

#define CALL_PARAMETERS      4
#define CALL_REQUEST_ID      17
#define CALL_MAX_ANSWER      (XADES_MAX_RESULT + 65536u)
#define CALL_MAX_WAIT        30   /* seconds of ?wait */
#define CALL_STALE_MS        2000 /* a listing older than this is asked for again */
#define CALL_REFRESH_SECONDS 5    /* then the last known one has to do */

struct route;
struct drain;

/* What the listeners of GET /v1/events are told, as it was last looked at (event.h). */
struct news {
    uint64_t seen_readers, seen_listing; /* versions of the session */
    uint64_t readers, certificates;      /* grow with every change; 0: not known yet */
    struct digest of_readers, of_certificates;
};

#define PAIRING_ASKERS 8 /* calls that wait for one dialog */

/* The dialog that asks whether an origin may come in; at most one (pairing.h). */
struct pairing {
    int fd; /* of its process; -1: no dialog is open */
    uint64_t id;
    char origin[ORIGIN_ROOM];
    unsigned refused;     /* how often, one after the other */
    int64_t closed_until; /* in clock_ms: nobody is asked before */
};

/* What all calls of one server share. */
struct api {
    struct server_config config;
    struct peer peer;
    bool local_only;          /* nobody tells whose a TCP connection is: all are refused */
    uint64_t listing_version; /* as last seen by the loop */
    int64_t listing_ms;       /* when it changed; 0: never */
    uint64_t body_octets;     /* of JSON bodies being received, all calls together */
    bool stopping;
    bool resumed;         /* a parked call was let go: the HTTP library has to run, unasked */
    struct call *waiting; /* parked calls */
    struct call *watched; /* calls whose clients may leave, parked or not */
    struct news news;
    struct pairing pairing;
    struct tickets tickets;
    size_t n_calls;
    struct drain *drain; /* sockets whose refused bodies are read away */
};

/* One listening socket, as its calls know it. */
struct api_door {
    struct api *api;
    struct door_rules rules;
    struct guests guests;
};

enum wait_kind { WAIT_NOTHING, WAIT_APPROVAL, WAIT_LISTING, WAIT_STREAM, WAIT_PAIRING };
struct wait {
    enum wait_kind kind; /* what the call is parked for */
    bool begun;          /* the deadline is set */
    bool again;          /* WAIT_LISTING: the answer came too soon, another one was asked for */
    uint64_t version;    /* parked until it differs */
    int64_t deadline;    /* milliseconds of clock_ms */
};

/* A call that is of no use when nobody is at the other end any more (call_watch). */
struct watched {
    struct call *next, **prev; /* of api->watched; prev NULL: it is not one */
    bool gone;
};

/* A call whose answer is a stream of events (stream.h). */
struct stream {
    void (*tell)(struct call *c); /* NULL: it is none */
    size_t sent;                  /* octets of call.out */
    uint64_t told[4];             /* what the client knows; the teller's own numbers */
    bool over;                    /* what is in call.out is the last */
};

/* A call that waits for a person's answer whether its origin may come in (pairing.h). */
struct asking {
    bool told; /* the answer is there */
    err_t error;
};

/* Where the fault lies; texts for people in the call's language. */
struct refusal {
    struct session_why why; /* pointer and detail */
    const char *parameter, *header;
};

struct call {
    const struct api_door *at;
    struct guest *guest; /* the connection; NULL: there was no memory for it */
    struct api *api;
    const struct route *route;
    struct door_visit visit;
    char owner[SESSION_OWNER];
    enum lang lang;
    char request_id[CALL_REQUEST_ID];
    char id[SESSION_ID]; /* the {id} of the path */
    size_t n_parameters;
    bool too_many_parameters;
    struct {
        const char *key, *value; /* value "" when there was none */
    } parameters[CALL_PARAMETERS];

    /* the body */
    struct buf body;
    uint64_t body_claimed; /* of api->body_octets */
    uint64_t body_seen;
    err_t body_error; /* found while it streamed in; told when it has ended */
    struct session_upload *upload;

    struct wait wait;
    struct watched watched;
    struct stream stream;
    struct asking asking;

    /* the answer */
    unsigned status;
    struct buf out;
    const char *media;          /* NULL: no content */
    const char *const *headers; /* further ones, name and value by turns, NULL-ended; or NULL */
    char location[64], disposition[96];
    unsigned retry_after; /* seconds; 0: not told, or the usual */
    struct refusal refusal;
    bool close; /* the connection ends with this answer */

    void *connection; /* the HTTP library's */
    int drain_fd;     /* a second hold on a socket of which we refused to read the rest, or -1 */
    struct call *next, **prev;
};

/* call_parameter: the value of a query parameter, NULL when it was not sent. */
const char *call_parameter(const struct call *c, const char *key);

/* call_only_parameters refuses query parameters that are not in the NULL-ended list.
 * Errors: INVALID_FIELD. */
err_t call_only_parameters(struct call *c, const char *const *keys);

/* call_refuse_parameter / _header: INVALID_FIELD with its place and a sentence. */
err_t call_refuse_parameter(struct call *c, const char *parameter, const char *tr, const char *en);
err_t call_refuse_header(struct call *c, const char *header, const char *tr, const char *en);

/* call_detail sets the sentence of the problem in the call's language. */
void call_detail(struct call *c, const char *tr, const char *en);

/* call_json starts a JSON answer; the caller writes into the writer and returns call_done. */
struct jsonw call_json(struct call *c, unsigned status);
err_t call_done(struct call *c); /* OK, or STORAGE_FULL when the answer did not fit */

/* call_wait parks the call until `version` of what `kind` names has changed, at most `seconds`
 * from the first time it asked. False when that time is over or the server stops: answer now. */
bool call_wait(struct call *c, enum wait_kind kind, uint64_t version, unsigned seconds);

/* call_park takes the call off the HTTP library's hands until call_resume. A deadline of INT64_MAX
 * is none. */
void call_park(struct call *c, enum wait_kind kind, int64_t deadline);

/* call_listing_is_old: older than CALL_STALE_MS, or than the last coming or going of a card. */
bool call_listing_is_old(const struct api *a);

/* call_wait_listing parks the call while a listing that is too old, or from before a card came or
 * went, is asked for again, at most `seconds`. False: what is known has to do. */
bool call_wait_listing(struct call *c, unsigned seconds);

/* call_watch: the server sees when the client leaves while the call is parked. call_unwatch when
 * the call ends; of no effect on one that was not watched. */
void call_watch(struct call *c);
void call_unwatch(struct call *c);

/* call_wakes: what a parked call waits for has happened. */
bool call_wakes(struct call *c, int64_t now);
/* call_resume takes it off the parked list and lets the HTTP library run it again. */
void call_resume(struct call *c);

#endif
