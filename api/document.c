/* SPDX-License-Identifier: MIT */
#include "api/document.h"

err_t document_post(struct call *c)
{
    struct session_document_info info;
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (e) return e;
    /* An upload without a body never had a piece that would have begun it. */
    if (!c->upload) e = session_upload_begin(c->api->config.session, c->owner, &c->upload);
    if (!e) e = session_upload_end(&c->upload, &info);
    if (e) return e;
    struct jsonw w = call_json(c, 201);
    jsonw_open(&w, NULL, '{');
    jsonw_str(&w, "id", info.id);
    jsonw_number(&w, "size", info.size);
    jsonw_open(&w, "digests", '{');
    jsonw_base64(&w, digest_name(info.sha256.alg), digest_bytes(&info.sha256));
    jsonw_close(&w, '}');
    jsonw_time(&w, "expiresAt", info.expires);
    jsonw_close(&w, '}');
    return call_done(c);
}
