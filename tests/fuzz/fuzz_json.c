/* SPDX-License-Identifier: MIT */
/*
 * Laws of api/json: what the scanner lets pass, json-c takes; it holds no NUL, no key twice, no
 * nesting beyond the bound; and white space around it changes nothing.
 */
#include "api/json.h"

#include "core/buf.h"
#include "core/text.h"

#include <json-c/json.h>
#include <stdlib.h>

#define DEPTH 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool law)
{
    if (!law) abort();
}

/* What json-c built must hold what the text says: as many members as there were keys. */
static void check_tree(struct json_object *v, unsigned depth)
{
    if (json_object_is_type(v, json_type_string)) {
        struct bytes s = bytes_of(json_object_get_string(v), (size_t)json_object_get_string_len(v));
        demand(text_utf8_ok(s) && (s.len == 0 || !memchr(s.p, 0, s.len)));
    } else if (json_object_is_type(v, json_type_array)) {
        demand(depth < DEPTH);
        for (size_t i = 0; i < json_object_array_length(v); i++)
            check_tree(json_object_array_get_idx(v, i), depth + 1);
    } else if (json_object_is_type(v, json_type_object)) {
        demand(depth < DEPTH && json_object_object_length(v) <= JSONSCAN_MAX_MEMBERS);
        json_object_object_foreach(v, key, member)
        {
            demand(text_utf8_ok(bytes_str(key)));
            check_tree(member, depth + 1);
        }
    }
}

static size_t count_colons(struct bytes text)
{
    size_t n = 0;
    bool inside = false;
    for (size_t i = 0; i < text.len; i++) {
        if (inside && text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            inside = !inside;
        else if (!inside && text.p[i] == ':')
            n++;
    }
    return n;
}

static size_t count_members(struct json_object *v)
{
    size_t n = 0;
    if (json_object_is_type(v, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(v); i++)
            n += count_members(json_object_array_get_idx(v, i));
    } else if (json_object_is_type(v, json_type_object)) {
        n = (size_t)json_object_object_length(v);
        json_object_object_foreach(v, key, member)
        {
            (void)key;
            n += count_members(member);
        }
    }
    return n;
}

static bool padded_too(struct bytes text)
{
    own(buf) padded = buf_max(text.len + 2);
    struct jsonscan_refusal why;
    buf_byte(&padded, ' ');
    buf_add(&padded, text);
    buf_byte(&padded, '\n');
    return jsonscan_text(buf_bytes(&padded), DEPTH, &why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_of(data, size);
    struct jsonscan_refusal why = {0};
    struct json_fault fault = {0};
    if (!jsonscan_text(text, DEPTH, &why)) {
        demand(why.flaw != JSONSCAN_SOUND && why.offset <= size);
        return 0;
    }
    demand(padded_too(text));
    own_ptr(json) doc = NULL;
    demand(json_read(text, DEPTH, &doc, &why) == OK);
    struct json_at root = json_root(doc, &fault);
    if (!root.v) return 0;
    check_tree(root.v, 0);
    demand(count_members(root.v) == count_colons(text));
    return 0;
}
