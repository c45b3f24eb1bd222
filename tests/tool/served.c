/* SPDX-License-Identifier: MIT */
/*
 * served PKI: a daemon on a script, for tests of who talks to one.
 *
 * What: the real HTTP side and session over tests/support/faketoken, at this user's api.sock. Reads
 *       its script from standard input, a line each, and ends with it:
 *         readers [NAME=STATE:EVENTS]…  what PC/SC says from now on (running, with these)
 *         stopped                       PC/SC does not answer
 *         slot NAME LABEL               the one slot is that reader's, with a token of that label
 *         eject                         the token's certificates are gone
 *         end
 */
#include "core/file.h"
#include "tests/support/served.h"

#include <check.h>
#include <stdio.h>
#include <sys/socket.h>

static int listen_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    own(buf) path = buf_max(sizeof address.sun_path - 1);
    if (file_runtime_dir(&path)) return -1;
    buf_str(&path, "/api.sock");
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", buf_cstr(&path));
    (void)unlink(address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 16))
        return -1;
    return fd;
}

static enum reader_state state_of(const char *slug)
{
    enum reader_state s = READER_EMPTY;
    while (s < READER_STATE_COUNT && strcmp(reader_state_slug(s), slug) != 0) s++;
    return s;
}

static void take_readers(struct served *s, char *words)
{
    struct readers r = {.service = true};
    for (char *w = strtok(words, " "); w && r.n < READERS_MAX; w = strtok(NULL, " ")) {
        char state[16];
        unsigned events;
        if (sscanf(w, "%127[^=]=%15[^:]:%u", r.at[r.n].name, state, &events) != 3) continue;
        r.at[r.n].state = state_of(state);
        r.at[r.n++].events = (uint16_t)events;
    }
    fake_readers(s->fake, &r);
}

static void take_line(struct served *s, char *line)
{
    struct token_slot *slot = &s->fake->listing.slots[0];
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "readers", 7) == 0) take_readers(s, line + 7);
    if (strcmp(line, "stopped") == 0) fake_readers(s->fake, readers_none());
    if (strcmp(line, "eject") == 0) fake_eject(s->fake);
    if (strncmp(line, "slot ", 5) == 0)
        (void)sscanf(line + 5, "%64s %96[^\n]", slot->reader, slot->label);
}

static const char *pki;

/* The fake token asserts, and that wants a test around it. */
START_TEST(serve)
{
    char line[4096];
    struct served *s = served_new(pki);
    int fd = listen_here();
    ck_assert_int_ge(fd, 0);
    served_start_at(s, fd);
    while (fgets(line, sizeof line, stdin) && strcmp(line, "end\n") != 0) take_line(s, line);
    served_stop(s);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2) return 64;
    pki = argv[1];
    Suite *suite = suite_create("served");
    TCase *t = tcase_create("served");
    tcase_add_test(t, serve);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
