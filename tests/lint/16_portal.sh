#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the portal's guide says of its API is what the portal has: every route, every refusal of a signature.
set -u
. "$(dirname "$0")/../tap.sh"
guide=fixtures/portal/README.md

# "POST /api/applications/*/form" as the last word of the path, which the table has.
sed -n 's/^    {"\([A-Z]*\)", A\{0,1\} *"\([^"]*\)".*/\2/p' fixtures/portal/route.c | sort -u >"$work/paths"
sed -n '/^## The API/,$s/^| \([^|]*\) |.*/\1/p' "$guide" >"$work/told"
check "there are routes" [ "$(wc -l <"$work/paths")" -gt 15 ]
while read -r path; do
    check "the guide has $path" grep -qF -- "${path##*/}" "$work/told"
done <"$work/paths"

sed -n '/X(SIGNATURE_INVALID/,/X(BUSY/s/^    X([A-Z_]*, 422, "\([a-z-]*\)".*/\1/p' fixtures/portal/problem.h >"$work/slugs"
sed -n '/^| slug/,/^$/p' "$guide" | grep -o '[a-z]*-[a-z-]*[a-z]' >"$work/explained"
check "there are refusals" [ "$(wc -l <"$work/slugs")" -gt 8 ]
while read -r slug; do
    check "the guide explains $slug" grep -qx -- "$slug" "$work/explained"
done <"$work/slugs"

finish
