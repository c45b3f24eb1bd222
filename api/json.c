/* SPDX-License-Identifier: MIT */
#include "api/json.h"

#include "core/text.h"

#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <stdio.h>

static const char *const flaw_text[JSON_FLAW_COUNT][2] = {
    [JSON_SOUND] = {"", ""},
    [JSON_EMPTY] = {"gövde boş", "the body is empty"},
    [JSON_BOM] = {"bayt sırası işareti (BOM) var", "it starts with a byte order mark"},
    [JSON_UNEXPECTED] = {"beklenmeyen karakter", "unexpected character"},
    [JSON_CUT_OFF] = {"metin yarıda bitiyor", "it ends in the middle"},
    [JSON_BAD_UTF8] = {"geçersiz UTF-8", "invalid UTF-8"},
    [JSON_CONTROL] = {"metin içinde denetim karakteri", "a raw control character in a string"},
    [JSON_ESCAPE] = {"geçersiz kaçış dizisi", "invalid escape sequence"},
    [JSON_NUL] = {"\\u0000 kullanılamaz", "\\u0000 is not accepted"},
    [JSON_SURROGATE] = {"eşi olmayan vekil karakter", "a lone surrogate"},
    [JSON_DUPLICATE] = {"aynı anahtar iki kez", "the same key twice"},
    [JSON_NUMBER] = {"geçersiz sayı", "invalid number"},
    [JSON_TRAILING] = {"değerden sonra fazladan metin", "text after the value"},
    [JSON_TOO_DEEP] = {"çok derin iç içe", "nested too deeply"},
    [JSON_TOO_MANY] = {"çok fazla değer", "too many values"},
};

const char *json_flaw_text(enum json_flaw f, enum lang lang)
{
    return flaw_text[(unsigned)f < JSON_FLAW_COUNT ? f : JSON_SOUND][lang == LANG_EN];
}

/* ---- the scanner ---- */

/* Keys of the objects that are open, innermost last: those of one object are compared. */
#define KEYS_MAX 1024

struct scan {
    const uint8_t *start, *p, *end;
    unsigned depth, max_depth;
    unsigned values;
    size_t n_keys;
    struct bytes keys[KEYS_MAX];
    struct json_broken *why;
};

static bool flaw_at(struct scan *s, enum json_flaw f, const uint8_t *at)
{
    *s->why = (struct json_broken){f, (size_t)(at - s->start)};
    return false;
}

static bool flaw(struct scan *s, enum json_flaw f)
{
    return flaw_at(s, s->p == s->end ? JSON_CUT_OFF : f, s->p);
}

static void skip_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
        s->p++;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* hex4 reads the four digits of a \u escape. */
static bool hex4(const uint8_t *p, const uint8_t *end, uint32_t *out)
{
    uint32_t v = 0;
    if (end - p < 4) return false;
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);
        if (d < 0) return false;
        v = v << 4 | (uint32_t)d;
    }
    *out = v;
    return true;
}

/* unescape reads one escape at `at` (a backslash): its code point, or why there is none. */
static enum json_flaw unescape(const uint8_t **at, const uint8_t *end, uint32_t *cp)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const uint8_t *p = *at + 1;
    uint32_t low;
    if (p == end) return JSON_CUT_OFF;
    if (*p != 'u') {
        const char *found = *p ? strchr(from, *p) : NULL;
        if (!found) return JSON_ESCAPE;
        *cp = (uint32_t)to[found - from];
        *at = p + 1;
        return JSON_SOUND;
    }
    if (!hex4(p + 1, end, cp)) return JSON_ESCAPE;
    *at = p += 5;
    if (*cp == 0) return JSON_NUL;
    if (*cp < 0xd800 || *cp > 0xdfff) return JSON_SOUND;
    if (*cp > 0xdbff || end - p < 6 || p[0] != '\\' || p[1] != 'u' || !hex4(p + 2, end, &low) ||
        low < 0xdc00 || low > 0xdfff)
        return JSON_SURROGATE;
    *cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
    *at = p + 6;
    return JSON_SOUND;
}

