#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Lists of the API that stand in two places: errors, routes and limits, in the code and in
# api/PROTOCOL. Prints what stands in one of them alone.
set -u
. "$(dirname "$0")/../tap.sh"

same() { # FILE FILE: sorted sets
    [ -s "$1" ] && diff <(sort -u "$1") <(sort -u "$2")
}

grep -oE 'X\([A-Z_]+, *\\?$|X\([A-Z_]+, *"[a-z-]+"|^ *"[a-z0-9-]+", *("|\\$)' core/err.h |
    grep -oE '"[a-z0-9-]+"' | tr -d '"' >"$work/code.slugs"
sed -nE 's/^   ([a-z-]+) +[0-9]{3} +(yes|no)$/\1/p' api/PROTOCOL >"$work/text.slugs"
errors() { [ "$(wc -l <"$work/code.slugs")" = "$(grep -cE '^ +X\([A-Z_]+,' core/err.h)" ] && same "$work/code.slugs" "$work/text.slugs"; }
check "errors of core/err.h and of api/PROTOCOL" errors

sed -nE 's/^ *\{"([A-Z]+)", "([^"]+)", BODY_.*/\1 \2/p' api/route.c >"$work/code.routes"
sed -nE 's/^   ([A-Z]+) +(\/[^ ]*)$/\1 \2/p' api/PROTOCOL >"$work/text.routes"
check "routes of api/route.c and of api/PROTOCOL" same "$work/code.routes" "$work/text.routes"

# Every number among the settings is a limit that GET /v1/info tells.
tr '\n' ' ' <core/settings.c | grep -oE '\{"[a-z_]+", NUMBER' | grep -oE '[a-z_]{3,}' >"$work/code.settings"
sed -nE 's/^ *LIMIT\(([a-z_]+), "[A-Za-z]+"\).*/\1/p' api/info.c >"$work/info.settings"
check "numbers of core/settings.c and limits of api/info.c" same "$work/code.settings" "$work/info.settings"

sed -nE 's/^ *LIMIT\([a-z_]+, "([A-Za-z]+)"\).*/\1/p' api/info.c >"$work/info.limits"
sed -n '/^     limits /,/^5.3/p' api/PROTOCOL | grep -oE '\b(max[A-Z][A-Za-z]+|[a-z][A-Za-z]+(Seconds|Days))\b' |
    grep -v maxWaitSeconds >"$work/text.limits"
check "limits of api/info.c and of api/PROTOCOL" same "$work/info.limits" "$work/text.limits"

finish
