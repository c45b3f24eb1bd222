#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tools/lint sees each fault it is there for: planted one by one in a small house of two floors.
set -u
. "$(dirname "$0")/../tap.sh"
lint=$PWD/tools/lint
house=$work/house

build() {
    rm -rf "$house"
    mkdir -p "$house/core" "$house/xades"
    cd "$house" && git init -q . || return 1
    printf '/* SPDX-License-Identifier: MIT */\nint core(void);\n' >core/core.h
    printf '/* SPDX-License-Identifier: MIT */\n#include "core/core.h"\n' >core/core.c
    printf '/* SPDX-License-Identifier: MIT */\n#include "core/core.h"\n#include "xades/own.h"\n' >xades/xades.c
    printf '/* SPDX-License-Identifier: MIT */\n#include <libxml/tree.h>\nxmlNode *own(void);\n' >xades/own.h
}
holds() { (cd "$house" && "$lint" "core xades" "core:" "xades:core") >"$work/said" 2>&1; }
sound() { build && holds; }
seen() { # FILE LINE WORDS: the line in that file makes lint say the words
    build || return 1
    printf '%s\n' "$2" >>"$1"
    ! holds && grep -qF "$3" "$work/said"
}

check "a sound house" sound
check "an include up the stairs" seen core/core.c '#include "xades/own.h"' "core may not use xades"
check "an include without its floor" seen core/core.c '#include "core.h"' "name the floor"
check "a library of another floor" seen core/core.c '#include <libxml/tree.h>' "core may not use <libxml/"
check "a foreign type in a header others include" seen core/core.h 'EVP_MD *md(void);' "crosses the wall"
check "a foreign type before a comment" seen core/core.h 'EVP_MD *md; /* a digest */' "crosses the wall"
check "a foreign header in a header others include" seen core/core.h '#include <openssl/evp.h>' "crosses the wall"
behind() {
    build || return 1
    printf '/* SPDX-License-Identifier: MIT */\nEVP_MD *md(void);\n' >core/inner.h
    printf '#include "core/inner.h"\n' >>core/core.h
    ! holds && grep -qF "core/inner.h: a foreign type" "$work/said"
}
check "a foreign type one header further" behind
comment() { build && echo '/* not an EVP_MD */' >>core/core.h && holds; }
check "a foreign name in a comment is none" comment
check "a header that is not there" seen xades/xades.c '#include "core/gone.h"' "core/gone.h is included and not there"
check "a banned function" seen core/core.c 'void f(char *s) { strcpy(s, "x"); }' "banned"
check "goto" seen core/core.c 'void f(void) { goto x; x:; }' "goto"
unlicensed() {
    build || return 1
    echo 'int f(void);' >core/bare.c
    ! holds && grep -qF "core/bare.c: no SPDX line" "$work/said"
}
check "a file without its licence" unlicensed

finish