static bool scan_special(struct scan *s)
{
    uint32_t cp;
    if (*s->p < 0x20) return flaw(s, JSON_CONTROL);
    if (*s->p == '\\') {
        const uint8_t *at = s->p;
        enum json_flaw f = unescape(&s->p, s->end, &cp);
        return f == JSON_SOUND || flaw_at(s, f, at);
    }
    struct bytes rest = bytes_of(s->p, (size_t)(s->end - s->p));
    if (!text_utf8_next(&rest, &cp)) return flaw(s, JSON_BAD_UTF8);
    s->p = rest.p;
    return true;
}

/* scan_string stands at the opening quote; *inside views what is between the quotes. */
static bool scan_string(struct scan *s, struct bytes *inside)
{
    const uint8_t *from = ++s->p;
    while (s->p < s->end && *s->p != '"') {
        if (*s->p >= 0x20 && *s->p < 0x80 && *s->p != '\\') {
            s->p++; /* the way of nearly every octet */
        } else if (!scan_special(s)) {
            return false;
        }
    }
    if (s->p == s->end) return flaw(s, JSON_CUT_OFF);
    *inside = bytes_of(from, (size_t)(s->p++ - from));
    return true;
}

/* next_char decodes one character of a string that scan_string has passed. */
static bool next_char(struct bytes *s, uint32_t *cp)
{
    if (s->len == 0) return false;
    if (s->p[0] != '\\') return text_utf8_next(s, cp);
    const uint8_t *p = s->p, *end = s->p + s->len;
    if (unescape(&p, end, cp) != JSON_SOUND) return false;
    *s = bytes_of(p, (size_t)(end - p));
    return true;
}

static bool same_key(struct bytes a, struct bytes b)
{
    if (bytes_eq(a, b)) return true;
    if (!(a.len && memchr(a.p, '\\', a.len)) && !(b.len && memchr(b.p, '\\', b.len))) return false;
    for (;;) {
        uint32_t x = 0, y = 0;
        bool more_a = next_char(&a, &x), more_b = next_char(&b, &y);
        if (more_a != more_b || x != y) return false;
        if (!more_a) return true;
    }
}

static bool scan_key(struct scan *s, size_t first)
{
    const uint8_t *at = s->p;
    struct bytes key;
    if (at == s->end || *at != '"') return flaw(s, JSON_UNEXPECTED);
    if (!scan_string(s, &key)) return false;
    if (s->n_keys - first == JSON_MAX_MEMBERS || s->n_keys == KEYS_MAX)
        return flaw_at(s, JSON_TOO_MANY, at);
    for (size_t i = first; i < s->n_keys; i++) {
        if (same_key(s->keys[i], key)) return flaw_at(s, JSON_DUPLICATE, at);
    }
    s->keys[s->n_keys++] = key;
    skip_space(s);
    if (s->p == s->end || *s->p != ':') return flaw(s, JSON_UNEXPECTED);
    s->p++;
    return true;
}

static bool scan_digits(struct scan *s)
{
    const uint8_t *from = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9') s->p++;
    return s->p > from;
}

static bool scan_number(struct scan *s)
{
    const uint8_t *from = s->p;
    if (*s->p == '-') s->p++;
    const uint8_t *whole = s->p;
    if (!scan_digits(s) || (*whole == '0' && s->p - whole > 1))
        return flaw_at(s, JSON_NUMBER, from);
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!scan_digits(s)) return flaw_at(s, JSON_NUMBER, from);
    }
    if (s->p < s->end && (*s->p | 0x20) == 'e') {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-')) s->p++;
        if (!scan_digits(s)) return flaw_at(s, JSON_NUMBER, from);
    }
    return s->p - from <= JSON_MAX_NUMBER || flaw_at(s, JSON_NUMBER, from);
}

static bool scan_word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    struct bytes rest = bytes_of(s->p, (size_t)(s->end - s->p));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!bytes_starts(rest, bytes_str(words[i]))) continue;
        s->p += strlen(words[i]);
        return true;
    }
    return flaw(s, JSON_UNEXPECTED);
}

