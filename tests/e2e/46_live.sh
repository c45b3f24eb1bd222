#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A card that is pulled and put back behind a real pcscd, as a page hears of it (GET /v1/events) and
# as a person reads it (onay status --watch).
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/card.sh
listening= watching=
cleanup() {
    kill $listening $watching 2>/dev/null
    stop_daemon
    stop_stacks
}
start_stack rsa
sed -i '/^token_uri/d' "$conf"
start_daemon "$conf"

mkfifo "$work/pipe"
while IFS= read -r line; do echo "$EPOCHREALTIME $line"; done <"$work/pipe" >"$work/page" &
curl -qsSN --unix-socket "$sock" http://localhost/v1/events >"$work/pipe" &
listening=$!
LC_ALL=C.UTF-8 "$O/onay" status --watch >"$work/lines" 2>&1 </dev/null &
watching=$!

n=0 w=0 # lines that were there before the step at hand
step() { n=$(wc -l <"$work/page"); w=$(wc -l <"$work/lines"); }
# hears EVENT FILTER: such an event comes whose data the filter likes.
heard() {
    tail -n +$((n + 1)) "$work/page" | grep -A 1 -E " event: $1\$" | sed -n 's/^[0-9.]* data: //p' | jq -es "any(.[]; $2)"
}
hears() { poll heard "$@" >/dev/null || { tail -n +$((n + 1)) "$work/page"; false; }; }
stands() { tail -n +$((w + 1)) "$work/lines" | grep -E -- "^[0-9:]{8}  $1\$"; }
reads() { poll stands "$1" >/dev/null || { cat "$work/lines"; false; }; } # PATTERN: such a line comes
# latency WHAT PATTERN: printed, since the order that was given at $since.
latency() {
    tail -n +$((n + 1)) "$work/page" | awk -v since="$since" -v what="$1" -v pattern="$2" \
        '$0 ~ pattern { printf "# from the order to %s to the event: %.0f ms, of which pcscd has its share\n", what, ($1 - since) * 1000; exit }'
}
known='.readers | any(.state == "card-present" and (.token.label | length > 0) and .pinTriesLeft == "ok")'
check "the page hears of pcscd, the card and its token" hears readers ".cardService == \"running\" and ($known)"
check "of the kind of card" hears readers '.readers | any(.cardFamily.slug == "piv")'
check "of its certificate" hears certificates '.ids | length == 1'
check "the person reads it" reads '.*: kart takılı, PIV, .+, PIN tamam.*'
check "and whose it is" reads 'sertifika: Ayşe Yılmaz, .*'
same_id() {
    ask /v1/certificates >/dev/null
    local id
    id=$(jq -r '.certificates[0].reader' "$work/body")
    ask /v1/readers >/dev/null
    jq -e --arg id "$id" '.readers | any(.id == $id and .state == "card-present")' "$work/body"
}
check "the certificate names its reader" same_id
empty='.readers | all(.state == "empty" and (has("token") | not))'
for turn in 1 2 3; do
    step
    since=$EPOCHREALTIME
    check "$turn: pulled" tell remove
    check "$turn: the page hears it" hears readers "$empty"
    latency "pull it" '"state":"empty"'
    check "$turn: and that its certificate has gone" hears certificates '.ids == []'
    check "$turn: the person reads it" reads '.*: kart çıkarıldı'
    step
    since=$EPOCHREALTIME
    check "$turn: put back" tell insert
    check "$turn: the page hears it" hears readers '.readers | any(.state == "card-present")'
    latency "put it back" '"state":"card-present"'
    check "$turn: then what the module knows" hears readers "$known"
    check "$turn: and its certificate" hears certificates '.ids | length == 1'
    check "$turn: the person reads it" reads '.*: kart takıldı.*'
done
check "status: reader, kind of card, label, tries" bash -c 'LC_ALL=C.UTF-8 "$0" status | tee "$1" | grep -E "^.*: kart takılı, PIV, .+, PIN tamam"' "$O/onay" "$work/out"
quiet() { # nobody is woken while nothing happens
    local service before after
    service=$(pgrep -x onayd-service -P "$daemon")
    before=$(awk '/^voluntary/ { print $2 }' "/proc/$service/status")
    sleep 3
    after=$(awk '/^voluntary/ { print $2 }' "/proc/$service/status")
    echo "$before, then $after"
    [ $((after - before)) -le 2 ]
}
check "the service sleeps while two listen" quiet
check "the daemon ends" stop_daemon
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log"; }
check "without a fault of memory" sound
finish
