/* SPDX-License-Identifier: MIT */
#include "api/openapi.h"

/* The service may open no file. */
__asm__(".pushsection .rodata\n"
        ".hidden openapi_begin, openapi_end\n"
        ".globl openapi_begin, openapi_end\n"
        "openapi_begin: .incbin \"api/openapi.json\"\n"
        "openapi_end:\n"
        ".popsection");
extern const char openapi_begin[] __attribute__((visibility("hidden")));
extern const char openapi_end[] __attribute__((visibility("hidden")));

err_t openapi_get(struct call *c)
{
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (e) return e;
    struct jsonw w = call_json(c, 200);
    buf_add(w.out, bytes_of(openapi_begin, (size_t)(openapi_end - openapi_begin)));
    return call_done(c);
}