static bool scan_value(struct scan *s);

/* scan_items: what stands between the brackets of an object or an array. */
static bool scan_items(struct scan *s, bool object)
{
    const uint8_t close = object ? '}' : ']';
    const size_t first = s->n_keys;
    s->p++;
    skip_space(s);
    for (bool empty = true; s->p < s->end && (!empty || *s->p != close); empty = false) {
        if (object && !scan_key(s, first)) return false;
        if (!scan_value(s)) return false;
        skip_space(s);
        if (s->p < s->end && *s->p == close) break;
        if (s->p == s->end || *s->p != ',') return flaw(s, JSON_UNEXPECTED);
        s->p++;
        skip_space(s);
    }
    if (s->p == s->end) return flaw(s, JSON_CUT_OFF);
    s->p++;
    s->n_keys = first;
    return true;
}

static bool scan_container(struct scan *s)
{
    if (s->depth == s->max_depth) return flaw(s, JSON_TOO_DEEP);
    s->depth++;
    bool ok = scan_items(s, *s->p == '{');
    s->depth--;
    return ok;
}

static bool scan_value(struct scan *s)
{
    struct bytes inside;
    skip_space(s);
    if (s->p == s->end) return flaw(s, JSON_CUT_OFF);
    if (++s->values > JSON_MAX_VALUES) return flaw(s, JSON_TOO_MANY);
    switch (*s->p) {
    case '{':
    case '[':
        return scan_container(s);
    case '"':
        return scan_string(s, &inside);
    case '-':
    case '0' ... '9':
        return scan_number(s);
    default:
        return scan_word(s);
    }
}

bool json_scan(struct bytes text, unsigned max_depth, struct json_broken *why)
{
    struct scan s;
    s.start = s.p = text.p;
    s.end = text.len ? text.p + text.len : text.p;
    s.depth = s.values = 0;
    s.n_keys = 0;
    s.max_depth = max_depth < JSON_MAX_DEPTH ? max_depth : JSON_MAX_DEPTH;
    s.why = why;
    skip_space(&s);
    if (s.p == s.end) return flaw_at(&s, JSON_EMPTY, s.p);
    if (*s.p == 0xef) return flaw(&s, JSON_BOM);
    if (!scan_value(&s)) return false;
    skip_space(&s);
    return s.p == s.end || flaw_at(&s, JSON_TRAILING, s.p);
}

/* ---- the tree ---- */

struct json {
    struct json_object *root;
};

static void wipe(struct json_object *v)
{
    if (json_object_is_type(v, json_type_string)) {
        uintptr_t at = (uintptr_t)json_object_get_string(v);
        explicit_bzero((void *)at, (size_t)json_object_get_string_len(v));
    } else if (json_object_is_type(v, json_type_array)) {
        for (size_t i = 0, n = json_object_array_length(v); i < n; i++)
            wipe(json_object_array_get_idx(v, i));
    } else if (json_object_is_type(v, json_type_object)) {
        struct json_object_iterator at = json_object_iter_begin(v), end = json_object_iter_end(v);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
            wipe(json_object_iter_peek_value(&at));
    }
}

void json_free(struct json *j)
{
    if (!j) return;
    wipe(j->root);
    (void)json_object_put(j->root);
    free(j);
}

/* The tokener holds the text of the last string it met. */
static void tokener_free_wiped(struct json_tokener **t)
{
    if (!*t) return;
    if ((*t)->pb && (*t)->pb->buf) explicit_bzero((*t)->pb->buf, (size_t)(*t)->pb->size);
    json_tokener_free(*t);
}

static err_t parse(struct bytes text, struct json *j, struct json_broken *why)
{
    __attribute__((cleanup(tokener_free_wiped))) struct json_tokener *t =
        json_tokener_new_ex(JSON_MAX_DEPTH + 2);
    if (!t) return err_raise(ERR_STORAGE_FULL);
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    j->root = json_tokener_parse_ex(t, (const char *)text.p, (int)text.len);
    if (json_tokener_get_error(t) == json_tokener_success) return OK;
    *why = (struct json_broken){JSON_UNEXPECTED, json_tokener_get_parse_end(t)};
    return err_raise(ERR_MALFORMED_JSON);
}

