/* SPDX-License-Identifier: MIT */
#include "pkcs11/pinentry.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "core/text.h"

#define GRACE_MS 2000 /* the program's own SETTIMEOUT comes first; then it is ended */

int64_t pinentry_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the text of the protocol ---- */

/* How many octets the next code point of *s takes, escaped, written to `out`. Malformed UTF-8
 * becomes a question mark: a program that cannot convert it would show nothing at all. */
static size_t escape_next(struct bytes *s, char out[8])
{
    struct bytes before = *s;
    uint32_t cp;
    if (!text_utf8_next(s, &cp)) {
        *s = bytes_sub(before, 1, SIZE_MAX);
        out[0] = '?';
        return 1;
    }
    size_t len = before.len - s->len;
    if (cp == '%' || cp < 0x20 || cp == 0x7f) {
        static const char digit[] = "0123456789ABCDEF";
        out[0] = '%', out[1] = digit[cp >> 4], out[2] = digit[cp & 15];
        return 3;
    }
    memcpy(out, before.p, len);
    return len;
}

/* Escapes until the text or the line is full; the rest that did not fit is returned. */
static struct bytes escape(struct buf *out, size_t room, struct bytes text)
{
    while (text.len > 0) {
        char piece[8];
        struct bytes rest = text;
        size_t n = escape_next(&rest, piece);
        if (n > room) break;
        buf_add(out, bytes_of(piece, n));
        room -= n;
        text = rest;
    }
    return text;
}

static size_t room_after(const char *command)
{
    return PINENTRY_LINE - strlen(command) - 1;
}

void pinentry_line(struct buf *out, const char *command, const char *text)
{
    buf_str(out, command);
    buf_byte(out, ' ');
    (void)escape(out, room_after(command), bytes_str(text));
    buf_byte(out, '\n');
}

bool pinentry_fits(const char *command, const char *text)
{
    own(buf) line = buf_max(PINENTRY_LINE);
    return escape(&line, room_after(command), bytes_str(text)).len == 0;
}

/* libgpg-error: the low 16 bits are the code, the rest says which program speaks. */
static const struct {
    unsigned code;
    err_t error;
} codes[] = {
    {99, ERR_CONSENT_DECLINED},  /* GPG_ERR_CANCELED */
    {198, ERR_CONSENT_DECLINED}, /* GPG_ERR_FULLY_CANCELED */
    {62, ERR_CONSENT_TIMEOUT},   /* GPG_ERR_TIMEOUT */
};

#define NOT_CONFIRMED 114 /* GPG_ERR_NOT_CONFIRMED: the button of SETNOTOK */

static unsigned code_of(struct bytes number)
{
    uint64_t v = 0;
    for (size_t i = 0; i < number.len && i < 10; i++) {
        if (number.p[i] < '0' || number.p[i] > '9') break;
        v = v * 10 + (uint64_t)(number.p[i] - '0');
    }
    return v & 0xffff;
}

static err_t error_of(unsigned code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code) return codes[i].error;
    return ERR_DIALOG_UNAVAILABLE;
}

/* True when the line is `word` alone or `word` and a space; *rest is what follows. */
static bool word_of(struct bytes line, const char *word, struct bytes *rest)
{
    struct bytes w = bytes_str(word);
    if (!bytes_starts(line, w)) return false;
    if (line.len > w.len && line.p[w.len] != ' ') return false;
    *rest = bytes_sub(line, w.len + 1, SIZE_MAX);
    return true;
}

bool pinentry_answer_of(struct bytes line, enum pinentry_answer *kind, struct bytes *data,
                        err_t *error)
{
    struct bytes rest;
    if (word_of(line, "OK", &rest)) {
        *kind = PINENTRY_OK;
    } else if (word_of(line, "D", &rest)) {
        *kind = PINENTRY_DATA;
        *data = rest;
    } else if (word_of(line, "ERR", &rest)) {
        unsigned code = code_of(rest);
        *kind = code == NOT_CONFIRMED ? PINENTRY_NO : PINENTRY_ERR;
        *error = code == NOT_CONFIRMED ? ERR_CONSENT_DECLINED : error_of(code);
    } else if (word_of(line, "S", &rest) || (line.len > 0 && line.p[0] == '#')) {
        *kind = PINENTRY_NOISE;
    } else {
        return false;
    }
    return true;
}

