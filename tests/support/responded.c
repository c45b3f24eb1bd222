/* SPDX-License-Identifier: MIT */
#include "tests/support/responded.h"

#include "tests/support/scratch.h"

void responded_make(const char *dir, const char *pki, const char *name, const char *leaf,
                    const char *signer, bool revoked)
{
    scratch_run(
        "cd %s && serial=$(openssl x509 -in %s/%s.pem -noout -serial | sed 's/.*=//') && "
        "printf '%s\\t401231235959Z\\t%s\\t%%s\\tunknown\\t/CN=x\\n' \"$serial\" >index.txt && "
        "printf 'unique_subject = no\\n' >index.txt.attr && "
        "openssl ocsp -issuer %s/sub.pem -cert %s/%s.pem -reqout req -no_nonce && "
        "openssl ocsp -index index.txt -CA %s/sub.pem -rsigner %s/%s.pem -rkey %s/%s.key "
        "-ndays 1 -reqin req -respout %s.ocsp",
        dir, pki, leaf, revoked ? "R" : "V", revoked ? "261001000000Z,keyCompromise" : "", pki, pki,
        leaf, pki, pki, signer, pki, signer, name);
}
