#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The status page's words (api/status-page/status.js) and the daemon's: every state and reason that an answer may
# have is said in two languages, and no other one; every text of the page is used.
set -u
. "$(dirname "$0")/../tap.sh"
script=api/status-page/status.js

node - "$script" >"$work/words.json" <<'J'
const fs = require('fs'), source = fs.readFileSync(process.argv[2], 'utf8');
const table = (name) => Function(`'use strict'; const OPEN_COMMAND = 'x'; return ${source.match(new RegExp(`^const ${name} = (\\{.*?^\\});`, 'ms'))[1]}`)();
const names = ['words', 'daemonStates', 'readerStates', 'pinStates', 'usableReasons', 'qualifiedReasons', 'troubles', 'closings'];
console.log(JSON.stringify(Object.fromEntries(names.map((name) => [name, table(name)]))));
J
keys() { jq -r --arg of "$1" '.[$of] | keys[]' "$work/words.json" | sort >"$work/page"; }
enum() { jq -r ".components.schemas.$1.enum[]" api/openapi.json | sort >"$work/contract"; } # 14_openapi.sh compares it with the code
same() { keys "$1" && enum "$2" && [ -s "$work/page" ] && diff "$work/page" "$work/contract"; } # TABLE SCHEMA
check "states of the daemon" same daemonStates DaemonState
check "states of readers" same readerStates Reader.properties.state
check "PIN tries" same pinStates PinTriesLeft
check "why not usable" same usableReasons Certificate.properties.usableReasons.items
check "why not qualified" same qualifiedReasons NotQualified

mended() { # what is wrong has something to do about it
    keys troubles
    {
        jq -r '.daemonStates | keys[] | select(. != "ready" and . != "shutting-down")' "$work/words.json"
        jq -r '.pinStates | keys[] | select(. != "ok") | "pin-" + .' "$work/words.json"
        jq -r '.usableReasons | keys[] | select(startswith("pin-") | not)' "$work/words.json"
        printf '%s\n' card-service no-reader no-card card-mute card-in-use no-certificate expires-soon unattended
    } | sort | diff "$work/page" -
}
check "each of them can be mended" mended
pairs() { jq -e '[.. | arrays | select(length == 2 and all(.[]; type == "string")) | all(.[]; length > 0)] | length > 80 and all' "$work/words.json"; }
check "every text in two languages" pairs
levels() { jq -e '[.troubles, .closings] | map(.[]) | all(.[]; (.[0] | IN("bad", "warn", "plain")) and (.[1] | length == 2) and (.[2] == null or (.[2] | length == 2)))' "$work/words.json"; }
check "every trouble has a level, a title and what to do" levels
used() { # each word is said somewhere
    local name
    while read -r name; do
        grep -qE "say\('$name'\)|words\.$name\b|[[('?:] ?'$name'|data-text=\"$name\"" <(sed '/^const words/,/^};/d' "$script") api/status-page/status.html || { echo "$name"; return 1; }
    done < <(jq -r '.words | keys[]' "$work/words.json")
}
check "every word is used" used
elements() { # what the script looks for is there
    diff <(grep -oE "(byId|put)\('[a-z]+'" "$script" | cut -d"'" -f2 | sort -u) <(grep -oE ' id="[a-z]+"' api/status-page/status.html | cut -d'"' -f2 | sort -u)
}
check "every element is there" elements
finish
