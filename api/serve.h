/* SPDX-License-Identifier: MIT */
/*
 * serve: the HTTP library's callbacks, one request at a time.
 *
 * What: what libmicrohttpd calls when headers, pieces of a body, or the end of a request are
 *       there; the order of judging is the one of api/PROTOCOL.
 * Not:  what other files of the floor include: only server.c starts daemons.
 */
#ifndef API_SERVE_H
#define API_SERVE_H

#include "api/call.h"

#include <microhttpd.h>

/* serve_request: MHD_AccessHandlerCallback; cls is a struct api_door. */
enum MHD_Result serve_request(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state);
/* serve_ended: MHD_RequestCompletedCallback. */
void serve_ended(void *cls, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode why);
/* serve_connected: MHD_NotifyConnectionCallback; a guest comes or leaves.
 * Notes once for all its requests whether the other end is a process of ours. cls is a struct
 * api_door. */
void serve_connected(void *cls, struct MHD_Connection *connection, void **known,
                     enum MHD_ConnectionNotificationCode what);
/* serve_socket: the call's, or -1. */
int serve_socket(const struct call *c);
/* serve_raw: leaves paths and parameters as they came (no percent-decoding). */
size_t serve_raw(void *cls, struct MHD_Connection *connection, char *text);

#endif
