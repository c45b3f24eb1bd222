/* SPDX-License-Identifier: MIT */
#include "onay/web.h"

#include "onay/client.h"
#include "onay/command.h"
#include "onay/detach.h"
#include "onay/show.h"

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#define MAX_ANSWER 65536
#define MAX_URL    256
#define WAIT_TRIES 60
#define WAIT_MS    50

/* ---- the ticket ---- */

/* False when there is no address in the answer, and why has been said. */
static bool take_address(struct json_object *answer, long status, char url[MAX_URL])
{
    own(buf) why = buf_max(MAX_ANSWER);
    (void)snprintf(url, MAX_URL, "%s", show_text(answer, "url"));
    if (status == 201 && url[0]) return true;
    if (status == 201)
        buf_fmt(
            &why, "%s\n",
            show_words("Web sayfalarına açık bir kapı yok; durum sayfası açılamaz. Kapıyı açın: "
                       "systemctl --user enable --now onayd-tcp.socket",
                       "No door is open to web pages, so the status page cannot be opened. "
                       "Open it: systemctl --user enable --now onayd-tcp.socket"));
    else
        show_problem(&why, answer);
    (void)fprintf(stderr, "onay: onayd: %s", buf_cstr(&why));
    return false;
}

/* EXIT_GOOD, or what to exit with. */
static int get_address(char url[MAX_URL])
{
    own(buf) body = buf_max(MAX_ANSWER);
    long status = 0;
    err_t e = client_wake();
    if (!e) e = client_post("/v1/tickets", "{}", &body, &status);
    struct json_object *answer = e ? NULL : json_tokener_parse(buf_cstr(&body));
    if (!e && !answer) e = err_raise(ERR_MALFORMED_JSON);
    if (e) return command_fail("onayd", e, NULL);
    const bool good = take_address(answer, status, url);
    (void)json_object_put(answer);
    return good ? EXIT_GOOD : EXIT_BAD;
}

/* ---- the browser ---- */

static bool has_desktop(void)
{
    static const char *const names[] = {"WAYLAND_DISPLAY", "DISPLAY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && value[0]) return true;
    }
    return false;
}

/* opens: false when xdg-open is not there or ends badly soon. One that goes on has become the
 * browser. */
static bool opens(char *url)
{
    const struct timespec pause = {0, WAIT_MS * 1000000L};
    char name[] = "xdg-open", *argv[] = {name, url, NULL};
    pid_t pid;
    int how = 0;
    if (!detach(argv, &pid)) return false;
    for (unsigned i = 0; i < WAIT_TRIES; i++) {
        if (waitpid(pid, &how, WNOHANG) != 0) return WIFEXITED(how) && WEXITSTATUS(how) == 0;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

int web_run(bool print)
{
    char url[MAX_URL];
    own(buf) said = buf_max(MAX_URL + 1);
    const int code = get_address(url);
    if (code) return code;
    const bool opened = !print && has_desktop() && opens(url);
    buf_fmt(&said, "%s\n",
            opened ? show_words("Durum sayfası tarayıcıda açıldı.",
                                "The status page was opened in the browser.")
                   : url);
    return command_print(&said) ? EXIT_GOOD : EXIT_BAD;
}
