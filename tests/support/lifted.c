/* SPDX-License-Identifier: MIT */
#include "tests/support/lifted.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/file.h"

#define ROOM (1u << 24)

static void must(err_t e, const struct xades_why *why)
{
    if (e == OK) return;
    (void)fprintf(stderr, "tests/support/lifted: %s: %s\n", err_slug(e), why->clause);
    exit(1);
}

static struct xades_lift lift_of(const struct buf *file, const struct xades_lift *how)
{
    struct xades_lift l = *how;
    l.file = buf_bytes(file);
    l.max_xml_depth = 256;
    l.max_xml_octets = ROOM;
    return l;
}

void lifted_stamp_as(struct buf *file, const struct stamped_by *by, enum digest_alg alg,
                     const struct xades_lift *how)
{
    struct digest imprint;
    struct xades_why why = {0};
    own(buf) token = buf_max(TST_MAX), lifted = buf_max(ROOM);
    const struct xades_lift l = lift_of(file, how);
    must(xades_lift_imprint(&l, alg, &imprint, &why), &why);
    stamped_token(by, &imprint, &token);
    must(xades_lift_stamp(&l, buf_bytes(&token), &lifted, &why), &why);
    buf_free(file);
    *file = buf_take(&lifted);
}

void lifted_stamp(struct buf *file, const struct stamped_by *by, enum digest_alg alg)
{
    lifted_stamp_as(file, by, alg, &(struct xades_lift){.stamp = XADES_LIFT_SIGNATURE});
}

static void read_one(struct buf *out, const char *pki, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", pki, name);
    must(file_read(path, out), &(struct xades_why){0});
}

void lifted_values(struct buf *file, const char *pki)
{
    static const char *const names[] = {"root.der", "sub.der", "root.crl", "sub.crl"};
    own(buf) all = buf_max(ROOM), lifted = buf_max(ROOM);
    struct bytes parts[4];
    size_t at[5] = {0};
    struct xades_why why = {0};
    for (size_t i = 0; i < 4; i++) {
        read_one(&all, pki, names[i]);
        at[i + 1] = all.len;
    }
    for (size_t i = 0; i < 4; i++) parts[i] = bytes_of(all.p + at[i], at[i + 1] - at[i]);
    const struct chain_values values = {
        .certificates = parts, .n_certificates = 2, .lists = parts + 2, .n_lists = 2};
    const struct xades_lift l = lift_of(file, &(struct xades_lift){0});
    must(xades_lift_values(&l, XADES_LIFT_OF_SIGNER, &values, &lifted, &why), &why);
    buf_free(file);
    *file = buf_take(&lifted);
}
