/* SPDX-License-Identifier: MIT */
/*
 * The door's traffic: requests a second beside a bare libmicrohttpd, an upload's octets beside
 * `openssl dgst`, and how long news of an approval takes to its page.
 *
 * bench_traffic.sh prepares the card and calls: bench_traffic ONAYD CONFIG RUNTIME_DIR FILE
 */
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/bench/bench.h"
#include "tests/bench/daemon.h"
#include "tests/bench/page.h"

#define ORIGIN "Origin: https://portal.test" /* as the token's configuration has it */

/* ---- requests a second ---- */

#define CONNECTIONS  8
#define RATE_ROUNDS  9
#define RATE_SECONDS 0.5

static enum MHD_Result hello(void *cls, struct MHD_Connection *c, const char *url,
                             const char *method, const char *version, const char *data,
                             size_t *size, void **state)
{
    static char words[] = "Hello, world!\n";
    (void)cls, (void)url, (void)method, (void)version, (void)data, (void)size;
    if (!*state) { /* an answer to the headers alone would end the connection */
        *state = words;
        return MHD_YES;
    }
    *state = NULL;
    struct MHD_Response *r =
        MHD_create_response_from_buffer(sizeof words - 1, words, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result sent = MHD_queue_response(c, 200, r);
    MHD_destroy_response(r);
    return sent;
}

/* The peer: one thread and epoll, as ours. */
static pid_t start_bare(unsigned *port)
{
    int told[2];
    if (pipe2(told, O_CLOEXEC) != 0) bench_die("no pipe");
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, hello,
                                                NULL, MHD_OPTION_END);
        const union MHD_DaemonInfo *info =
            d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;
        const uint16_t at = info ? info->port : 0;
        (void)!write(told[1], &at, sizeof at);
        for (;;) (void)pause();
    }
    uint16_t at = 0;
    if (pid < 0 || read(told[0], &at, sizeof at) != (ssize_t)sizeof at || at == 0)
        bench_die("the bare server does not start");
    (void)close(told[0]);
    (void)close(told[1]);
    *port = at;
    return pid;
}

/* Clients of one server; each asks again when it has its answer, whose length is always the same.
 */
struct clients {
    struct buf request;
    size_t answer; /* octets */
    struct pollfd at[CONNECTIONS];
    size_t heard[CONNECTIONS];
};

static void ask(const struct clients *c, size_t i)
{
    if (write(c->at[i].fd, c->request.p, c->request.len) != (ssize_t)c->request.len)
        bench_die("a request does not leave");
}

/* What one answer is, on a connection of its own. */
static size_t answer_length(const struct clients *c, unsigned port)
{
    char text[4096];
    int fd = page_dial(port);
    if (write(fd, c->request.p, c->request.len) != (ssize_t)c->request.len)
        bench_die("a request does not leave");
    bench_pause(0.1);
    ssize_t n = read(fd, text, sizeof text);
    if (n <= 0 || memcmp(text, "HTTP/1.1 200 ", 13) != 0) bench_die("not answered with 200");
    (void)close(fd);
    return (size_t)n;
}

static void clients_open(struct clients *c, unsigned port)
{
    c->request = buf_max(1024);
    buf_fmt(&c->request, "GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" ORIGIN "\r\n\r\n",
            port);
    c->answer = answer_length(c, port);
    for (size_t i = 0; i < CONNECTIONS; i++)
        c->at[i] = (struct pollfd){.fd = page_dial(port), .events = POLLIN};
}

static void clients_close(struct clients *c)
{
    for (size_t i = 0; i < CONNECTIONS; i++) (void)close(c->at[i].fd);
    buf_free(&c->request);
}

/* Returns how many answers there were in a second. */
static double rate(struct clients *c)
{
    char text[8192];
    const double begun = bench_clock();
    size_t answers = 0;
    double now = begun;
    for (size_t i = 0; i < CONNECTIONS; i++) ask(c, i);
    while ((now = bench_clock()) - begun < RATE_SECONDS) {
        if (poll(c->at, CONNECTIONS, 1000) <= 0) bench_die("no answer within a second");
        for (size_t i = 0; i < CONNECTIONS; i++) {
            if (!c->at[i].revents) continue;
            ssize_t n = read(c->at[i].fd, text, sizeof text);
            if (n <= 0) bench_die("a connection has ended");
            c->heard[i] += (size_t)n;
            if (c->heard[i] < c->answer) continue;
            c->heard[i] = 0;
            answers++;
            ask(c, i);
        }
    }
    for (size_t i = 0; i < CONNECTIONS;
         i++) /* the last ones, so that the next round starts clean */
        while (c->heard[i] < c->answer) c->heard[i] += (size_t)read(c->at[i].fd, text, sizeof text);
    memset(c->heard, 0, sizeof c->heard);
    return (double)answers / (now - begun);
}

