/* SPDX-License-Identifier: MIT */
#include "xades/version.h"

#include "xades/element.h"
#include "xades/names.h"

static const struct {
    const char *name, *ns, *digest_ns;
} versions[VERSION_COUNT] = {
    [VERSION_111] = {"1.1.1", NS_XADES111, NS_XADES111},
    [VERSION_122] = {"1.2.2", NS_XADES122, NS_DS},
    [VERSION_132] = {"1.3.2", NS_XADES, NS_DS},
};

const char *version_name(enum version v)
{
    return versions[v].name;
}

const char *version_ns(enum version v)
{
    return versions[v].ns;
}

const char *version_digest_ns(enum version v)
{
    return versions[v].digest_ns;
}

bool version_of(const xmlNode *n, enum version *out)
{
    for (unsigned i = 0; n->ns && i < VERSION_COUNT; i++) {
        if (!bytes_eq_str(bytes_str((const char *)n->ns->href), versions[i].ns)) continue;
        *out = (enum version)i;
        return true;
    }
    return false;
}

bool version_element(const xmlNode *n, const char *name)
{
    enum version v;
    return version_of(n, &v) && element_is(n, versions[v].ns, name);
}

bool version_mixed(const xmlNode *qualifying, enum version v)
{
    bool into = true;
    for (const xmlNode *n = element_walk(qualifying, qualifying, true); n;
         n = element_walk(n, qualifying, into)) {
        enum version other;
        into = !element_is(n, NS_DS, "Signature");
        if (version_of(n, &other) && other != v) return true;
        bool later = n->ns && bytes_eq_str(bytes_str((const char *)n->ns->href), NS_XADES141);
        if (later && v != VERSION_132) return true;
    }
    return false;
}
