/* SPDX-License-Identifier: MIT */
#include "tests/support/resigned.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base64.h"
#include "xades/element.h"
#include "xades/names.h"
#include "xades/xmldoc.h"

#define ROOM (1u << 24)

#define MUST(holds) must((holds), #holds)

static void must(bool holds, const char *what)
{
    if (holds) return;
    (void)fprintf(stderr, "tests/support/resigned: %s\n", what);
    exit(1);
}

static struct bytes find(struct bytes in, const char *text)
{
    const uint8_t *hit = memmem(in.p, in.len, text, strlen(text));
    MUST(hit != NULL);
    return bytes_sub(in, (size_t)(hit - in.p) + strlen(text), SIZE_MAX);
}

void resigned_put(struct buf *file, struct bytes part, struct bytes with)
{
    own(buf) old = buf_take(file);
    size_t at = (size_t)(part.p - old.p);
    *file = buf_max(ROOM);
    buf_add(file, bytes_of(old.p, at));
    buf_add(file, with);
    buf_add(file, bytes_sub(buf_bytes(&old), at + part.len, SIZE_MAX));
    MUST(buf_ok(file));
}

void resigned_swap(struct buf *file, const char *after, const char *from, const char *to)
{
    struct bytes behind = find(find(buf_bytes(file), after), from);
    resigned_put(file, bytes_of(behind.p - strlen(from), strlen(from)), bytes_str(to));
}

/* What stands between the next '>' and the next '<' behind `after`. */
static struct bytes text_behind(const struct buf *file, const char *after)
{
    struct bytes start = find(find(buf_bytes(file), after), ">");
    const uint8_t *end = memchr(start.p, '<', start.len);
    MUST(end != NULL);
    return bytes_of(start.p, (size_t)(end - start.p));
}

void resigned_digest(const struct buf *file, const char *name, enum digest_alg alg,
                     struct digest *out)
{
    own(xmldoc) d = {0};
    own(buf) octets = buf_max(ROOM);
    const struct xmldoc_limits limits = {256, ROOM};
    MUST(xmldoc_parse(buf_bytes(file), limits, &d, NULL) == OK);
    const xmlNode *root = xmlDocGetRootElement(d.doc), *n = root;
    while (n && !bytes_eq_str(bytes_str((const char *)n->name), name))
        n = element_walk(n, root, true);
    MUST(n && xmldoc_c14n(&octets, &d, n, NULL, (struct xmldoc_form){.how = XMLDOC_C14N10}));
    MUST(digest_of(alg, buf_bytes(&octets), out));
}

void resigned_value_as(struct buf *file, const struct leaf *l, enum digest_alg alg)
{
    own(buf) value = buf_max(1024), text = buf_max(4096);
    struct digest d;
    resigned_digest(file, "SignedInfo", alg, &d);
    leaf_sign(l, &d, &value);
    base64_encode(&text, buf_bytes(&value), 76);
    resigned_put(file, text_behind(file, "<ds:SignatureValue"), buf_bytes(&text));
}

void resigned_value(struct buf *file, const struct leaf *l)
{
    resigned_value_as(file, l, DIGEST_SHA256);
}

/* Its Reference is the first. */
void resigned_all(struct buf *file, const struct leaf *l)
{
    own(buf) text = buf_max(256);
    struct digest d;
    resigned_digest(file, "SignedProperties", DIGEST_SHA256, &d);
    base64_encode(&text, digest_bytes(&d), 0);
    resigned_put(file, text_behind(file, "<ds:DigestValue"), buf_bytes(&text));
    resigned_value(file, l);
}
