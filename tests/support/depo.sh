# SPDX-License-Identifier: MIT
# tests/support/depo.sh, sourced behind tests/e2e/lib.sh: stores as Kamu SM publishes them, of
# certificates of the test PKI.
#
#   make_depo FILE "$pki/root.der" -- "$pki/sub.der"     # roots -- intermediates, as the file claims
#   make_svt FILE "$pki/root.der" -- "$pki/sub.der"
# shellcheck shell=bash

depo_entry() { # ELEMENT DER
    printf '<%s><mValue>%s</mValue></%s>' "$1" "$(base64 "$2")" "$1"
}
make_depo() {
    local file=$1 element=koksertifika
    shift
    {
        printf '<?xml version="1.0" encoding="UTF-8" standalone="no"?><depo><Versiyon>1.1</Versiyon><koksertifikalar>'
        for der; do
            if [ "$der" = -- ]; then
                printf '</koksertifikalar><sertifikalar>'
                element=sertifika
            else
                depo_entry $element "$der"
            fi
        done
        [ $element = sertifika ] || printf '</koksertifikalar><sertifikalar>'
        printf '</sertifikalar></depo>\n'
    } >"$file"
}
make_svt() {
    local file=$1 table=KOKSERTIFIKA prefix=Kok
    shift
    {
        echo 'CREATE TABLE KOKSERTIFIKA(KokSertifikaNo INTEGER PRIMARY KEY, KokSertifikaValue BLOB);'
        echo 'CREATE TABLE SERTIFIKA(SertifikaNo INTEGER PRIMARY KEY, SertifikaValue BLOB);'
        for der; do
            if [ "$der" = -- ]; then
                table=SERTIFIKA prefix=
            else
                echo "INSERT INTO $table(${prefix}SertifikaValue) VALUES(x'$(od -An -v -tx1 "$der" | tr -d ' \n')');"
            fi
        done
    } | sqlite3 "$file"
}
