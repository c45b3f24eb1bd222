/* SPDX-License-Identifier: MIT */
#include "pkcs11/mechanism.h"

/* RFC 8017 9.2 note 1: DigestInfo up to the digest. */
static const struct {
    uint8_t v[MECHANISM_PREFIX];
} digest_info[DIGEST_COUNT] = {
    [DIGEST_SHA256] = {{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
                        0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}},
    [DIGEST_SHA384] = {{0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
                        0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30}},
    [DIGEST_SHA512] = {{0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
                        0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40}},
};

static const struct {
    CK_MECHANISM_TYPE hash;
    CK_ULONG mgf;
} pss[DIGEST_COUNT] = {
    [DIGEST_SHA256] = {CKM_SHA256, CKG_MGF1_SHA256},
    [DIGEST_SHA384] = {CKM_SHA384, CKG_MGF1_SHA384},
    [DIGEST_SHA512] = {CKM_SHA512, CKG_MGF1_SHA512},
};

void mechanism_for(enum sig_alg alg, const struct digest *d, enum key_type key,
                   struct mechanism *out)
{
    size_t prefix = 0, len = d->len;
    if (key != KEY_RSA) {
        /* Not every card cuts a longer digest itself. */
        size_t order = key == KEY_P256 ? 32 : key == KEY_P384 ? 48 : 66;
        if (len > order) len = order;
        out->ck = (CK_MECHANISM){CKM_ECDSA, NULL, 0};
    } else if (alg <= SIG_RSA_SHA512) {
        prefix = MECHANISM_PREFIX;
        memcpy(out->data, digest_info[d->alg].v, prefix);
        out->ck = (CK_MECHANISM){CKM_RSA_PKCS, NULL, 0};
    } else {
        out->params = (CK_RSA_PKCS_PSS_PARAMS){pss[d->alg].hash, pss[d->alg].mgf, d->len};
        out->ck = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &out->params, sizeof out->params};
    }
    memcpy(out->data + prefix, d->v, len);
    out->len = prefix + len;
}
