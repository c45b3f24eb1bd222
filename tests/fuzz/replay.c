/* SPDX-License-Identifier: MIT */
/*
 * replay: runs a fuzz law over what lies in its fixture folder, without a fuzzer.
 *
 * The program's name says which folder: fuzz_der → fixtures/der/. Each file is run as it is,
 * cut off after each octet, and with a few thousand changes that are the same every time.
 * Prints "ok N - file", or "not ok" and stops where the law aborts.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUTATIONS   3000
#define PREFIXES    4096
#define OCTETS      (2u << 20) /* of input per file and kind: large files get fewer variants */
#define CPU_SECONDS 100        /* then whole files only, so that a slow law still ends */

static char now_running[512]; /* the line to print when the law aborts */

static void on_abort(int number)
{
    (void)number;
    size_t n = strnlen(now_running, sizeof now_running);
    (void)!write(STDOUT_FILENO, now_running, n);
    _exit(1);
}

/* A copy of exact size: the sanitizer sees an octet read too far. */
static void law(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy) abort();
    if (n) memcpy(copy, p, n);
    (void)LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Octets that parsers stumble over: ends of ranges, lengths, tags, padding. */
static const uint8_t odd[] = {0x00, 0x01, 0x02, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xfe,
                              0xff, 0x30, 0x31, 0xa0, '=',  '<',  '&',  '"',  '\n'};

/* One change in place; returns the new length, at most `room`. */
static size_t mutate(uint8_t *p, size_t n, size_t room, uint64_t *rng)
{
    size_t at = n ? next_random(rng) % n : 0;
    uint8_t octet = odd[next_random(rng) % sizeof odd];
    switch (next_random(rng) % 6) {
    case 0:
        if (n) p[at] = octet;
        return n;
    case 1:
        if (n) p[at] ^= (uint8_t)(1u << next_random(rng) % 8);
        return n;
    case 2: /* out */
        if (n) memmove(p + at, p + at + 1, n - at - 1);
        return n ? n - 1 : 0;
    case 3: /* in */
        if (n == room) return n;
        memmove(p + at + 1, p + at, n - at);
        p[at] = octet;
        return n + 1;
    case 4: /* one more or less */
        if (n) p[at] = (uint8_t)(p[at] + (octet & 1 ? 1 : 255));
        return n;
    default: { /* a piece from elsewhere */
        if (n < 2) return n;
        size_t from = next_random(rng) % n, len = 1 + next_random(rng) % 16;
        if (len > n - at) len = n - at;
        if (len > n - from) len = n - from;
        memmove(p + at, p + from, len);
        return n;
    }
    }
}

static bool time_left(void)
{
    return clock() / CLOCKS_PER_SEC < CPU_SECONDS;
}

static size_t bounded(size_t wanted, size_t each)
{
    size_t fit = OCTETS / (each ? each : 1);
    return fit < 16 ? 16 : fit < wanted ? fit : wanted;
}

static size_t run_prefixes(const uint8_t *p, size_t n)
{
    size_t count = bounded(PREFIXES, n / 2), step = n / count + 1, done = 0;
    for (size_t len = 0; len < n && time_left(); len += step, done++) law(p, len);
    return done;
}

static size_t run_mutations(const uint8_t *p, size_t n)
{
    size_t count = bounded(MUTATIONS, n), room = n + 64, done = 0;
    uint8_t *work = malloc(room);
    if (!work) abort();
    uint64_t rng = 0x9e3779b97f4a7c15u ^ n;
    for (; done < count && time_left(); done++) {
        size_t len = n;
        if (n) memcpy(work, p, n);
        for (uint64_t k = 1 + next_random(&rng) % 4; k; k--) len = mutate(work, len, room, &rng);
        law(work, len);
    }
    free(work);
    return done;
}

static uint8_t *read_whole(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    uint8_t *p = NULL;
    *n = 0;
    for (size_t cap = 65536, got = 1; got > 0; cap *= 2) {
        uint8_t *more = realloc(p, cap);
        if (!more) abort();
        p = more;
        got = fread(p + *n, 1, cap - *n, f);
        *n += got;
    }
    (void)fclose(f);
    return p;
}

static bool run_file(const char *folder, const char *name, unsigned number)
{
    char path[400];
    size_t n;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    uint8_t *p = read_whole(path, &n);
    if (!p) {
        printf("not ok %u - %s: %s\n", number, path, strerror(errno));
        return false;
    }
    (void)snprintf(now_running, sizeof now_running, "not ok %u - %s: the law aborted\n", number,
                   path);
    (void)fflush(stdout);
    law(p, n);
    size_t prefixes = run_prefixes(p, n), mutations = run_mutations(p, n);
    free(p);
    printf("ok %u - %s (%zu octets, %zu prefixes, %zu mutations)\n", number, path, n, prefixes,
           mutations);
    return true;
}

static int is_input(const struct dirent *e)
{
    return e->d_name[0] != '.' && strcmp(e->d_name, "make") != 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    const char *stem = strrchr(argv[0], '/');
    stem = stem ? stem + 1 : argv[0];
    if (strncmp(stem, "fuzz_", 5) != 0) return 64;
    char folder[128];
    (void)snprintf(folder, sizeof folder, "fixtures/%s", stem + 5);
    (void)signal(SIGABRT, on_abort);
    struct dirent **entries;
    int n = scandir(folder, &entries, is_input, alphasort);
    if (n <= 0) {
        printf("not ok 1 - %s: no seeds\n", folder);
        return 1;
    }
    bool ok = true;
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_type != DT_DIR)
            ok &= run_file(folder, entries[i]->d_name, (unsigned)i + 1);
        free(entries[i]);
    }
    free(entries);
    return ok ? 0 : 1;
}
