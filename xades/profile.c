/* SPDX-License-Identifier: MIT */
#include "xades/profile.h"

#include <string.h>

static const struct profile {
    const char *name;
    bool turkish, stamped;
} profiles[XADES_PROFILE_COUNT] = {
    [XADES_P1] = {"P1", true, false},
    [XADES_P2] = {"P2", true, true},
    [XADES_B_B] = {"B-B", false, false},
    [XADES_B_T] = {"B-T", false, true},
};

/* Those that somebody completes. */
static const struct profile completed[XADES_PROFILE_KNOWN - XADES_PROFILE_COUNT] = {
    [XADES_P3 - XADES_PROFILE_COUNT] = {"P3", true, true},
    [XADES_P4 - XADES_PROFILE_COUNT] = {"P4", true, true},
};

static const struct profile *row(unsigned p)
{
    return p < XADES_PROFILE_COUNT ? &profiles[p] : &completed[p - XADES_PROFILE_COUNT];
}

static const char *const packagings[XADES_PACKAGING_COUNT] = {
    [XADES_ENVELOPING] = "enveloping",
    [XADES_ENVELOPED] = "enveloped",
    [XADES_DETACHED] = "detached",
};

static const char *const commitments[XADES_COMMITMENT_COUNT] = {
    [XADES_COMMITMENT_NONE] = "",
    [XADES_PROOF_OF_ORIGIN] = "proof-of-origin",
    [XADES_PROOF_OF_APPROVAL] = "proof-of-approval",
    [XADES_PROOF_OF_CREATION] = "proof-of-creation",
};

const char *xades_profile_name(enum xades_profile p)
{
    return row(p)->name;
}

const char *xades_packaging_name(enum xades_packaging p)
{
    return packagings[p];
}

const char *xades_commitment_name(enum xades_commitment c)
{
    return commitments[c];
}

static bool profile_of(const char *name, unsigned n, enum xades_profile *out)
{
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(name, row(i)->name) != 0) continue;
        *out = (enum xades_profile)i;
        return true;
    }
    return false;
}

bool xades_profile_of(const char *name, enum xades_profile *out)
{
    return profile_of(name, XADES_PROFILE_COUNT, out);
}

bool xades_profile_known(const char *name, enum xades_profile *out)
{
    return profile_of(name, XADES_PROFILE_KNOWN, out);
}

static bool row_of(const char *name, const char *const *rows, unsigned n, unsigned *out)
{
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(name, rows[i]) != 0) continue;
        *out = i;
        return true;
    }
    return false;
}

bool xades_packaging_of(const char *name, enum xades_packaging *out)
{
    unsigned i;
    if (!row_of(name, packagings, XADES_PACKAGING_COUNT, &i)) return false;
    *out = (enum xades_packaging)i;
    return true;
}

bool xades_commitment_of(const char *name, enum xades_commitment *out)
{
    unsigned i;
    if (!row_of(name, commitments, XADES_COMMITMENT_COUNT, &i)) return false;
    *out = (enum xades_commitment)i;
    return true;
}

bool xades_profile_turkish(enum xades_profile p)
{
    return row(p)->turkish;
}

bool xades_profile_stamped(enum xades_profile p)
{
    return row(p)->stamped;
}
