/* SPDX-License-Identifier: MIT */
#include "pkcs11/pcsc.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <time.h>
#include <winscard.h>

#include "core/text.h"
#include "pkcs11/wire.h"

#define SOCKET_PATH    "/run/pcscd/pcscd.comm" /* unless PCSCLITE_CSOCK_NAME says otherwise */
#define OTHER_READERS  "\\\\?PnP?\\Notification"
#define FOR_EVER_MS    INT_MAX /* libpcsclite's INFINITE would wake up every minute */
#define LOOK_BACK_MS   1000
#define NEVER          ((DWORD)-1)
#define FIRST_PAUSE_MS 10 /* doubled seven times: 2.5 s */
#define LAST_PAUSE_MS  1280
#define REFUSED_MS     60000
#define FOLDER_EVENTS                                                                              \
    (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

struct pcsc {
    int sock;
    SCARDCONTEXT context;
    char *names; /* as libpcsclite lists them, each with its NUL, an empty one last */
    DWORD names_len;
    size_t n; /* readers; behind them a row for news of others, where there is room */
    SCARD_READERSTATE rows[READERS_MAX];
    bool listed;  /* the names are those of now, as far as known */
    bool settled; /* and they were looked at again */
    bool spoke;   /* the first word is also told when it is that nothing is there */
    struct readers told;
    struct wire_message out;
};

/* ---- to our side ---- */

/* Nothing is ever said to a watcher: whatever comes is a hang-up, or from none of ours. */
static void *until_hung_up(void *sock)
{
    struct pollfd p = {*(int *)sock, POLLIN, 0};
    while (poll(&p, 1, -1) != 1) continue;
    _exit(0);
}

/* What cannot be sent has nobody left to read it: the thread above knows too. */
static void send_out(struct pcsc *p)
{
    own(buf) packet = buf_max(PACKET_MAX);
    wire_encode(&packet, &p->out);
    if (buf_ok(&packet)) (void)packet_send(p->sock, buf_bytes(&packet), NULL, 0, true);
}

static void tell(struct pcsc *p, const struct readers *now)
{
    if (p->spoke && readers_same(now, &p->told)) return;
    p->spoke = true;
    p->told = *now;
    p->out.type = WIRE_READERS;
    p->out.readers = *now;
    send_out(p);
}

/* ---- what pcscd says ---- */

static enum reader_state state_of(DWORD state)
{
    if (!(state & SCARD_STATE_PRESENT)) return READER_EMPTY;
    if (state & SCARD_STATE_MUTE) return READER_MUTE;
    return state & SCARD_STATE_EXCLUSIVE ? READER_EXCLUSIVE : READER_CARD;
}

/* The name is the words of a driver, or of what was plugged in. */
static void read_row(const SCARD_READERSTATE *row, struct reader *r)
{
    *r = (struct reader){.state = state_of(row->dwEventState),
                         .events = (uint16_t)(row->dwEventState >> 16)};
    text_plain_in(r->name, sizeof r->name, bytes_str(row->szReader), READERS_NAME_MAX);
    bool answers = r->state == READER_CARD || r->state == READER_EXCLUSIVE;
    if (!answers || row->cbAtr > READERS_ATR_MAX) return;
    r->atr_len = row->cbAtr;
    memcpy(r->atr, row->rgbAtr, r->atr_len);
}

/* Without the readers that have just been unplugged, or do not work. */
static void tell_rows(struct pcsc *p)
{
    struct readers now = {.service = true};
    for (size_t i = 0; i < p->n; i++)
        if (!(p->rows[i].dwEventState & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)))
            read_row(&p->rows[i], &now.at[now.n++]);
    tell(p, &now);
}

/* libpcsclite takes 16 rows. With 16 readers there is none for news of others, which would not be
 * told anyway; one that goes is told by its own row. */
static size_t n_rows(const struct pcsc *p)
{
    return p->n < READERS_MAX ? p->n + 1 : p->n;
}

static void forget_names(struct pcsc *p)
{
    if (p->names) (void)SCardFreeMemory(p->context, p->names);
    p->names = NULL;
    p->names_len = NEVER;
    p->n = 0;
    p->listed = p->settled = false;
}

static void make_rows(struct pcsc *p)
{
    for (const char *name = p->names; name && *name && p->n < READERS_MAX; name += strlen(name) + 1)
        p->rows[p->n++] = (SCARD_READERSTATE){.szReader = name};
    if (p->n < READERS_MAX) p->rows[p->n] = (SCARD_READERSTATE){.szReader = OTHER_READERS};
    if (p->n == 0) tell_rows(p); /* no row is there that the wait would return for */
}

