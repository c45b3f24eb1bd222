#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# onay extend and onay tsa with real time stamp authorities that break in every way: a good stamp or
# nothing is written, each failure has its name, passwords go where they belong and nowhere else.
set -u
. "$(dirname "$0")/../tap.sh"
. tests/support/services.sh
for variable in $(compgen -e | grep -i '_proxy$'); do unset "$variable"; done
unset LC_ALL LC_MESSAGES
export LANG=en XDG_CONFIG_HOME=$work/config

start_services
first=$services first_url=$url
fixtures/services/tell "$services" publish
start_services
second=$services second_url=$url
services=$first url=$first_url
eval "$(fixtures/token/make "$work/token" "$pki" rsa)"
conf=$work/onayd.conf
settings() { # LINE…: the configuration, beside loopback
    { printf '%s\n' "private_host = 127.0.0.1" "$@"; } >"$conf"
}

printf 'Taahhüt ederim.\n' >"$work/a.txt"
"$O/onay" sign --config "$ONAYD_CONF" --output "$work/a.xsig" "$work/a.txt" 2>"$work/err" || cat "$work/err"
check "there is a signature to begin with" [ -s "$work/a.xsig" ]

extend() { # EXIT [OPTION…]
    local want=$1 got
    shift
    rm -f "$work/out.xsig"
    timeout 100 "$O/onay" extend --level B-T --output "$work/out.xsig" --config "$conf" --trust "$pki/trust" \
        "$@" "$work/a.xsig" >"$work/said" 2>"$work/err"
    got=$?
    cat "$work/said" "$work/err"
    [ "$got" = "$want" ]
}
nothing_written() { [ ! -e "$work/out.xsig" ] && ! ls "$work"/out.xsig* >/dev/null 2>&1; }
says() { grep -qF -- "$1" "$work/err"; }
refused() { extend 1 && nothing_written && says "$1"; } # WORDS

# ---- a good one ----
settings "tsa = $url/tsa"
check "B-T" extend 0
verified() { # JQ: of the report
    "$O/onay" verify --trust "$pki/trust" --json "$work/out.xsig" >"$work/report" 2>"$work/err"
    cat "$work/report"
    jq -e "$1" "$work/report" >/dev/null
}
check "verified, with the stamp" verified '.indication == "TOTAL-PASSED" and (.signatures[0].timeStamps | length) == 1'
unchanged() { # what was there stands around what came in
    cmp -s <(sed 's/<xades:UnsignedProperties>.*<\/xades:UnsignedProperties>//' <(tr -d '\n' <"$work/out.xsig")) <(tr -d '\n' <"$work/a.xsig")
}
check "nothing else has changed" unchanged
check "once more" bash -c 'cp "$1/out.xsig" "$1/b.xsig" && "$2/onay" extend --level B-T --output "$1/b.xsig" --config "$3" --trust "$4/trust" "$1/b.xsig" && "$2/onay" verify --json --trust "$4/trust" "$1/b.xsig" | jq -e "(.signatures[0].timeStamps | length) == 2"' - "$work" "$O" "$conf" "$pki"

