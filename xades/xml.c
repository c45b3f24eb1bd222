/* SPDX-License-Identifier: MIT */
#include "xades/xml.h"

#include <strings.h>

#include "xades/xmldoc.h"

err_t xml_check(struct bytes doc, unsigned max_depth, size_t max_octets, struct xades_why *why)
{
    return xmldoc_check(doc, (struct xmldoc_limits){max_depth, max_octets}, why);
}

bool xml_begins(struct bytes file)
{
    if (bytes_starts(file, bytes_str("\xef\xbb\xbf"))) file = bytes_sub(file, 3, SIZE_MAX);
    while (file.len > 0 && strchr(" \t\r\n", file.p[0]) && file.p[0])
        file = bytes_sub(file, 1, SIZE_MAX);
    return file.len > 0 && file.p[0] == '<';
}

static bool same(struct bytes a, const char *b)
{
    return a.len == strlen(b) && (a.len == 0 || strncasecmp((const char *)a.p, b, a.len) == 0);
}

static struct bytes trim(struct bytes s)
{
    while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) s = bytes_sub(s, 1, s.len);
    while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t')) s.len--;
    return s;
}

bool xml_mime(struct bytes mime)
{
    const uint8_t *parameters = mime.len > 0 ? memchr(mime.p, ';', mime.len) : NULL;
    if (parameters) mime.len = (size_t)(parameters - mime.p);
    mime = trim(mime);
    return same(mime, "text/xml") || same(mime, "application/xml") ||
           (mime.len > 4 && same(bytes_sub(mime, mime.len - 4, 4), "+xml"));
}