static int hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool pinentry_unescape(struct bytes data, uint8_t *out, size_t cap, size_t *len)
{
    size_t n = 0;
    for (size_t i = 0; i < data.len; i++) {
        uint8_t c = data.p[i];
        if (c == '%') {
            if (data.len - i < 3) return false;
            int high = hex_of(data.p[i + 1]), low = hex_of(data.p[i + 2]);
            if (high < 0 || low < 0) return false;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (n == cap) return false;
        out[n++] = c;
    }
    *len = n;
    return true;
}

/* ---- the program ---- */

struct pinentry {
    pid_t pid;
    int in, out; /* its stdin, its stdout */
    int cancel_fd;
    int64_t deadline_ms;
    struct secret *room; /* what was read and not yet used: it may hold a PIN */
    bool said_no;        /* the last answer was a no, rather than a way out */
};

/* Only what a dialog needs to reach the person; nothing of the daemon's own surroundings. */
static const char *const kept[] = {
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "GPG_TTY",
    "TERM",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "HOME",
    "PATH",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
    "GTK_IM_MODULE",
    "QT_IM_MODULE",
    "XMODIFIERS",
    "PINENTRY_USER_DATA",
    "GTK_THEME",
    "QT_QPA_PLATFORM",
    "QT_QPA_PLATFORMTHEME",
};
#define N_KEPT (sizeof kept / sizeof kept[0])

static void keep_environment(void)
{
    const char *values[N_KEPT];
    for (size_t i = 0; i < N_KEPT; i++) values[i] = getenv(kept[i]);
    (void)clearenv(); /* leaves the strings that values point to */
    for (size_t i = 0; i < N_KEPT; i++)
        if (values[i]) (void)setenv(kept[i], values[i], 1);
}

/* In the child. stderr stays: what the program complains about belongs in the log. */
static _Noreturn void become(const char *program, int in, int out)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0) _exit(127);
    (void)close_range(3, ~0U, 0);
    keep_environment();
    /* No argument: options go over the protocol, where a program may refuse them one by one. */
    (void)execlp(program, program, (char *)NULL);
    _exit(127);
}

static err_t start(const char *program, struct pinentry *p)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    if (pipe2(out, O_CLOEXEC) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return err_raise_foreign(ERR_STORAGE_FULL, errno);
    }
    p->in = in[1];
    p->out = out[0];
    p->pid = fork();
    if (p->pid == 0) become(program, in[0], out[1]);
    (void)close(in[0]);
    (void)close(out[1]);
    return p->pid > 0 ? OK : err_raise_foreign(ERR_STORAGE_FULL, errno);
}

void pinentry_free(struct pinentry *p)
{
    if (!p) return;
    fd_own(&p->in);
    fd_own(&p->out);
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
    secret_free(p->room);
    free(p);
}

/* Waits until the program said something. */
static err_t wait_for_program(const struct pinentry *p)
{
    for (;;) {
        int64_t left = p->deadline_ms + GRACE_MS - pinentry_now();
        if (left <= 0) return err_raise(ERR_CONSENT_TIMEOUT);
        struct pollfd fds[2] = {{p->out, POLLIN, 0}, {p->cancel_fd, POLLIN, 0}};
        int n = poll(fds, 2, left > 3600000 ? 3600000 : (int)left);
        if (n < 0 && errno != EINTR) return err_raise_foreign(ERR_INTERNAL, errno);
        if (n > 0 && fds[1].revents) return err_raise(ERR_CONSENT_DECLINED);
        if (n > 0 && fds[0].revents) return OK;
    }
}

/* Views the first whole line of the room, without its LF. */
static bool first_line(const struct pinentry *p, struct bytes *line)
{
    struct bytes all = secret_bytes(p->room);
    const uint8_t *end = all.len ? memchr(all.p, '\n', all.len) : NULL;
    if (!end) return false;
    *line = bytes_sub(all, 0, (size_t)(end - all.p));
    return true;
}

static void drop_line(struct pinentry *p, size_t len)
{
    struct bytes all = secret_bytes(p->room);
    size_t used = len + 1, left = all.len - used;
    memmove(secret_room(p->room), all.p + used, left);
    secret_set_len(p->room, left);
}

static err_t read_line(struct pinentry *p, struct bytes *line)
{
    while (!first_line(p, line)) {
        size_t have = secret_bytes(p->room).len, cap = secret_cap(p->room);
        if (have == cap) return err_raise(ERR_DIALOG_UNAVAILABLE);
        err_t e = wait_for_program(p);
        if (e) return e;
        ssize_t n = read(p->out, secret_room(p->room) + have, cap - have);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return err_raise_foreign(ERR_DIALOG_UNAVAILABLE, n < 0 ? errno : 0);
        secret_set_len(p->room, have + (size_t)n);
    }
    return OK;
}

/* Reads answers until OK or ERR; a D line's octets go to `pin` when it is wanted. */
static err_t read_answer(struct pinentry *p, struct secret *pin, err_t *refused)
{
    for (;;) {
        struct bytes line, data;
        enum pinentry_answer kind;
        err_t e = read_line(p, &line);
        if (e) return e;
        if (!pinentry_answer_of(line, &kind, &data, refused))
            return err_raise(ERR_DIALOG_UNAVAILABLE);
        if (kind == PINENTRY_DATA && pin) {
            size_t len;
            if (!pinentry_unescape(data, secret_room(pin), secret_cap(pin), &len))
                return err_raise(ERR_DIALOG_UNAVAILABLE);
            secret_set_len(pin, len);
        }
        drop_line(p, line.len);
        if (kind == PINENTRY_OK) *refused = OK;
        p->said_no = kind == PINENTRY_NO;
        if (kind != PINENTRY_DATA && kind != PINENTRY_NOISE) return OK;
    }
}

