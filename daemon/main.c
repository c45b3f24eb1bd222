/* SPDX-License-Identifier: MIT */
/* onayd: options, runtime folder, doors, supervisor. */
#include "core/file.h"
#include "daemon/listen.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/runtime.h"
#include "daemon/sandbox.h"
#include "daemon/supervisor.h"

#include <fcntl.h>
#include <stdio.h>

#define EX_USAGE  64
#define EX_CONFIG 78

static int print(struct buf *text)
{
    (void)fputs(buf_cstr(text), stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int say(const char *what, err_t e)
{
    (void)fprintf(stderr, "<3>onayd: %s: %s (%s)\n", what, err_title(e, LANG_EN), err_slug(e));
    return 1;
}

static void on_ready(void *ctx)
{
    (void)ctx;
    notify_ready();
}

/* Who closed a standard descriptor would have what is logged written into a socket of ours. */
static void fill_standard(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= 2);
    if (fd >= 0) (void)close(fd);
}

/* Where approvals are kept, and the daemon's own key. Without it the daemon serves all the same,
 * and says in its health that it can begin none. Its name is resolved here: the store follows no
 * link. */
static void state_dir(struct buf *out)
{
    err_t e = file_state_dir(out);
    if (!e) e = file_make_dir(buf_cstr(out));
    if (e) (void)say("$XDG_STATE_HOME/onayd cannot be used", e);
    own_mem(char) real = e ? NULL : realpath(buf_cstr(out), NULL);
    if (!real) return;
    buf_cut(out, 0);
    buf_str(out, real);
}

static int run(const struct options *o, struct runtime *runtime)
{
    struct doors doors = {0};
    err_t e = listen_open(runtime->dir, o->port_given, o->port, &doors);
    if (e) return say("the doors cannot be opened", e);
    if (doors.port && (e = runtime_announce(runtime, doors.port))) return say("port file", e);
    (void)fprintf(stderr, "<6>onayd %s: %s, port %u\n", ONAYD_VERSION, runtime->dir, doors.port);
    if (!doors.port && !doors.activated)
        (void)fprintf(stderr,
                      "<4>onayd: ports %d to %d are taken: no web page reaches this daemon\n",
                      LISTEN_PORT_FIRST, LISTEN_PORT_LAST);
    own(buf) state = buf_max(4096);
    state_dir(&state);
    const struct supervisor_config config = {
        .settings = &o->settings,
        .doors = &doors,
        .bearer_token = runtime->token,
        .state_dir = buf_cstr(&state),
        .ready = on_ready,
    };
    e = supervisor_run(&config);
    listen_close(&doors);
    return e ? say("stopped", e) : 0;
}

int main(int argc, char **argv)
{
    static struct options o;
    own(buf) text = buf_max(64 * 1024);
    fill_standard();
    sandbox_private();
    err_t e = options_read(argc, argv, &o, &text);
    if (e) {
        (void)fprintf(stderr, "<3>onayd: %s\n", buf_cstr(&text));
        return e == ERR_SETTING_INVALID ? EX_USAGE : EX_CONFIG;
    }
    switch (o.action) {
    case ACTION_HELP:
        options_help(&text);
        return print(&text);
    case ACTION_VERSION:
        buf_str(&text, "onayd " ONAYD_VERSION "\n");
        return print(&text);
    case ACTION_DESCRIBE_SETTINGS:
        settings_describe(&text);
        return print(&text);
    case ACTION_RUN:
        break;
    }
    struct runtime runtime;
    if ((e = runtime_open(&runtime))) {
        if (e == ERR_TOO_MANY_REQUESTS) {
            (void)fprintf(stderr, "<3>onayd: a daemon of this user is running already\n");
            return 1;
        }
        return say("$XDG_RUNTIME_DIR/onayd cannot be used", e);
    }
    int code = run(&o, &runtime);
    runtime_close(&runtime);
    return code;
}
