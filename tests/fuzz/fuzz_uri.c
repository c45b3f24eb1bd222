/* SPDX-License-Identifier: MIT */
/*
 * Law: a URI that was read has one meaning: with every octet of its values percent-encoded it reads
 * as the same values; and with a PIN added it is refused.
 */
#include "pkcs11/uri.h"

#include "core/buf.h"

#include <stdlib.h>

static const char *const names[URI_ATTRIBUTES] = {
    "token",
    "manufacturer",
    "serial",
    "model",
    "library-manufacturer",
    "library-version",
    "library-description",
    "object",
    "type",
    "id",
    "slot-manufacturer",
    "slot-description",
    "slot-id",
    "module-name",
    "module-path",
    "pin-source",
    "pin-value",
};

static void must(bool holds)
{
    if (!holds) abort();
}

static void write_encoded(const struct uri *u, struct buf *out)
{
    static const char digit[] = "0123456789ABCDEF";
    const char *separator = "";
    buf_str(out, "pkcs11:");
    for (int a = 0; a < URI_ATTRIBUTES; a++) {
        if (a == URI_MODULE_NAME) {
            buf_str(out, "?");
            separator = "";
        }
        if (!u->has[a]) continue;
        struct bytes v = uri_value(u, (enum uri_attribute)a);
        buf_fmt(out, "%s%s=", separator, names[a]);
        for (size_t i = 0; i < v.len; i++)
            buf_fmt(out, "%%%c%c", digit[v.p[i] >> 4], digit[v.p[i] & 15]);
        separator = a < URI_MODULE_NAME ? ";" : "&";
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct uri u, again;
    own(buf) text = buf_max(4096), encoded = buf_max(8192);
    buf_add(&text, bytes_of(data, size));
    if (!buf_ok(&text) || (size > 0 && memchr(data, 0, size))) return 0;
    if (uri_read(buf_cstr(&text), &u) != OK) return 0;
    must(!u.has[URI_PIN_VALUE] && !u.has[URI_PIN_SOURCE]);
    write_encoded(&u, &encoded);
    must(buf_ok(&encoded));
    if (encoded.len > URI_MAX) return 0;
    must(uri_read(buf_cstr(&encoded), &again) == OK);
    for (int a = 0; a < URI_ATTRIBUTES; a++) {
        must(u.has[a] == again.has[a]);
        must(bytes_eq(uri_value(&u, (enum uri_attribute)a),
                      uri_value(&again, (enum uri_attribute)a)));
    }
    bool query = u.has[URI_MODULE_NAME] || u.has[URI_MODULE_PATH];
    buf_str(&encoded, query ? "&pin-value=1" : "pin-value=1");
    must(uri_read(buf_cstr(&encoded), &again) == ERR_URI_REFUSED);
    return 0;
}
