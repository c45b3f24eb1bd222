#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Lists of api/client that stand in two places: its errors and core/err.h, what it exports and its types,
# its version, its licence, its ports; and what is in its package.
set -u
. "$(dirname "$0")/../tap.sh"
client=api/client

same() { [ -s "$1" ] && diff <(sort -u "$1") <(sort -u "$2"); } # FILE FILE: sorted sets

sed -nE 's/^   ([a-z-]+) +[0-9]{3} +(yes|no)$/\1/p' api/PROTOCOL >"$work/slugs"
script() { node --input-type=module -e "$1"; }
script "import {slugs} from './$client/problem.js'; console.log(slugs.join('\n'))" >"$work/client.slugs"
check "every error of api/PROTOCOL has a class, and no other" same "$work/slugs" "$work/client.slugs"
once() { [ -z "$(sort "$work/client.slugs" | uniq -d)" ]; }
check "one class each" once

script "import * as all from './$client/index.js'; console.log(Object.keys(all).join('\n'))" >"$work/exports"
sed -nE 's/^export (class|function|const) ([A-Za-z]+).*/\2/p' "$client/index.d.ts" >"$work/types"
check "exports of index.js and of index.d.ts" same "$work/exports" "$work/types"
methods() { script "import {$1} from './$client/index.js'; console.log(Object.getOwnPropertyNames($1.prototype).filter((n) => n !== 'constructor').join('\n'))"; }
methods Onayd >"$work/methods"
sed -n '/^export class Onayd {/,/^}/s/^    \([a-z]*\)(.*Promise.*/\1/p' "$client/index.d.ts" >"$work/types.methods"
check "methods of Onayd" same "$work/methods" "$work/types.methods"
classes() { grep -oE '^\| [A-Z][A-Za-z, ]+ \|' "$client/README.md" | tr -d '|,' | tr -s ' ' '\n' | sed '/^$/d'; }
classes >"$work/told"
grep -vE '^(Onayd|OnaydError|[a-z].*)$' "$work/exports" >"$work/classes"
check "the errors that its README explains" same "$work/classes" "$work/told"

version() { [ "$(jq -r .version "$client/package.json")" = "$(sed -n 's/^VERSION := //p' Makefile)" ]; }
check "its version" version
bare() { jq -e '[keys[] | select(test("ependencies|scripts|bin"))] == []' "$client/package.json"; }
check "it depends on nothing, and runs nothing" bare
check "its licence" cmp LICENSE "$client/LICENSE"
ports() { [ "$(script "import {PORTS} from './$client/daemon.js'; console.log(PORTS[0], PORTS.at(-1))")" = "$(sed -nE 's/^     - TCP on .*one port of ([0-9]+) to ([0-9]+), or the one$/\1 \2/p' api/PROTOCOL)" ]; }
check "its ports" ports
csp() { [ "$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$client/README.md" | sed 's/.*://' | tr '\n' ' ')" = "$(seq -s ' ' 15070 15073) " ]; }
check "and those that a page has to allow" csp

# It asks no registry, and writes nowhere but here.
packed() { (cd "$client" && HOME=$work npm pack --dry-run --json --offline --no-update-notifier 2>/dev/null) | jq -r '.[0].files[].path'; }
packed >"$work/packed"
(cd "$client" && ls -- *) >"$work/files"
check "its package is what is in its folder" same "$work/files" "$work/packed"
few() { [ "$(wc -l <"$work/files")" -lt 24 ] && ! grep -vE '\.(js|md)$|^(index\.d\.ts|package\.json|LICENSE)$' "$work/files"; }
check "and nothing else is there" few
finish
