/* SPDX-License-Identifier: MIT */
#include "tests/bench/daemon.h"

#include "core/base64.h"
#include "core/file.h"
#include "tests/bench/bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the process ---- */

struct daemon daemon_of(const char *program, const char *config, const char *runtime_dir)
{
    struct daemon d = {.program = program, .config = config};
    (void)snprintf(d.socket_path, sizeof d.socket_path, "%s/onayd/api.sock", runtime_dir);
    return d;
}

void daemon_start(struct daemon *d)
{
    d->pid = fork();
    if (d->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        int null = open("/dev/null", O_WRONLY);
        (void)dup2(null, 2);
        (void)execl(d->program, "onayd", "--config", d->config, "--port", "0", (char *)NULL);
        _exit(127);
    }
}

void daemon_stop(const struct daemon *d)
{
    (void)kill(d->pid, SIGTERM);
    (void)waitpid(d->pid, NULL, 0);
}

/* ---- requests ---- */

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

int daemon_ask(int fd, const char *method, const char *path, const char *json, struct buf *in)
{
    own(buf) out = buf_max(65536);
    buf_fmt(&out, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path);
    if (json)
        buf_fmt(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(json));
    buf_fmt(&out, "\r\n%s", json ? json : "");
    return request(fd, &out, in);
}

int daemon_get(int fd, const char *path, struct buf *in)
{
    return daemon_ask(fd, "GET", path, NULL, in);
}

int daemon_dial(const struct daemon *d)
{
    own(buf) in = buf_max(1 << 20);
    double end = bench_clock() + 10;
    while (bench_clock() < end) {
        int fd = dial(d);
        if (fd >= 0 && daemon_get(fd, "/v1/health", &in) == 200) return fd;
        if (fd >= 0) (void)close(fd);
        bench_pause(0.0001);
    }
    bench_die("the daemon does not answer");
    return -1;
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
    if (!buf_ok(out)) bench_die("the request does not fit");
}

void daemon_approve(int fd, unsigned number, struct buf *in)
{
    own(buf) out = buf_max(65536);
    char path[128], id[33] = "";
    write_approval(&out, number);
    int status = request(fd, &out, in);
    const char *found = strstr(buf_cstr(in), "\"id\":");
    if (status != 202 || !found || !(found = strchr(found + 5, '"'))) bench_die(buf_cstr(in));
    (void)snprintf(id, sizeof id, "%.32s", found + 1);
    (void)snprintf(path, sizeof path, "/v1/approvals/%s?wait=30", id);
    for (;;) {
        if (daemon_get(fd, path, in) != 200) bench_die(buf_cstr(in));
        if (strstr(buf_cstr(in), "\"done\"")) return;
        if (strstr(buf_cstr(in), "\"failed\"") || strstr(buf_cstr(in), "\"interrupted\""))
            bench_die(buf_cstr(in));
    }
}

/* ---- what they all have ---- */

static FILE *open_proc(pid_t pid, const char *of)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, of);
    return fopen(path, "re");
}

/* A figure of a status file; 0 when it is not there. */
static double status_of(FILE *f, const char *key)
{
    char line[256];
    double found = 0;
    size_t n = strlen(key);
    if (!f) return 0;
    rewind(f);
    while (fgets(line, sizeof line, f)) {
        if (strncmp(line, key, n) == 0) found = strtod(line + n, NULL);
    }
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

static void add_memory(pid_t pid, struct usage *u)
{
    FILE *f = open_proc(pid, "status");
    if (!f) return;
    u->anon_kib += status_of(f, "RssAnon:");
    u->rss_kib += status_of(f, "VmRSS:");
    (void)fclose(f);
}

void daemon_add_switches(pid_t pid, struct usage *u)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *d = opendir(path);
    for (const struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "task/%.20s/status", e->d_name);
        FILE *f = open_proc(pid, path);
        if (!f) continue;
        u->switches += status_of(f, "voluntary_ctxt_switches:");
        u->threads++;
        (void)fclose(f);
    }
    if (d) (void)closedir(d);
}

static void add_usage(pid_t pid, struct usage *u)
{
    char path[64], line[256] = "";
    add_memory(pid, u);
    daemon_add_switches(pid, u);
    u->processes++;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    u->descriptors += count_entries(path);
    (void)snprintf(path, sizeof path, "task/%d/children", (int)pid);
    FILE *f = open_proc(pid, path);
    if (f) {
        if (!fgets(line, sizeof line, f)) line[0] = 0;
        (void)fclose(f);
    }
    char *at = line, *end;
    for (long child; (child = strtol(at, &end, 10)) > 0 && end != at; at = end)
        add_usage((pid_t)child, u);
}

struct usage daemon_usage(const struct daemon *d)
{
    struct usage u = {0};
    add_usage(d->pid, &u);
    return u;
}
