/* SPDX-License-Identifier: MIT */
/*
 * signed PKI LEAF PROFILE AGO FILE…: an enveloping signature over the files by a leaf of the test
 * PKI, good or not, claimed to be AGO seconds old. Prints the file. No card takes part.
 */
#include <stdio.h>

#include "core/file.h"
#include "tests/support/signed.h"

#define MOST 8

int main(int argc, char **argv)
{
    static struct buf contents[MOST];
    struct xades_document documents[MOST] = {0};
    enum xades_profile profile;
    size_t n = 0;
    own(buf) file = buf_max(1u << 24);
    if (argc < 6 || argc > 5 + MOST || !xades_profile_of(argv[3], &profile)) return 64;
    for (; n + 5 < (size_t)argc; n++) {
        const char *path = argv[n + 5], *slash = strrchr(path, '/');
        contents[n] = buf_max(1u << 20);
        if (file_read(path, &contents[n]) != OK) return 66;
        documents[n].name = bytes_str(slash ? slash + 1 : path);
        documents[n].mime = bytes_str(strstr(path, ".xml") ? "application/xml" : "text/plain");
        documents[n].content = buf_bytes(&contents[n]);
    }
    own_ptr(leaf) l = leaf_load(argv[1], argv[2]);
    const utc_t at = utc_now() - (utc_t)strtol(argv[4], NULL, 10);
    signed_make_at(l, profile, XADES_ENVELOPING, documents, n, at, &file);
    for (size_t i = 0; i < n; i++) buf_free(&contents[i]);
    return fwrite(file.p, 1, file.len, stdout) == file.len && fflush(stdout) == 0 ? 0 : 1;
}
