/* SPDX-License-Identifier: MIT */
#include "tests/support/served.h"

#include <check.h>
#include <stdio.h>
#include <sys/socket.h>

/* ---- the server ---- */

static int listen_at(struct sockaddr_un *address)
{
    socklen_t n = sizeof *address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(fd, 0);
    /* Linux gives a name of its own choice, outside any folder, for an address without one. */
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    ck_assert_int_eq(bind(fd, (struct sockaddr *)address, sizeof address->sun_family), 0);
    ck_assert_int_eq(listen(fd, 128), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &n), 0);
    return fd;
}

static void *serve(void *server)
{
    ck_assert_int_eq(server_run(server), OK);
    return NULL;
}

struct served *served_new(const char *pki)
{
    struct served *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    settings_default(&s->settings);
    s->fake = fake_new(pki);
    (void)fake_add(s->fake, "p256");
    return s;
}

void served_start(struct served *s)
{
    served_start_at(s, listen_at(&s->address));
}

void served_start_at(struct served *s, int fd)
{
    s->session = session_new(&s->settings, &s->fake->token, NULL);
    ck_assert_ptr_nonnull(s->session);
    ck_assert_int_eq(self_open("", &s->self), OK);
    ck_assert_int_eq(origins_open(&s->settings, "", &s->origins), OK);
    struct server_config config = {.settings = &s->settings,
                                   .session = s->session,
                                   .n_listeners = 1,
                                   .token = "",
                                   .version = "0",
                                   .self = s->self,
                                   .origins = s->origins};
    config.listeners[0] = (struct listener){LISTENER_UNIX, fd, 0};
    ck_assert_int_eq(server_new(&config, &s->server), OK);
    ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s->server), 0);
}

void served_stop(struct served *s)
{
    server_stop(s->server);
    ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
    server_free(s->server);
    self_free(s->self);
    origins_free(s->origins);
    session_free(s->session);
    fake_free(s->fake);
    free(s);
}

/* ---- a client ---- */

int served_dial(const struct served *s)
{
    /* An address without a path has the length that bind gave it: NUL and five hex digits. */
    const socklen_t n = sizeof s->address.sun_family + 6;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&s->address, n), 0);
    return fd;
}

char *served_hear(int fd)
{
    own(buf) answer = buf_max(1 << 20);
    for (;;) {
        uint8_t *room = buf_reserve(&answer, 65536);
        ck_assert_ptr_nonnull(room);
        ssize_t n = recv(fd, room, 65536, 0);
        ck_assert_int_ge(n, 0);
        if (n == 0) break;
        buf_commit(&answer, (size_t)n);
    }
    (void)close(fd);
    return strdup(buf_cstr(&answer));
}

void served_say(int fd, const char *method, const char *path, const char *type, const char *body)
{
    own(buf) text = buf_max(1 << 20);
    buf_fmt(&text, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Language: en\r\n",
            method, path);
    if (type) buf_fmt(&text, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, strlen(body));
    buf_str(&text, "\r\n");
    buf_str(&text, type ? body : "");
    ck_assert(buf_ok(&text));
    ck_assert_int_eq(send(fd, text.p, text.len, MSG_NOSIGNAL), (ssize_t)text.len);
}

char *served_ask(const struct served *s, const char *method, const char *path, const char *type,
                 const char *body)
{
    int fd = served_dial(s);
    served_say(fd, method, path, type, body);
    return served_hear(fd);
}

void served_expect(const struct served *s, const char *method, const char *path, const char *piece)
{
    own_mem(char) answer = served_ask(s, method, path, NULL, NULL);
    ck_assert_msg(strstr(answer, piece) != NULL, "%s %s: %s", method, path, answer);
}

#define BODY                                                                                       \
    "{\"application\":{\"orderNo\":\"SD-780\"},\"documents\":[{\"role\":\"other\",\"name\":\"a\"," \
    "\"mimeType\":\"text/plain\",\"content\":\"YQ==\"}],\"signature\":{\"profile\":\"B-B\","       \
    "\"packaging\":\"detached\"}}"

void served_begin(const struct served *s, char path[64])
{
    own_mem(char) answer = served_ask(s, "POST", "/v1/approvals", "application/json", BODY);
    const char *at = strstr(answer, "\r\nLocation: ");
    ck_assert_msg(at && strstr(answer, " 202 "), "%s", answer);
    ck_assert_int_eq(sscanf(at, "\r\nLocation: %63s", path), 1);
}