static LONG list_readers(struct pcsc *p)
{
    char *names = NULL;
    DWORD len = SCARD_AUTOALLOCATE;
    LONG rv = SCardListReaders(p->context, NULL, (LPSTR)&names, &len);
    if (rv == SCARD_E_NO_READERS_AVAILABLE)
        len = 0;
    else if (rv != SCARD_S_SUCCESS)
        return rv;
    if (len != p->names_len || (len > 0 && memcmp(names, p->names, len) != 0)) {
        forget_names(p);
        p->names = give(names);
        p->names_len = len;
        make_rows(p);
    }
    if (names) (void)SCardFreeMemory(p->context, names);
    p->listed = true;
    return SCARD_S_SUCCESS;
}

/* What was told is what the next wait compares with. */
static void take_rows(struct pcsc *p)
{
    for (size_t i = 0; i < n_rows(p); i++) {
        SCARD_READERSTATE *row = &p->rows[i];
        bool gone = row->dwEventState & SCARD_STATE_UNKNOWN;
        if (gone || (i == p->n && row->dwEventState & SCARD_STATE_CHANGED)) p->listed = false;
        row->dwCurrentState = row->dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    }
}

/* One wait. A reader that comes between the list and the wait is seen by neither: the list of a
 * moment ago is looked at again, once. */
static LONG wait_for_change(struct pcsc *p)
{
    LONG rv = p->listed ? SCARD_S_SUCCESS : list_readers(p);
    if (rv != SCARD_S_SUCCESS) return rv;
    DWORD patience = p->settled ? FOR_EVER_MS : LOOK_BACK_MS;
    rv = SCardGetStatusChange(p->context, patience, p->rows, (DWORD)n_rows(p));
    if (rv == SCARD_E_TIMEOUT || rv == SCARD_E_UNKNOWN_READER) {
        p->settled = rv == SCARD_E_TIMEOUT;
        p->listed = false;
        return SCARD_S_SUCCESS;
    }
    if (rv != SCARD_S_SUCCESS) return rv;
    tell_rows(p);
    take_rows(p);
    return SCARD_S_SUCCESS;
}

/* Until pcscd is gone; true when it had something to say before. */
static bool follow(struct pcsc *p)
{
    bool spoke = false;
    forget_names(p);
    while (wait_for_change(p) == SCARD_S_SUCCESS) spoke = true;
    forget_names(p);
    (void)SCardReleaseContext(p->context);
    tell(p, readers_none());
    return spoke;
}

/* ---- a pcscd that is not there ---- */

static const char *socket_path(void)
{
    const char *given = getenv("PCSCLITE_CSOCK_NAME");
    return given && *given ? given : SOCKET_PATH;
}

/* Watches the deepest folder above the socket that is there. Each is watched before the next is
 * tried, so that none can come unseen. -1 when there is nothing to watch with. */
static int watch_folder(const char *path)
{
    own_fd deepest = -1;
    char folder[PATH_MAX];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t n = slash == path ? 1 : (size_t)(slash - path);
        if (n >= sizeof folder) break;
        memcpy(folder, path, n);
        folder[n] = 0;
        own_fd one = inotify_init1(IN_CLOEXEC);
        if (one < 0 || inotify_add_watch(one, folder, FOLDER_EVENTS) < 0) break;
        fd_own(&deepest);
        deepest = give_fd(&one);
    }
    return give_fd(&deepest);
}

/* A file comes before anybody listens at it: while it is there, a few tries in a short time. */
static LONG open_context(struct pcsc *p)
{
    for (long pause = FIRST_PAUSE_MS;; pause *= 2) {
        LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context);
        if (rv == SCARD_S_SUCCESS || pause > LAST_PAUSE_MS || access(socket_path(), F_OK) != 0)
            return rv;
        const struct timespec t = {pause / 1000, pause % 1000 * 1000000};
        (void)nanosleep(&t, NULL);
    }
}

/* Where nobody listens, a file will tell of a new pcscd. One that is there and will not have us (it
 * asks polkit, or cannot start) is asked again after a minute. */
static void wait_for_service(int folder, bool nobody)
{
    struct pollfd p = {folder, POLLIN, 0};
    (void)poll(&p, 1, nobody && folder >= 0 ? -1 : REFUSED_MS);
}

static void watch_service(struct pcsc *p)
{
    own_fd folder = watch_folder(socket_path());
    LONG rv = open_context(p);
    if (rv == SCARD_S_SUCCESS && follow(p)) return;
    tell(p, readers_none());
    wait_for_service(folder, rv == SCARD_E_NO_SERVICE);
}

int pcsc_run(int sock)
{
    pthread_t thread;
    struct pcsc *p = calloc(1, sizeof *p);
    if (!p || pthread_create(&thread, NULL, until_hung_up, &sock) != 0) return 1;
    p->sock = sock;
    p->out.type = WIRE_READY;
    send_out(p);
    for (;;) watch_service(p);
}
