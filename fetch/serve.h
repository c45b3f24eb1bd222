/* SPDX-License-Identifier: MIT */
/*
 * serve: the loop of onayd-fetch: questions from one socket, answers to it.
 */
#ifndef FETCH_SERVE_H
#define FETCH_SERVE_H

#include "fetch/transfer.h"

/* serve_run answers until the other side hangs up (0), or says what none of ours would (1). */
int serve_run(int sock, const struct transfer_rules *rules);

#endif