err_t json_read(struct bytes text, unsigned max_depth, struct json **out, struct json_broken *why)
{
    *why = (struct json_broken){JSON_TOO_MANY, 0};
    if (text.len > INT32_MAX) return err_raise(ERR_MALFORMED_JSON);
    if (!json_scan(text, max_depth, why)) return err_raise(ERR_MALFORMED_JSON);
    own_ptr(json) j = calloc(1, sizeof *j);
    if (!j) return err_raise(ERR_STORAGE_FULL);
    while (text.p[text.len - 1] <= ' ') text.len--;
    while (text.p[0] <= ' ') text = bytes_sub(text, 1, text.len);
    /* A lone string or number is JSON, but never one of our bodies: json_root says so. */
    err_t e = text.p[0] == '{' || text.p[0] == '[' ? parse(text, j, why) : OK;
    if (!e) *out = give(j);
    return e;
}

/* ---- fields ---- */

static const char *const wrong_text[JSON_WRONG_COUNT][2] = {
    [JSON_FINE] = {"", ""},
    [JSON_MISSING] = {"Zorunlu bir alan eksik.", "A required field is missing."},
    [JSON_UNKNOWN] = {"Bilinmeyen bir alan var.", "There is an unknown field."},
    [JSON_NOT_OBJECT] = {"Bu alan bir nesne olmalı.", "This field must be an object."},
    [JSON_NOT_ARRAY] = {"Bu alan bir dizi olmalı.", "This field must be an array."},
    [JSON_NOT_STRING] = {"Bu alan bir metin olmalı.", "This field must be a string."},
    [JSON_TOO_SHORT] = {"Bu alan boş olamaz.", "This field must not be empty."},
    [JSON_TOO_LONG] = {"Bu alan çok uzun.", "This field is too long."},
    [JSON_NOT_PLAIN] =
        {"Bu alanda denetim, satır sonu, yön veya görünmez karakterler ya da baştaki "
         "ve sondaki boşluklar kullanılamaz.",
         "This field must not hold control, line break, bidi or invisible "
         "characters, nor white space at its ends."},
    [JSON_NOT_ALLOWED] = {"Bu değer tanınmıyor.", "This value is not known."},
    [JSON_NOT_BASE64] = {"Bu alan geçerli base64 değil.", "This field is not valid base64."},
    [JSON_NOT_HEX] = {"Bu alan geçerli bir kimlik değil.", "This field is not a valid id."},
    [JSON_NOT_MEDIA_TYPE] = {"Bu alan geçerli bir içerik türü değil.",
                             "This field is not a valid media type."},
    [JSON_NOT_KIMLIK] = {"Bu alan geçerli bir T.C. kimlik numarası değil.",
                         "This field is not a valid Turkish identity number."},
    [JSON_NOT_EXACTLY_ONE] =
        {"content, documentId ve digest alanlarından tam olarak biri verilmeli.",
         "Exactly one of content, documentId and digest must be given."},
    [JSON_DIGEST_DETACHED] = {"Yalnız özet, ancak ayrık (detached) imzada kullanılabilir.",
                              "A digest alone can only be signed in detached packaging."},
    [JSON_NAME_TWICE] = {"Ayrık imzada iki belgenin adı aynı olamaz.",
                         "Two documents of a detached signature cannot have one name."},
};

const char *json_wrong_text(enum json_wrong w, enum lang lang)
{
    return wrong_text[(unsigned)w < JSON_WRONG_COUNT ? w : JSON_FINE][lang == LANG_EN];
}

/* One step of a pointer; a key that a caller made up is cut and cleaned first. */
static void pointer_step(struct buf *out, const char *key)
{
    own(buf) clean = buf_max(256);
    text_plain(&clean, bytes_str(key), 32);
    buf_byte(out, '/');
    for (size_t i = 0; i < clean.len; i++) {
        if (clean.p[i] == '~')
            buf_str(out, "~0");
        else if (clean.p[i] == '/')
            buf_str(out, "~1");
        else
            buf_byte(out, clean.p[i]);
    }
}

