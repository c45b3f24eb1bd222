/* SPDX-License-Identifier: MIT */
#include "api/status_page.h"

#include "api/body.h"
#include "session/clock.h"

static const char *const none[] = {NULL}; /* parameters */

/* ---- the files ---- */

/* The service may open no file. */
#define FILE_OF(name, file)                                                                        \
    __asm__(".pushsection .rodata\n"                                                               \
            ".hidden " #name "_begin, " #name "_end\n"                                             \
            ".globl " #name "_begin, " #name "_end\n" #name "_begin: .incbin \"" file "\"\n" #name \
            "_end:\n"                                                                              \
            ".popsection");                                                                        \
    extern const char name##_begin[] __attribute__((visibility("hidden")));                        \
    extern const char name##_end[] __attribute__((visibility("hidden")))

FILE_OF(status_html, "api/status-page/status.html");
FILE_OF(status_css, "api/status-page/status.css");
FILE_OF(status_js, "api/status-page/status.js");

/* api/PROTOCOL 5.20 says what each of them is against. */
static const char *const guards[] = {
    "Content-Security-Policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy",
    "same-origin",
    "Referrer-Policy",
    "no-referrer",
    "X-Frame-Options",
    "DENY",
    NULL,
};

static err_t send_file(struct call *c, const char *media, const char *begin, const char *end)
{
    err_t e = call_only_parameters(c, none);
    if (c->visit.origin) e = err_raise(ERR_NOT_FOUND); /* as it is to every site */
    if (e) return e;
    c->status = 200;
    c->media = media;
    c->headers = guards;
    buf_add(&c->out, bytes_of(begin, (size_t)(end - begin)));
    return call_done(c);
}

err_t status_page_document(struct call *c)
{
    return send_file(c, "text/html; charset=utf-8", status_html_begin, status_html_end);
}

err_t status_page_style(struct call *c)
{
    return send_file(c, "text/css; charset=utf-8", status_css_begin, status_css_end);
}

err_t status_page_script(struct call *c)
{
    return send_file(c, "text/javascript; charset=utf-8", status_js_begin, status_js_end);
}

/* ---- tickets ---- */

/* Where a browser reaches this daemon, 0: nowhere. */
static unsigned page_port(const struct api *a)
{
    for (size_t i = 0; i < a->config.n_listeners && !a->local_only; i++)
        if (a->config.listeners[i].kind == LISTENER_TCP) return a->config.listeners[i].port;
    return 0;
}

err_t ticket_post(struct call *c)
{
    char ticket[TICKET_TEXT];
    const struct settings *s = c->api->config.settings;
    const unsigned port = page_port(c->api);
    err_t e = call_only_parameters(c, none);
    if (!e && strcmp(c->owner, "local") != 0) e = err_raise(ERR_NOT_FOUND); /* as it is to sites */
    if (!e) e = body_nothing(buf_bytes(&c->body), s, c->lang, &c->refusal.why);
    if (!e) e = tickets_issue(&c->api->tickets, clock_ms(), ticket);
    if (e) return e;
    struct jsonw w = call_json(c, 201);
    jsonw_open(&w, NULL, '{');
    jsonw_str(&w, "ticket", ticket);
    if (port) {
        own(buf) url = buf_max(128);
        buf_fmt(&url, "http://127.0.0.1:%u/#%s", port, ticket);
        jsonw_str(&w, "url", buf_cstr(&url));
    }
    jsonw_time(&w, "expiresAt", utc_now() + TICKET_MS / 1000);
    jsonw_close(&w, '}');
    explicit_bzero(ticket, sizeof ticket);
    return call_done(c);
}

/* ---- passes ---- */

static err_t read_ticket(struct call *c, char ticket[BODY_WORD])
{
    own_ptr(json) doc = NULL;
    struct json_fault fault = {0};
    struct session_why *why = &c->refusal.why;
    err_t e = body_read(buf_bytes(&c->body), c->api->config.settings, c->lang, &doc, why);
    if (e) return e;
    const struct json_at root = json_root(doc, &fault);
    (void)body_word(&root, "ticket", true, ticket);
    json_only(&root, (const char *const[]){"ticket", NULL});
    return body_fault(&fault, c->lang, why);
}

err_t pass_post(struct call *c)
{
    char ticket[BODY_WORD] = "", pass[TICKET_TEXT];
    err_t e = call_only_parameters(c, none);
    if (!e && strcmp(c->owner, DOOR_PAGE) != 0) e = err_raise(ERR_NOT_FOUND);
    if (!e) e = read_ticket(c, ticket);
    if (!e) e = tickets_exchange(&c->api->tickets, bytes_str(ticket), clock_ms(), pass);
    if (e) return e;
    struct jsonw w = call_json(c, 201);
    jsonw_open(&w, NULL, '{');
    jsonw_str(&w, "pass", pass);
    jsonw_number(&w, "idleSeconds", PASS_IDLE_MS / 1000);
    jsonw_close(&w, '}');
    explicit_bzero(pass, sizeof pass);
    return call_done(c);
}
