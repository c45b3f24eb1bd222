/* SPDX-License-Identifier: MIT */
#include "api/body.h"

#include "core/base64.h"
#include "core/text.h"

#include <stdio.h>

/* ---- faults ---- */

static err_t refuse(const struct jsonscan_refusal *b, enum lang lang, struct session_why *why)
{
    (void)snprintf(why->detail, sizeof why->detail,
                   lang == LANG_EN ? "At octet %zu: %s." : "%zu. baytta: %s.", b->offset,
                   jsonscan_flaw_text(b->flaw, lang));
    return ERR_MALFORMED_JSON;
}

err_t body_read(struct bytes text, const struct settings *s, enum lang lang, struct json **out,
                struct session_why *why)
{
    struct jsonscan_refusal broken = {0};
    err_t e = json_read(text, (unsigned)s->max_json_depth, out, &broken);
    return e == ERR_MALFORMED_JSON ? refuse(&broken, lang, why) : e;
}

err_t body_fault(const struct json_fault *f, enum lang lang, struct session_why *why)
{
    if (!f->kind) return OK;
    (void)snprintf(why->pointer, sizeof why->pointer, "%s", f->pointer);
    (void)snprintf(why->detail, sizeof why->detail, "%s", json_wrong_text(f->kind, lang));
    return err_raise(ERR_INVALID_FIELD);
}

err_t body_nothing(struct bytes text, const struct settings *s, enum lang lang,
                   struct session_why *why)
{
    own_ptr(json) doc = NULL;
    struct json_fault fault = {0};
    err_t e = body_read(text, s, lang, &doc, why);
    if (e) return e;
    const struct json_at root = json_root(doc, &fault);
    json_only(&root, (const char *const[]){NULL});
    return body_fault(&fault, lang, why);
}

/* ---- fields ---- */

void body_text(const struct json_at *in, const char *key, bool required, char *out, size_t cap)
{
    struct bytes text = json_member_string(in, key, required);
    if (!text.p) return;
    if (text.len == 0) return json_refuse(in, key, JSON_TOO_SHORT);
    if (text.len >= cap) return json_refuse(in, key, JSON_TOO_LONG);
    if (!text_plain_same(text, cap)) return json_refuse(in, key, JSON_NOT_PLAIN);
    memcpy(out, text.p, text.len);
    out[text.len] = 0;
}

bool body_word(const struct json_at *in, const char *key, bool required, char word[BODY_WORD])
{
    struct bytes text = json_member_string(in, key, required);
    if (!text.p) return false;
    if (text.len >= BODY_WORD) {
        json_refuse(in, key, JSON_NOT_ALLOWED);
        return false;
    }
    memcpy(word, text.p, text.len);
    word[text.len] = 0;
    return true;
}

bool body_base64(const struct json_at *in, const char *key, struct buf *out)
{
    struct bytes text = json_member_string(in, key, true);
    if (!text.p) return false;
    *out = buf_max(text.len);
    (void)buf_reserve(out, text.len / 4 * 3); /* once: growing would leave copies behind */
    if (base64_decode(out, text)) return true;
    json_refuse(in, key, JSON_NOT_BASE64);
    return false;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_octets(struct bytes text, uint8_t *out, size_t n)
{
    if (text.len != 2 * n) return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool body_hex(const struct json_at *in, const char *key, uint8_t *out, size_t n)
{
    struct bytes text = json_member_string(in, key, true);
    if (!text.p) return false;
    if (hex_octets(text, out, n)) return true;
    json_refuse(in, key, JSON_NOT_HEX);
    return false;
}

bool body_id(const struct json_at *in, const char *key, char id[SESSION_ID])
{
    uint8_t octets[(SESSION_ID - 1) / 2];
    if (!body_hex(in, key, octets, sizeof octets)) return false;
    struct bytes text = json_member_string(in, key, true);
    memcpy(id, text.p, text.len);
    id[text.len] = 0;
    return true;
}
