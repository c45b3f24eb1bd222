/* SPDX-License-Identifier: MIT */
#include "api/origin.h"

static err_t check(struct call *c)
{
    if (strcmp(c->owner, "local") != 0) return err_raise(ERR_NOT_FOUND);
    return call_only_parameters(c, (const char *const[]){NULL});
}

static void write_entry(struct jsonw *w, const struct origins_entry *one)
{
    static const char *const granted[] = {[ORIGINS_CONFIGURED] = "configured",
                                          [ORIGINS_PAIRED] = "always",
                                          [ORIGINS_VISITOR] = "once"};
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "id", one->id);
    jsonw_str(w, "origin", one->origin);
    jsonw_str(w, "granted", granted[one->kind]);
    if (one->kind == ORIGINS_PAIRED) jsonw_time(w, "since", one->since);
    jsonw_close(w, '}');
}

err_t origin_list(struct call *c)
{
    struct origins_entry one;
    err_t e = check(c);
    if (e) return e;
    struct jsonw w = call_json(c, 200);
    jsonw_open(&w, NULL, '{');
    jsonw_open(&w, "origins", '[');
    for (size_t i = 0; origins_at(c->api->config.origins, i, &one); i++) write_entry(&w, &one);
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    return call_done(c);
}

/* Who is not let in any more hears nothing more either. */
static void end_streams(struct api *a, const char *origin)
{
    for (struct call *c = a->watched; c; c = c->watched.next)
        if (strcmp(c->owner, origin) == 0) c->watched.gone = true;
}

err_t origin_delete(struct call *c)
{
    char removed[ORIGIN_ROOM];
    err_t e = check(c);
    if (!e) e = origins_remove(c->api->config.origins, c->id, removed);
    if (e == ERR_ORIGIN_CONFIGURED)
        call_detail(c, "İznini geri almak için o dosyadan çıkarın.",
                    "To shut it out, take it out of that file.");
    if (e) return e;
    end_streams(c->api, removed);
    c->status = 204;
    return OK;
}
