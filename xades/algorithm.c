/* SPDX-License-Identifier: MIT */
#include "xades/algorithm.h"

#include "xades/names.h"

#define XMLENC   "http://www.w3.org/2001/04/xmlenc#"
#define MORE     "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE2007 "http://www.w3.org/2007/05/xmldsig-more#"

static const char *const digests[DIGEST_KNOWN] = {
    [DIGEST_SHA256] = XMLENC "sha256",
    [DIGEST_SHA384] = MORE "sha384",
    [DIGEST_SHA512] = XMLENC "sha512",
    [DIGEST_SHA1] = NS_DS "sha1",
};

static const struct {
    const char *uri, *name;
} signatures[SIG_KNOWN] = {
    [SIG_RSA_SHA256] = {MORE "rsa-sha256", "RSA with SHA-256"},
    [SIG_RSA_SHA384] = {MORE "rsa-sha384", "RSA with SHA-384"},
    [SIG_RSA_SHA512] = {MORE "rsa-sha512", "RSA with SHA-512"},
    [SIG_PSS_SHA256] = {MORE2007 "sha256-rsa-MGF1", "RSASSA-PSS with SHA-256"},
    [SIG_PSS_SHA384] = {MORE2007 "sha384-rsa-MGF1", "RSASSA-PSS with SHA-384"},
    [SIG_PSS_SHA512] = {MORE2007 "sha512-rsa-MGF1", "RSASSA-PSS with SHA-512"},
    [SIG_ECDSA_SHA256] = {MORE "ecdsa-sha256", "ECDSA with SHA-256"},
    [SIG_ECDSA_SHA384] = {MORE "ecdsa-sha384", "ECDSA with SHA-384"},
    [SIG_ECDSA_SHA512] = {MORE "ecdsa-sha512", "ECDSA with SHA-512"},
    [SIG_RSA_SHA1] = {NS_DS "rsa-sha1", "RSA with SHA-1"},
    [SIG_ECDSA_SHA1] = {MORE "ecdsa-sha1", "ECDSA with SHA-1"},
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

static bool find_digest(struct bytes uri, unsigned n, enum digest_alg *out)
{
    for (unsigned i = 0; i < n; i++) {
        if (!bytes_eq_str(uri, digests[i])) continue;
        *out = (enum digest_alg)i;
        return true;
    }
    return false;
}

static bool find_signature(struct bytes uri, unsigned n, enum sig_alg *out)
{
    for (unsigned i = 0; i < n; i++) {
        if (!bytes_eq_str(uri, signatures[i].uri)) continue;
        *out = (enum sig_alg)i;
        return true;
    }
    return false;
}

bool algorithm_digest_of(struct bytes uri, enum digest_alg *out)
{
    return find_digest(uri, DIGEST_COUNT, out);
}

bool algorithm_signature_of(struct bytes uri, enum sig_alg *out)
{
    return find_signature(uri, SIG_COUNT, out);
}

bool algorithm_digest_found(struct bytes uri, enum digest_alg *out)
{
    return find_digest(uri, DIGEST_KNOWN, out);
}

bool algorithm_signature_found(struct bytes uri, enum sig_alg *out)
{
    return find_signature(uri, SIG_KNOWN, out);
}

bool algorithm_weak(struct bytes uri)
{
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        if (bytes_eq_str(uri, weak[i])) return true;
    }
    return false;
}
