/* SPDX-License-Identifier: MIT */
#include "api/problem.h"

#include "api/status.h"

#include <stdio.h>

static void member(struct jsonw *w, const char *key, const char *text)
{
    if (text) jsonw_str(w, key, text);
}

void problem_write(struct jsonw *w, const char *key, const struct problem *p)
{
    const struct status status = status_of(p->error);
    const char *slug = err_slug(p->error), *title = err_title(p->error, p->lang);
    char type[96];
    (void)snprintf(type, sizeof type, "urn:onayd:error:%s", slug);
    jsonw_open(w, key, '{');
    jsonw_str(w, "type", type);
    jsonw_str(w, "slug", slug);
    jsonw_str(w, "title", title);
    jsonw_str(w, "detail", p->detail && p->detail[0] ? p->detail : title);
    jsonw_number(w, "status", status.code);
    jsonw_bool(w, "retryable", status.retryable);
    member(w, "pointer", p->pointer);
    member(w, "parameter", p->parameter);
    member(w, "header", p->header);
    member(w, "requestId", p->request_id);
    jsonw_close(w, '}');
}
