/* SPDX-License-Identifier: MIT */
#include "session/results.h"

/* What one costs beside its file. */
static uint64_t octets_of(const struct approval *a)
{
    return sizeof *a + a->shown.signature_size;
}

void results_give_up(struct results *r, struct approval *a)
{
    struct approval *before = NULL;
    for (struct approval *at = r->oldest; at != a; at = at->next) before = at;
    if (before) before->next = a->next;
    if (r->oldest == a) r->oldest = a->next;
    if (r->newest == a) r->newest = before;
    r->n--;
    r->octets -= octets_of(a);
    a->next = NULL;
}

void results_lose(struct results *r, struct approval *a)
{
    results_give_up(r, a);
    approval_free(a);
}

void results_forget(struct results *r, struct approval *a)
{
    store_drop(r->store, a->shown.id);
    results_lose(r, a);
}

void results_expire(struct results *r, utc_t now)
{
    const utc_t keep = (utc_t)r->settings->result_keep_days * 24 * 3600;
    while (r->oldest && r->oldest->shown.since < now - keep) results_forget(r, r->oldest);
}

static bool too_much(const struct results *r)
{
    return r->n > r->settings->max_results || r->octets > r->settings->max_results_octets;
}

/* The writer's buffer grew by halves; what is kept for long is cut to what is in it. */
static void cut_to_size(struct buf *file)
{
    uint8_t *p = file->len > 0 ? realloc(file->p, file->len + 1) : NULL;
    if (!p) return;
    file->p = p;
    file->cap = file->len + 1;
}

void results_take(struct results *r, struct approval *a)
{
    a->next = NULL;
    if (r->newest) r->newest->next = a;
    if (!r->oldest) r->oldest = a;
    r->newest = a;
    r->n++;
    r->octets += octets_of(a);
}

void results_trim(struct results *r)
{
    while (too_much(r) && r->oldest != r->newest) results_forget(r, r->oldest);
}

void results_keep(struct results *r, struct approval *a)
{
    cut_to_size(&a->file);
    results_take(r, a);
    results_trim(r);
}

struct approval *results_find(const struct results *r, const char *id)
{
    struct approval *a = r->oldest;
    while (a && strcmp(a->shown.id, id) != 0) a = a->next;
    return a;
}

void results_free(struct results *r)
{
    while (r->oldest) results_lose(r, r->oldest);
}
