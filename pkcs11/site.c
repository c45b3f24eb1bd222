/* SPDX-License-Identifier: MIT */
#include "pkcs11/site.h"

#include "core/origin.h"
#include "core/text.h"

#include <idn2.h>

#define MAX_NAME 60

static void idn_own(char **s)
{
    idn2_free(*s);
}
#define own_idn __attribute__((cleanup(idn_own))) char *

/* The name that an xn-- host spells; only when the name leads back to that very host, and would be
 * shown as it is: what a decoder lets pass need not be a name. */
static void show_name(struct buf *out, const char *host)
{
    own_idn name = NULL;
    own_idn back = NULL;
    if (idn2_to_unicode_8z8z(host, &name, 0) != IDN2_OK ||
        idn2_to_ascii_8z(name, &back, IDN2_NONTRANSITIONAL) != IDN2_OK || strcmp(back, host) != 0 ||
        strcmp(name, host) == 0 || !text_plain_same(bytes_str(name), MAX_NAME))
        return;
    buf_fmt(out, " (%s)", name);
}

static void show_origin(struct buf *out, struct bytes origin, size_t max_chars)
{
    static const char scheme[] = "https://";
    own(buf) plain = buf_max(4 * ORIGIN_ROOM);
    text_plain(&plain, origin, SITE_WHOLE);
    if (plain.len <= max_chars || memcmp(plain.p, scheme, 8) != 0) {
        text_plain(out, buf_bytes(&plain), max_chars);
        return;
    }
    const size_t end = max_chars - sizeof scheme; /* one character goes to the ellipsis */
    buf_fmt(out, "%s…", scheme);
    text_plain(out, bytes_sub(buf_bytes(&plain), plain.len - end, end), end);
}

void site_show(struct buf *out, const char *origin, size_t max_chars)
{
    char host[ORIGIN_ROOM];
    unsigned n;
    show_origin(out, bytes_of(origin, strnlen(origin, ORIGIN_ROOM)), max_chars);
    if (!origin_ok(origin)) return;
    const char *at = origin_host(origin, &n);
    memcpy(host, at, n);
    host[n] = 0;
    if (strstr(host, "xn--")) show_name(out, host);
}
