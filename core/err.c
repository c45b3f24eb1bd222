/* SPDX-License-Identifier: MIT */
#include "core/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *slug;
    const char *title[2];
} errors[ERR_COUNT] = {[OK] = {"ok", {"Tamam", "OK"}},
#define ERR_ROW(name, slug, tr, en) [ERR_##name] = {slug, {tr, en}},
                       ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

static err_t known(err_t e)
{
    return (unsigned)e < ERR_COUNT ? e : ERR_INTERNAL;
}

const char *err_slug(err_t e)
{
    return errors[known(e)].slug;
}

const char *err_title(err_t e, enum lang lang)
{
    return errors[known(e)].title[lang == LANG_EN];
}

err_t err_raise_at(err_t e, const char *file, int line, unsigned long foreign)
{
    static int debug = -1;
    if (debug < 0) {
        const char *set = getenv("ONAYD_DEBUG");
        debug = set && strcmp(set, "1") == 0;
    }
    if (debug)
        (void)fprintf(stderr, "debug: %s at %s:%d (0x%lx)\n", err_slug(e), file, line, foreign);
    return e;
}
