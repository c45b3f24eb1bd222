/* SPDX-License-Identifier: MIT */
#include "onay/cache.h"

#include "core/digest.h"
#include "core/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "lists"

static bool folder(struct buf *out)
{
    if (file_cache_dir(out) != OK) return false;
    buf_str(out, "/" FOLDER);
    return buf_ok(out);
}

/* No address is a file's name: the digest of one is. */
static bool path_of(const char *url, struct buf *out)
{
    struct digest name;
    if (!folder(out) || !digest_of(DIGEST_SHA256, bytes_str(url), &name)) return false;
    buf_byte(out, '/');
    buf_hex(out, digest_bytes(&name));
    buf_str(out, ".crl");
    return buf_ok(out);
}

bool cache_get(const char *url, struct buf *out)
{
    own(buf) path = buf_max(4096);
    own_fd fd = -1;
    return path_of(url, &path) && file_private(buf_cstr(&path), &fd) == OK &&
           file_read_fd(fd, out) == OK;
}

/* ---- not too many ---- */

static void drop_oldest(const char *dir)
{
    DIR *d = opendir(dir);
    char oldest[256] = "";
    time_t when = 0;
    size_t n = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        struct stat st;
        if (e->d_name[0] == '.' || strlen(e->d_name) >= sizeof oldest ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (n++ > 0 && st.st_mtime >= when) continue;
        when = st.st_mtime;
        memcpy(oldest, e->d_name, strlen(e->d_name) + 1);
    }
    if (n >= CACHE_MAX_FILES) (void)unlinkat(dirfd(d), oldest, 0);
    if (d) (void)closedir(d);
}

void cache_put(const char *url, struct bytes octets)
{
    own(buf) dir = buf_max(4096), path = buf_max(4096);
    if (!folder(&dir) || !path_of(url, &path) || file_make_dir(buf_cstr(&dir)) != OK) return;
    drop_oldest(buf_cstr(&dir));
    (void)file_write_private(buf_cstr(&path), octets);
}