static err_t write_all(const struct pinentry *p, struct bytes octets)
{
    while (octets.len > 0) {
        ssize_t n = write(p->in, octets.p, octets.len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return err_raise_foreign(ERR_DIALOG_UNAVAILABLE, errno);
        octets = bytes_sub(octets, (size_t)n, SIZE_MAX);
    }
    return OK;
}

/* One command and its answer. *refused is what an ERR line said, OK for an OK line. */
static err_t ask(struct pinentry *p, const char *command, const char *text, struct secret *pin,
                 err_t *refused)
{
    own(buf) line = buf_max(PINENTRY_LINE + 1);
    if (text) {
        pinentry_line(&line, command, text);
    } else {
        buf_str(&line, command);
        buf_byte(&line, '\n');
    }
    if (!buf_ok(&line)) return err_raise(ERR_STORAGE_FULL);
    err_t e = write_all(p, buf_bytes(&line));
    return e ? e : read_answer(p, pin, refused);
}

/* A text or an option: a program that does not know it shows less and is still a dialog. */
static err_t tell(struct pinentry *p, const char *command, const char *text)
{
    err_t refused;
    return text ? ask(p, command, text, NULL, &refused) : OK;
}

static err_t tell_options(struct pinentry *p)
{
    static const struct {
        const char *option, *env;
    } options[] = {{"ttyname=%s", "GPG_TTY"}, {"ttytype=%s", "TERM"}, {"display=%s", "DISPLAY"}};
    err_t e = tell(p, "OPTION", "no-grab");
    for (size_t i = 0; !e && i < sizeof options / sizeof options[0]; i++) {
        const char *value = getenv(options[i].env);
        if (!value || !*value) continue;
        own(buf) text = buf_max(PINENTRY_LINE);
        size_t name = strcspn(options[i].option, "%");
        buf_add(&text, bytes_of(options[i].option, name));
        buf_str(&text, value);
        e = tell(p, "OPTION", buf_cstr(&text));
    }
    /* Our texts are UTF-8 whatever the session's locale is; curses needs one that exists. */
    return e ? e : tell(p, "OPTION", "lc-ctype=C.UTF-8");
}

err_t pinentry_open(const struct pinentry_setup *s, struct pinentry **out)
{
    own_ptr(pinentry) p = calloc(1, sizeof *p);
    if (!p) return err_raise(ERR_STORAGE_FULL);
    p->in = p->out = -1;
    p->cancel_fd = s->cancel_fd;
    p->deadline_ms = s->deadline_ms;
    p->room = secret_new(SECRET_MAX);
    if (!p->room) return err_raise(ERR_STORAGE_FULL);
    err_t e = start(s->program, p), refused = OK;
    if (!e) e = read_answer(p, NULL, &refused);
    if (!e) e = refused;
    if (!e) e = tell_options(p);
    if (!e) *out = give(p);
    return e;
}

static err_t tell_words(struct pinentry *p, const struct pinentry_words *w)
{
    int64_t left = (p->deadline_ms - pinentry_now()) / 1000;
    if (left <= 0) return err_raise(ERR_CONSENT_TIMEOUT);
    own(buf) seconds = buf_max(32);
    buf_fmt(&seconds, "%lld", (long long)left);
    err_t e = tell(p, "SETTIMEOUT", buf_cstr(&seconds));
    if (!e) e = tell(p, "SETTITLE", w->title);
    if (!e) e = tell(p, "SETDESC", w->desc);
    if (!e) e = tell(p, "SETPROMPT", w->prompt);
    if (!e) e = tell(p, "SETOK", w->ok);
    if (!e) e = tell(p, "SETNOTOK", w->no);
    if (!e) e = tell(p, "SETCANCEL", w->cancel);
    if (!e) e = tell(p, "SETERROR", w->error && *w->error ? w->error : NULL);
    return e;
}

static err_t run(struct pinentry *p, const struct pinentry_words *w, const char *command,
                 struct secret *pin)
{
    err_t refused = OK, e = tell_words(p, w);
    if (!e) e = ask(p, command, NULL, pin, &refused);
    return e ? e : refused;
}

err_t pinentry_pin(struct pinentry *p, const struct pinentry_words *w, struct secret *pin)
{
    secret_set_len(pin, 0);
    return run(p, w, "GETPIN", pin);
}

err_t pinentry_confirm(struct pinentry *p, const struct pinentry_words *w)
{
    return run(p, w, "CONFIRM", NULL);
}

err_t pinentry_choose(struct pinentry *p, const struct pinentry_words *w, bool *yes)
{
    err_t e = run(p, w, "CONFIRM", NULL);
    if (e && !(e == ERR_CONSENT_DECLINED && p->said_no)) return e;
    *yes = !e;
    return OK;
}

err_t pinentry_message(struct pinentry *p, const struct pinentry_words *w)
{
    return run(p, w, "CONFIRM --one-button", NULL);
}