static void pointer_to(struct buf *out, const struct json_at *at)
{
    if (!at->up) return;
    pointer_to(out, at->up);
    if (at->key)
        pointer_step(out, at->key);
    else
        buf_fmt(out, "/%zu", at->index);
}

void json_refuse(const struct json_at *in, const char *key, enum json_wrong wrong)
{
    own(buf) pointer = buf_max(2048);
    struct json_fault *f = in->fault;
    if (f->kind != JSON_FINE) return;
    f->kind = wrong;
    pointer_to(&pointer, in);
    if (key) pointer_step(&pointer, key);
    size_t n = pointer.len < sizeof f->pointer ? pointer.len : sizeof f->pointer - 1;
    while (n < pointer.len && n > 0 && (pointer.p[n] & 0xc0) == 0x80) n--;
    if (n > 0) memcpy(f->pointer, pointer.p, n);
    f->pointer[n] = 0;
}

static struct json_object *member(const struct json_at *in, const char *key, bool required)
{
    struct json_object *v = NULL;
    if (!in->v) return NULL;
    if (!json_object_object_get_ex(in->v, key, &v) && required) json_refuse(in, key, JSON_MISSING);
    return v;
}

bool json_has(const struct json_at *in, const char *key)
{
    return in->v && json_object_object_get_ex(in->v, key, NULL);
}

static struct json_at place(const struct json_at *up, const char *key, struct json_object *v)
{
    return (struct json_at){.up = up, .key = key, .v = v, .fault = up->fault};
}

struct json_at json_root(const struct json *j, struct json_fault *f)
{
    struct json_at root = {.v = j->root, .fault = f};
    if (!json_object_is_type(root.v, json_type_object)) {
        root.v = NULL;
        json_refuse(&root, NULL, JSON_NOT_OBJECT);
    }
    return root;
}

/* json-c knows null as a NULL pointer: a member that is there but null has no type of ours. */
static struct json_at typed(const struct json_at *in, const char *key, bool required,
                            enum json_type type, enum json_wrong wrong)
{
    struct json_object *v = member(in, key, required);
    if (json_has(in, key) && !json_object_is_type(v, type)) {
        json_refuse(in, key, wrong);
        v = NULL;
    }
    return place(in, key, v);
}

struct json_at json_member_object(const struct json_at *in, const char *key, bool required)
{
    return typed(in, key, required, json_type_object, JSON_NOT_OBJECT);
}

struct json_at json_member_array(const struct json_at *in, const char *key, size_t *n)
{
    struct json_at a = typed(in, key, true, json_type_array, JSON_NOT_ARRAY);
    *n = a.v ? json_object_array_length(a.v) : 0;
    return a;
}

struct json_at json_element(const struct json_at *array, size_t i)
{
    struct json_at e = place(array, NULL, array->v ? json_object_array_get_idx(array->v, i) : NULL);
    e.index = i;
    if (!json_object_is_type(e.v, json_type_object)) {
        e.v = NULL;
        json_refuse(&e, NULL, JSON_NOT_OBJECT);
    }
    return e;
}

struct bytes json_member_string(const struct json_at *in, const char *key, bool required)
{
    struct json_at s = typed(in, key, required, json_type_string, JSON_NOT_STRING);
    if (!s.v) return bytes_of(NULL, 0);
    return bytes_of(json_object_get_string(s.v), (size_t)json_object_get_string_len(s.v));
}

static bool listed(const char *key, const char *const *keys)
{
    for (; *keys; keys++) {
        if (strcmp(key, *keys) == 0) return true;
    }
    return false;
}

void json_only(const struct json_at *in, const char *const *keys)
{
    if (!in->v) return;
    struct json_object_iterator at = json_object_iter_begin(in->v),
                                end = json_object_iter_end(in->v);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *key = json_object_iter_peek_name(&at);
        if (!listed(key, keys)) json_refuse(in, key, JSON_UNKNOWN);
    }
}
