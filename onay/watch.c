/* SPDX-License-Identifier: MIT */
#include "onay/watch.h"

#include "core/utc.h"
#include "onay/client.h"
#include "onay/command.h"
#include "onay/show.h"

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>

#define MAX_ANSWER   (4u << 20)
#define PAUSE_MS     250 /* before the first try to connect again; doubled up to */
#define PAUSE_MAX_MS 8000

struct watch {
    bool json;
    bool broken;                 /* standard output takes nothing any more */
    bool refused;                /* by the daemon, for good */
    struct json_object *readers; /* the newest event's; NULL before the first */
    struct json_object *certs;   /* the newest answer of GET /v1/certificates */
    char state[32];              /* of the daemon, as last told */
    struct pollfd stops[2];      /* signals; the reader of our standard output */
};

static void watch_free(struct watch *w)
{
    (void)json_object_put(w->readers);
    (void)json_object_put(w->certs);
    if (w->stops[0].fd >= 0) (void)close(w->stops[0].fd);
}
OWN(watch)

/* ---- lines ---- */

static void print(struct watch *w, struct buf *line)
{
    buf_str(line, "\n");
    if (!command_print(line)) w->broken = true;
}

/* begin_line writes the time of day. */
static struct buf begin_line(void)
{
    struct buf line = buf_max(MAX_ANSWER + 256);
    const time_t now = time(NULL);
    struct tm t;
    char text[16] = "--:--:--";
    if (localtime_r(&now, &t)) (void)strftime(text, sizeof text, "%H:%M:%S", &t);
    buf_fmt(&line, "%s  ", text);
    return line;
}

static void tell(struct watch *w, const char *who, const char *what)
{
    own(buf) line = begin_line();
    buf_fmt(&line, "%s: %s", who, what);
    print(w, &line);
}

static void tell_json(struct watch *w, const char *name, struct bytes data)
{
    own(buf) line = buf_max(MAX_ANSWER + 256);
    buf_str(&line, "{\"time\":\"");
    utc_write_xsd(&line, utc_now(), 0);
    buf_fmt(&line, "\",\"event\":\"%s\",\"data\":", name);
    buf_add(&line, data);
    buf_str(&line, "}");
    print(w, &line);
}

/* ---- arrays of objects that have an id ---- */

static size_t length(struct json_object *o, const char *list, struct json_object **array)
{
    *array = NULL;
    if (!o || !json_object_object_get_ex(o, list, array)) return 0;
    return json_object_is_type(*array, json_type_array) ? json_object_array_length(*array) : 0;
}

static struct json_object *find(struct json_object *o, const char *list, const char *id)
{
    struct json_object *array;
    const size_t n = length(o, list, &array);
    for (size_t i = 0; i < n; i++) {
        struct json_object *one = json_object_array_get_idx(array, i);
        if (strcmp(show_text(one, "id"), id) == 0) return one;
    }
    return NULL;
}

/* each calls `fn` for what is in `now`, with its like in `then` or NULL. */
static void each(struct watch *w, struct json_object *now, struct json_object *then,
                 const char *list,
                 void (*fn)(struct watch *w, struct json_object *is, struct json_object *was))
{
    struct json_object *array;
    const size_t n = length(now, list, &array);
    for (size_t i = 0; i < n; i++) {
        struct json_object *one = json_object_array_get_idx(array, i);
        fn(w, one, find(then, list, show_text(one, "id")));
    }
}

/* ---- readers ---- */

static void reader_now(struct watch *w, struct json_object *is, struct json_object *was)
{
    own(buf) before = buf_max(MAX_ANSWER), now = buf_max(MAX_ANSWER);
    own(buf) line = begin_line();
    if (was) show_reader(&before, was, NULL);
    show_reader(&now, is, NULL);
    if (was && bytes_eq(buf_bytes(&before), buf_bytes(&now))) return;
    if (!was && w->readers) {
        tell(w, show_text(is, "name"), show_words("okuyucu takıldı", "reader connected"));
        if (strcmp(show_text(is, "state"), "empty") == 0) return;
    }
    show_reader(&line, is, was ? show_text(was, "state") : NULL);
    print(w, &line);
}

static void reader_gone(struct watch *w, struct json_object *was, struct json_object *is)
{
    if (!is)
        tell(w, show_text(was, "name"), show_words("okuyucu çıkarıldı", "reader disconnected"));
}

static void service_now(struct watch *w, struct json_object *is, struct json_object *was)
{
    own(buf) before = buf_max(MAX_ANSWER), now = buf_max(MAX_ANSWER);
    if (was) show_service(&before, was);
    show_service(&now, is);
    if (bytes_eq(buf_bytes(&before), buf_bytes(&now))) return;
    for (size_t i = 0; i < now.len; i++)
        if (now.p[i] == '\n') now.p[i] = ' ';
    if (now.len > 0) buf_cut(&now, now.len - 1);
    tell(w, show_words("kart hizmeti", "card service"),
         now.len > 0 ? buf_cstr(&now) : show_words("çalışıyor", "running"));
}

static void on_readers(struct watch *w, struct json_object *now)
{
    service_now(w, now, w->readers);
    each(w, w->readers, now, "readers", reader_gone);
    each(w, now, w->readers, "readers", reader_now);
    (void)json_object_put(w->readers);
    w->readers = json_object_get(now);
}

/* ---- certificates ---- */

