#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Readers and cards come and go, under a pcscd that comes and goes itself: the watcher tells each
# change, and between changes it does not wake up. A reader that comes under a running pcscd is not
# to be had without hardware: tests/pkcs11/test_pcsc.c plays it.
set -u
. "$(dirname "$0")/../tap.sh"
. tests/support/card.sh
case $O in /*) ;; *) O=$PWD/$O ;; esac
export ONAYD_TOKEN=$O/onayd-token WATCHER=$work/watcher
start_stack rsa
pcscd() { fixtures/card/stack pcscd "$stack" "$1" 8>&- 9>&-; }

# ---- a second card, which only answers to reset ----
# What a reader asks of it is a length and octets; 04 asks for the ATR.
cat >"$work/answer" <<'CARD'
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
while size=$(head -c 2 <&3 | od -An -tu1) && [ -n "$size" ]; do
    read -r high low <<<"$size"
    case $(head -c $((high * 256 + low)) <&3 | od -An -tx1) in
    *04) printf "$(printf '%04x%s' $((${#2} / 2)) "$2" | sed 's/../\\x&/g')" >&3 ;;
    esac
done
CARD
user=()
[ "$(id -u)" -eq 0 ] || user=(--user --preserve-credentials)
inside() { exec nsenter "${user[@]}" --target "$(cat "$stack/card.pid")" --net --mount "$@" 8>&- 9>&-; }
second=
put_in() { # ATR
    inside bash "$work/answer" 35964 "$1" 2>"$work/answered" &
    second=$!
}
take_out() {
    [ -n "$second" ] || return 0
    kill "$second" 2>/dev/null
    wait "$second" 2>/dev/null
    second=
}
piv=3b8b0180f9a0000003080000100048
akis=3b9f978131fe4580655443d3228231c073f621808105d3
too_long=$(printf '00%.0s' $(seq 40)) # no card that can be powered up

# ---- the watcher, and what it said ----
said=
watch=
start_watch() { # FILE
    said=$1
    mkfifo "$said.in"
    "$O/tests/tool/readers" <"$said.in" >"$said" 8>&- &
    watch=$!
    exec 9>"$said.in"
}
stop_watch() {
    exec 9>&-
    wait "$watch"
}
cleanup() {
    exec 8>&- 9>&-
    take_out
    stop_stacks
}
last() { # PATTERN: the newest line
    local line
    line=$(tail -n 1 "$said")
    # shellcheck disable=SC2053 # a pattern
    [[ $line == $1 ]]
}
lines() { wc -l <"$said"; }
comes_to() { # PATTERN: the newest line, in time
    poll last "$1" || { tail -n 5 "$said"; tail -n 20 "$stack/pcscd.log"; return 1; }
}
watcher() { cat "$WATCHER"; }
threads() { cat "/proc/$(watcher)/task/"*/status "/proc/$watch/task/"*/status; }
switches() { threads | awk '/^voluntary/ { n += $2 } END { print n }'; }
asleep() { # neither the watcher nor who listens to it wakes up in ten seconds
    sleep 2 # what follows a change has been done
    local before after
    before=$(switches)
    sleep 10
    after=$(switches)
    echo "$before, then $after"
    [ "$before" -gt 0 ] && [ "$before" = "$after" ]
}
files() { ls "/proc/$(watcher)/fd" 2>/dev/null | wc -l; }
gone() { ! kill -0 "$1" 2>/dev/null; }

# ---- pcscd comes, in a folder that was not there ----
pcscd stop
export PCSCLITE_CSOCK_NAME=$work/deep/er/pcscd.comm
start_watch "$work/said"
check "without pcscd there is no service" comes_to no-service
check "nobody wakes up to look for one" asleep
check "and nothing else was said" [ "$(lines)" = 1 ]
tell remove
mkdir "$work/deep"
: >"$work/deep/nothing"
ln -s "$stack/run" "$work/deep/er"
pcscd start
both='service \[Virtual PCD 00 00|empty|*||\] \[Virtual PCD 00 01|empty|*||\]'
check "pcscd comes, with two readers" comes_to "$both"
check "which is one line" [ "$(lines)" = 2 ]

