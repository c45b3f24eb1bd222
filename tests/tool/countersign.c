/* SPDX-License-Identifier: MIT */
/*
 * countersign PKI LEAF FILE ID [ON]: a counter-signature with that Id by a P-256 leaf of the test
 * PKI, inside FILE's first signature or inside the counter-signature ON. Prints the file.
 */
#include <stdio.h>

#include "core/file.h"
#include "tests/support/countersigned.h"

int main(int argc, char **argv)
{
    own(buf) file = buf_max(1u << 24), after = buf_max(256), uri = buf_max(256);
    if (argc < 5 || argc > 6) return 64;
    if (file_read(argv[3], &file) != OK) return 66;
    own_ptr(leaf) l = leaf_load(argv[1], argv[2]);
    const char *on = argc == 6 ? argv[5] : NULL;
    if (on) {
        buf_fmt(&after, "Id=\"sp-%s\"", on);
        buf_fmt(&uri, "#v-%s", on);
    } else {
        countersigned_ready(&file);
        buf_str(&after, "<xades:SignedProperties");
        buf_str(&uri, "#v0");
    }
    countersigned_put(&file, buf_cstr(&after), l,
                      (struct counter){.id = argv[4], .uri = buf_cstr(&uri)});
    return fwrite(file.p, 1, file.len, stdout) == file.len && fflush(stdout) == 0 ? 0 : 1;
}
