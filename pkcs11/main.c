/* SPDX-License-Identifier: MIT */
/*
 * onayd-token: the process that loads the vendor's PKCS#11 module, shows the dialog and sees the
 * PIN. Started by onayd's supervisor or by onay with one end of a socketpair; of no use by hand.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "pkcs11/worker.h"

enum option_id { MODULE = 256, TOKEN, PINENTRY, UNATTENDED_TOKEN, PIN_FILE, ISSUER, FD, HELP };

static const struct option options[] = {
    {"module", required_argument, NULL, MODULE},
    {"token", required_argument, NULL, TOKEN},
    {"pinentry", required_argument, NULL, PINENTRY},
    {"unattended-token", required_argument, NULL, UNATTENDED_TOKEN},
    {"unattended-pin-file", required_argument, NULL, PIN_FILE},
    {"unattended-issuer", required_argument, NULL, ISSUER},
    {"fd", required_argument, NULL, FD},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static const char usage[] =
    "usage: onayd-token --fd=N [--module=PATH] [--token=PKCS11-URI] [--pinentry=PROGRAM]\n"
    "                   [--unattended-token=PKCS11-URI --unattended-pin-file=FILE\n"
    "                    --unattended-issuer=FILE]\n"
    "\n"
    "onayd ve onay tarafından başlatılır; elle kullanılmaz.\n"
    "Started by onayd and onay; not for use by hand.\n";

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

/* A number above the standard descriptors that is a SOCK_SEQPACKET socket; else -1. */
static int socket_of(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    int type = 0;
    socklen_t len = sizeof type;
    if (end == text || *end || n <= 2 || n > 1 << 20) return -1;
    bool fits = getsockopt((int)n, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
    return fits ? (int)n : -1;
}

static int run(int sock, const struct token_config *config)
{
    if (sock < 0) {
        (void)fputs(usage, stderr);
        return 64;
    }
    if (!confine()) {
        (void)fputs("onayd-token: the kernel refuses to confine this process\n", stderr);
        return 71;
    }
    return worker_run(sock, config);
}

int main(int argc, char **argv)
{
    struct token_config c = {.module = "",
                             .token_uri = "",
                             .pinentry = "pinentry",
                             .unattended_token = "",
                             .unattended_pin_file = "",
                             .unattended_issuer = "",
                             .cancel_fd = -1};
    int sock = -1, o;
    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (o) {
        case MODULE:
            c.module = optarg;
            break;
        case TOKEN:
            c.token_uri = optarg;
            break;
        case PINENTRY:
            c.pinentry = optarg;
            break;
        case UNATTENDED_TOKEN:
            c.unattended_token = optarg;
            break;
        case PIN_FILE:
            c.unattended_pin_file = optarg;
            break;
        case ISSUER:
            c.unattended_issuer = optarg;
            break;
        case FD:
            sock = socket_of(optarg);
            break;
        case HELP:
            (void)fputs(usage, stdout);
            return 0;
        case 'V':
            (void)puts("onayd-token " ONAYD_VERSION);
            return 0;
        default:
            (void)fputs(usage, stderr);
            return 64;
        }
    }
    int status = run(sock, &c);
    (void)fflush(NULL);
    /* The card is logged out and the module closed; a module's own exit handlers have been seen to
     * hang, and there is nothing left that they could be needed for. */
    _exit(status);
}
