/* SPDX-License-Identifier: MIT */
/*
 * demand: what a request must look like before a card is asked for anything.
 *
 * What: the rules between the fields of one request, each refusal with its JSON pointer and a
 *       sentence in the request's language.
 * Not:  JSON itself, lengths and types of single fields (api).
 */
#ifndef SESSION_DEMAND_H
#define SESSION_DEMAND_H

#include "session/approval.h"

/* demand_shape judges what needs no content. Errors: INVALID_FIELD. */
err_t demand_shape(const struct approval_request *r, const struct settings *settings,
                   struct session_why *why);

/* demand_stamp refuses a profile whose time stamp nobody gives: INVALID_FIELD. */
err_t demand_stamp(const struct approval_request *r, struct session_why *why);

/* demand_documentid points at the document whose upload was not found. */
void demand_documentid(size_t at, struct session_why *why);

/* demand_xml reads the documents that must be XML: an enveloped one, and all that call themselves
 * so. Errors: XML_REJECTED, STORAGE_FULL. */
err_t demand_xml(const struct approval *a, const struct settings *settings,
                 struct session_why *why);

#endif