# ---- cards come and go ----
tell insert
check "a card is put in" comes_to "service \[Virtual PCD 00 00|card-present|1|$piv|piv\] \[*|empty|*"
tell remove
check "and pulled out" comes_to "service \[Virtual PCD 00 00|empty|2||\] *"
put_in "$akis"
check "another comes into the other reader" \
    comes_to "*00 00|empty|2||\] \[*00 01|card-present|1|$akis|akis-tc\]"
check "while a card is there nobody wakes up" asleep
take_out
check "it goes" comes_to "*00 01|empty|2||\]"
put_in "$piv"
check "and a card of another family comes" comes_to "*00 01|card-present|3|$piv|piv\]"
take_out
check "it goes" comes_to "*00 01|empty|4||\]"
put_in "$too_long"
check "a card that cannot be powered up is mute" comes_to "*00 01|card-mute|5||\]"
take_out
check "and goes" comes_to "*00 01|empty|6||\]"

# ---- somebody keeps a card to himself ----
tell insert
check "a card is there" comes_to "*00 00|card-present|*"
exec 8> >(exec "$O/tests/tool/hold" "Virtual PCD 00 00" >"$work/held" 9>&-)
check "another program takes it" poll grep -q held "$work/held"
stop_watch
check "a watcher goes with its parent" poll gone "$(watcher)"
start_watch "$work/said2"
check "a new one sees the card in use" comes_to "*00 00|card-in-use|*|$piv|piv\] *"
exec 8>&-
check "and that it is given back" comes_to "*00 00|card-present|*|$piv|piv\] *"

# ---- pcscd goes and comes ----
used=$(files)
same=$(watcher)
for how in stop kill stop kill; do
    pcscd $how
    check "pcscd ends ($how): no service" comes_to no-service
    pcscd start
    check "it comes back, and so does the card" comes_to "service \[Virtual PCD 00 00|card-present|*\] \[*|empty|*"
done
check "the watcher was the same all the time" [ "$(watcher)" = "$same" ]
if [ "$used" -gt 0 ]; then
    check "and has left nothing open" [ "$(files)" = "$used" ]
else
    skip "and has left nothing open" "only root may look into a process that guards itself"
fi

# ---- the watcher itself ----
before=$(lines)
kill -9 "$same"
tell remove
check "a killed watcher is replaced, by one that sees what is new" comes_to "service \[Virtual PCD 00 00|empty|*"
check "it is another" [ "$(watcher)" != "$same" ]
check "which was all that there was to say" [ "$(lines)" = $((before + 1)) ]

# ---- many readers, with names that somebody made up ----
pcscd stop
driver=$(sed -n 's/^LIBPATH *//p' "$stack/readers/vpcd")
reader() { # NAME PORT: two readers, at PORT and the next
    printf 'FRIENDLYNAME "%s"\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n' "$1" "$2" "$driver" "$2"
}
{
    reader $'Kart\e 1' 35971
    reader $'Kart \u202e1' 35973
    for i in 3 4 5 6 7; do reader "Okuyucu $i" $((35969 + 2 * i)); done
} >"$stack/readers/more"
names() { tail -n 1 "$said" | grep -o '\[[^|]*|' | tr -d '[|'; }
n_readers() { [ "$(names | wc -l)" = "$1" ]; }
pcscd start
check "sixteen readers" poll n_readers 16
check "all that libpcsclite takes in one wait: nobody wakes up" asleep
check "two pairs look alike and stay apart" [ "$(names | grep -c '^Kart 1 00 0[01]$')" = 4 ]
harmless() { names | LC_ALL=C.UTF-8 grep -P '[\x00-\x1f\x{202e}]'; [ "$?" = 1 ]; }
check "no name has a control or turns the line round" harmless

stop_watch
finish
