/* SPDX-License-Identifier: MIT */
#include "tests/bench/page.h"

#include "core/file.h"
#include "tests/bench/bench.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 10000
#define STREAM_MAX  ((size_t)1 << 20)

unsigned page_port(const char *runtime_dir)
{
    char path[256], line[16] = "";
    (void)snprintf(path, sizeof path, "%s/onayd/port", runtime_dir);
    FILE *f = fopen(path, "re");
    if (!f || !fgets(line, sizeof line, f)) bench_die("the daemon has no port");
    (void)fclose(f);
    return (unsigned)strtoul(line, NULL, 10);
}

const char *page_token(const char *runtime_dir)
{
    static char header[128];
    char path[256], token[64] = "";
    (void)snprintf(path, sizeof path, "%s/onayd/token", runtime_dir);
    FILE *f = fopen(path, "re");
    if (!f || !fgets(token, sizeof token, f)) bench_die("the daemon has no token");
    (void)fclose(f);
    token[strcspn(token, "\n")] = 0;
    (void)snprintf(header, sizeof header, "Authorization: Bearer %s", token);
    return header;
}

int page_dial(unsigned port)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)(const void *)&to, sizeof to) != 0)
        bench_die("nobody listens");
    return fd;
}

void page_open(struct page *p, const char *runtime_dir, const char *by, const char *path)
{
    own(buf) out = buf_max(1024);
    const unsigned port = page_port(runtime_dir);
    p->in = buf_max(STREAM_MAX);
    p->fd = page_dial(port);
    buf_fmt(&out,
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n"
            "Accept: text/event-stream\r\n\r\n",
            path, port, by);
    if (write(p->fd, out.p, out.len) != (ssize_t)out.len)
        bench_die("the page cannot reach the daemon");
}

void page_close(struct page *p)
{
    (void)close(p->fd);
    buf_free(&p->in);
}

/* The next event that is there whole is moved into `event`. An event ends with an empty line, as
 * the head of the answer does (in CRLF), and a chunk's size may stand between two. */
static bool take_event(struct page *p, struct buf *event)
{
    const char *text = buf_cstr(&p->in), *end = strstr(text, "\n\n");
    if (!end) return false;
    size_t n = (size_t)(end - text) + 2;
    buf_cut(event, 0);
    buf_add(event, bytes_of(p->in.p, n));
    memmove(p->in.p, p->in.p + n, p->in.len - n);
    buf_cut(&p->in, p->in.len - n);
    return true;
}

/* Returns when it came. */
static double read_some(struct page *p)
{
    struct pollfd row = {p->fd, POLLIN, 0};
    uint8_t *room = buf_reserve(&p->in, 65536);
    if (!room || poll(&row, 1, PATIENCE_MS) != 1) bench_die("the page hears nothing");
    ssize_t n = read(p->fd, room, 65536);
    double now = bench_clock();
    if (n <= 0) bench_die("the page's stream has ended");
    buf_commit(&p->in, (size_t)n);
    return now;
}

double page_hears(struct page *p, const char *event_name, const char *what, bool with)
{
    own(buf) event = buf_max(STREAM_MAX), name = buf_max(64);
    buf_fmt(&name, "event: %s\n", event_name);
    double at = bench_clock();
    for (;;) {
        while (take_event(p, &event)) {
            const char *found = strstr(buf_cstr(&event), buf_cstr(&name));
            if (found && (strstr(found, what) != NULL) == with) return at;
        }
        at = read_some(p);
    }
}
