/* SPDX-License-Identifier: MIT */
/*
 * document: files that arrive before the approval that signs them: POST /v1/documents.
 */
#ifndef API_DOCUMENT_H
#define API_DOCUMENT_H

#include "api/call.h"

err_t document_post(struct call *c);

#endif