# ---- and further: who verifies needs the root alone ----
mkdir "$work/root"
cp "$pki/root.pem" "$work/root"
level() { extend 0 --level "$1"; } # the last --level counts
by_root() { # JQ
    "$O/onay" verify --trust "$work/root" --json "$work/out.xsig" >"$work/report" 2>"$work/err"
    cat "$work/report"
    jq -e "$1" "$work/report" >/dev/null
}
passed() { by_root ".indication == \"TOTAL-PASSED\" and .signatures[0].profile == \"$1\" and (.signatures[0].timeStamps | length == $2 and all(.trusted))"; }
check "B-T: not yet" by_root '.indication == "INDETERMINATE"'
check "to B-LT" level B-LT
check "B-LT: TOTAL-PASSED by the root alone" passed B-LT 1
stamped=$work/stamped.xsig
cp "$work/out.xsig" "$stamped"
from_lt() { "$O/onay" extend --level B-LT --output "$work/out.xsig" --config "$work/nothing.conf" --trust "$pki/trust" "$stamped"; }
echo "private_host = 127.0.0.1" >"$work/nothing.conf"
check "with a stamp that counts no authority is needed" from_lt
check "to B-LTA" level B-LTA
check "B-LTA: TOTAL-PASSED by the root alone" passed B-LTA 2
again() { cp "$work/out.xsig" "$stamped" && "$O/onay" extend --level B-LTA --output "$work/out.xsig" --config "$conf" --trust "$pki/trust" "$stamped"; }
check "and again" again
check "another archive stamp, with the proof of the last" passed B-LTA 3
check "in its own place" grep -q TimeStampValidationData "$work/out.xsig"

