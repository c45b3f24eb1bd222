/* SPDX-License-Identifier: MIT */
#include "api/json.h"

#include "core/text.h"

#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <stdio.h>

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

static err_t parse(struct bytes text, struct json *j, struct jsonscan_refusal *why)
{
    __attribute__((cleanup(tokener_free_wiped))) struct json_tokener *t =
        json_tokener_new_ex(JSONSCAN_MAX_DEPTH + 2);
    if (!t) return err_raise(ERR_STORAGE_FULL);
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    j->root = json_tokener_parse_ex(t, (const char *)text.p, (int)text.len);
    if (json_tokener_get_error(t) == json_tokener_success) return OK;
    *why = (struct jsonscan_refusal){JSONSCAN_UNEXPECTED, json_tokener_get_parse_end(t)};
    return err_raise(ERR_MALFORMED_JSON);
}

err_t json_read(struct bytes text, unsigned max_depth, struct json **out,
                struct jsonscan_refusal *why)
{
    *why = (struct jsonscan_refusal){JSONSCAN_TOO_MANY, 0};
    if (text.len > INT32_MAX) return err_raise(ERR_MALFORMED_JSON);
    if (!jsonscan_text(text, max_depth, why)) return err_raise(ERR_MALFORMED_JSON);
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
    [JSON_NOT_FLAG] = {"Bu alan true veya false olmalı.", "This field must be true or false."},
    [JSON_NOT_NUMBER] = {"Bu alan negatif olmayan bir tam sayı olmalı.",
                         "This field must be a whole number that is not negative."},
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

uint64_t json_member_number(const struct json_at *in, const char *key)
{
    struct json_at number = typed(in, key, true, json_type_int, JSON_NOT_NUMBER);
    if (!number.v) return 0;
    const int64_t v = json_object_get_int64(number.v);
    if (v >= 0 && v < INT64_C(1) << 53) return (uint64_t)v;
    json_refuse(in, key, JSON_NOT_NUMBER);
    return 0;
}

bool json_member_flag(const struct json_at *in, const char *key)
{
    struct json_at flag = typed(in, key, false, json_type_boolean, JSON_NOT_FLAG);
    return flag.v && json_object_get_boolean(flag.v);
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
