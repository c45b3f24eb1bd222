/* SPDX-License-Identifier: MIT */
/*
 * proxy: through which proxy a URL is asked, as the environment says.
 *
 * What: http_proxy, https_proxy, all_proxy and no_proxy, in the way curl reads them: also in
 * capital letters, but for http_proxy, which a web server sets from a request's header. Not:  left
 * to the library, because the rule of addresses has to know: an address behind a proxy is the
 * proxy's to reach, and the proxy may stand in a private network. Use:  proxy_read(&p); const char
 * *through = proxy_for(&p, "https", "zd.kamusm.gov.tr");
 */
#ifndef FETCH_PROXY_H
#define FETCH_PROXY_H

#include "core/bytes.h"

#define PROXY_TEXT 1024
#define PROXY_LIST 4096

struct proxy {
    char http[PROXY_TEXT], https[PROXY_TEXT]; /* "" none */
    char none_for[PROXY_LIST];
};

/* The names of the environment that count, NULL behind the last. */
extern const char *const proxy_variables[];

/* proxy_read takes them from this process's environment; too long ones count as not set. */
void proxy_read(struct proxy *out);

/* proxy_for gives the proxy's URL, "" for none. no_proxy lists, between commas or spaces: `*`,
 * names (with all below them, a leading dot or not), addresses, and blocks such as 10.0.0.0/8.
 * `host` in lower case. */
const char *proxy_for(const struct proxy *p, const char *scheme, const char *host);

#endif
