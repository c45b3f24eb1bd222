/* SPDX-License-Identifier: MIT */
/*
 * show: the daemon's answers in a person's words.
 *
 * Not: asking for them (client.h). json-c's objects stay within this floor.
 */
#ifndef ONAY_SHOW_H
#define ONAY_SHOW_H

#include "core/buf.h"

#include <json-c/json.h>

/* show_words: Turkish, or English when the locale says so. */
const char *show_words(const char *tr, const char *en);

/* show_text: a member as text, "" when it is not there. show_flag: true when it is true. */
const char *show_text(struct json_object *o, const char *key);
bool show_flag(struct json_object *o, const char *key);

/* show_problem appends what the daemon refused, and why, on one line. */
void show_problem(struct buf *out, struct json_object *problem);

/* show_reader appends what is in a reader of GET /v1/readers, on one line without its end: what has
 * just happened when `before`, its state until now, is another one; what is when it is NULL. */
void show_reader(struct buf *out, struct json_object *reader, const char *before);

/* show_service appends what to do when the card service or the driver is not there, a line each. */
void show_service(struct buf *out, struct json_object *readers);

/* show_certificate appends several lines; show_certificate_line the most telling words. */
void show_certificate(struct buf *out, struct json_object *certificate);
void show_certificate_line(struct buf *out, struct json_object *certificate);

#endif
