/* SPDX-License-Identifier: MIT */
/*
 * ids: which element an Id names, and whether it is the only one. Inside the xades floor only.
 *
 * What: one walk over a document collects the Id attributes of all elements (Id, ID, id without
 *       a namespace, and xml:id) into a sorted table.
 * Not:  libxml2's own Id table, which takes the first of two silently.
 *
 * Two elements with one Id are how signature wrapping begins. A clash counts when one of the two
 * belongs to XMLDSig or XAdES, and whenever that Id is looked for; attributes called "id" of other
 * vocabularies that nobody refers to may repeat.
 */
#ifndef XADES_IDS_H
#define XADES_IDS_H

#include <libxml/tree.h>

#include "core/bytes.h"
#include "core/own.h"

struct ids {
    struct id_row {
        struct bytes value;
        const xmlNode *node;
    } * rows;
    size_t n, room;
};
void ids_free(struct ids *t);
OWN(ids)

/* ids_collect fills the table; its views are good as long as the document. False: no memory. */
bool ids_collect(const xmlDoc *doc, struct ids *out);

enum ids_found { IDS_NONE, IDS_ONE, IDS_SEVERAL };
/* ids_find: *node is set for IDS_ONE. The empty Id is never found. */
enum ids_found ids_find(const struct ids *t, struct bytes value, const xmlNode **node);

/* ids_clash: an Id of an XMLDSig or XAdES element that another element has too. */
bool ids_clash(const struct ids *t, struct bytes *value);

#endif