static void tell_certificate(struct watch *w, const char *what, struct json_object *c)
{
    own(buf) text = buf_max(MAX_ANSWER);
    show_certificate_line(&text, c);
    tell(w, what, buf_cstr(&text));
}

static void certificate_now(struct watch *w, struct json_object *is, struct json_object *was)
{
    if (!was) tell_certificate(w, show_words("sertifika", "certificate"), is);
}

static void certificate_gone(struct watch *w, struct json_object *was, struct json_object *is)
{
    if (!is) tell_certificate(w, show_words("sertifika gitti", "certificate gone"), was);
}

/* The event has ids alone; the daemon that has just listed them answers at once. */
static void on_certificates(struct watch *w, struct json_object *event)
{
    own(buf) body = buf_max(MAX_ANSWER);
    long status = 0;
    (void)event;
    if (client_get("/v1/certificates", &body, &status) || (status != 200 && status != 409)) return;
    struct json_object *now = json_tokener_parse(buf_cstr(&body));
    each(w, w->certs, now, "certificates", certificate_gone);
    each(w, now, w->certs, "certificates", certificate_now);
    (void)json_object_put(w->certs);
    w->certs = now;
}

/* ---- the daemon ---- */

static void set_state(struct watch *w, const char *state)
{
    static const struct {
        const char *state, *tr, *en;
    } rows[] = {
        {"ready", "çalışıyor", "running"},
        {"local-only", "çalışıyor, web sayfalarına kapalı", "running, closed to web pages"},
        {"storage-full", "yer kalmadı, yeni onay başlatılamaz",
         "no space left: begins no approval"},
        {"store-unusable", "onay kayıtları kullanılamıyor, yeni onay başlatılamaz",
         "its store cannot be used: begins no approval"},
        {"shutting-down", "kapanıyor", "shutting down"},
        {"unreachable", "yanıt vermiyor; yeniden bağlanılacak",
         "does not answer; will connect again"},
    };
    if (strcmp(state, w->state) == 0) return;
    (void)snprintf(w->state, sizeof w->state, "%s", state);
    for (size_t i = 0; !w->json && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].state, state) == 0) tell(w, "onayd", show_words(rows[i].tr, rows[i].en));
}

static void on_state(struct watch *w, struct json_object *event)
{
    set_state(w, show_text(event, "state"));
}

static void unreachable(struct watch *w)
{
    static const char text[] = "{\"state\":\"unreachable\"}";
    if (strcmp(w->state, "unreachable") == 0) return;
    if (w->json) tell_json(w, "state", bytes_str(text));
    set_state(w, "unreachable");
}

static void on_event(void *ctx, const char *name, struct bytes data)
{
    static const struct {
        const char *name;
        void (*take)(struct watch *w, struct json_object *event);
        bool anyway; /* also when the events themselves are printed */
    } rows[] = {{"state", on_state, true},
                {"readers", on_readers, false},
                {"certificates", on_certificates, false}};
    struct watch *w = ctx;
    own(buf) text = buf_max(SSE_MAX + 1);
    buf_add(&text, data);
    struct json_object *o = json_tokener_parse(buf_cstr(&text));
    if (o && w->json) tell_json(w, name, data);
    for (size_t i = 0; o && i < sizeof rows / sizeof *rows && !w->broken; i++)
        if (strcmp(rows[i].name, name) == 0 && (!w->json || rows[i].anyway)) rows[i].take(w, o);
    (void)json_object_put(o);
}

/* ---- following ---- */

static bool stopped(const struct watch *w)
{
    return w->broken || w->refused || w->stops[0].revents || w->stops[1].revents;
}

/* Refused for a reason that waiting does not mend: said once. */
static void refuse(struct watch *w, struct buf *refusal)
{
    struct json_object *o = json_tokener_parse(buf_cstr(refusal));
    (void)fprintf(stderr, "onay: onayd: %s (%s): %s\n", o ? show_text(o, "title") : "?",
                  o ? show_text(o, "slug") : "?", o ? show_text(o, "detail") : "");
    (void)json_object_put(o);
    w->refused = true;
}

/* follow: true when there was a stream. */
static bool follow(struct watch *w)
{
    own(sse) events = sse_new(on_event, w);
    own(buf) refusal = buf_max(65536);
    long status = 0;
    err_t e = client_follow("/v1/events", &events, w->stops, 2, &refusal, &status);
    if (!e && status != 200 && status < 500 && !stopped(w)) refuse(w, &refusal);
    return !e && status == 200;
}

static void follow_for_ever(struct watch *w)
{
    for (int pause = PAUSE_MS; !stopped(w);) {
        if (follow(w)) pause = PAUSE_MS;
        if (stopped(w)) return;
        unreachable(w);
        (void)poll(w->stops, 2, pause);
        pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
    }
}

/* Signals are read as octets: they end a wait and nothing else. */
static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

int watch_run(bool json)
{
    err_t e = client_wake();
    if (e) return command_fail("onayd", e, NULL);
    own(watch) w = {.json = json};
    w.stops[0] = (struct pollfd){.fd = open_signals(), .events = POLLIN};
    w.stops[1] = (struct pollfd){.fd = STDOUT_FILENO}; /* POLLERR: nobody reads it any more */
    if (w.stops[0].fd < 0) return command_fail("signalfd", err_raise(ERR_INTERNAL), NULL);
    follow_for_ever(&w);
    return w.stops[0].revents ? EXIT_GOOD : EXIT_BAD;
}
