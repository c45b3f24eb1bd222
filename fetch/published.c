/* SPDX-License-Identifier: MIT */
#include "fetch/published.h"

#include <stdio.h>
#include <strings.h>

/* RFC 6960 A.1; RFC 2585 4. Lists and certificates come under whatever name a web server has for
 * their suffix; a responder that answers with a page has not answered. */
static const struct {
    enum fetch_method method;
    const char *type, *accept, *must;
    uint32_t max_octets, max_ms;
} kinds[PUBLISHED_COUNT] = {
    [PUBLISHED_RESPONSE] = {FETCH_POST, "application/ocsp-request", "application/ocsp-response",
                            "application/ocsp-response", 128u << 10, 10000},
    [PUBLISHED_LIST] = {FETCH_GET, NULL, "application/pkix-crl", NULL, FETCH_MAX_ANSWER,
                        PUBLISHED_MAX_MS},
    [PUBLISHED_CERTIFICATE] = {FETCH_GET, NULL, "application/pkix-cert, application/pkcs7-mime",
                               NULL, 128u << 10, 10000},
};

err_t published_ask(struct fetch *f, enum published what, const char *url, struct bytes request,
                    uint32_t *question)
{
    const struct fetch_request r = {.method = kinds[what].method,
                                    .url = url,
                                    .type = kinds[what].type,
                                    .accept = kinds[what].accept,
                                    .body = request,
                                    .max_octets = kinds[what].max_octets,
                                    .max_ms = kinds[what].max_ms};
    return fetch_ask(f, &r, question);
}

/* Parameters do not matter: "application/ocsp-response; charset=…" is seen. */
static bool is_type(const char *type, const char *must)
{
    size_t n = strlen(must);
    return strncasecmp(type, must, n) == 0 && (!type[n] || type[n] == ';' || type[n] == ' ');
}

bool published_good(enum published what, const struct fetch_answer *a,
                    char detail[FETCH_ROOM_DETAIL])
{
    const char *must = kinds[what].must;
    if (a->fault)
        (void)snprintf(detail, FETCH_ROOM_DETAIL, "%s%s%.120s", fetch_fault_text(a->fault, LANG_EN),
                       a->detail[0] ? ": " : "", a->detail);
    else if (a->status != 200)
        (void)snprintf(detail, FETCH_ROOM_DETAIL, "HTTP %u", a->status);
    else if (must && !is_type(a->type, must))
        (void)snprintf(detail, FETCH_ROOM_DETAIL, "RFC 6960 A.1: the answer is %.100s", a->type);
    else if (a->body.len == 0)
        (void)snprintf(detail, FETCH_ROOM_DETAIL, "an empty answer");
    else
        return true;
    return false;
}
