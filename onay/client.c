/* SPDX-License-Identifier: MIT */
#include "onay/client.h"

#include "core/file.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

#define ANSWER_SECONDS 40L /* a long poll takes 30 */
#define WAKE_TRIES     100
#define WAKE_PAUSE_MS  50

static size_t take(char *p, size_t size, size_t n, void *ctx)
{
    struct buf *body = ctx;
    buf_add(body, bytes_of(p, size * n));
    return buf_ok(body) ? size * n : 0;
}

static err_t perform(CURL *curl, const char *socket_path, const char *path, struct buf *body,
                     long *status)
{
    own(buf) url = buf_max(2048);
    buf_fmt(&url, "http://localhost%s", path);
    const char *lang = "tr";
    own(buf) language = buf_max(64);
    const char *set = getenv("LC_ALL") ? getenv("LC_ALL") : getenv("LANG");
    if (set && strncmp(set, "en", 2) == 0) lang = "en";
    buf_fmt(&language, "Accept-Language: %s", lang);
    struct curl_slist *headers = curl_slist_append(NULL, buf_cstr(&language));
    (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    (void)curl_easy_setopt(curl, CURLOPT_URL, buf_cstr(&url));
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_slist_free_all(headers);
    if (!buf_ok(body)) return err_raise(ERR_BODY_TOO_LARGE);
    return code == CURLE_OK ? OK : err_raise_foreign(ERR_FILE_UNREADABLE, code);
}

err_t client_get(const char *path, struct buf *body, long *status)
{
    own(buf) socket_path = buf_max(512);
    err_t e = file_runtime_dir(&socket_path);
    if (e) return e;
    buf_str(&socket_path, "/api.sock");
    CURL *curl = curl_easy_init();
    if (!curl) return err_raise(ERR_STORAGE_FULL);
    e = perform(curl, buf_cstr(&socket_path), path, body, status);
    curl_easy_cleanup(curl);
    return e;
}

static bool answers(void)
{
    own(buf) body = buf_max(64 * 1024);
    long status = 0;
    return client_get("/v1/health", &body, &status) == OK && status == 200;
}

/* The daemon goes on without us: a session of its own, nothing of our terminal. */
static bool start_daemon(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return false;
    self[n] = 0;
    char *slash = strrchr(self, '/');
    own(buf) program = buf_max(4200);
    buf_fmt(&program, "%.*s/onayd", (int)(slash - self), self);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    char name[] = "onayd", *argv[] = {name, NULL};
    pid_t pid;
    int failed = posix_spawn(&pid, buf_cstr(&program), &files, &attributes, argv, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return failed == 0;
}

err_t client_wake(void)
{
    if (answers()) return OK;
    if (!start_daemon()) return err_raise(ERR_FILE_UNREADABLE);
    for (unsigned i = 0; i < WAKE_TRIES; i++) {
        const struct timespec pause = {0, WAKE_PAUSE_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
        if (answers()) return OK;
    }
    return err_raise(ERR_FILE_UNREADABLE);
}
