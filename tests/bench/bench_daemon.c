/* SPDX-License-Identifier: MIT */
/*
 * The daemon as its users meet it: start, idle memory, POST → done beside the bare card calls, and
 * what 10,000 approvals leave behind.
 *
 * bench_daemon.sh prepares the token and calls: bench_daemon ONAYD CONFIG MODULE RUNTIME_DIR
 */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "core/base64.h"
#include "core/digest.h"
#include "core/file.h"
#include "tests/bench/bench.h"

#define PIN        "123456"
#define STARTS     15
#define APPROVALS  61
#define PAUSE_MS   60 /* a person is slower; the worker's successor is warm by then */
#define MANY_FIRST 1000
#define MANY_LAST  10000

static void die(const char *what)
{
    (void)fprintf(stderr, "bench_daemon: %s\n", what);
    exit(1);
}

static void pause_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

/* ---- the daemon ---- */

struct daemon {
    const char *program, *config;
    char socket_path[100];
    pid_t pid;
};

static void start(struct daemon *d)
{
    d->pid = fork();
    if (d->pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        (void)dup2(null, 2);
        (void)execl(d->program, "onayd", "--config", d->config, "--port", "0", (char *)NULL);
        _exit(127);
    }
}

static void stop(const struct daemon *d)
{
    (void)kill(d->pid, SIGTERM);
    (void)waitpid(d->pid, NULL, 0);
}

static int dial(const struct daemon *d)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, d->socket_path, strlen(d->socket_path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0) return fd;
    if (fd >= 0) (void)close(fd);
    return -1;
}

/* One request on a kept connection; the body lands in `in`. Returns the status, 0 when broken. */
static int request(int fd, const struct buf *out, struct buf *in)
{
    size_t sent = 0, need = SIZE_MAX, head = 0;
    while (sent < out->len) {
        ssize_t n = write(fd, out->p + sent, out->len - sent);
        if (n <= 0) return 0;
        sent += (size_t)n;
    }
    buf_cut(in, 0);
    while (in->len < need) {
        uint8_t *room = buf_reserve(in, 65536);
        ssize_t n = room ? read(fd, room, 65536) : 0;
        if (n <= 0) return 0;
        buf_commit(in, (size_t)n);
        const char *text = buf_cstr(in), *end = strstr(text, "\r\n\r\n");
        if (!end || need != SIZE_MAX) continue;
        const char *length = strcasestr(text, "content-length:");
        head = (size_t)(end - text) + 4;
        need = head + (length && length < end ? strtoul(length + 15, NULL, 10) : 0);
    }
    int status = (int)strtol(buf_cstr(in) + 9, NULL, 10);
    memmove(in->p, in->p + head, in->len - head);
    buf_cut(in, in->len - head);
    return status;
}

