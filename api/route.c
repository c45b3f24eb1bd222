/* SPDX-License-Identifier: MIT */
#include "api/route.h"

#include "api/approval.h"
#include "api/certificate.h"
#include "api/document.h"
#include "api/event.h"
#include "api/history.h"
#include "api/info.h"
#include "api/openapi.h"
#include "api/origin.h"
#include "api/pairing.h"
#include "api/reader.h"
#include "api/status_page.h"
#include "api/verification.h"

static const struct route table[] = {
    {"GET", "/v1/health", BODY_NONE, false, info_health, OPEN_TO_PASSES},
    {"GET", "/v1/info", BODY_NONE, false, info_get, OPEN_TO_PASSES},
    {"GET", "/v1/openapi.json", BODY_NONE, false, openapi_get, OPEN_TO_OWNERS},
    {"POST", "/v1/pairings", BODY_JSON, false, pairing_post, OPEN_TO_STRANGERS},
    {"GET", "/v1/readers", BODY_NONE, false, reader_list, OPEN_TO_PASSES},
    {"GET", "/v1/certificates", BODY_NONE, false, certificate_list, OPEN_TO_PASSES},
    {"GET", "/v1/events", BODY_NONE, false, event_list, OPEN_TO_PASSES},
    {"POST", "/v1/documents", BODY_OCTETS, false, document_post, OPEN_TO_OWNERS},
    {"POST", "/v1/approvals", BODY_JSON, true, approval_post, OPEN_TO_OWNERS},
    {"GET", "/v1/approvals/{id}", BODY_NONE, false, approval_get, OPEN_TO_OWNERS},
    {"DELETE", "/v1/approvals/{id}", BODY_NONE, false, approval_delete, OPEN_TO_OWNERS},
    {"GET", "/v1/approvals/{id}/events", BODY_NONE, false, approval_events, OPEN_TO_OWNERS},
    {"GET", "/v1/approvals/{id}/signature", BODY_NONE, false, approval_signature, OPEN_TO_OWNERS},
    {"POST", "/v1/verifications", BODY_JSON, false, verification_post, OPEN_TO_OWNERS},
    {"GET", "/v1/origins", BODY_NONE, false, origin_list, OPEN_TO_OWNERS},
    {"DELETE", "/v1/origins/{id}", BODY_NONE, false, origin_delete, OPEN_TO_OWNERS},
    {"GET", "/v1/history", BODY_NONE, false, history_list, OPEN_TO_PASSES},
    {"DELETE", "/v1/history", BODY_NONE, false, history_forget_all, OPEN_TO_OWNERS},
    {"DELETE", "/v1/history/{id}", BODY_NONE, false, history_forget, OPEN_TO_OWNERS},
    {"POST", "/v1/tickets", BODY_JSON, false, ticket_post, OPEN_TO_OWNERS},
    {"POST", "/v1/passes", BODY_JSON, false, pass_post, OPEN_TO_PAGE},
    {"GET", "/", BODY_NONE, false, status_page_document, OPEN_TO_DOCUMENT},
    {"GET", "/status.css", BODY_NONE, false, status_page_style, OPEN_TO_STYLE},
    {"GET", "/status.js", BODY_NONE, false, status_page_script, OPEN_TO_SCRIPT},
};
#define N_ROUTES (sizeof table / sizeof *table)

const struct route *route_at(size_t i)
{
    return i < N_ROUTES ? &table[i] : NULL;
}

static bool is_id(struct bytes s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool hex = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');
        if (!hex) return false;
    }
    return s.len == SESSION_ID - 1;
}

/* path_fits compares a path with a pattern that holds at most one {id}. */
static bool path_fits(const char *pattern, struct bytes path, char id[SESSION_ID])
{
    const char *mark = strstr(pattern, "{id}");
    id[0] = 0;
    if (!mark) return bytes_eq_str(path, pattern);
    const size_t head = (size_t)(mark - pattern), n = SESSION_ID - 1;
    struct bytes middle = bytes_sub(path, head, n);
    if (!bytes_eq(bytes_sub(path, 0, head), bytes_of(pattern, head)) || !is_id(middle) ||
        !bytes_eq_str(bytes_sub(path, head + n, path.len), mark + 4))
        return false;
    memcpy(id, middle.p, n);
    id[n] = 0;
    return true;
}

static bool method_fits(const char *row, struct bytes method)
{
    return bytes_eq_str(method, row) || (strcmp(row, "GET") == 0 && bytes_eq_str(method, "HEAD"));
}

err_t route_find(struct bytes method, struct bytes path, const struct route **out,
                 char id[SESSION_ID])
{
    bool known = false;
    for (size_t i = 0; i < N_ROUTES; i++) {
        if (!path_fits(table[i].path, path, id)) continue;
        known = true;
        if (!method_fits(table[i].method, method)) continue;
        *out = &table[i];
        return OK;
    }
    return err_raise(known ? ERR_METHOD_NOT_ALLOWED : ERR_NOT_FOUND);
}

enum door_open route_open(struct bytes method, struct bytes path)
{
    char id[SESSION_ID];
    for (size_t i = 0; i < N_ROUTES; i++) {
        const struct route *r = &table[i];
        if (!path_fits(r->path, path, id)) continue;
        const bool preflight = r->open == OPEN_TO_STRANGERS && bytes_eq_str(method, "OPTIONS");
        if (preflight || method_fits(r->method, method)) return r->open;
    }
    return OPEN_TO_OWNERS;
}

void route_methods(struct buf *out, struct bytes path)
{
    char id[SESSION_ID];
    const size_t before = out->len;
    for (size_t i = 0; i < N_ROUTES; i++) {
        if (!path_fits(table[i].path, path, id)) continue;
        buf_fmt(out, "%s, ", table[i].method);
        if (strcmp(table[i].method, "GET") == 0) buf_str(out, "HEAD, ");
    }
    if (out->len > before) buf_str(out, "OPTIONS");
}
