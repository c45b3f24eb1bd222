/* SPDX-License-Identifier: MIT */
#include "xades/ids.h"

#include "xades/element.h"
#include "xades/names.h"

void ids_free(struct ids *t)
{
    free(t->rows);
    *t = (struct ids){0};
}

static bool is_id(const xmlAttr *a)
{
    struct bytes name = bytes_str((const char *)a->name);
    if (a->ns)
        return bytes_eq_str(name, "id") &&
               bytes_eq_str(bytes_str((const char *)a->ns->href), NS_XML);
    return bytes_eq_str(name, "Id") || bytes_eq_str(name, "ID") || bytes_eq_str(name, "id");
}

static bool add(struct ids *t, struct bytes value, const xmlNode *node)
{
    if (t->n == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct id_row *rows = reallocarray(t->rows, room, sizeof *rows);
        if (!rows) return false;
        t->rows = rows;
        t->room = room;
    }
    t->rows[t->n++] = (struct id_row){value, node};
    return true;
}

static int by_value(const void *left, const void *right)
{
    const struct id_row *a = left, *b = right;
    size_t len = a->value.len < b->value.len ? a->value.len : b->value.len;
    int c = len > 0 ? memcmp(a->value.p, b->value.p, len) : 0;
    return c ? c : (a->value.len > b->value.len) - (a->value.len < b->value.len);
}

bool ids_collect(const xmlDoc *doc, struct ids *out)
{
    own(ids) t = {0};
    const xmlNode *root = doc->children;
    while (root && root->type != XML_ELEMENT_NODE) root = root->next;
    for (const xmlNode *n = root; n; n = element_walk(n, root, true)) {
        for (const xmlAttr *a = n->properties; a; a = a->next) {
            struct bytes value;
            if (is_id(a) && element_attr_value(a, &value) && !add(&t, value, n)) return false;
        }
    }
    if (t.n > 1) qsort(t.rows, t.n, sizeof *t.rows, by_value);
    *out = t;
    t = (struct ids){0};
    return true;
}

static const struct id_row *first_row(const struct ids *t, struct bytes value)
{
    struct id_row key = {.value = value};
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_value(&t->rows[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->n && by_value(&t->rows[low], &key) == 0 ? &t->rows[low] : NULL;
}

enum ids_found ids_find(const struct ids *t, struct bytes value, const xmlNode **node)
{
    const struct id_row *first = value.len > 0 ? first_row(t, value) : NULL;
    if (!first) return IDS_NONE;
    for (const struct id_row *r = first; r < t->rows + t->n && bytes_eq(r->value, value); r++) {
        if (r->node != first->node) return IDS_SEVERAL;
    }
    *node = first->node;
    return IDS_ONE;
}

static bool reserved(const xmlNode *n)
{
    static const char *const ours[] = {NS_DS, NS_XADES, NS_XADES141, NS_XADES122, NS_XADES111};
    for (size_t i = 0; n->ns && i < sizeof ours / sizeof ours[0]; i++) {
        if (bytes_eq_str(bytes_str((const char *)n->ns->href), ours[i])) return true;
    }
    return false;
}

bool ids_clash(const struct ids *t, struct bytes *value)
{
    for (size_t i = 0; i < t->n; i++) {
        const xmlNode *only;
        if (!reserved(t->rows[i].node)) continue;
        if (ids_find(t, t->rows[i].value, &only) != IDS_SEVERAL) continue;
        *value = t->rows[i].value;
        return true;
    }
    return false;
}
