/* SPDX-License-Identifier: MIT */
#include "daemon/supervisor.h"

#include "daemon/hatch.h"
#include "daemon/service.h"
#include "fetch/process.h"
#include "pkcs11/roster.h"
#include "pkcs11/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#define MAX_DEATHS     5 /* within a minute: something is broken that a restart does not mend */
#define DEATH_WINDOW_S 60
#define STOP_SECONDS   5
#define MAX_REQUESTS   16 /* at a time: no flood of them keeps us from stopping the service */
#define MAX_WORKERS                                                                                \
    40 /* of each module one at work and one warm, and some that are just ending                   \
        */

struct supervisor {
    const struct supervisor_config *config;
    struct token_config token;
    struct roster *roster;
    struct worker {
        uint64_t id;
        pid_t pid; /* 0: free place */
    } workers[MAX_WORKERS];
    uint64_t last_id;
    struct hatch hatch; /* our end; -1 between services */
    pid_t service;
    int ready; /* readable when the service answers; -1 afterwards */
    int signals;
    bool stopping;
    unsigned deaths;
    time_t window;
};

static time_t seconds_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* In the child: everything of the supervisor's that the service must not hold is closed. */
static void become_service(struct supervisor *s, pid_t supervisor, struct hatch service, int ready)
{
    (void)close(s->signals);
    (void)close(s->hatch.fd);
    const struct service_config config = {
        .settings = s->config->settings,
        .doors = s->config->doors,
        .bearer_token = s->config->bearer_token,
        .state_dir = s->config->state_dir,
        .hatch = service,
        .supervisor = supervisor,
        .ready_fd = ready,
    };
    err_t e = service_run(&config);
    if (e)
        (void)fprintf(stderr, "<3>onayd: service: %s (%s)\n", err_title(e, LANG_EN), err_slug(e));
    exit(e ? 1 : 0);
}

static err_t start_service(struct supervisor *s)
{
    struct hatch service = {.fd = -1};
    int ready[2];
    err_t e = hatch_pair(&s->hatch, &service);
    if (e) return e;
    if (pipe2(ready, O_CLOEXEC) != 0) return err_raise_foreign(ERR_INTERNAL, errno);
    pid_t self = getpid();
    s->service = fork();
    if (s->service == 0) {
        (void)close(ready[0]);
        become_service(s, self, service, ready[1]);
    }
    (void)close(ready[1]);
    (void)close(service.fd);
    s->ready = ready[0];
    return s->service > 0 ? OK : err_raise_foreign(ERR_INTERNAL, errno);
}

static void take_ready(struct supervisor *s)
{
    char octet;
    if (read(s->ready, &octet, 1) == 1 && s->config->ready) {
        s->config->ready(s->config->ctx);
    }
    fd_own(&s->ready);
    s->ready = -1;
}

static void drop_service_ends(struct supervisor *s)
{
    fd_own(&s->hatch.fd);
    fd_own(&s->ready);
    s->hatch.fd = s->ready = -1;
}

static void reap_workers(struct supervisor *s)
{
    for (size_t i = 0; i < MAX_WORKERS; i++) {
        pid_t pid = s->workers[i].pid;
        if (pid > 0 && waitpid(pid, NULL, WNOHANG) == pid) s->workers[i].pid = 0;
    }
}

static err_t spawn(struct supervisor *s, unsigned number, int *fd, pid_t *pid)
{
    if (number == TOKEN_WATCHER) return spawn_watcher(fd, pid);
    if (number == TOKEN_ADMISSION) return spawn_admission(s->config->settings->pinentry, fd, pid);
    if (number == HATCH_FETCH)
        return process_start(s->config->settings, PROCESS_AUTHORITIES, fd, pid);
    s->token.module = roster_path(s->roster, number);
    if (!s->token.module) return err_raise(ERR_MODULE_NOT_FOUND);
    return spawn_worker(&s->token, fd, pid);
}

/* A new worker for the service. The id, not the pid, names it: pids are used again. */
static err_t start_worker(struct supervisor *s, uint64_t number, struct hatch_answer *out)
{
    if (number > TOKEN_WATCHER) return err_raise(ERR_MODULE_NOT_FOUND);
    reap_workers(s);
    for (size_t i = 0; i < MAX_WORKERS; i++) {
        struct worker *w = &s->workers[i];
        if (w->pid != 0) continue;
        err_t e = spawn(s, (unsigned)number, &out->fd, &w->pid);
        if (e)
            w->pid = 0;
        else
            out->id = w->id = ++s->last_id;
        return e;
    }
    return err_raise(ERR_TOO_MANY_REQUESTS);
}

