/* SPDX-License-Identifier: MIT */
#include "onay/show.h"

#include "onay/command.h"

const char *show_words(const char *tr, const char *en)
{
    return command_lang() == LANG_EN ? en : tr;
}

const char *show_text(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    if (!json_object_object_get_ex(o, key, &v) || !v) return "";
    return json_object_get_string(v);
}

bool show_flag(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

void show_problem(struct buf *out, struct json_object *problem)
{
    const char *detail = show_text(problem, "detail");
    buf_fmt(out, "%s (%s)%s%s\n", show_text(problem, "title"), show_text(problem, "slug"),
            *detail ? ": " : "", detail);
}

static const char *inner(struct json_object *o, const char *key, const char *member)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) ? show_text(v, member) : "";
}

/* A slug in words: as it is, and as it has just become. */
struct saying {
    const char *slug;
    const char *is[2], *became[2]; /* by enum lang; became NULL: the same */
};

static const char *say(const struct saying *rows, size_t n, const char *slug, bool news)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].slug, slug) != 0) continue;
        return news && rows[i].became[0] ? rows[i].became[command_lang()]
                                         : rows[i].is[command_lang()];
    }
    return slug;
}

/* ---- PIN ---- */

static const struct saying pins[] = {
    {"ok", {"PIN tamam", "PIN ok"}, {0}},
    {"low", {"PIN için az deneme kaldı", "few PIN tries left"}, {0}},
    {"final", {"PIN için son deneme", "last PIN try"}, {0}},
    {"locked", {"PIN kilitli", "PIN locked"}, {0}},
    {"not-set", {"PIN belirlenmemiş", "PIN not set"}, {0}},
};

static void add_pin(struct buf *out, struct json_object *o)
{
    buf_str(out, say(pins, sizeof pins / sizeof *pins, show_text(o, "pinTriesLeft"), false));
    if (show_text(o, "pinTries")[0])
        buf_fmt(out, ", %s: %s", show_words("kalan deneme", "tries left"),
                show_text(o, "pinTries"));
}

/* ---- readers ---- */

static const struct saying states[] = {
    {"empty", {"kart yok", "no card"}, {"kart çıkarıldı", "card removed"}},
    {"card-present", {"kart takılı", "card present"}, {"kart takıldı", "card inserted"}},
    {"card-mute", {"kart yanıt vermiyor", "the card does not answer"}, {0}},
    {"card-in-use",
     {"kartı başka bir program kullanıyor", "another program is using the card"},
     {0}},
};

static void add_part(struct buf *out, const char *text)
{
    if (text[0]) buf_fmt(out, ", %s", text);
}

void show_reader(struct buf *out, struct json_object *r, const char *before)
{
    const char *state = show_text(r, "state");
    const bool news = before && strcmp(before, state) != 0;
    buf_fmt(out, "%s: %s", show_text(r, "name"),
            say(states, sizeof states / sizeof *states, state, news));
    add_part(out, inner(r, "cardFamily", "name"));
    add_part(out, inner(r, "token", "label"));
    if (show_text(r, "pinTriesLeft")[0]) {
        buf_str(out, ", ");
        add_pin(out, r);
    }
    if (show_flag(r, "pinPad"))
        add_part(out, show_words("PIN okuyucuda girilir", "PIN is typed on the reader"));
    if (show_flag(r, "unattended"))
        add_part(out, show_words("gözetimsiz deneme kartı", "unattended test token"));
}

void show_service(struct buf *out, struct json_object *readers)
{
    const char *problem = inner(readers, "problem", "title");
    if (show_text(readers, "detail")[0]) buf_fmt(out, "%s\n", show_text(readers, "detail"));
    if (problem[0]) buf_fmt(out, "%s (%s)\n", problem, inner(readers, "problem", "slug"));
}

/* ---- certificates ---- */

/* "yes", or "no" with the slugs of the reasons in the member `reasons`. */
static void add_verdict(struct buf *out, struct json_object *o, const char *key,
                        const char *reasons)
{
    struct json_object *why = NULL;
    buf_str(out, show_flag(o, key) ? show_words("evet", "yes") : show_words("hayır", "no"));
    if (!json_object_object_get_ex(o, reasons, &why)) return;
    for (size_t i = 0; i < json_object_array_length(why); i++)
        buf_fmt(out, "%s%s", i ? ", " : ": ",
                json_object_get_string(json_object_array_get_idx(why, i)));
}

void show_certificate(struct buf *out, struct json_object *c)
{
    buf_fmt(out, "%s\n", show_text(c, "subject"));
    buf_fmt(out, "  id           %s\n", show_text(c, "id"));
    buf_fmt(out, "  %s    %s\n", show_words("kimlik no", "identity "),
            show_text(c, "identityNoMasked"));
    buf_fmt(out, "  %s      %s\n", show_words("veren  ", "issuer "), show_text(c, "issuer"));
    buf_fmt(out, "  %s   %s – %s\n", show_words("geçerlilik", "validity  "),
            show_text(c, "notBefore"), show_text(c, "notAfter"));
    buf_fmt(out, "  %s      %s\n", show_words("anahtar", "key    "), show_text(c, "keyType"));
    buf_fmt(out, "  %s    ", show_words("nitelikli", "qualified"));
    add_verdict(out, c, "qualified", "qualifiedReasons");
    buf_fmt(out, "\n  %s  ", show_words("kullanılır", "usable    "));
    add_verdict(out, c, "usable", "usableReasons");
    buf_str(out, "\n  PIN          ");
    add_pin(out, c);
    buf_str(out, "\n");
}

void show_certificate_line(struct buf *out, struct json_object *c)
{
    buf_fmt(out, "%s", show_text(c, "subject")[0] ? show_text(c, "subject") : show_text(c, "id"));
    add_part(out, show_text(c, "identityNoMasked"));
    buf_fmt(out, ", %s: ", show_words("kullanılır", "usable"));
    add_verdict(out, c, "usable", "usableReasons");
}
