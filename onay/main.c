/* SPDX-License-Identifier: MIT */
/* onay: the person's and the integrator's command. */
#include "onay/command.h"

#include <signal.h>
#include <stdio.h>

static const struct command commands[] = {
    {"sign", run_sign, "sign files with the card"},
    {"verify", run_verify, "judge the signatures of a file (EN 319 102-1)"},
    {"extend", run_extend, "raise signatures to a higher level: time stamp them"},
    {"inspect", run_inspect, "show what a certificate, CRL or signature says"},
    {"status", run_status, "show the daemon, the readers and the certificates"},
    {"certs", run_certs, "list the signing certificates"},
    {"order", run_order, "sign a portal's order with the key of its origin"},
    {"history", run_history, "what was signed on this account, or the forgetting of it"},
    {"origins", run_origins, "which web sites are let in, or the shutting out of one"},
    {"token", run_token, "print the daemon's access token, starting the daemon if need be"},
    {"tsa", run_tsa, "ask the time stamp authorities"},
    {"trust", run_trust, "take roots into the trust folder, show or remove them"},
    {"pin", run_pin, "give the card a new PIN, by the old one or PUK"},
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

static void help(struct buf *out)
{
    buf_str(out, "usage: onay COMMAND [OPTION]...\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        buf_fmt(out, "  %-9s %s\n", commands[i].name, commands[i].meaning);
    buf_str(out, "\n  --help     print this, or after a command its options\n"
                 "  --version  print the version\n");
}

int main(int argc, char **argv)
{
    own(buf) text = buf_max(16 * 1024);
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < N_COMMANDS && argc > 1; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        buf_str(&text, "onay " ONAYD_VERSION "\n");
        return command_print(&text) ? EXIT_GOOD : EXIT_BAD;
    }
    help(&text);
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return command_print(&text) ? EXIT_GOOD : EXIT_BAD;
    (void)fputs(buf_cstr(&text), stderr);
    return EXIT_USAGE;
}
