/* SPDX-License-Identifier: MIT */
/*
 * ask URL [OPTION…]: one question through onayd-fetch, as a daemon would ask it.
 *
 *   private=HOST octets=N ms=N post=FILE type=TYPE accept=TYPE identity=VALUE authorization=VALUE
 *   out=FILE (where the body goes) times=N (so many at once) tsa=URL (visits no other hosts)
 *
 * Prints a line an answer: fault, status, octets, content type.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/file.h"
#include "fetch/fetch.h"
#include "fetch/process.h"

struct asking {
    struct fetch_request request;
    const char *post, *out;
    unsigned long times;
    struct settings settings;
    enum process_reach reach;
};

static bool take_number(const char *text, uint32_t *out)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    *out = (uint32_t)v;
    return *text && !*end && v <= UINT32_MAX;
}

static bool take(struct asking *a, const char *word)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"post=", &a->post},
        {"out=", &a->out},
        {"type=", &a->request.type},
        {"accept=", &a->request.accept},
        {"identity=", &a->request.headers[FETCH_IDENTITY]},
        {"authorization=", &a->request.headers[FETCH_AUTHORIZATION]},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t n = strlen(texts[i].name);
        if (strncmp(word, texts[i].name, n) != 0) continue;
        *texts[i].to = word + n;
        return true;
    }
    own(buf) why = buf_max(512);
    uint32_t times = 0;
    if (strncmp(word, "octets=", 7) == 0) return take_number(word + 7, &a->request.max_octets);
    if (strncmp(word, "ms=", 3) == 0) return take_number(word + 3, &a->request.max_ms);
    if (strncmp(word, "times=", 6) == 0 && take_number(word + 6, &times)) {
        a->times = times;
        return true;
    }
    if (strncmp(word, "tsa=", 4) == 0) {
        a->reach = PROCESS_AUTHORITIES;
        return settings_set(&a->settings, "tsa", word + 4, &why) == OK;
    }
    return strncmp(word, "private=", 8) == 0 &&
           settings_set(&a->settings, "private_host", word + 8, &why) == OK;
}

static bool next_answer(struct fetch *f, struct fetch_answer *a)
{
    while (!fetch_next(f, a)) {
        struct pollfd p = {.fd = fetch_fd(f), .events = POLLIN};
        if (poll(&p, 1, 120000) <= 0) return false;
    }
    return true;
}

static bool print(const struct asking *a, const struct fetch_answer *got)
{
    printf("%s %u %zu %s\n", fetch_fault_slug(got->fault), got->status, got->body.len, got->type);
    if (got->detail[0]) fprintf(stderr, "%s\n", got->detail);
    return !a->out || file_write(a->out, got->body) == OK;
}

static int ask(struct asking *a, struct fetch *f)
{
    uint32_t question;
    for (unsigned long i = 0; i < a->times; i++) {
        err_t e = fetch_ask(f, &a->request, &question);
        if (!e) continue;
        printf("%s\n", err_slug(e));
        return 1;
    }
    for (unsigned long i = 0; i < a->times; i++) {
        own(fetch_answer) got = {0};
        if (!next_answer(f, &got) || !print(a, &got)) return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct asking a = {.times = 1};
    own(buf) body = buf_max(FETCH_MAX_BODY);
    own_ptr(fetch) f = NULL;
    int sock;
    pid_t pid;
    settings_default(&a.settings);
    a.request.max_octets = 1u << 20;
    a.request.max_ms = 20000;
    if (argc < 2) return 64;
    a.request.url = argv[1];
    for (int i = 2; i < argc; i++)
        if (!take(&a, argv[i])) return 64;
    if (a.post) {
        if (file_read(a.post, &body) != OK) return 66;
        a.request.method = FETCH_POST;
        a.request.body = buf_bytes(&body);
    }
    if (process_start(&a.settings, a.reach, &sock, &pid) != OK || fetch_new(sock, &f) != OK)
        return 71;
    int status = ask(&a, f);
    fetch_free(give(f));
    (void)waitpid(pid, NULL, 0);
    return status;
}
