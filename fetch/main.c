/* SPDX-License-Identifier: MIT */
/*
 * onayd-fetch: the only process that talks to the world. It is told a URL and octets, and gives
 * octets back. Started by onayd's supervisor or by onay with one end of a socketpair; of no use by
 * hand.
 */
#include "core/args.h"
#include "core/crypto.h"
#include "core/file.h"
#include "fetch/confine.h"
#include "fetch/serve.h"

#include <stdio.h>

#define MAX_CA (1u << 20)

enum { SOCKET = 1, PRIVATE_HOST, ONLY_HOST, RESOLVE, CA, HELP, VERSION };

static const struct arg_row options[] = {
    {"--fd", "N", SOCKET, "the socket to who asks"},
    {"--private-host", "HOST", PRIVATE_HOST,
     "a host whose address need not be public; may be repeated"},
    {"--only-host", "HOST", ONLY_HOST,
     "visit this host, and others only when they are named too; may be repeated"},
    {"--resolve", "HOST:PORT:ADDRESS", RESOLVE, "do not ask DNS for this one; for tests"},
    {"--ca", "FILE", CA, "PEM of the only CAs to trust for TLS; for tests"},
    {"--help", NULL, HELP, "this text"},
    {"--version", NULL, VERSION, "the version"},
};
#define N_OPTIONS (sizeof options / sizeof options[0])

static void help(FILE *to)
{
    own(buf) text = buf_max(8192);
    buf_str(&text, "onayd-fetch --fd N [SEÇENEK…]\n"
                   "onayd ve onay tarafından başlatılır; elle kullanılmaz.\n"
                   "Started by onayd and onay; not for use by hand.\n");
    args_help(&text, options, N_OPTIONS);
    (void)fputs(buf_cstr(&text), to);
}

struct task {
    int sock;
    struct transfer_rules rules;
};

static bool add_host(const char **hosts, size_t *n, const char *host)
{
    if (*n == TRANSFER_MAX_HOSTS) return false;
    hosts[(*n)++] = host;
    return true;
}

static bool take(struct task *t, int id, const char *value)
{
    struct transfer_rules *r = &t->rules;
    struct curl_slist *longer;
    switch (id) {
    case SOCKET:
        t->sock = packet_socket(value);
        return t->sock >= 0;
    case PRIVATE_HOST:
        return add_host(r->private_hosts, &r->n_private_hosts, value);
    case ONLY_HOST:
        return add_host(r->only_hosts, &r->n_only_hosts, value);
    case RESOLVE:
        if (!(longer = curl_slist_append(r->resolve, value))) return false;
        r->resolve = longer;
        return true;
    case CA:
        return file_read(value, &r->ca) == OK;
    default:
        return false;
    }
}

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct task *task)
{
    struct args a = {.argc = argc, .argv = argv, .at = 1, .rows = options, .n_rows = N_OPTIONS};
    enum args_got got;
    const char *value;
    int id;
    while ((got = args_next(&a, &id, &value)) == ARGS_OPTION) {
        if (id == VERSION) (void)puts("onayd-fetch " ONAYD_VERSION);
        if (id == HELP) help(stdout);
        if (id == VERSION || id == HELP) return 0;
        if (!take(task, id, value)) break;
    }
    if (got == ARGS_END && task->sock >= 0) return -1;
    help(stderr);
    return 64;
}

/* The environment is read once and then forgotten; so is every file that a library begins with. */
static int run(struct task *task)
{
    crypto_start();
    proxy_read(&task->rules.proxy);
    if (confine_early() != OK || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        confine_late() != OK) {
        (void)fputs("onayd-fetch: the kernel refuses to confine this process\n", stderr);
        return 71;
    }
    return serve_run(task->sock, &task->rules);
}

int main(int argc, char **argv)
{
    static struct task task = {.sock = -1, .rules.ca.max = MAX_CA};
    int status = read_options(argc, argv, &task);
    if (status < 0) status = run(&task);
    curl_slist_free_all(task.rules.resolve);
    buf_free(&task.rules.ca);
    return status;
}
