/* SPDX-License-Identifier: MIT */
/*
 * openapi: the contract as a machine reads it: GET /v1/openapi.json.
 *
 * What: api/openapi.json, octet by octet, put into the program when it is built; tests/lint
 *       compares it with the routes, errors, limits and words of the code.
 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "api/call.h"

err_t openapi_get(struct call *c);

#endif
