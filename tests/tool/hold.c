/* SPDX-License-Identifier: MIT */
/*
 * hold READER [HOW]: another program that uses the card in READER, until its input ends, or
 * SIGTERM.
 *
 *   exclusive     takes it for itself alone (the default)
 *   transaction   keeps everybody else waiting
 *   reset         resets it once
 *   storm         resets it again and again
 *
 * Says "held" once it has the card. Exit: 1 when it cannot be had, 64 for a wrong word.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <winscard.h>

#define PAUSE_MS 5

static bool take(SCARDCONTEXT context, const char *reader, DWORD share, SCARDHANDLE *card)
{
    DWORD protocol;
    return SCardConnect(context, reader, share, SCARD_PROTOCOL_ANY, card, &protocol) ==
           SCARD_S_SUCCESS;
}

static volatile sig_atomic_t told;

static void end(int signal)
{
    (void)signal;
    told = 1;
}

static bool ended(int ms)
{
    struct pollfd in = {.fd = 0, .events = POLLIN};
    char octet;
    int n = poll(&in, 1, ms);
    return told || n < 0 || (n > 0 && read(0, &octet, 1) <= 0);
}

static void held(void)
{
    puts("held");
    (void)fflush(stdout);
}

static bool keep(SCARDCONTEXT context, const char *reader, bool alone)
{
    SCARDHANDLE card;
    if (!take(context, reader, alone ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED, &card) ||
        (!alone && SCardBeginTransaction(card) != SCARD_S_SUCCESS))
        return false;
    held();
    while (!ended(PAUSE_MS)) continue;
    if (!alone) (void)SCardEndTransaction(card, SCARD_LEAVE_CARD);
    (void)SCardDisconnect(card, SCARD_LEAVE_CARD);
    return true;
}

static bool reset(SCARDCONTEXT context, const char *reader)
{
    SCARDHANDLE card;
    return take(context, reader, SCARD_SHARE_SHARED, &card) &&
           SCardDisconnect(card, SCARD_RESET_CARD) == SCARD_S_SUCCESS;
}

static bool reset_until_told(SCARDCONTEXT context, const char *reader)
{
    held();
    while (!ended(PAUSE_MS)) (void)reset(context, reader);
    return true;
}

int main(int argc, char **argv)
{
    SCARDCONTEXT context;
    const char *how = argc == 3 ? argv[2] : "exclusive";
    struct sigaction on_term = {.sa_handler = end};
    bool ok;
    if (argc < 2 || argc > 3) return 64;
    if (sigaction(SIGTERM, &on_term, NULL) != 0 ||
        SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
        return 1;
    if (strcmp(how, "exclusive") == 0 || strcmp(how, "transaction") == 0)
        ok = keep(context, argv[1], how[0] == 'e');
    else if (strcmp(how, "reset") == 0)
        ok = reset(context, argv[1]);
    else if (strcmp(how, "storm") == 0)
        ok = reset_until_told(context, argv[1]);
    else
        return 64;
    (void)SCardReleaseContext(context);
    return ok ? 0 : 1;
}
