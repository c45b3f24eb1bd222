/* SPDX-License-Identifier: MIT */
#include "xades/algorithm.h"

#include "xades/names.h"

#define XMLENC   "http://www.w3.org/2001/04/xmlenc#"
#define MORE     "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE2007 "http://www.w3.org/2007/05/xmldsig-more#"

static const char *const digests[DIGEST_COUNT] = {
    [DIGEST_SHA256] = XMLENC "sha256",
    [DIGEST_SHA384] = MORE "sha384",
    [DIGEST_SHA512] = XMLENC "sha512",
};

static const struct {
    const char *uri, *name;
} signatures[SIG_COUNT] = {
    [SIG_RSA_SHA256] = {MORE "rsa-sha256", "RSA with SHA-256"},
    [SIG_RSA_SHA384] = {MORE "rsa-sha384", "RSA with SHA-384"},
    [SIG_RSA_SHA512] = {MORE "rsa-sha512", "RSA with SHA-512"},
    [SIG_PSS_SHA256] = {MORE2007 "sha256-rsa-MGF1", "RSASSA-PSS with SHA-256"},
    [SIG_PSS_SHA384] = {MORE2007 "sha384-rsa-MGF1", "RSASSA-PSS with SHA-384"},
    [SIG_PSS_SHA512] = {MORE2007 "sha512-rsa-MGF1", "RSASSA-PSS with SHA-512"},
    [SIG_ECDSA_SHA256] = {MORE "ecdsa-sha256", "ECDSA with SHA-256"},
    [SIG_ECDSA_SHA384] = {MORE "ecdsa-sha384", "ECDSA with SHA-384"},
    [SIG_ECDSA_SHA512] = {MORE "ecdsa-sha512", "ECDSA with SHA-512"},
};

static const char *const weak[] = {
    NS_DS "sha1",      MORE "md5",        NS_DS "rsa-sha1",         NS_DS "dsa-sha1",
    MORE "rsa-md5",    MORE "ecdsa-sha1", MORE2007 "sha1-rsa-MGF1", MORE2007 "md5-rsa-MGF1",
    NS_DS "hmac-sha1",
};

const char *algorithm_digest_uri(enum digest_alg a)
{
    return digests[a];
}

const char *algorithm_signature_uri(enum sig_alg a)
{
    return signatures[a].uri;
}

const char *algorithm_signature_name(enum sig_alg a)
{
    return signatures[a].name;
}

bool algorithm_digest_of(struct bytes uri, enum digest_alg *out)
{
    for (unsigned i = 0; i < DIGEST_COUNT; i++) {
        if (!bytes_eq_str(uri, digests[i])) continue;
        *out = (enum digest_alg)i;
        return true;
    }
    return false;
}

bool algorithm_signature_of(struct bytes uri, enum sig_alg *out)
{
    for (unsigned i = 0; i < SIG_COUNT; i++) {
        if (!bytes_eq_str(uri, signatures[i].uri)) continue;
        *out = (enum sig_alg)i;
        return true;
    }
    return false;
}

bool algorithm_weak(struct bytes uri)
{
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        if (bytes_eq_str(uri, weak[i])) return true;
    }
    return false;
}
