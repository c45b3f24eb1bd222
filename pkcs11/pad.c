/* SPDX-License-Identifier: MIT */
#include "pkcs11/pad.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

struct pad {
    struct pad_setup setup;
    struct pinentry *dialog;
    int hide; /* eventfd: the module has answered */
    int stop; /* epoll: that, or what closes every dialog */
    pthread_t thread;
    atomic_bool over; /* who sets it first decides how this ends */
};

static void pad_free(struct pad *p)
{
    if (!p) return;
    pinentry_free(p->dialog);
    fd_own(&p->stop);
    fd_own(&p->hide);
    free(p);
}
OWN_PTR(pad)

static void *watch(void *arg)
{
    struct pad *p = arg;
    err_t e = pinentry_message(p->dialog, &p->setup.words);
    if (e == OK) e = ERR_CONSENT_DECLINED; /* its one button */
    /* A dialog that broke stops nobody from typing on the reader. */
    if (e != ERR_CONSENT_DECLINED && e != ERR_CONSENT_TIMEOUT) return NULL;
    if (!atomic_exchange(&p->over, true)) p->setup.given_up(p->setup.ctx, e);
    return NULL;
}

static bool listen_to(const struct pad *p, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN};
    return fd < 0 || epoll_ctl(p->stop, EPOLL_CTL_ADD, fd, &ev) == 0;
}

struct pad *pad_show(const struct pad_setup *s)
{
    own_ptr(pad) p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->setup = *s;
    p->hide = eventfd(0, EFD_CLOEXEC);
    p->stop = epoll_create1(EPOLL_CLOEXEC);
    if (p->hide < 0 || p->stop < 0 || !listen_to(p, p->hide) || !listen_to(p, s->dialog.cancel_fd))
        return NULL;
    p->setup.dialog.cancel_fd = p->stop;
    /* Started here: the program dies with the thread that started it. */
    if (pinentry_open(&p->setup.dialog, &p->dialog) != OK) return NULL;
    if (pthread_create(&p->thread, NULL, watch, p) != 0) return NULL;
    return give(p);
}

void pad_hide(struct pad *p)
{
    if (!p) return;
    atomic_store(&p->over, true);
    (void)eventfd_write(p->hide, 1);
    (void)pthread_join(p->thread, NULL);
    pad_free(p);
}