static void bench_rate(struct daemon *d, const char *runtime_dir)
{
    double ours[RATE_ROUNDS], bare[RATE_ROUNDS];
    struct clients us = {0}, them = {0};
    unsigned port;
    pid_t pid = start_bare(&port);
    daemon_start(d);
    (void)close(daemon_dial(d));
    clients_open(&them, port);
    clients_open(&us, page_port(runtime_dir));
    for (size_t i = 0; i < RATE_ROUNDS; i++) {
        ours[i] = rate(&us);
        bare[i] = rate(&them);
    }
    bench_more("GET /v1/health a second, vs a bare libmicrohttpd hello-world",
               bench_median(ours, RATE_ROUNDS), bench_median(bare, RATE_ROUNDS), 0.8);
    clients_close(&us);
    clients_close(&them);
    daemon_stop(d);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

/* ---- an upload ---- */

#define UPLOAD_ROUNDS 3

static double digest_rate(const char *file, double octets)
{
    const double begun = bench_clock();
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        (void)dup2(null, 1);
        (void)execlp("openssl", "openssl", "dgst", "-sha256", file, (char *)NULL);
        _exit(127);
    }
    int status = 1;
    if (waitpid(pid, &status, 0) != pid || status != 0) bench_die("openssl dgst");
    return octets / (bench_clock() - begun);
}

/* From the first octet of the request until the answer, which has the digest. */
static double upload_rate(unsigned port, int file, off_t octets)
{
    own(buf) head = buf_max(1024);
    char answer[64] = "";
    off_t at = 0;
    buf_fmt(&head,
            "POST /v1/documents HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" ORIGIN
            "\r\nContent-Type: application/octet-stream\r\nContent-Length: %lld\r\n\r\n",
            port, (long long)octets);
    const double begun = bench_clock();
    int fd = page_dial(port);
    if (write(fd, head.p, head.len) != (ssize_t)head.len) bench_die("the upload does not begin");
    while (at < octets)
        if (sendfile(fd, file, &at, (size_t)(octets - at)) <= 0) bench_die("the upload is cut off");
    if (read(fd, answer, sizeof answer - 1) <= 0 || memcmp(answer, "HTTP/1.1 201 ", 13) != 0)
        bench_die("the upload is refused");
    const double seconds = bench_clock() - begun;
    (void)close(fd);
    return (double)octets / seconds;
}

static void bench_upload(struct daemon *d, const char *runtime_dir, const char *path)
{
    double ours[UPLOAD_ROUNDS], peer[UPLOAD_ROUNDS];
    char name[96];
    struct stat st;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &st) != 0) bench_die("no file to upload");
    for (size_t i = 0; i < UPLOAD_ROUNDS; i++) {
        daemon_start(d); /* a new one each time: what was uploaded is kept for a while */
        (void)close(daemon_dial(d));
        ours[i] = upload_rate(page_port(runtime_dir), file, st.st_size) / (1 << 20);
        daemon_stop(d);
        peer[i] = digest_rate(path, (double)st.st_size) / (1 << 20);
    }
    (void)close(file);
    (void)snprintf(name, sizeof name, "upload and hash of %lld MiB vs openssl dgst, MiB/s",
                   (long long)(st.st_size >> 20));
    bench_more(name, bench_median(ours, UPLOAD_ROUNDS), bench_median(peer, UPLOAD_ROUNDS), 0.6);
}

/* ---- news of an approval ---- */

#define NEWS 101

/* What the page waits for is caused by the person's own shell, on another connection; measured is
 * from before that request leaves, so the figure is more than the way of the event alone. */
static double one_news(int shell, const char *runtime_dir, unsigned number, struct buf *in)
{
    own(buf) body = buf_max(1024);
    struct page page;
    char path[96], id[33] = "";
    buf_fmt(&body,
            "{\"application\":{\"orderNo\":\"SD-%u\"},\"documents\":[{\"role\":\"other\",\"name\":"
            "\"a.txt\",\"mimeType\":\"text/plain\",\"content\":\"YQ==\"}],\"signature\":{"
            "\"profile\":\"B-B\",\"packaging\":\"detached\"}}",
            number);
    if (daemon_ask(shell, "POST", "/v1/approvals", buf_cstr(&body), in) != 202)
        bench_die(buf_cstr(in));
    const char *found = strstr(buf_cstr(in), "\"id\":\"");
    (void)snprintf(id, sizeof id, "%.32s", found ? found + 6 : "");
    (void)snprintf(path, sizeof path, "/v1/approvals/%s/events", id);
    page_open(&page, runtime_dir, page_token(runtime_dir), path);
    (void)page_hears(&page, "approval", "waiting-card", true);
    path[strlen(path) - strlen("/events")] = 0;
    const double begun = bench_clock();
    if (daemon_ask(shell, "DELETE", path, NULL, in) != 204) bench_die(buf_cstr(in));
    const double heard = page_hears(&page, "approval", "\"cancelled\"", true);
    page_close(&page);
    return heard - begun;
}

static void bench_news(struct daemon *d, const char *runtime_dir)
{
    double v[NEWS];
    own(buf) in = buf_max(1 << 20);
    (void)setenv("SOFTHSM2_CONF", "/dev/null", 1); /* no card: what is asked for has to wait */
    daemon_start(d);
    int shell = daemon_dial(d);
    for (unsigned i = 0; i < NEWS; i++) v[i] = one_news(shell, runtime_dir, i, &in);
    (void)close(shell);
    daemon_stop(d);
    bench_time_at_most("from a state's cause to its event at the client", bench_median(v, NEWS),
                       0.005);
}

int main(int argc, char **argv)
{
    if (argc != 5) bench_die("usage: bench_traffic ONAYD CONFIG RUNTIME_DIR FILE");
    struct daemon d = daemon_of(argv[1], argv[2], argv[3]);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    bench_rate(&d, argv[3]);
    bench_upload(&d, argv[3], argv[4]);
    bench_news(&d, argv[3]);
    return 0;
}
