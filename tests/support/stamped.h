/* SPDX-License-Identifier: MIT */
/*
 * stamped: time-stamp tokens by the TSA of the test PKI, made in this process by OpenSSL.
 *
 * Use:  own(buf) token = buf_max(TST_MAX);
 *       stamped_token(&(struct stamped_by){pki, "tsa", utc_now()}, &imprint, &token);
 */
#ifndef TESTS_SUPPORT_STAMPED_H
#define TESTS_SUPPORT_STAMPED_H

#include "core/tst.h"

struct stamped_by {
    const char *pki, *name; /* DIR/NAME.pem and DIR/NAME.key; an EKU of timeStamping is a must */
    utc_t time;
};

/* stamped_answer appends the TimeStampResp to a TimeStampReq (RFC 3161 2.4): a token, or a refusal
 * when another policy than Kamu SM's is asked for. */
void stamped_answer(const struct stamped_by *by, struct bytes query, struct buf *answer);

/* stamped_token appends a token on that digest; ends the program when it cannot. */
void stamped_token(const struct stamped_by *by, const struct digest *imprint, struct buf *token);

#endif
