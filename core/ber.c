/* SPDX-License-Identifier: MIT */
#include "core/ber.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>

bool ber_to_der(struct buf *out, struct bytes content_info)
{
    if (content_info.len > INT_MAX) return false;
    const unsigned char *p = content_info.p;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)content_info.len);
    unsigned char *der = NULL;
    int n = cms && p == content_info.p + content_info.len ? i2d_CMS_ContentInfo(cms, &der) : -1;
    if (n > 0) buf_add(out, bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return n > 0 && buf_ok(out);
}
