/* SPDX-License-Identifier: MIT */
#include "pkcs11/uri.h"

#include "core/text.h"

#include <strings.h>

enum form { TEXT, OCTETS, NUMBER, VERSION, TYPE, FILE_NAME, FILE_PATH, FORBIDDEN };

static const struct {
    const char *name;
    enum form form;
    bool query;
} attributes[URI_ATTRIBUTES] = {
    [URI_TOKEN] = {"token", TEXT, false},
    [URI_MANUFACTURER] = {"manufacturer", TEXT, false},
    [URI_SERIAL] = {"serial", TEXT, false},
    [URI_MODEL] = {"model", TEXT, false},
    [URI_LIBRARY_MANUFACTURER] = {"library-manufacturer", TEXT, false},
    [URI_LIBRARY_VERSION] = {"library-version", VERSION, false},
    [URI_LIBRARY_DESCRIPTION] = {"library-description", TEXT, false},
    [URI_OBJECT] = {"object", TEXT, false},
    [URI_TYPE] = {"type", TYPE, false},
    [URI_ID] = {"id", OCTETS, false},
    [URI_SLOT_MANUFACTURER] = {"slot-manufacturer", TEXT, false},
    [URI_SLOT_DESCRIPTION] = {"slot-description", TEXT, false},
    [URI_SLOT_ID] = {"slot-id", NUMBER, false},
    [URI_MODULE_NAME] = {"module-name", FILE_NAME, true},
    [URI_MODULE_PATH] = {"module-path", FILE_PATH, true},
    [URI_PIN_SOURCE] = {"pin-source", FORBIDDEN, true},
    [URI_PIN_VALUE] = {"pin-value", FORBIDDEN, true},
};

/* A number of at most `digits` decimal digits off the front of *v. */
static bool take_number(struct bytes *v, size_t digits, unsigned long *out)
{
    size_t n = 0;
    unsigned long value = 0;
    for (; n < v->len && n < digits && v->p[n] >= '0' && v->p[n] <= '9'; n++)
        value = value * 10 + (unsigned long)(v->p[n] - '0');
    *v = bytes_sub(*v, n, v->len);
    *out = value;
    return n > 0;
}

/* RFC 7512 2.3: "4.7", or "4" for 4.0. */
static bool read_version(struct bytes v, unsigned long *major, unsigned long *minor)
{
    *minor = 0;
    if (!take_number(&v, 3, major)) return false;
    if (v.len == 0) return true;
    if (v.p[0] != '.') return false;
    v = bytes_sub(v, 1, v.len);
    return take_number(&v, 3, minor) && v.len == 0;
}

