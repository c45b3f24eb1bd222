/* SPDX-License-Identifier: MIT */
#include "xades/why.h"

#include <stdarg.h>
#include <stdio.h>

err_t why_say_at(struct xades_why *why, err_t e, const char *file, int line, const char *fmt, ...)
{
    if (why) {
        va_list ap;
        va_start(ap, fmt);
        (void)vsnprintf(why->clause, sizeof why->clause, fmt, ap);
        va_end(ap);
    }
    return err_raise_at(e, file, line, 0);
}
