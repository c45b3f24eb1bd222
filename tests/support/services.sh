# SPDX-License-Identifier: MIT
# tests/support/services.sh, sourced behind tests/tap.sh or tests/e2e/lib.sh: TSA, OCSP, CRL and AIA on
# loopback (fixtures/services/start).
#
#   start_services                     # sets services (its folder), url and, when there is none, pki
#   breaks tsa nonce                   # one fault at that service, no other
#   mend                               # none anywhere
#   check "asked once" counted ocsp 1  # since the last mend
#
# A script that has a cleanup of its own calls stop_services in it.
# shellcheck shell=bash
export O
all_services=()

# start_services [OPTION…]: each in a folder of its own; the PKI is made once, and names the first.
start_services() {
    pki=${pki:-$work/pki}
    services=$work/services${#all_services[@]}
    all_services+=("$services")
    fixtures/services/start "$@" "$services" "$pki" >"$work/services.sh" || exit 1
    eval "$(cat "$work/services.sh")"
    url=$SERVICES_URL
}
stop_services() {
    local dir
    for dir in "${all_services[@]}"; do fixtures/services/stop "$dir"; done
}
cleanup() { stop_services; }

say() { fixtures/services/tell "$services" "$@"; }
mend() { say fault all off && say zero; }
breaks() { mend && say fault "$@"; }

# counted WHAT N: so many requests of that kind have come.
counted() {
    local got
    got=$(say tell "$1")
    echo "$1 $got, wanted $2"
    [ "$got" = "$2" ]
}