static bool type_known(struct bytes v)
{
    static const char *const types[] = {"public", "private", "cert", "secret-key", "data"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (bytes_eq_str(v, types[i])) return true;
    return false;
}

static bool value_ok(enum form form, struct bytes v)
{
    unsigned long number, minor;
    if (form == OCTETS) return true;
    if ((v.len > 0 && memchr(v.p, 0, v.len)) || !text_utf8_ok(v)) return false;
    switch (form) {
    case NUMBER:
        return take_number(&v, 18, &number) && v.len == 0;
    case VERSION:
        return read_version(v, &number, &minor);
    case TYPE:
        return type_known(v);
    case FILE_NAME:
        return v.len > 0 && !memchr(v.p, '/', v.len);
    case FILE_PATH:
        return v.len > 0 && v.p[0] == '/';
    case FORBIDDEN:
        return false;
    case TEXT:
    case OCTETS:
        break;
    }
    return true;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* RFC 7512 2.3: pk11-pchar and pk11-qchar, without "%". */
static bool plain_char(uint8_t c, bool query)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
    return c != 0 && strchr(query ? "-._~:[]@!$'()*+,=/?|" : "-._~:[]@!$'()*+,=&", c) != NULL;
}

/* Decodes one value behind the `*used` octets that are already in u->decoded. */
static bool decode(struct bytes in, bool query, struct uri *u, size_t *used)
{
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.p[i];
        if (c == '%') {
            int high = i + 2 < in.len ? hex_digit(in.p[i + 1]) : -1;
            int low = i + 2 < in.len ? hex_digit(in.p[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (!plain_char(c, query)) {
            return false;
        }
        u->decoded[(*used)++] = c;
    }
    return true;
}

static bool take_attribute(struct bytes part, bool query, struct uri *u, size_t *used)
{
    const uint8_t *equals = part.len ? memchr(part.p, '=', part.len) : NULL;
    if (!equals) return false;
    size_t name_len = (size_t)(equals - part.p), a = 0;
    while (a < URI_ATTRIBUTES && !(bytes_eq_str(bytes_sub(part, 0, name_len), attributes[a].name)))
        a++;
    if (a == URI_ATTRIBUTES || attributes[a].query != query || u->has[a]) return false;
    size_t from = *used;
    if (!decode(bytes_sub(part, name_len + 1, part.len), query, u, used)) return false;
    u->has[a] = true;
    u->from[a] = (uint16_t)from;
    u->len[a] = (uint16_t)(*used - from);
    return value_ok(attributes[a].form, uri_value(u, (enum uri_attribute)a));
}

/* Attributes between separators; an empty component has none (RFC 7512 2.3). */
static bool take_component(struct bytes in, bool query, struct uri *u, size_t *used)
{
    bool more = in.len > 0;
    while (more) {
        const uint8_t *end = memchr(in.p, query ? '&' : ';', in.len);
        size_t len = end ? (size_t)(end - in.p) : in.len;
        if (!take_attribute(bytes_sub(in, 0, len), query, u, used)) return false;
        more = end != NULL;
        in = bytes_sub(in, len + 1, in.len);
    }
    return true;
}

err_t uri_read(const char *text, struct uri *out)
{
    struct uri u = {0};
    struct bytes in = bytes_str(text);
    size_t used = 0;
    if (in.len > 0) {
        if (in.len > URI_MAX || strncasecmp(text, "pkcs11:", 7) != 0)
            return err_raise(ERR_URI_REFUSED);
        in = bytes_sub(in, 7, in.len);
        const uint8_t *mark = in.len ? memchr(in.p, '?', in.len) : NULL;
        size_t path_len = mark ? (size_t)(mark - in.p) : in.len;
        if (!take_component(bytes_sub(in, 0, path_len), false, &u, &used) ||
            !take_component(bytes_sub(in, path_len + 1, in.len), true, &u, &used))
            return err_raise(ERR_URI_REFUSED);
    }
    *out = u;
    return OK;
}

struct bytes uri_value(const struct uri *u, enum uri_attribute a)
{
    return bytes_of(u->decoded + u->from[a], u->len[a]);
}

static struct bytes without_padding(struct bytes v)
{
    while (v.len > 0 && (v.p[v.len - 1] == ' ' || v.p[v.len - 1] == 0)) v.len--;
    return v;
}

struct bytes uri_field(const unsigned char *field, size_t size)
{
    return without_padding(bytes_of(field, size));
}

static bool fits(const struct uri *u, enum uri_attribute a, const unsigned char *field, size_t size)
{
    return !u->has[a] || bytes_eq(without_padding(uri_value(u, a)), uri_field(field, size));
}
#define FITS(u, a, field) fits((u), (a), (field), sizeof(field))

bool uri_fits_library(const struct uri *u, const CK_INFO *info)
{
    unsigned long major = 0, minor = 0;
    if (u->has[URI_LIBRARY_VERSION] &&
        !(read_version(uri_value(u, URI_LIBRARY_VERSION), &major, &minor) &&
          major == info->libraryVersion.major && minor == info->libraryVersion.minor))
        return false;
    return FITS(u, URI_LIBRARY_MANUFACTURER, info->manufacturerID) &&
           FITS(u, URI_LIBRARY_DESCRIPTION, info->libraryDescription);
}

bool uri_fits_slot(const struct uri *u, CK_SLOT_ID id, const CK_SLOT_INFO *info)
{
    unsigned long wanted = 0;
    struct bytes number = uri_value(u, URI_SLOT_ID);
    if (u->has[URI_SLOT_ID] && !(take_number(&number, 18, &wanted) && wanted == id)) return false;
    return FITS(u, URI_SLOT_MANUFACTURER, info->manufacturerID) &&
           FITS(u, URI_SLOT_DESCRIPTION, info->slotDescription);
}

bool uri_fits_token(const struct uri *u, const CK_TOKEN_INFO *info)
{
    return FITS(u, URI_TOKEN, info->label) && FITS(u, URI_MANUFACTURER, info->manufacturerID) &&
           FITS(u, URI_SERIAL, info->serialNumber) && FITS(u, URI_MODEL, info->model);
}

bool uri_fits_cert(const struct uri *u, struct bytes id, struct bytes label)
{
    struct bytes type = uri_value(u, URI_TYPE);
    if (u->has[URI_TYPE] && (bytes_eq_str(type, "secret-key") || bytes_eq_str(type, "data")))
        return false;
    return (!u->has[URI_ID] || bytes_eq(uri_value(u, URI_ID), id)) &&
           (!u->has[URI_OBJECT] || bytes_eq(uri_value(u, URI_OBJECT), label));
}

bool uri_names_one_token(const struct uri *u)
{
    return without_padding(uri_value(u, URI_TOKEN)).len > 0 &&
           without_padding(uri_value(u, URI_SERIAL)).len > 0;
}
