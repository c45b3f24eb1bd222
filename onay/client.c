/* SPDX-License-Identifier: MIT */
#include "onay/client.h"

#include "core/file.h"
#include "onay/command.h"
#include "onay/detach.h"

#include <curl/curl.h>
#include <stdio.h>
#include <time.h>

#define ANSWER_SECONDS 40L /* a long poll takes 30 */
#define FOLLOW_POLL_MS 600000
#define WAKE_TRIES     100
#define WAKE_PAUSE_MS  50

static size_t take(char *p, size_t size, size_t n, void *ctx)
{
    struct buf *body = ctx;
    buf_add(body, bytes_of(p, size * n));
    return buf_ok(body) ? size * n : 0;
}

/* One GET by the Unix socket, made ready. */
struct request {
    CURL *curl;
    struct curl_slist *headers;
};

static void request_free(struct request *r)
{
    curl_easy_cleanup(r->curl);
    curl_slist_free_all(r->headers);
}
OWN(request)

static err_t request_make(struct request *r, const char *path)
{
    own(buf) socket_path = buf_max(512);
    own(buf) url = buf_max(2048);
    err_t e = file_runtime_dir(&socket_path);
    if (e) return e;
    buf_str(&socket_path, "/api.sock");
    buf_fmt(&url, "http://localhost%s", path);
    r->headers = curl_slist_append(NULL, command_lang() == LANG_EN ? "Accept-Language: en"
                                                                   : "Accept-Language: tr");
    r->curl = curl_easy_init();
    if (!r->curl || !r->headers) return err_raise(ERR_STORAGE_FULL);
    (void)curl_easy_setopt(r->curl, CURLOPT_UNIX_SOCKET_PATH, buf_cstr(&socket_path));
    (void)curl_easy_setopt(r->curl, CURLOPT_URL, buf_cstr(&url));
    (void)curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->headers);
    (void)curl_easy_setopt(r->curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(r->curl, CURLOPT_NOSIGNAL, 1L);
    return OK;
}

/* False without memory. The list stays the request's. */
static bool add_header(struct request *r, const char *header)
{
    struct curl_slist *more = curl_slist_append(r->headers, header);
    if (!more) return false;
    r->headers = more;
    return curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->headers) == CURLE_OK;
}

/* json: NULL without a body. */
static err_t perform(const char *method, const char *path, const char *json, struct buf *body,
                     long *status)
{
    own(request) r = {0};
    err_t e = request_make(&r, path);
    if (e) return e;
    if (json && !add_header(&r, "Content-Type: application/json"))
        return err_raise(ERR_STORAGE_FULL);
    if (json) (void)curl_easy_setopt(r.curl, CURLOPT_POSTFIELDS, json);
    (void)curl_easy_setopt(r.curl, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(r.curl, CURLOPT_TIMEOUT, ANSWER_SECONDS);
    (void)curl_easy_setopt(r.curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(r.curl, CURLOPT_WRITEDATA, body);
    CURLcode code = curl_easy_perform(r.curl);
    (void)curl_easy_getinfo(r.curl, CURLINFO_RESPONSE_CODE, status);
    if (!buf_ok(body)) return err_raise(ERR_BODY_TOO_LARGE);
    return code == CURLE_OK ? OK : err_raise_foreign(ERR_FILE_UNREADABLE, code);
}

err_t client_get(const char *path, struct buf *body, long *status)
{
    return perform("GET", path, NULL, body, status);
}

err_t client_delete(const char *path, struct buf *body, long *status)
{
    return perform("DELETE", path, NULL, body, status);
}

err_t client_post(const char *path, const char *json, struct buf *body, long *status)
{
    return perform("POST", path, json, body, status);
}

/* ---- streams ---- */

struct following {
    CURL *curl;
    struct sse *events;
    struct buf *refusal;
};

static size_t take_part(char *p, size_t size, size_t n, void *ctx)
{
    const struct following *f = ctx;
    const struct bytes part = bytes_of(p, size * n);
    long status = 0;
    (void)curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) return sse_add(f->events, part) ? part.len : 0;
    buf_add(f->refusal, part);
    return buf_ok(f->refusal) ? part.len : 0;
}

/* run waits in poll alone: nothing wakes it but the daemon, and what stops it. */
static void run(CURLM *multi, struct pollfd *stops, size_t n)
{
    struct curl_waitfd waits[CLIENT_STOPS];
    for (size_t i = 0; i < n; i++)
        waits[i] = (struct curl_waitfd){.fd = stops[i].fd, .events = stops[i].events};
    for (int running = 1; running;) {
        if (curl_multi_perform(multi, &running) != CURLM_OK || !running) return;
        if (curl_multi_poll(multi, waits, (unsigned)n, FOLLOW_POLL_MS, NULL) != CURLM_OK) return;
        if (poll(stops, (nfds_t)n, 0) > 0) return;
    }
}

err_t client_follow(const char *path, struct sse *events, struct pollfd *stops, size_t n,
                    struct buf *refusal, long *status)
{
    own(request) r = {0};
    err_t e = request_make(&r, path);
    if (e) return e;
    struct following f = {r.curl, events, refusal};
    CURLM *multi = curl_multi_init();
    if (!multi) return err_raise(ERR_STORAGE_FULL);
    (void)curl_easy_setopt(r.curl, CURLOPT_WRITEFUNCTION, take_part);
    (void)curl_easy_setopt(r.curl, CURLOPT_WRITEDATA, &f);
    (void)curl_multi_add_handle(multi, r.curl);
    run(multi, stops, n);
    (void)curl_easy_getinfo(r.curl, CURLINFO_RESPONSE_CODE, status);
    (void)curl_multi_remove_handle(multi, r.curl);
    (void)curl_multi_cleanup(multi);
    return *status ? OK : err_raise(ERR_FILE_UNREADABLE);
}

/* ---- the daemon's start ---- */

static bool answers(void)
{
    own(buf) body = buf_max(64 * 1024);
    long status = 0;
    return client_get("/v1/health", &body, &status) == OK && status == 200;
}

static bool start_daemon(void)
{
    char self[4096], program[4200];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return false;
    self[n] = 0;
    (void)snprintf(program, sizeof program, "%.*s/onayd", (int)(strrchr(self, '/') - self), self);
    char *argv[] = {program, NULL};
    pid_t pid;
    return detach(argv, &pid);
}

err_t client_wake(void)
{
    if (answers()) return OK;
    if (!start_daemon()) return err_raise(ERR_FILE_UNREADABLE);
    for (unsigned i = 0; i < WAKE_TRIES; i++) {
        const struct timespec pause = {0, WAKE_PAUSE_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
        if (answers()) return OK;
    }
    return err_raise(ERR_FILE_UNREADABLE);
}
