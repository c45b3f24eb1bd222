/* SPDX-License-Identifier: MIT */
#include "daemon/service.h"

#include "core/crypto.h"
#include "core/file.h"
#include "daemon/sandbox.h"
#include "session/document.h"
#include "session/nonces.h"
#include "session/stamper.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

static struct server *serving; /* for the signal handler alone */

static void on_stop(int number)
{
    (void)number;
    server_stop(serving);
}

static void set_signals(void)
{
    const struct sigaction stop = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
    sigset_t none;
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGINT, &ignore, NULL); /* the supervisor decides and sends SIGTERM */
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The supervisor passes on every SIGTERM it gets; a second one must not find a server that is being
 * freed. */
static void end_signals(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGTERM, &ignore, NULL);
    serving = NULL;
}

static err_t confined_run(const struct service_config *c, int trust, struct server *server)
{
    own(buf) room = buf_max(4096);
    const char *uploads[DOCUMENT_FOLDERS];
    for (size_t i = 0; i < DOCUMENT_FOLDERS; i++) uploads[i] = document_folder(i, &room);
    err_t e = sandbox_enter(uploads, DOCUMENT_FOLDERS, trust, c->state_dir);
    if (e) return e;
    (void)!write(c->ready_fd, "", 1);
    (void)close(c->ready_fd);
    return server_run(server);
}

static err_t load_trust(const struct settings *settings, struct trust **out)
{
    own(buf) dir = buf_max(8192);
    err_t e = trust_configured(settings, &dir, out);
    if (e)
        (void)fprintf(stderr, "<3>onayd: trust_dir %s: %s\n", buf_cstr(&dir),
                      err_title(e, LANG_EN));
    return e;
}

static void say_local_only(void)
{
    (void)fprintf(stderr,
                  "<3>onayd: the kernel does not tell whose a TCP connection is (sock_diag, "
                  "CONFIG_INET_DIAG): web pages are refused, the Unix socket serves\n");
}

static err_t load_origin_keys(const struct settings *settings, struct originkeys **out)
{
    own(buf) why = buf_max(2048);
    err_t e = originkeys_load(settings, out, &why);
    if (e)
        (void)fprintf(stderr, "<3>onayd: origin_key %s: %s\n", buf_cstr(&why),
                      err_title(e, LANG_EN));
    return e;
}

/* Where used nonces stay over a restart; without a key of an origin there are none. A folder that
 * cannot be used keeps only those who need it from asking. */
static void open_nonces(const struct service_config *c, struct nonces **out)
{
    own(buf) path = buf_max(4096);
    if (c->settings->n_origin_keys == 0) return;
    buf_fmt(&path, "%s/nonces", c->state_dir);
    err_t e = c->state_dir[0] ? nonces_open(buf_cstr(&path), out) : ERR_FILE_UNREADABLE;
    if (e)
        (void)fprintf(stderr, "<3>onayd: %s: %s; signed orders are refused\n", buf_cstr(&path),
                      err_title(e, LANG_EN));
}

/* Without its key the daemon serves: only who asks for the proof is told that there is none. */
static err_t open_self(const struct service_config *c, struct self **out)
{
    err_t e = self_open(c->state_dir, out);
    if (!e && self_error(*out))
        (void)fprintf(stderr, "<3>onayd: %s/" SELF_FILE ": %s; pages that know it are refused\n",
                      c->state_dir, err_title(self_error(*out), LANG_EN));
    return e;
}

static err_t open_origins(const struct service_config *c, struct origins **out)
{
    err_t e = origins_open(c->settings, c->state_dir, out);
    if (!e && origins_error(*out))
        (void)fprintf(stderr, "<3>onayd: %s/" ORIGINS_FILE ": %s; no site was let in by it\n",
                      c->state_dir, err_title(origins_error(*out), LANG_EN));
    return e;
}

/* Whose accounts cannot be read is not asked for stamps; all else serves. */
static err_t open_stamper(const struct service_config *c, struct hatch *hatch,
                          struct session *session, struct stamper **out)
{
    const struct worker_source source = hatch_fetch(hatch);
    const char *why = NULL;
    if (c->settings->tsa.n == 0) return OK;
    err_t e = stamper_new(c->settings, &source, out, &why);
    if (!e) return session_stamp(session, *out);
    (void)fprintf(stderr, "<3>onayd: %s: %s; no profile with a time stamp is offered\n", why,
                  err_title(e, LANG_EN));
    return OK;
}

static err_t run_server(const struct service_config *c, struct hatch *hatch, int trust,
                        struct session *session, const struct originkeys *keys)
{
    own_ptr(self) self = NULL;
    own_ptr(origins) origins = NULL;
    err_t e = open_self(c, &self);
    if (!e) e = open_origins(c, &origins);
    if (e) return e;
    struct server_config config = {
        .settings = c->settings,
        .session = session,
        .n_listeners = c->doors->n,
        .token = c->bearer_token,
        .version = ONAYD_VERSION,
        .origin_keys = keys,
        .self = self,
        .origins = origins,
        .admission = hatch_admission(hatch),
        .unattended = c->settings->unattended_token[0] != 0,
    };
    memcpy(config.listeners, c->doors->at, sizeof config.listeners);
    own_ptr(server) server = NULL;
    if ((e = server_new(&config, &server))) return e;
    if (server_is_local_only(server)) say_local_only();
    c->doors->n = 0;
    serving = server;
    set_signals();
    e = confined_run(c, trust, server);
    end_signals();
    return e;
}

err_t service_run(const struct service_config *c)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != c->supervisor) return err_raise(ERR_SHUTTING_DOWN); /* it was quicker */
    (void)prctl(PR_SET_NAME, "onayd-service", 0, 0, 0);
    sandbox_private();
    crypto_start();
    struct hatch hatch = c->hatch;
    own_ptr(trust) trust = NULL;
    own_ptr(originkeys) keys = NULL;
    own_ptr(nonces) nonces = NULL;
    err_t e = load_trust(c->settings, &trust);
    if (!e) e = load_origin_keys(c->settings, &keys);
    if (e) return e;
    open_nonces(c, &nonces);
    struct token_source source = hatch_source(&hatch);
    own_ptr(token) token = NULL;
    if ((e = token_proxy(&source, (unsigned)c->settings->module_call_seconds, &token))) return e;
    own_ptr(stamper) stamper = NULL; /* outlives the session */
    own_ptr(session) session = session_new(c->settings, token, trust);
    if (!session) return err_raise(ERR_STORAGE_FULL);
    if ((e = open_stamper(c, &hatch, session, &stamper))) return e;
    session_remember(session, nonces);
    /* Without a store /v1/health says what is wrong, and nothing is begun. */
    if (c->settings->store) (void)session_store(session, c->state_dir);
    return run_server(c, &hatch, trust ? trust_folder(trust) : -1, session, keys);
}
