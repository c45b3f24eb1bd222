#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A site that nobody configured asks to be let in: what the person is shown, what each answer opens
# and for how long, and what a site that asks again and again gets.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/ends.sh
export LC_ALL=C.UTF-8
onay=$O/onay
case $onay in /*) ;; *) onay=$PWD/$onay ;; esac

make_card rsa
printf '%s\n' 'origin = https://portal.example' "pinentry = $PWD/tests/support/fake-pinentry" >>"$conf"
fresh() { # [OPTION…]: a daemon whose pauses are over
    stop_daemon
    start_daemon "$conf" "$@"
}
site=https://basvuru.example
origin() { printf 'Origin: %s' "$1"; }
pairs() { # STATUS SLUG ORIGIN [CURL-OPTION…]
    answers "$1" "$2" "$tcp/v1/pairings" -H "$(origin "$3")" -H 'Content-Type: application/json' -d '{}' "${@:4}"
}
visits() { answers "$1" "$2" "$tcp/v1/info" -H "$(origin "$3")"; } # STATUS SLUG ORIGIN
no_cors() { ! grep -qi '^access-control' "$work/head"; }
cors() { [ "$(header Access-Control-Allow-Origin)" = "$1" ]; }
says() { jq -e "$1" "$work/body"; }
approves() { # STATUS SLUG ORIGIN KEY
    answers "$1" "$2" "$tcp/v1/approvals" -H "$(origin "$3")" -H 'Content-Type: application/json' -H "Idempotency-Key: $4" \
        --data-binary "@$work/good.json"
}
done_for() { # ORIGIN: the approval of the last answer comes to its end, seen by that origin
    local path
    path=$(jq -r .id "$work/body")
    for _ in $(seq 20); do
        [ "$(ask "$tcp/v1/approvals/$path?wait=5" -H "$(origin "$1")")" = 200 ] || return 1
        says .final >/dev/null && break
    done
    says '.state == "done"' && answers 200 "" "$tcp/v1/approvals/$path/signature" -H "$(origin "$1")"
}
asker() { pgrep -P "$daemon" -f -- ' --admission '; }
no_asker() { ! asker; }

# ---- before anybody is asked ----
fresh
check "the site is unknown" visits 403 origin-not-allowed $site
preflight() { answers "$1" "$2" "$tcp/v1/pairings" -X OPTIONS -H "$(origin "$3")" -H 'Access-Control-Request-Method: POST' "${@:4}"; }
check "its preflight is answered" preflight 204 "" $site
check "for that origin" cors $site
check "nowhere else" answers 403 origin-not-allowed "$tcp/v1/health" -X OPTIONS -H "$(origin $site)"
check "a private network, when asked" preflight 204 "" $site -H 'Access-Control-Request-Private-Network: true'
allows() { [[ "$(header "$1")" == *"$2"* ]]; }
check "is allowed" allows Access-Control-Allow-Private-Network true
script
for bad in null 'https://Basvuru.example' 'https://basvuru.example:443' 'https://basvuru.example.' 'https://basvuru.example/' \
    'http://basvuru.example' 'http://localhost:3000' 'chrome-extension://abcdefghijklmnop' 'https://basvuru.example https://portal.example'; do
    check "no origin to ask about: $bad" pairs 403 origin-not-allowed "$bad"
    check "without CORS headers" no_cors
done
check "a GET is not open" answers 403 origin-not-allowed "$tcp/v1/pairings" -H "$(origin $site)"
check "nor another path" answers 403 origin-not-allowed "$tcp/v1/pairings/" -X POST -H "$(origin $site)" -H 'Content-Type: application/json' -d '{}'
check "a simple request has no effect" answers 415 media-type "$tcp/v1/pairings" -H "$(origin $site)" -H 'Content-Type: text/plain' -d '{}'
check "an unknown member" answers 422 invalid-field "$tcp/v1/pairings" -H "$(origin $site)" -H 'Content-Type: application/json' -d '{"name":"Kamu SM"}'
check "is named" says '.pointer == "/name"'
check "no object" answers 422 invalid-field "$tcp/v1/pairings" -H "$(origin $site)" -H 'Content-Type: application/json' -d '[]'
check "no JSON" answers 400 malformed-json "$tcp/v1/pairings" -H "$(origin $site)" -H 'Content-Type: application/json' -d '{'
check "another Host" answers 421 host-not-allowed "$tcp/v1/pairings" -H "Host: evil.example:$port" -H "$(origin $site)" -H 'Content-Type: application/json' -d '{}'
check "a program has no origin" answers 422 invalid-field /v1/pairings -H 'Content-Type: application/json' -d '{}'
check "the header is named" says '.header == "Origin"'
check "a configured one is let in already" pairs 200 "" https://portal.example
check "and told so" says '.granted == "configured" and .origin == "https://portal.example"'
check "nobody was asked for all that" [ "$(n_told CONFIRM)" = 0 ]

# ---- for one approval ----
script ok
check "the person says: for one approval" pairs 200 "" $site
check "the site is told" says '.granted == "once" and .origin == "'$site'" and (.expiresAt | type == "string")'
check "by a readable answer" cors $site
check "the dialog names the site" grep -qx "SETDESC Tanınmayan bir internet sitesi soruyor:%0A%0A$site%0A%0A.*" "$PINENTRY_USER_DATA/log"
check "asked once" [ "$(n_told CONFIRM)" = 1 ]
check "the process that asked has ended" poll no_asker
check "it is let in" visits 200 "" $site
check "and may ask for it again" pairs 200 "" $site
check "without a dialog" [ "$(n_told CONFIRM)" = 1 ]
check "no other site is" visits 403 origin-not-allowed https://www.basvuru.example
check "nor another port" visits 403 origin-not-allowed https://basvuru.example:8443
check "it sees no list of sites" answers 404 not-found "$tcp/v1/origins" -H "$(origin $site)"
broken() { jq '.signature.profile = "P9"' "$work/good.json" >"$work/broken.json" &&
    answers 422 invalid-field "$tcp/v1/approvals" -H "$(origin $site)" -H 'Content-Type: application/json' -H 'Idempotency-Key: zero' --data-binary "@$work/broken.json"; }
check "a refused request is no approval yet" broken
check "an approval" approves 202 "" $site first
first=$(jq -r .id "$work/body")
check "the same again is the same" approves 202 "" $site first
same() { [ "$(jq -r .id "$work/body")" = "$first" ]; }
check "by its id" same
check "it is signed, and fetched" done_for $site
check "another one is refused" approves 403 origin-not-allowed $site second
check "by an answer that it can read" cors $site
script cancel
check "it asks again: the person says no" pairs 403 pairing-declined $site
check "asked once more" [ "$(n_told CONFIRM)" = 1 ]
check "what was made is still its own" answers 200 "" "$tcp/v1/approvals/$first" -H "$(origin $site)"
fresh
script ok ok
check "after a restart it is unknown" visits 403 origin-not-allowed $site
check "let in again" pairs 200 "" $site
check "it finds its approval" answers 200 "" "$tcp/v1/approvals/$first" -H "$(origin $site)"
check "and its key gives that, not a second signature" approves 202 "" $site first
check "by its id" same
check "a second one" approves 202 "" $site second
check "is signed" done_for $site
check "for a third it asks, and is let in again" pairs 200 "" $site
check "for one approval" says '.granted == "once"'
check "which it makes" approves 202 "" $site other
check "and that is signed" done_for $site

# ---- the time of a visit ----
fresh --set document_keep_seconds=10
script ok
check "let in for a short while" pairs 200 "" $site
over() { visits 403 origin-not-allowed $site; }
check "which ends" poll over

# ---- for good ----
fresh
script no ok
check "the person says: always" pairs 200 "" $site
check "the site is told" says '.granted == "always" and (has("expiresAt") | not)'
check "asked twice" [ "$(n_told CONFIRM)" = 2 ]
check "it is let in" visits 200 "" $site
origins=$XDG_STATE_HOME/onayd/origins
check "the file is the user's alone" [ "$(stat -c %a "$origins")" = 600 ]
check "for as many approvals as it likes" approves 202 "" $site third
check "one" done_for $site
check "and another" approves 202 "" $site fourth
check "and its end" done_for $site
fresh
check "after a restart too" visits 200 "" $site
lists() { "$onay" origins list >"$work/list" && cat "$work/list" && grep -qx "$1" "$work/list"; }
check "onay origins list: the configured one" lists 'https://portal.example  onayd.conf dosyasında'
check "and that one" lists "$site  her zaman, 20[0-9TZ:-]* tarihinden beri"
check "in English" env LC_ALL=en_US.UTF-8 "$onay" origins list
check "as JSON" ends 0 "$onay" origins list --json
check "with their ids" jq -e '.origins | length == 3 and all(.id | test("^[0-9a-f]{32}$"))' "$work/out"
curl -qsN -m 60 "$tcp/v1/events" -H "$(origin $site)" >"$work/stream" &
stream=$!
check "its stream of events is open" poll grep -q '^event: readers' "$work/stream"
check "onay origins remove" ends 0 "$onay" origins remove $site
stream_ended() { ! kill -0 $stream 2>/dev/null; }
check "ends the stream" poll stream_ended
check "the site is unknown" visits 403 origin-not-allowed $site
not_listed() { "$onay" origins list >"$work/list" && ! grep -q "$site" "$work/list"; }
check "and no longer listed" not_listed
check "it is not there to be removed twice" ends 1 "$onay" origins remove $site
check "a configured one is taken out of the file" ends 1 "$onay" origins remove https://portal.example
check "as is said" grep -q origin-configured "$work/out"
check "and stays" visits 200 "" https://portal.example
check "not an origin: usage" ends 64 "$onay" origins remove basvuru.example
check "an id that is not there" answers 404 not-found /v1/origins/00000000000000000000000000000000 -X DELETE

# ---- no ----
fresh
script cancel
check "the person says no" pairs 403 pairing-declined $site
check "the site may read that" cors $site
retry() { local s; s=$(header Retry-After); echo "Retry-After: $s"; [ "$s" -ge "$1" ] && [ "$s" -le "$2" ]; }
check "and for how long nobody is asked" retry 55 60
check "it is not let in" visits 403 origin-not-allowed $site
check "it asks at once again" pairs 429 too-many-requests $site
check "in vain, and unread" no_cors
check "when it may is told to who can read headers" retry 50 60
check "another name of the same" pairs 429 too-many-requests https://a.basvuru.example
check "or somebody else" pairs 429 too-many-requests https://evil.example
check "their preflights tell nothing" preflight 429 too-many-requests https://evil.example
check "without CORS headers" no_cors
check "one dialog in all" [ "$(n_told CONFIRM)" = 1 ]
check "who is known is served" visits 200 "" https://portal.example
for answer in 'no cancel' 'no no' timeout no-display die garbage; do
    fresh
    # shellcheck disable=SC2086 # answers, one a line
    script $answer
    case $answer in timeout) status=409 slug=consent-timeout ;; no-display | die | garbage) status=409 slug=dialog-unavailable ;; *) status=403 slug=pairing-declined ;; esac
    check "answer \"$answer\": $slug" pairs $status $slug $site
    check "is not let in" visits 403 origin-not-allowed $site
    check "and nobody is asked for a while" pairs 429 too-many-requests $site
done

# ---- one dialog for all ----
fresh
script wait
ask_in_background() { # ORIGIN FILE
    curl -qsS -m 60 -o "$work/$2" -w '%{http_code}\n' "$tcp/v1/pairings" -H "$(origin "$1")" -H 'Content-Type: application/json' -d '{}' >"$work/$2.status" &
}
ask_in_background $site one
one=$!
check "a dialog is open" waiting
check "by a process of its own" asker
check "another site has to wait" pairs 429 too-many-requests https://evil.example
check "and learns nothing" no_cors
for i in 2 3 4 5 6 7 8; do ask_in_background $site joins$i; done
eight() { [ "$(ss -Htn state established "( sport = :$port )" | wc -l)" -ge 8 ]; }
check "the same site's other requests join it" poll eight
sleep 0.5
check "not without end" pairs 429 too-many-requests $site
check "one dialog" [ "$(n_told CONFIRM)" = 1 ]
check "health is answered meanwhile" answers 200 "" /v1/health
kill -9 "$(pgrep -P "$(asker)")" 2>/dev/null # the dialog dies
wait_all() { wait; [ "$(cat "$work"/one.status "$work"/joins?.status | sort -u)" = 409 ]; }
stop_stream=$daemon
disown "$daemon" 2>/dev/null
check "all of them are told when it dies" wait_all
daemon=$stop_stream

fresh
script wait
ask_in_background $site gone
gone=$!
check "a dialog is open" waiting
kill "$gone"
check "the page goes away: so does the dialog" poll no_asker
check "which counts as a no" pairs 429 too-many-requests $site
fresh
script wait
ask_in_background $site ends
check "a dialog is open" waiting
check "the daemon ends" stop_daemon
check "and takes the dialog along" no_asker

# ---- pauses grow, and end with a yes ----
fresh --set consent_seconds=10
script wait
check "nobody answers" pairs 409 consent-timeout $site
check "the site is told" cors $site
check "a pause" retry 55 60

# ---- a store that cannot be had ----
stop_daemon
echo rubbish >"$origins"
fresh
check "a file that is not believed lets nobody in" visits 403 origin-not-allowed $site
check "the log names it" grep -q "$origins: " "$work/daemon.log"
script no ok
check "\"always\" cannot be kept" pairs 503 store-unusable $site
check "and is not half granted" visits 403 origin-not-allowed $site
fresh
script ok
check "\"for one approval\" needs no file" pairs 200 "" $site
check "it is let in" visits 200 "" $site
rm "$origins"

# ---- off ----
fresh --set pairing=no
script ok
check "off: nobody is asked" pairs 403 origin-not-allowed $site
check "nothing can be read" no_cors
check "nor by a preflight" preflight 403 origin-not-allowed $site
check "no dialog" [ "$(n_told CONFIRM)" = 0 ]
check "a page that is known is told" visits 200 "" https://portal.example
check "by /v1/info" says '.pairing == false'
finish
