/* SPDX-License-Identifier: MIT */
#include "tests/support/lifted.h"

#include <stdio.h>
#include <stdlib.h>

#include "xades/lift.h"

#define ROOM (1u << 24)

static void must(err_t e, const struct xades_why *why)
{
    if (e == OK) return;
    (void)fprintf(stderr, "tests/support/lifted: %s: %s\n", err_slug(e), why->clause);
    exit(1);
}

void lifted_stamp(struct buf *file, const struct stamped_by *by, enum digest_alg alg)
{
    struct digest imprint;
    struct xades_why why = {0};
    own(buf) token = buf_max(TST_MAX), lifted = buf_max(ROOM);
    const struct xades_lift l = {
        .file = buf_bytes(file), .max_xml_depth = 256, .max_xml_octets = ROOM};
    must(xades_lift_imprint(&l, alg, &imprint, &why), &why);
    stamped_token(by, &imprint, &token);
    must(xades_lift_stamp(&l, buf_bytes(&token), &lifted, &why), &why);
    buf_free(file);
    *file = buf_take(&lifted);
}
