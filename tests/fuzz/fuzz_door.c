/* SPDX-License-Identifier: MIT */
/*
 * Laws of api/door: whoever is let in came from our uid, named this machine once, and is either
 * the one listed origin or holds the token, or is a stranger where one may be, or the status page
 * where that may be; and the body's end is written one way alone. Input: the first octet chooses
 * the socket and what is asked for, then "name:value" lines.
 */
#include "api/door.h"

#include <stdio.h>
#include <stdlib.h>

#define TOKEN  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
#define ORIGIN "https://portal.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool law)
{
    if (!law) abort();
}

static void take_line(struct door_visit *v, struct bytes line)
{
    const uint8_t *colon = line.len ? memchr(line.p, ':', line.len) : NULL;
    if (!colon) return;
    size_t n = (size_t)(colon - line.p);
    door_header(v, bytes_sub(line, 0, n), bytes_sub(line, n + 1, line.len));
}

static void take_lines(struct door_visit *v, struct bytes text)
{
    while (text.len) {
        const uint8_t *end = memchr(text.p, '\n', text.len);
        size_t n = end ? (size_t)(end - text.p) : text.len;
        take_line(v, bytes_sub(text, 0, n));
        text = bytes_sub(text, n + 1, text.len);
    }
}

static void check_caller(const struct door_visit *v, bool tcp)
{
    if (v->seen[DOOR_ORIGIN]) {
        demand(v->seen[DOOR_ORIGIN] == 1 && bytes_eq_str(v->value[DOOR_ORIGIN], ORIGIN));
        demand(v->origin && strcmp(v->owner, ORIGIN) == 0);
        return;
    }
    demand(!v->origin && strcmp(v->owner, "local") == 0);
    if (!tcp) return;
    struct bytes a = v->value[DOOR_AUTHORIZATION];
    demand(v->seen[DOOR_AUTHORIZATION] == 1 && a.len == 7 + strlen(TOKEN));
    demand(memcmp(a.p + 7, TOKEN, strlen(TOKEN)) == 0);
}

/* Somebody to ask about: one https origin in its one spelling, and only where that is open. */
static void check_stranger(const struct door_visit *v)
{
    demand(v->open == OPEN_TO_STRANGERS && v->seen[DOOR_ORIGIN] == 1);
    demand(bytes_eq_str(v->value[DOOR_ORIGIN], v->origin) && strcmp(v->owner, v->origin) == 0);
    demand(origin_ok(v->origin) && origin_is_https(v->origin) && strcmp(v->origin, ORIGIN) != 0);
}

static bool said_once(const struct door_visit *v, enum door_name name, const char *text)
{
    return v->seen[name] == 1 && bytes_eq_str(v->value[name], text);
}

/* By TCP: the exchange of our own origin, or a browser on its own account. */
static void check_page(const struct door_visit *v, bool tcp)
{
    char own[32];
    demand(tcp && !v->origin && v->pass == 0);
    if (v->open == OPEN_TO_PAGE) {
        (void)snprintf(own, sizeof own, "http://%.*s", (int)v->value[DOOR_HOST].len,
                       (const char *)v->value[DOOR_HOST].p);
        demand(said_once(v, DOOR_ORIGIN, own));
        return;
    }
    demand(v->open >= OPEN_TO_DOCUMENT && v->seen[DOOR_ORIGIN] == 0);
    demand(said_once(v, DOOR_FETCH_SITE, "same-origin") ||
           (v->open == OPEN_TO_DOCUMENT && said_once(v, DOOR_FETCH_SITE, "none")));
    demand(said_once(v, DOOR_FETCH_MODE, v->open == OPEN_TO_DOCUMENT ? "navigate" : "no-cors"));
}

static void check_framing(const struct door_visit *v)
{
    const unsigned lengths = v->seen[DOOR_CONTENT_LENGTH],
                   codings = v->seen[DOOR_TRANSFER_ENCODING];
    char written[24];
    demand(lengths + codings <= 1);
    demand(v->chunked == (codings == 1));
    if (lengths == 0) return;
    struct bytes text = v->value[DOOR_CONTENT_LENGTH];
    while (text.len > 1 && text.p[0] == '0') text = bytes_sub(text, 1, text.len);
    (void)snprintf(written, sizeof written, "%llu", (unsigned long long)v->content_length);
    demand(bytes_eq_str(text, written));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct settings settings;
    static struct origins *origins;
    if (!origins) {
        settings_default(&settings);
        (void)snprintf(settings.origins[0], sizeof settings.origins[0], "%s", ORIGIN);
        settings.n_origins = 1;
        demand(origins_open(&settings, "", &origins) == OK);
    }
    if (size == 0) return 0;
    const bool tcp = data[0] & 1, own_peer = !(data[0] & 2);
    const struct door_rules rules = {origins, bytes_str(TOKEN), tcp ? LISTENER_TCP : LISTENER_UNIX,
                                     15070, NULL};
    const unsigned asked = (data[0] >> 2 & 3u) | (data[0] >> 4 & 4u); /* '1' '5' '9' '=' 'A' … */
    const enum door_open open = asked <= OPEN_TO_SCRIPT ? asked : OPEN_TO_OWNERS;
    struct door_visit v = {.own_peer = own_peer, .open = open};
    take_lines(&v, bytes_of(data + 1, size - 1));
    (void)door_lang(v.value[DOOR_ACCEPT_LANGUAGE]);
    demand(!(door_is_json(&v) && door_is_octets(&v)));
    if (door_judge(&rules, &v) != OK) return 0;
    demand(own_peer);
    if (tcp) demand(v.seen[DOOR_HOST] == 1 && v.value[DOOR_HOST].len <= strlen("127.0.0.1:15070"));
    if (v.stranger)
        check_stranger(&v);
    else if (strcmp(v.owner, DOOR_PAGE) == 0)
        check_page(&v, tcp);
    else
        check_caller(&v, tcp);
    check_framing(&v);
    return 0;
}
