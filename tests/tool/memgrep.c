/* SPDX-License-Identifier: MIT */
/*
 * memgrep PID TEXT: looks for the octets of TEXT in all memory that a process may write.
 *
 * Exit: 0 found, 1 not there, 2 the memory cannot be read (needs root), 64 usage.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20)

/* Chunks overlap by the length of TEXT, so that none is missed between two. What is reserved and
 * not there ends the range. */
static bool in_range(int mem, unsigned long from, unsigned long to, const char *text,
                     size_t *read_in)
{
    static char chunk[CHUNK];
    size_t len = strlen(text);
    bool found = false;
    ssize_t n = (ssize_t)len;
    for (; !found && from < to && n >= (ssize_t)len; from += (size_t)n - len + 1) {
        n = pread(mem, chunk, to - from < CHUNK ? to - from : CHUNK, (off_t)from);
        if (n > 0) *read_in += (size_t)n;
        found = n > 0 && memmem(chunk, (size_t)n, text, len);
        if (n == (ssize_t)(to - from)) break;
    }
    return found;
}

static FILE *open_proc(const char *pid, const char *file)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%.20s/%s", pid, file);
    return fopen(path, "rbe");
}

int main(int argc, char **argv)
{
    if (argc != 3 || !*argv[2] || strlen(argv[2]) >= CHUNK) return 64;
    FILE *maps = open_proc(argv[1], "maps"), *mem = open_proc(argv[1], "mem");
    if (!maps || !mem) return 2;
    char line[4096], mode[5];
    unsigned long from, to;
    size_t read_in = 0;
    bool found = false;
    while (!found && fgets(line, sizeof line, maps)) {
        /* A sanitizer's shadow is terabytes of address space in which no octet of ours is kept. */
        if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || to - from > 1ul << 32) continue;
        if (mode[0] == 'r' && mode[1] == 'w')
            found = in_range(fileno(mem), from, to, argv[2], &read_in);
    }
    (void)fclose(maps);
    (void)fclose(mem);
    printf("%zu octets read\n", read_in);
    if (read_in == 0) return 2;
    return found ? 0 : 1;
}
