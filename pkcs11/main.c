/* SPDX-License-Identifier: MIT */
/*
 * onayd-token: the process that loads the vendor's PKCS#11 module, shows the dialog and sees the
 * PIN; or, with --readers, one that watches the readers, or with --admission one that asks whether
 * a site may come in, and does nothing else. Started by onayd's supervisor or by onay with one end
 * of a socketpair; of no use by hand.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/args.h"
#include "core/packet.h"
#include "pkcs11/admission.h"
#include "pkcs11/pcsc.h"
#include "pkcs11/worker.h"

enum {
    MODULE = 1,
    TOKEN,
    PINENTRY,
    UNATTENDED_TOKEN,
    PIN_FILE,
    ISSUER,
    SOCKET,
    READERS,
    ADMISSION,
    HELP,
    VERSION
};

static const struct arg_row options[] = {
    {"--fd", "N", SOCKET, "the socket to onayd or onay"},
    {"--module", "PATH", MODULE, "PKCS#11 module"},
    {"--token", "URI", TOKEN, "PKCS#11 URI that narrows module and token"},
    {"--pinentry", "PROGRAM", PINENTRY, "dialog program; default: pinentry"},
    {"--unattended-token", "URI", UNATTENDED_TOKEN, "the one token whose PIN is in a file"},
    {"--unattended-pin-file", "FILE", PIN_FILE, "that file, 0600"},
    {"--unattended-issuer", "FILE", ISSUER, "PEM chain of its test CA"},
    {"--readers", NULL, READERS, "only watch readers and cards (PC/SC)"},
    {"--admission", NULL, ADMISSION, "only ask whether a web site may come in"},
    {"--help", NULL, HELP, "this text"},
    {"--version", NULL, VERSION, "the version"},
};
#define N_OPTIONS (sizeof options / sizeof options[0])

static void help(FILE *to)
{
    own(buf) text = buf_max(8192);
    buf_str(&text, "onayd-token --fd N [SEÇENEK…]\n"
                   "onayd ve onay tarafından başlatılır; elle kullanılmaz.\n"
                   "Started by onayd and onay; not for use by hand.\n");
    args_help(&text, options, N_OPTIONS);
    (void)fputs(buf_cstr(&text), to);
}

/* A crash dump or a debugger of the same user would hold the PIN; a module has no business with
 * set-user-ID programs; nobody is left to answer to when the parent is gone. */
static bool confine(void)
{
    const struct rlimit none = {0, 0};
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0;
}

/* What to do, and for whom. */
struct task {
    struct token_config config;
    int sock;
    bool readers, admission;
};

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct task *task)
{
    struct token_config *c = &task->config;
    struct args a = {.argc = argc, .argv = argv, .at = 1, .rows = options, .n_rows = N_OPTIONS};
    enum args_got got;
    const char *value;
    int id;
    while ((got = args_next(&a, &id, &value)) == ARGS_OPTION) {
        switch (id) {
        case SOCKET:
            task->sock = packet_socket(value);
            break;
        case READERS:
            task->readers = true;
            break;
        case ADMISSION:
            task->admission = true;
            break;
        case MODULE:
            c->module = value;
            break;
        case TOKEN:
            c->token_uri = value;
            break;
        case PINENTRY:
            c->pinentry = value;
            break;
        case UNATTENDED_TOKEN:
            c->unattended_token = value;
            break;
        case PIN_FILE:
            c->unattended_pin_file = value;
            break;
        case ISSUER:
            c->unattended_issuer = value;
            break;
        case VERSION:
            (void)puts("onayd-token " ONAYD_VERSION);
            return 0;
        default:
            help(stdout);
            return 0;
        }
    }
    if (got == ARGS_END && task->sock >= 0) return -1;
    help(stderr);
    return 64;
}

static int run(const struct task *task)
{
    if (task->readers) return pcsc_run(task->sock);
    if (task->admission) return admission_run(task->sock, task->config.pinentry);
    return worker_run(task->sock, &task->config);
}

int main(int argc, char **argv)
{
    struct task task = {.config = {.cancel_fd = -1, .pinentry = "pinentry"}, .sock = -1};
    int status = read_options(argc, argv, &task);
    if (status < 0 && !confine()) {
        (void)fputs("onayd-token: the kernel refuses to confine this process\n", stderr);
        status = 71;
    }
    if (status < 0) status = run(&task);
    (void)fflush(NULL);
    /* The card is logged out and the module closed; a module's own exit handlers have been seen to
     * hang, and there is nothing left that they could be needed for. */
    _exit(status);
}
