/* SPDX-License-Identifier: MIT */
/*
 * hold READER: takes the card in READER for itself, says so, and keeps it until its input ends.
 *
 * Exit: 1 when the card cannot be had.
 */
#include <stdio.h>
#include <unistd.h>
#include <winscard.h>

int main(int argc, char **argv)
{
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    char octet;
    if (argc != 2) return 64;
    if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS ||
        SCardConnect(context, argv[1], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_ANY, &card,
                     &protocol) != SCARD_S_SUCCESS)
        return 1;
    puts("held");
    (void)fflush(stdout);
    while (read(0, &octet, 1) > 0) continue;
    (void)SCardDisconnect(card, SCARD_LEAVE_CARD);
    (void)SCardReleaseContext(context);
    return 0;
}
