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

/* The certificates and lists of the test PKI, in one buffer. */
struct values_of_pki {
    struct buf all;
    struct bytes parts[4]; /* root, sub, the lists of each */
};

static void values_own(struct values_of_pki *v)
{
    buf_free(&v->all);
}

static void read_values(const char *pki, struct values_of_pki *v)
{
    static const char *const names[] = {"root.der", "sub.der", "root.crl", "sub.crl"};
    size_t at[5] = {0};
    v->all = buf_max(ROOM);
    for (size_t i = 0; i < 4; i++) {
        read_one(&v->all, pki, names[i]);
        at[i + 1] = v->all.len;
    }
    for (size_t i = 0; i < 4; i++) v->parts[i] = bytes_of(v->all.p + at[i], at[i + 1] - at[i]);
}

static void add_values(struct buf *file, enum xades_lift_values_of of,
                       const struct chain_values *values)
{
    struct xades_why why = {0};
    own(buf) lifted = buf_max(ROOM);
    const struct xades_lift l = lift_of(file, &(struct xades_lift){0});
    must(xades_lift_values(&l, of, values, &lifted, &why), &why);
    buf_free(file);
    *file = buf_take(&lifted);
}

static void add_refs(struct buf *file, const struct chain_values *values)
{
    struct xades_why why = {0};
    own(buf) lifted = buf_max(ROOM);
    const struct xades_lift l = lift_of(file, &(struct xades_lift){0});
    must(xades_lift_refs(&l, values, &lifted, &why), &why);
    buf_free(file);
    *file = buf_take(&lifted);
}

void lifted_values(struct buf *file, const char *pki)
{
    __attribute__((cleanup(values_own))) struct values_of_pki v = {.all.len = 0};
    read_values(pki, &v);
    add_values(
        file, XADES_LIFT_OF_SIGNER,
        &(struct chain_values){
            .certificates = v.parts, .n_certificates = 2, .lists = v.parts + 2, .n_lists = 2});
}

void lifted_btk(struct buf *file, const struct stamped_by *by, struct bytes response)
{
    __attribute__((cleanup(values_own))) struct values_of_pki v = {.all.len = 0};
    read_values(by->pki, &v);
    const struct chain_values stamps = {
        .certificates = v.parts, .n_certificates = 2, .lists = v.parts + 2, .n_lists = 2};
    struct chain_values mine = stamps;
    if (response.len > 0) { /* the root's list is about the sub CA */
        mine.n_lists = 1;
        mine.responses = &response;
        mine.n_responses = 1;
    }
    lifted_stamp(file, by, DIGEST_SHA256);
    add_values(file, XADES_LIFT_OF_STAMP, &stamps);
    add_refs(file, &mine);
    lifted_stamp_as(file, by, DIGEST_SHA256, &(struct xades_lift){.stamp = XADES_LIFT_REFS});
    add_values(file, XADES_LIFT_OF_SIGNER, &mine);
}