static int get(int fd, const char *path, struct buf *in)
{
    own(buf) out = buf_max(1024);
    buf_fmt(&out, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    return request(fd, &out, in);
}

static int dial_until_healthy(const struct daemon *d)
{
    own(buf) in = buf_max(1 << 20);
    double end = bench_clock() + 10;
    while (bench_clock() < end) {
        int fd = dial(d);
        if (fd >= 0 && get(fd, "/v1/health", &in) == 200) return fd;
        if (fd >= 0) (void)close(fd);
        const struct timespec little = {0, 100000};
        (void)nanosleep(&little, NULL);
    }
    die("the daemon does not answer");
    return -1;
}

/* ---- start ---- */

static void bench_start(struct daemon *d)
{
    double v[STARTS];
    for (size_t i = 0; i < STARTS; i++) {
        double before = bench_clock();
        start(d);
        int fd = dial_until_healthy(d);
        v[i] = bench_clock() - before;
        (void)close(fd);
        stop(d);
    }
    bench_time_at_most("start to first answered /v1/health", bench_median(v, STARTS), 0.020);
}

/* ---- memory ---- */

struct usage {
    double anon_kib, rss_kib;
    unsigned processes, descriptors;
};

static double status_kib(pid_t pid, const char *key)
{
    own(buf) path = buf_max(64), text = buf_max(65536);
    buf_fmt(&path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(buf_cstr(&path), "re");
    if (!f) return 0;
    char line[256];
    double found = 0;
    while (fgets(line, sizeof line, f)) {
        if (strncmp(line, key, strlen(key)) == 0) found = strtod(line + strlen(key) + 1, NULL);
    }
    (void)fclose(f);
    return found;
}

static unsigned count_entries(const char *dir)
{
    unsigned n = 0;
    DIR *d = opendir(dir);
    while (d && readdir(d)) n++;
    if (d) (void)closedir(d);
    return n > 2 ? n - 2 : 0;
}

static void add_usage(pid_t pid, struct usage *u)
{
    char path[64];
    u->anon_kib += status_kib(pid, "RssAnon:");
    u->rss_kib += status_kib(pid, "VmRSS:");
    u->processes++;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    u->descriptors += count_entries(path);
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *f = fopen(path, "re");
    char line[256] = "";
    if (f) {
        if (!fgets(line, sizeof line, f)) line[0] = 0;
        (void)fclose(f);
    }
    char *at = line, *end;
    for (long child; (child = strtol(at, &end, 10)) > 0 && end != at; at = end)
        add_usage((pid_t)child, u);
}

static struct usage usage_of(const struct daemon *d)
{
    struct usage u = {0};
    add_usage(d->pid, &u);
    return u;
}

static void bench_idle(struct daemon *d)
{
    start(d);
    (void)close(dial_until_healthy(d));
    pause_ms(1000);
    struct usage u = usage_of(d);
    printf("# idle: %u processes, RSS %.1f MiB, %u descriptors\n", u.processes, u.rss_kib / 1024,
           u.descriptors);
    bench_at_most("idle RssAnon of all processes, MiB", u.anon_kib / 1024, 12);
    stop(d);
}

/* ---- approvals ---- */

static void write_approval(struct buf *out, unsigned number)
{
    static uint8_t document[2][4096];
    own(buf) body = buf_max(65536);
    buf_fmt(&body,
            "{\"application\":{\"orderNo\":\"SD-%u\",\"type\":\"Yenileme\",\"applicant\":{"
            "\"identityNo\":\"10000000146\",\"name\":\"Ayşe Yılmaz\"}},\"documents\":[",
            number);
    static const char *const names[][2] = {{"application-form", "form.txt"},
                                           {"undertaking", "taahhutname.txt"}};
    for (size_t i = 0; i < 2; i++) {
        memset(document[i], 'a' + (int)i, sizeof document[i]);
        buf_fmt(&body,
                "%s{\"role\":\"%s\",\"name\":\"%s\",\"mimeType\":\"text/plain\",\"content\":\"",
                i ? "," : "", names[i][0], names[i][1]);
        base64_encode(&body, bytes_of(document[i], sizeof document[i]), 0);
        buf_str(&body, "\"}");
    }
    buf_str(&body, "],\"signature\":{\"profile\":\"P1\",\"packaging\":\"enveloping\","
                   "\"commitment\":\"proof-of-approval\"}}");
    buf_fmt(out,
            "POST /v1/approvals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n",
            body.len);
    buf_add(out, buf_bytes(&body));
    if (!buf_ok(out)) die("the request does not fit");
}

static void approve(int fd, unsigned number, struct buf *in)
{
    own(buf) out = buf_max(65536);
    char path[128], id[33] = "";
    write_approval(&out, number);
    int status = request(fd, &out, in);
    const char *found = strstr(buf_cstr(in), "\"id\":");
    if (status != 202 || !found || !(found = strchr(found + 5, '"'))) die(buf_cstr(in));
    (void)snprintf(id, sizeof id, "%.32s", found + 1);
    (void)snprintf(path, sizeof path, "/v1/approvals/%s?wait=30", id);
    for (;;) {
        if (get(fd, path, in) != 200) die(buf_cstr(in));
        if (strstr(buf_cstr(in), "\"done\"")) return;
        if (strstr(buf_cstr(in), "\"failed\"") || strstr(buf_cstr(in), "\"interrupted\""))
            die(buf_cstr(in));
    }
}

/* ---- the bare card ---- */

struct card {
    CK_FUNCTION_LIST_PTR f;
    CK_SLOT_ID slot;
};

static void open_card(struct card *c, const char *module)
{
    void *lib = dlopen(module, RTLD_NOW);
    CK_C_GetFunctionList list = NULL;
    CK_SLOT_ID slots[16];
    CK_ULONG n = 16;
    if (!lib) die("the module does not load");
    *(void **)&list = dlsym(lib, "C_GetFunctionList");
    if (!list || list(&c->f) != CKR_OK || c->f->C_Initialize(NULL) != CKR_OK ||
        c->f->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK || n == 0)
        die("the module does not start");
    c->slot = slots[0];
}

static double bare_sign(const struct card *c)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_ULONG n = 0, length = 256;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE find = {CKA_CLASS, &class, sizeof class};
    CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
    unsigned char pin[] = PIN, info[51] = {0}, signature[256];
    double before = bench_clock();
    CK_RV rv = c->f->C_OpenSession(c->slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (!rv) rv = c->f->C_Login(session, CKU_USER, pin, sizeof pin - 1);
    double spent = bench_clock() - before;
    /* Finding the key is ours to pay, not the peer's. */
    if (!rv) rv = c->f->C_FindObjectsInit(session, &find, 1);
    if (!rv) rv = c->f->C_FindObjects(session, &key, 1, &n);
    if (!rv) rv = c->f->C_FindObjectsFinal(session);
    before = bench_clock();
    if (!rv && n == 1) rv = c->f->C_SignInit(session, &mechanism, key);
    if (!rv) rv = c->f->C_Sign(session, info, sizeof info, signature, &length);
    if (!rv) rv = c->f->C_Logout(session);
    if (!rv) rv = c->f->C_CloseSession(session);
    if (rv || n != 1) die("the bare card calls fail");
    return spent + bench_clock() - before;
}

static void bench_approval(struct daemon *d, const char *module)
{
    double ours[APPROVALS], bare[APPROVALS];
    struct card card;
    own(buf) in = buf_max(1 << 20);
    open_card(&card, module);
    start(d);
    int fd = dial_until_healthy(d);
    for (unsigned i = 0; i < 3; i++) approve(fd, i, &in), pause_ms(PAUSE_MS);
    for (unsigned i = 0; i < APPROVALS; i++) {
        pause_ms(PAUSE_MS);
        double before = bench_clock();
        approve(fd, 1000 + i, &in);
        ours[i] = bench_clock() - before;
        pause_ms(PAUSE_MS); /* the successor starts beside nothing that is timed */
        bare[i] = bare_sign(&card);
    }
    struct bench_pair pair = {bench_median(ours, APPROVALS), bench_median(bare, APPROVALS)};
    bench_slower_at_most("POST to done, two 4 KiB documents, vs bare card calls", pair, 1.25);
    double before = bench_clock();
    for (unsigned i = 0; i < APPROVALS; i++) approve(fd, 2000 + i, &in);
    printf("# back to back: %.1f approvals a second, each in a worker of its own\n",
           APPROVALS / (bench_clock() - before));
    (void)close(fd);
    stop(d);
}

static struct usage after(int fd, const struct daemon *d, unsigned *done, unsigned until)
{
    own(buf) in = buf_max(1 << 20);
    for (; *done < until; (*done)++) approve(fd, 5000 + *done, &in);
    pause_ms(500);
    return usage_of(d);
}

static void bench_many(struct daemon *d)
{
    unsigned done = 0;
    start(d);
    int fd = dial_until_healthy(d);
    struct usage first = after(fd, d, &done, MANY_FIRST), last = after(fd, d, &done, MANY_LAST);
    printf("# after %d: %u processes, %u descriptors; after %d: %u processes, %u descriptors\n",
           MANY_FIRST, first.processes, first.descriptors, MANY_LAST, last.processes,
           last.descriptors);
    bench_within("RssAnon after 10,000 approvals vs after 1,000, KiB", last.anon_kib,
                 first.anon_kib, 1.05);
    bench_within("descriptors after 10,000 approvals vs after 1,000", last.descriptors,
                 first.descriptors, 1.05);
    (void)close(fd);
    stop(d);
}

int main(int argc, char **argv)
{
    if (argc != 5) die("usage: bench_daemon ONAYD CONFIG MODULE RUNTIME_DIR");
    struct daemon d = {.program = argv[1], .config = argv[2]};
    (void)snprintf(d.socket_path, sizeof d.socket_path, "%s/onayd/api.sock", argv[4]);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    bench_start(&d);
    bench_idle(&d);
    bench_approval(&d, argv[3]);
    bench_many(&d);
    return 0;
}