# ---- counter-signatures: each is raised, the innermost first, and what is archived stays ----
"$O/tests/tool/countersign" "$pki" mehmet "$work/a.xsig" c1 >"$work/c1.xsig"
"$O/tests/tool/countersign" "$pki" p256 "$work/c1.xsig" c2 c1 >"$work/c2.xsig"
counter() { "$O/onay" extend --level B-LTA --output "$work/out.xsig" --config "$conf" --trust "$pki/trust" "$1" 2>"$work/err"; }
all_of() { # STAMPS OF-THE-OUTERMOST
    by_root ".indication == \"TOTAL-PASSED\" and ([.. | .profile? // empty] == [\"B-LTA\", \"B-LTA\", \"B-LTA\"]) and
        ([.. | .timeStamps? // empty | length] | sort == [2, 2, $1])"
}
check "a file with counter-signatures" counter "$work/c2.xsig"
check "all of them: TOTAL-PASSED by the root alone" all_of 2
again_counter() { cp "$work/out.xsig" "$stamped" && counter "$stamped"; }
check "and again" again_counter
check "it is said which stay" bash -c 'grep -q "c1: the archive time stamp" "$1" && grep -q "c2: the archive" "$1"' - "$work/err"
check "the outermost has one more" all_of 3

no_lists() { extend 1 --offline --level "$1" --trust "$pki/trust-no-crl" && nothing_written && says revocation-unavailable; }
check "B-LT without a list, offline" no_lists B-LT
check "B-LTA without a list, offline" no_lists B-LTA
check "no such level: usage" extend 64 --level B-X
check "B-T again" extend 0

json() { extend 0 --json && jq -e '.[0].result == "ok" and .[0].status == 200 and (.[0].skewSeconds | type) == "number"' "$work/said"; }
check "told as JSON" json
to_stdout() { "$O/onay" extend --level B-T --output - --config "$conf" "$work/a.xsig" 2>"$work/err" | grep -q SignatureTimeStamp; }
check "to standard output" to_stdout
check "one that nobody trusts is said" says "leads to no trusted root"
check "by the command line's authority" bash -c 'sed -i /^tsa/d "$1" && "$2/onay" extend --level B-T --output - --config "$1" --tsa "$3/tsa" "$4" >/dev/null' - "$conf" "$O" "$url" "$work/a.xsig"
settings
check "none is configured" refused "setting-invalid"
settings "tsa = $url/tsa"

# ---- every fault ends in its error, and nothing is written ----
faulty() { breaks tsa "${@:1:$#-1}" && refused "${!#}"; } # FAULT… WORDS
while IFS=: read -r fault words; do
    # shellcheck disable=SC2086 # fault and number
    check "$fault: $words" faulty $fault "$words"
done <<'ROWS'
reset:tsa-unreachable
http 503:tsa-unreachable
http 500:(tsa-unreachable): HTTP 500
http 404:(tsa-rejected): HTTP 404
type:tsa-rejected
truncated:tsa-rejected
truncated 0:tsa-rejected
cut:tsa-unreachable
rubbish:the answer is too large
rubbish 4096:the answer is too large
redirect:a redirect is refused
redirect-file:a redirect is refused
redirect-scheme:a redirect is refused
redirect-private:an address in a private network
clock 3600:genTime is
clock -172800:genTime is
signature:tsa-rejected
expired:certificate was not valid
noeku:tsa-rejected
nonce:nonce
no-nonce:nonce
imprint:the imprint is another
refuse:PKIStatus 2 systemFailure
ROWS
policy_of_kamu_sm() { # asked for a policy, given another
    printf 'user = 1\npassword = p\n' >"$work/kamu" && chmod 600 "$work/kamu"
    settings "tsa = $url/tsa" "tsa_identity_file = $work/kamu" "tsa_identity_host = 127.0.0.1"
    faulty policy "the nonce or the policy is another"
}
check "another policy than Kamu SM's" policy_of_kamu_sm
settings "tsa = $url/tsa"
mend
check "mended" extend 0
off() { breaks tsa clock 120 && extend 0 && says "clock difference +12"; }
check "a clock that is two minutes off is said" off
mend

# ---- silence, and the next one ----
both=("tsa = $first_url/tsa" "tsa = $second_url/tsa")
settings "${both[@]}"
next() { breaks tsa silence && extend 0 && says "tsa-unreachable" && verified '.indication == "TOTAL-PASSED"'; }
check "one that is mute, and another" next
check "the second was asked" bash -c '[ "$(fixtures/services/tell "$0" tell tsa)" = 1 ]' "$second"
mend
check "the first is asked first" extend 0
check "and the second not again" bash -c '[ "$(fixtures/services/tell "$0" tell tsa)" = 1 ]' "$second"
two_faults() {
    fixtures/services/tell "$second" fault tsa nonce
    breaks tsa http 503 && extend 1 --json && nothing_written &&
        jq -e '[.[].result] == ["tsa-unreachable", "tsa-rejected"]' "$work/said"
}
check "both failed, and both are told" two_faults
fixtures/services/tell "$second" fault tsa off
mend

# ---- a broken signature is not lifted ----
broken() {
    sed 's/VGFhaGjDvHQ/VGFhaGjDvHU/' "$work/a.xsig" >"$work/c.xsig"
    ! cmp -s "$work/a.xsig" "$work/c.xsig" || return 1
    say zero
    ! "$O/onay" extend --level B-T --output "$work/out.xsig" --config "$conf" "$work/c.xsig" 2>"$work/err" &&
        says "signature-invalid" && nothing_written && counted tsa 0
}
rm -f "$work/out.xsig"
check "a broken signature: signature-invalid, and nobody is asked" broken
# shellcheck disable=SC2016 # for the inner shell
usage() { "$O/onay" extend "$@" >"$work/out" 2>&1; [ $? = 64 ]; }
check "no level" usage --output x "$work/a.xsig"
check "another level" usage --level P5 --output x "$work/a.xsig"
check "no output" usage --level B-T "$work/a.xsig"
check "no file" usage --level B-T --output x
check "JSON and the signature on one stream" usage --level B-T --output - --json "$work/a.xsig"
check "a file that is not there" bash -c '"$0/onay" extend --level B-T --output x --config "$1" /no/such/file; [ $? = 66 ]' "$O" "$conf"

# ---- signed and stamped in one ----
sign() { # EXIT [OPTION…]
    local want=$1 got
    shift
    rm -f "$work/out.xsig"
    cat "$ONAYD_CONF" "$conf" >"$work/sign.conf"
    "$O/onay" sign --profile B-T --config "$work/sign.conf" --output "$work/out.xsig" "$@" "$work/a.txt" >"$work/said" 2>"$work/err"
    got=$?
    cat "$work/said" "$work/err"
    [ "$got" = "$want" ]
}
settings "tsa = $url/tsa"
check "signed as B-T" sign 0
check "it is one" verified '.indication == "TOTAL-PASSED" and (.signatures[0].timeStamps | length) == 1'
unlucky() { breaks tsa nonce && sign 1 && says "tsa-rejected" && says "B-B"; }
check "nobody stamps it" unlucky
check "what the card signed is kept" verified '.indication == "TOTAL-PASSED" and (.signatures[0].timeStamps | length) == 0'
mend
later() { cp "$work/out.xsig" "$work/d.xsig" && "$O/onay" extend --level B-T --config "$conf" --output "$work/d.xsig" "$work/d.xsig" 2>"$work/err"; }
check "and can be stamped later" later
settings
check "no authority: seen before the card is asked" sign 1
unsigned() { says "setting-invalid" && ! says "waiting for" && nothing_written; }
check "so nothing was signed" unsigned

# ---- accounts ----
account() { printf 'user = %s\npassword = %s\n' "$2" "$3" >"$work/$1" && chmod 600 "$work/$1"; }
account kamu 123456 parola-1234
account basic 4711 gizli
say account kamusm 123456 parola-1234
settings "tsa = $url/tsa"
check "nobody without the proof" refused "(tsa-rejected): HTTP 401"
settings "tsa = $url/tsa" "tsa_identity_file = $work/kamu"
check "this host is not Kamu SM's" refused "HTTP 401"
settings "tsa = $url/tsa" "tsa_identity_file = $work/kamu" "tsa_identity_host = 127.0.0.1"
check "a listed one gets the proof" extend 0
check "it was paid" counted credit 999
account kamu 123456 parola-1235
check "a wrong password" refused "badRequest"
check "which is not told" bash -c '! grep -q parola "$0"/err "$0"/said' "$work"
account kamu 123456 parola-1234
chmod 640 "$work/kamu"
check "a file that others may read" refused "file-unreadable"
chmod 600 "$work/kamu"
account kamu ali parola
check "Kamu SM's user is a number" refused "setting-invalid"
echo nonsense >"$work/kamu"
check "a malformed file" refused "setting-invalid"
account kamu 123456 parola-1234
tsa() { # EXIT WORD [OPTION…]
    local want=$1 got
    shift
    "$O/onay" tsa "$@" --config "$conf" >"$work/said" 2>"$work/err"
    got=$?
    cat "$work/said" "$work/err"
    [ "$got" = "$want" ]
}
check "the credit" tsa 0 credit
check "is what is left" [ "$(cat "$work/said")" = 999 ]
credit_json() { tsa 0 credit --json && [ "$(jq .credit "$work/said")" = 999 ]; }
check "as JSON" credit_json
say credit 0
check "spent" refused "tsa-rejected"
say account basic 4711 gizli
check "the credit is Kamu SM's matter" tsa 1 credit
settings "tsa = $url/tsa" "tsa_basic_file = $work/basic"
check "a password goes to no host that is not listed" refused "HTTP 401"
settings "tsa = $url/tsa" "tsa_basic_file = $work/basic" "tsa_basic_host = 127.0.0.1"
check "a listed one gets it" extend 0
check "no identity, no credit" tsa 1 credit
check "why" says setting-invalid
say account none

settings "${both[@]}"
check "all are well" tsa 0 test
check "one line each" [ "$(wc -l <"$work/said")" = 2 ]
worse() { breaks tsa signature && tsa 1 test && [ "$(wc -l <"$work/said")" = 1 ] && says tsa-rejected; }
check "one is not" worse
mend
test_json() { tsa 0 test --json && jq -e '[.[].result] == ["ok", "ok"]' "$work/said"; }
check "as JSON" test_json
settings
check "none to test" tsa 1 test
tsa_usage() { "$O/onay" tsa "$@" >"$work/out" 2>&1; [ $? = 64 ]; }
check "no task" tsa_usage
check "another task" tsa_usage list
finish