/* id 0: all of them */
static void kill_worker(struct supervisor *s, uint64_t id)
{
    for (size_t i = 0; i < MAX_WORKERS; i++) {
        const struct worker *w = &s->workers[i];
        if (w->pid > 0 && (id == 0 || w->id == id)) (void)kill(w->pid, SIGKILL);
    }
}

static err_t answer(struct supervisor *s, const struct hatch_request *r, struct hatch_answer *out)
{
    const struct settings *c = s->config->settings;
    if (s->stopping) return ERR_SHUTTING_DOWN;
    if (r->op == HATCH_SEARCH)
        return roster_search(s->roster, c->module, c->token_uri, &out->modules);
    return start_worker(s, r->id, out);
}

static void serve_hatch(struct supervisor *s)
{
    struct hatch_request r;
    bool closed = false;
    for (int i = 0; i < MAX_REQUESTS && hatch_receive(&s->hatch, &r, &closed); i++) {
        if (r.op == HATCH_END) {
            kill_worker(s, r.id);
            continue;
        }
        struct hatch_answer a = {.fd = -1, .question = r.question};
        a.error = answer(s, &r, &a);
        hatch_answer(&s->hatch, &a);
        fd_own(&a.fd);
    }
    if (closed) {
        fd_own(&s->hatch.fd);
        s->hatch.fd = -1;
    }
}

/* A dead service takes its workers along: none of them may keep a dialog for nobody. */
static err_t service_died(struct supervisor *s, int status)
{
    s->service = 0;
    drop_service_ends(s);
    kill_worker(s, 0);
    if (s->stopping) return OK;
    (void)fprintf(stderr, "<3>onayd: the service ended (%s %d) and is started again\n",
                  WIFSIGNALED(status) ? "signal" : "exit",
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    time_t now = seconds_now();
    if (now - s->window > DEATH_WINDOW_S) {
        s->window = now;
        s->deaths = 0;
    }
    if (++s->deaths > MAX_DEATHS) return err_raise(ERR_INTERNAL);
    return start_service(s);
}

static err_t take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGCHLD) {
            s->stopping = true;
            if (s->service > 0) (void)kill(s->service, SIGTERM);
        }
    }
    int status;
    reap_workers(s);
    if (s->service > 0 && waitpid(s->service, &status, WNOHANG) == s->service)
        return service_died(s, status);
    return OK;
}

static err_t loop(struct supervisor *s)
{
    time_t deadline = 0;
    while (s->service > 0) {
        struct pollfd fds[] = {{.fd = s->signals, .events = POLLIN},
                               {.fd = s->hatch.fd, .events = POLLIN},
                               {.fd = s->ready, .events = POLLIN}};
        int n = poll(fds, 3, s->stopping ? 200 : -1);
        if (n < 0 && errno != EINTR) return err_raise_foreign(ERR_INTERNAL, errno);
        if (fds[2].revents) take_ready(s);
        if (fds[1].revents) serve_hatch(s);
        err_t e = fds[0].revents ? take_signals(s) : OK;
        if (e) return e;
        if (s->stopping && deadline == 0) deadline = seconds_now() + STOP_SECONDS;
        if (deadline && seconds_now() > deadline && s->service > 0) (void)kill(s->service, SIGKILL);
    }
    return OK;
}

static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

err_t supervisor_run(const struct supervisor_config *c)
{
    struct supervisor s = {.config = c, .hatch = {.fd = -1}, .ready = -1, .window = seconds_now()};
    s.token = (struct token_config){
        .token_uri = c->settings->token_uri,
        .pinentry = c->settings->pinentry,
        .unattended_token = c->settings->unattended_token,
        .unattended_pin_file = c->settings->unattended_pin_file,
        .unattended_issuer = c->settings->unattended_issuer,
        .cancel_fd = -1,
    };
    own_mem(struct roster) roster = calloc(1, sizeof *roster);
    s.roster = roster;
    err_t e = roster ? OK : err_raise(ERR_STORAGE_FULL);
    s.signals = open_signals();
    if (s.signals < 0) e = err_raise_foreign(ERR_INTERNAL, errno);
    if (!e) e = start_service(&s);
    if (!e) e = loop(&s);
    drop_service_ends(&s);
    kill_worker(&s, 0);
    fd_own(&s.signals);
    return e;
}
