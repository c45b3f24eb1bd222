/* SPDX-License-Identifier: MIT */
#include "pkcs11/shape.h"

#include "core/base64.h"

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define ENC  "http://www.w3.org/2001/04/xmlenc#"

/* XMLDSig 1.1 6.2 and RFC 6931 2.1. */
static const char *const digest_uris[DIGEST_COUNT] = {
    [DIGEST_SHA256] = ENC "sha256",
    [DIGEST_SHA384] = MORE "sha384",
    [DIGEST_SHA512] = ENC "sha512",
};

bool shape_differ(struct shape *s, const char *clause)
{
    if (!s->clause) s->clause = clause;
    return false;
}

static bool skip(struct shape *s, size_t n)
{
    s->rest = bytes_sub(s->rest, n, SIZE_MAX);
    return true;
}

bool shape_maybe(struct shape *s, const char *text)
{
    return bytes_starts(s->rest, bytes_str(text)) && skip(s, strlen(text));
}

bool shape_must(struct shape *s, const char *text, const char *clause)
{
    return shape_maybe(s, text) || shape_differ(s, clause);
}

bool shape_until(struct shape *s, char end, struct bytes *out, const char *clause)
{
    const uint8_t *at = s->rest.len ? memchr(s->rest.p, end, s->rest.len) : NULL;
    if (!at) return shape_differ(s, clause);
    *out = bytes_sub(s->rest, 0, (size_t)(at - s->rest.p));
    return skip(s, out->len + 1);
}

bool shape_one_of(struct shape *s, const char *const *texts, size_t n, size_t *which,
                  const char *clause)
{
    struct bytes text;
    if (!shape_until(s, '"', &text, clause)) return false;
    for (size_t i = 0; i < n; i++) {
        if (!bytes_eq_str(text, texts[i])) continue;
        *which = i;
        return true;
    }
    return shape_differ(s, clause);
}

/* ---- characters (C14N 1.0 2.3) ---- */

/* Only these stand for what may not be there as it is. */
static const char *const in_value[] = {"&amp;", "&lt;", "&quot;", "&#x9;", "&#xA;", "&#xD;", NULL};
static const char *const in_text[] = {"&amp;", "&lt;", "&gt;", "&#xD;", NULL};

static bool entity(struct bytes at, const char *const *known)
{
    while (*known && !bytes_starts(at, bytes_str(*known))) known++;
    return *known != NULL;
}

static bool value_ok(struct bytes v)
{
    for (size_t i = 0; i < v.len; i++) {
        if (v.p[i] == '<' || v.p[i] < 0x20) return false;
        if (v.p[i] == '&' && !entity(bytes_sub(v, i, SIZE_MAX), in_value)) return false;
    }
    return true;
}

static bool text_ok(struct bytes v)
{
    for (size_t i = 0; i < v.len; i++) {
        bool control = v.p[i] < 0x20 && v.p[i] != '\t' && v.p[i] != '\n';
        if (control || v.p[i] == '>') return false;
        if (v.p[i] == '&' && !entity(bytes_sub(v, i, SIZE_MAX), in_text)) return false;
    }
    return true;
}

bool shape_text(struct shape *s, const char *closing, struct bytes *out, const char *clause)
{
    return shape_until(s, '<', out, clause) && shape_must(s, closing + 1, clause) &&
           (text_ok(*out) || shape_differ(s, clause));
}

static bool letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool name_char(uint8_t c)
{
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

static bool name_made_of(struct bytes n, bool ascii)
{
    if (n.len == 0 || !(letter(n.p[0]) || (!ascii && n.p[0] >= 0x80))) return false;
    for (size_t i = 1; i < n.len; i++)
        if (!name_char(n.p[i]) && (ascii || n.p[i] < 0x80)) return false;
    return true;
}

bool shape_name_ok(struct bytes name)
{
    return name_made_of(name, true);
}

/* ---- what an apex inherits ---- */

/* NAME="VALUE" after the prefix was taken. Beyond ASCII every octet passes in a name: inherited
 * ones are the document's own. */
static bool pair(struct shape *s, struct bytes *name, struct bytes *value, const char *clause)
{
    if (!shape_until(s, '=', name, clause) || !shape_must(s, "\"", clause) ||
        !shape_until(s, '"', value, clause))
        return false;
    return (name_made_of(*name, false) && value_ok(*value)) || shape_differ(s, clause);
}

static bool in_order(struct bytes *last, struct bytes name)
{
    size_t n = last->len < name.len ? last->len : name.len;
    int c = n ? memcmp(last->p, name.p, n) : 0;
    bool grows = last->len == 0 || c < 0 || (c == 0 && last->len < name.len);
    *last = name;
    return grows;
}

/* How many of `own` it is; a prefix of ours must not stand for another namespace. */
static bool count_own(const struct shape_namespace *own, size_t n, struct bytes prefix,
                      struct bytes uri, size_t *found)
{
    for (size_t i = 0; i < n; i++) {
        if (!bytes_eq_str(prefix, own[i].prefix)) continue;
        ++*found;
        return bytes_eq_str(uri, own[i].uri);
    }
    return true;
}

bool shape_namespaces(struct shape *s, const struct shape_namespace *own, size_t n,
                      const char *clause)
{
    struct bytes name, value, last = bytes_of(NULL, 0);
    size_t found = 0;
    if (shape_maybe(s, " xmlns=\"") &&
        (!shape_until(s, '"', &value, clause) || value.len == 0 || !value_ok(value)))
        return shape_differ(s, clause);
    while (shape_maybe(s, " xmlns:"))
        if (!pair(s, &name, &value, clause) || !in_order(&last, name) ||
            !count_own(own, n, name, value, &found))
            return shape_differ(s, clause);
    return found == n || shape_differ(s, clause);
}

bool shape_xml_attributes(struct shape *s, const char *clause)
{
    struct bytes name, value, last = bytes_of(NULL, 0);
    while (shape_maybe(s, " xml:"))
        if (!pair(s, &name, &value, clause) || !in_order(&last, name))
            return shape_differ(s, clause);
    return true;
}

/* ---- digests ---- */

bool shape_digest(struct shape *s, struct digest *out)
{
    size_t which = 0;
    struct bytes text;
    own(buf) value = buf_max(DIGEST_MAX);
    if (!(shape_must(s, "<ds:DigestMethod Algorithm=\"", "DigestMethod") &&
          shape_one_of(s, digest_uris, DIGEST_COUNT, &which, "DigestMethod: algorithm") &&
          shape_must(s, "></ds:DigestMethod><ds:DigestValue>", "DigestMethod") &&
          shape_text(s, "</ds:DigestValue>", &text, "DigestValue")))
        return false;
    enum digest_alg alg = (enum digest_alg)which;
    if (!base64_decode(&value, text)) return shape_differ(s, "DigestValue: base64");
    if (value.len != digest_len(alg)) return shape_differ(s, "DigestValue: length");
    *out = (struct digest){.alg = alg, .len = value.len};
    memcpy(out->v, value.p, value.len);
    return true;
}
