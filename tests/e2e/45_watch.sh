#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# onay status and onay status --watch: readers and cards in words, as they come and go; a daemon that
# ends and comes back; signals; a reader of ours that goes away. The daemon is tests/tool/served,
# whose readers are on a script.
set -u
. "$(dirname "$0")/lib.sh"
case $O in /*) ;; *) O=$PWD/$O ;; esac
export XDG_RUNTIME_DIR=$work/run LC_ALL=C.UTF-8
mkdir -p -m 700 "$XDG_RUNTIME_DIR/onayd"
pki=$work/pki
fixtures/pki/make "$pki" >"$work/pki.log" 2>&1 || { cat "$work/pki.log"; exit 1; }
served= watching=
serve() {
    rm -f "$work/script"
    mkfifo "$work/script"
    "$O/tests/tool/served" "$pki" <"$work/script" 2>"$work/served.log" &
    served=$!
    exec 9>"$work/script"
    poll curl -qs -m 5 -o /dev/null --unix-socket "$XDG_RUNTIME_DIR/onayd/api.sock" http://localhost/v1/health
}
play() { echo "$1" >&9; }
end_served() {
    play end
    wait "$served"
}
cleanup() { kill $watching $served 2>/dev/null; }
watch() { # OPTION…: into $work/lines
    rm -f "$work/lines"
    "$O/onay" status --watch "$@" >"$work/lines" 2>"$work/lines.err" </dev/null &
    watching=$!
}
tells() { # PATTERN: as a whole line with its time
    poll grep -qE -- "^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]  $1\$" "$work/lines" && return 0
    cat "$work/lines" "$work/lines.err"
    return 1
}
stops() { # SIGNAL: cleanly
    kill "-$1" "$watching" && wait "$watching"
}

# ---- status ----
check "a daemon" serve
play 'slot R1 AYSE NES'
play 'readers R1=card-present:1 R2=empty:0'
says() { grep -qE -- "$1" "$work/out"; }
status() {
    "$O/onay" status "$@" >"$work/out" 2>&1 </dev/null
    local s=$?
    cat "$work/out"
    return "$s"
}
shown() { status | grep -qE "^$1\$"; }
shown_soon() { poll shown "$1" || { cat "$work/out"; false; }; }
check "status: the card, its label, its PIN" shown_soon 'R1: kart takılı, AYSE NES, PIN tamam'
check "the empty reader" says '^R2: kart yok$'
check "the certificate" says '^Ayşe Yılmaz$'
check "its tries left" says '^  PIN +PIN tamam'
english() { LC_ALL=en_US.UTF-8 status >/dev/null; says '^R1: card present, AYSE NES, PIN ok$' && says '^R2: no card$'; }
check "in English" english
json() { status --json >/dev/null; jq -es 'length == 3 and .[0].service == "onayd" and (.[1].readers | length == 2) and (.[2].certificates | length == 1)' "$work/out"; }
check "as JSON: three answers" json

# ---- status --watch ----
watch
check "watch: the daemon" tells 'onayd: çalışıyor'
check "what is there" tells 'R1: kart takılı, AYSE NES, PIN tamam'
check "every reader" tells 'R2: kart yok'
check "the certificate" tells 'sertifika: Ayşe Yılmaz, 100\*{6}46, kullanılır: evet'
play 'readers R1=empty:2 R2=empty:0'
check "the card is pulled" tells 'R1: kart çıkarıldı'
play 'readers R1=card-present:3 R2=empty:0'
check "put back: at once" tells 'R1: kart takıldı'
again() { [ "$(grep -c 'R1: kart takılı, AYSE NES, PIN tamam' "$work/lines")" = 2 ]; }
check "then what the module knows" poll again
play 'readers R1=card-mute:4 R2=empty:0'
check "upside down" tells 'R1: kart yanıt vermiyor'
play 'readers R1=card-in-use:5 R2=empty:0'
check "taken by another" tells 'R1: kartı başka bir program kullanıyor'
play 'readers R1=empty:6'
check "a reader is unplugged" tells 'R2: okuyucu çıkarıldı'
play 'readers R1=empty:6 R3=empty:0'
check "another plugged in" tells 'R3: okuyucu takıldı'
play 'eject'
play 'readers R1=card-present:7 R3=empty:0'
check "another card: the certificate is gone" tells 'sertifika gitti: Ayşe Yılmaz, .*'
play 'stopped'
check "pcscd stops: what to do" tells 'kart hizmeti: .*sudo systemctl enable --now pcscd.socket'
play 'readers R1=empty:0'
check "pcscd is back" tells 'kart hizmeti: çalışıyor'
check "the daemon ends" end_served
check "which is told" tells 'onayd: kapanıyor'
check "and that we go on" tells 'onayd: yanıt vermiyor; yeniden bağlanılacak'
check "it comes back" serve
play 'readers R9=empty:0'
check "we are there" tells 'R9: okuyucu takıldı'
one_try() { [ "$(grep -c 'yanıt vermiyor; yeniden' "$work/lines")" = 1 ]; }
check "one line for the whole pause" one_try
check "SIGTERM ends it" stops TERM
silent() { [ ! -s "$work/lines.err" ]; }
check "without a word on stderr" silent

# ---- others who read it ----
watch --json
json_lines() {
    cat "$work/lines"
    jq -es 'any(.event == "state" and .data.state == "ready") and any(.event == "readers" and (.data.readers | any(.name == "R9"))) and
        any(.event == "certificates" and (.data.ids | type == "array")) and all(.time | test("^20.*Z$"))' "$work/lines"
}
check "as JSON, an event a line" poll json_lines
check "SIGINT ends it" stops INT
first_line() { # whoever has read enough ends us: a closed pipe, and nothing to write into it
    timeout 20 bash -c 'LC_ALL=en_US.UTF-8 "$0" status --watch | head -n 1' "$O/onay" >"$work/out"
    cat "$work/out"
    [ "$(wc -l <"$work/out")" = 1 ] && says 'onayd: running$'
}
check "a reader who has enough" first_line
on_terminal() {
    timeout 20 script -qec "timeout 2 '$O/onay' status --watch" /dev/null </dev/null >"$work/out"
    tr -d '\r' <"$work/out" | grep -qE '^[0-9:]{8}  onayd: çalışıyor$'
}
check "on a terminal" on_terminal
many() { # more watchers than the daemon lets in: said, not tried for ever
    local pids=() i said=1
    for i in $(seq 12); do
        "$O/onay" status --watch >"$work/many.$i" 2>&1 </dev/null &
        pids+=($!)
    done
    poll grep -rq --include="many.*" too-many-requests "$work" && said=0
    kill "${pids[@]}" 2>/dev/null
    wait "${pids[@]}"
    cat "$work"/many.*
    return "$said"
}
check "too many: refused in words" many
no_page() { # this daemon has no door for web pages
    LC_ALL=en_US.UTF-8 status --web
    [ $? -eq 1 ] && says 'onayd-tcp.socket$'
}
check "status --web where no web page may come: what to do" no_page
check "certs knows no --watch" bash -c '"$0" certs --watch; [ $? -eq 64 ]' "$O/onay"
check "the daemon ends well" end_served
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/served.log" "$work/lines.err"; }
check "without a fault of memory" sound
finish
