/* SPDX-License-Identifier: MIT */
/*
 * way: the way on which a chain was judged, for who asks what it rests on. Inside the xades floor
 * only; chain.c walks it.
 */
#ifndef XADES_WAY_H
#define XADES_WAY_H

#include "xades/chain.h"
#include "xades/path.h"

/* A visitor sees the best way, with the anchor as its last, or, of CHAIN_NONE, how far one came.
 * Nothing of it outlives the call. It may change the result. */
typedef void way_visitor(void *ctx, const struct shelves *s, const struct path *way,
                         struct chain_result *r);

/* chain_walk is chain_check_with and then shows the way. */
void chain_walk(const struct trust *t, struct bytes cert, const struct chain_values *with,
                struct chain_time time, way_visitor *visit, void *ctx, struct chain_result *out);

#endif
