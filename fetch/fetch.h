/* SPDX-License-Identifier: MIT */
/*
 * fetch: asks the world something, through the one process that may talk to it.
 *
 * What: requests to onayd-fetch over a socketpair, and its answers; nothing here waits.
 * Not:  HTTP itself (transfer.c, in the other process), and what the octets mean. An answer is
 *       hostile: it was bounded on its way, and that is all.
 * Use:  fetch_new(sock, &f); fetch_ask(f, &request, &question);
 *       poll fetch_fd(f); while (fetch_next(f, &answer)) { … fetch_answer_free(&answer); }
 *
 * One that does not answer in time says so itself (FETCH_TIMEOUT); one that is gone fails every
 * open question (FETCH_GONE).
 */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include "core/buf.h"
#include "core/err.h"

#define FETCH_ROOM_URL    2049 /* octets, with the NUL, as below */
#define FETCH_ROOM_TYPE   128  /* of a media type */
#define FETCH_ROOM_VALUE  1025 /* of an extra header's value */
#define FETCH_ROOM_DETAIL 200
#define FETCH_MAX_BODY    (1u << 20)  /* octets of a request's body */
#define FETCH_MAX_ANSWER  (64u << 20) /* octets of an answer's body, at most */
#define FETCH_MAX_MS      300000u
#define FETCH_MAX_OPEN    8 /* questions at a time */

enum fetch_method { FETCH_GET, FETCH_POST, FETCH_METHOD_COUNT };

/* The extra headers there are; none goes to another host after a redirect. */
enum fetch_header {
    FETCH_IDENTITY,      /* Kamu SM's proof of the password, over the imprint */
    FETCH_AUTHORIZATION, /* HTTP Basic */
    FETCH_CREDIT,        /* Kamu SM: credit_req, the customer */
    FETCH_CREDIT_TIME,   /* credit_req_time */
    FETCH_HEADER_COUNT
};

struct fetch_request {
    enum fetch_method method;
    const char *url;                         /* http or https, without user or fragment */
    const char *type;                        /* of the body; POST alone */
    const char *accept;                      /* NULL: anything */
    const char *headers[FETCH_HEADER_COUNT]; /* printable ASCII; NULL: not sent */
    struct bytes body;                       /* at most FETCH_MAX_BODY; POST alone */
    uint32_t max_octets;                     /* of the answer: 1 to FETCH_MAX_ANSWER */
    uint32_t max_ms;                         /* redirects and all: 1 to FETCH_MAX_MS */
};

/* X(NAME, slug, Turkish, English): how a question can fail before there is an HTTP answer. */
#define FETCH_FAULTS(X)                                                                            \
    X(URL, "url", "adres kabul edilmiyor", "the address is refused")                               \
    X(ADDRESS, "address", "özel ağdaki bir adrese izin yok",                                       \
      "an address in a private network is not allowed")                                            \
    X(HOST, "host", "bu sunucuya izin yok", "this host is not allowed")                            \
    X(RESOLVE, "resolve", "sunucu adı çözülemedi", "the host name cannot be resolved")             \
    X(PROXY, "proxy", "vekil sunucuya ulaşılamadı", "the proxy cannot be reached")                 \
    X(CONNECT, "connect", "bağlantı kurulamadı", "no connection")                                  \
    X(TLS, "tls", "TLS bağlantısı güvenilir değil", "TLS failed")                                  \
    X(TIMEOUT, "timeout", "süresinde yanıt gelmedi", "no answer in time")                          \
    X(TOO_LARGE, "too-large", "yanıt çok büyük", "the answer is too large")                        \
    X(REDIRECT, "redirect", "yönlendirme kabul edilmiyor", "a redirect is refused")                \
    X(BROKEN, "broken", "yanıt yarım veya HTTP değil", "the answer is cut or is not HTTP")         \
    X(BUSY, "busy", "çok fazla açık istek var", "too many open requests")                          \
    X(GONE, "gone", "ağ süreci sona erdi", "the network process has ended")

enum fetch_fault {
    FETCH_ANSWERED = 0,
#define FETCH_ENUM(name, slug, tr, en) FETCH_##name,
    FETCH_FAULTS(FETCH_ENUM)
#undef FETCH_ENUM
        FETCH_FAULT_COUNT
};

/* fetch_fault_slug: "answered", "timeout" …; fetch_fault_text: for a person. Static. */
const char *fetch_fault_slug(enum fetch_fault f);
const char *fetch_fault_text(enum fetch_fault f, enum lang lang);

struct fetch_answer {
    uint32_t question;
    enum fetch_fault fault;         /* FETCH_ANSWERED: what follows counts */
    unsigned status;                /* HTTP's, never of a redirect */
    char type[FETCH_ROOM_TYPE];     /* Content-Type as sent, "" without; plain text */
    char detail[FETCH_ROOM_DETAIL]; /* of a fault, in the library's English; plain text */
    struct bytes body;              /* a mapping of its own, see fetch_answer_free */
};
void fetch_answer_free(struct fetch_answer *a);
OWN(fetch_answer)

struct fetch;

/* fetch_new takes the socket over, also on failure. Errors: STORAGE_FULL. */
err_t fetch_new(int sock, struct fetch **out);
void fetch_free(struct fetch *f);
OWN_PTR(fetch)

/* fetch_ask sends a question and gives its number. Errors: INVALID_FIELD (something of it is beyond
 * its bound), TOO_MANY_REQUESTS, INTERNAL (the process is gone or does not listen), STORAGE_FULL.
 */
err_t fetch_ask(struct fetch *f, const struct fetch_request *r, uint32_t *question);

/* fetch_cancel gives a question up: no answer to it will come. */
void fetch_cancel(struct fetch *f, uint32_t question);

/* fetch_fd is readable when fetch_next may have something. */
int fetch_fd(const struct fetch *f);

/* fetch_next gives the next answer; false when there is none now. */
bool fetch_next(struct fetch *f, struct fetch_answer *out);

#endif
