#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# onay trust: a root is trusted because it is a known one or because somebody says so, and never
# because it stands in a file; what was imported is what verify, sign and the daemon trust.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/ends.sh
. tests/support/depo.sh
make_card rsa
case $O in /*) ;; *) O=$PWD/$O ;; esac
onay=$O/onay
real=../shared/data/kamusm
export XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config LC_ALL=C.UTF-8
mkdir -p -m 700 "$XDG_RUNTIME_DIR" "$XDG_CONFIG_HOME"
folder=$XDG_CONFIG_HOME/onayd/trust

id() { openssl dgst -sha256 -r "$1" | cut -d' ' -f1; }
holds() { # DER…: these and no others, each once and unchanged
    local want got
    want=$(for der; do id "$der"; done | sort)
    got=$(for file in "$folder"/*; do [ -e "$file" ] && id "$file"; done | sort)
    diff <(echo "$want") <(echo "$got") || return 1
    for der; do cmp "$der" "$folder/$(id "$der").der" || return 1; done
}
empty() { [ -z "$(ls "$folder" 2>/dev/null)" ]; }
fresh() { rm -rf "$XDG_CONFIG_HOME/onayd"; }
import() { "$onay" trust import "$@"; }
listed() { "$onay" trust list --json | tee "$work/out" | jq -e "$1"; }
root=$pki/root.der sub=$pki/sub.der rootid=$(id "$pki/root.der")

# ---- refused unless somebody says so ----
make_depo "$work/depo.xml" "$root" -- "$sub"
make_svt "$work/depo.svt" "$root" -- "$sub"
cat "$pki/sub.pem" "$pki/root.pem" >"$work/bundle.pem"
check "an empty folder" ends 0 "$onay" trust list
check "says so" says 'klasör boş'
for file in depo.xml depo.svt bundle.pem; do
    fresh
    check "$file: an unknown root is refused" ends 2 import "$work/$file"
    check "said" says "^kök reddedildi .*Test Kök.* P-384, SHA-256 $rootid\$"
    check "a running daemon does not see a new folder" says 'systemctl --user restart onayd\.service'
    check "only the intermediate is stored" holds "$sub"
    check "which is no anchor" listed '[.certificates[].kind] == ["intermediate"]'
    check "--dry-run writes nothing" ends 0 import --dry-run --accept "$rootid" "$work/$file"
    check "and says it" says '^\[deneme\] kök alındı \(onaylandı\)'
    check "still only the intermediate" holds "$sub"
    check "--accept with colons" ends 0 import --accept "$(fold -w2 <<<"${rootid^^}" | paste -sd:)" "$work/$file"
    check "takes it" holds "$root" "$sub"
    check "again: nothing changes" ends 0 import "$work/$file"
    check "said" says '^0 alındı, 2 zaten vardı, 0 alınmadı'
    check "and nothing of a new folder" bash -c '! grep -q restart "$0"' "$work/out"
    check "the same files" holds "$root" "$sub"
done
check "listed as confirmed" listed '.certificates | map(select(.kind == "anchor")) |
    length == 1 and .[0].accepted == "confirmed" and .[0].key == "P-384" and .[0].daysLeft > 3900'
check "in words" ends 0 "$onay" trust list
check "an anchor, confirmed, its days" bash -c 'grep -q "^kök: .*Test Kök" "$0" && grep -q "gün kaldı" "$0" && grep -qE "^  kabul +onaylandı" "$0"' "$work/out"
check "in English" ends 0 env LC_ALL=en_US.UTF-8 "$onay" trust list
check "said" says '^  accepted +confirmed'
modes() { [ "$(stat -c %a "$folder" "$folder/$rootid.der" | paste -sd' ')" = "755 644" ]; }
check "for everybody to read, for nobody else to write" modes
check "no half file is left" bash -c '! ls "$0" | grep -v "^[0-9a-f]\{64\}\.der$"' "$folder"

# ---- one that says it is an intermediate, and is signed with its own key ----
fresh
make_depo "$work/lying.xml" -- "$root" "$pki/root2.der"
check "roots among the intermediates are refused" ends 2 import "$work/lying.xml"
check "and not stored" empty
check "one of them accepted" ends 2 import --accept "$(id "$pki/root2.der")" "$work/lying.xml"
check "is that one alone" holds "$pki/root2.der"

# ---- what is no authority, and what is no certificate ----
fresh
check "a person's certificate" ends 2 import "$pki/rsa.der"
check "is not taken" says '^alınmadı \(sertifika makamı değil\): CN=Ayşe Yılmaz, '
check "nor the person's number shown" bash -c '! grep -qE "10000000146|31303030303030303134" "$0"' "$work/out"
check "a self-signed one neither, accepted or not" ends 2 import --accept "$(id "$pki/selfsigned.der")" "$pki/selfsigned.der"
check "malformed DER" ends 2 import "$pki/malformed.der"
check "with its clause" says 'bozuk.*X\.690 11\.1'
check "a CRL is no certificate" ends 2 import "$pki/root.crl"
check "and goes there by hand" says '^alınmadı \(SİL; klasöre elle koyun\): '
{ echo "-----BEGIN X509 CRL-----"; base64 "$pki/root.crl"; echo "-----END X509 CRL-----"; } >"$work/crl.pem"
check "a PEM one too" ends 2 import "$work/crl.pem"
check "said" says '^alınmadı \(SİL; klasöre elle koyun\): '
head -c 300 "$pki/sub.pem" >"$work/half.pem"
echo "-----END CERTIFICATE-----" >>"$work/half.pem"
check "half a PEM block" ends 2 import "$work/half.pem"
echo "-----BEGIN NOTHING-----" >"$work/nothing.pem"
check "PEM without a certificate" ends 1 import "$work/nothing.pem"
check "named" says '\(certificate-malformed\)'
check "no such file" ends 66 import "$work/absent"
check "an accepted one that is in no file" ends 2 import --accept "$rootid" "$pki/sub.der"
check "said" says "^onay: $rootid: bu parmak izi dosyalarda yok"
holds_sub() { holds "$sub"; }
check "nothing of it but the intermediate is there" holds_sub

# ---- hostile stores ----
fresh
printf '<!DOCTYPE depo [<!ENTITY x SYSTEM "file://%s">]><depo><koksertifikalar><koksertifika><mValue>&x;</mValue></koksertifika></koksertifikalar></depo>' "$work/b64" >"$work/xxe.xml"
base64 "$sub" >"$work/b64"
check "XML with an external entity" ends 1 import "$work/xxe.xml"
check "named" says '\(xml-rejected\): .*DOCTYPE'
{ printf '<depo>'; for _ in $(seq 5000); do printf '<a>'; done; } >"$work/deep.xml"
check "XML without end" ends 1 import "$work/deep.xml"
check "XML that is no store" ends 1 import fixtures/sample/basvuru-formu.xml
hex=$(od -An -v -tx1 "$sub" | tr -d ' \n')
hostile() { # SQL: what a .svt of this would have us take
    rm -f "$work/hostile.svt"
    sqlite3 "$work/hostile.svt" "$1" && ends 1 import "$work/hostile.svt" && says '\(certificate-malformed\): SQLite: ' && empty
}
check "svt: a view" hostile "CREATE VIEW SERTIFIKA AS SELECT x'$hex' AS mValue"
check "svt: a view without end" hostile "CREATE VIEW SERTIFIKA AS WITH RECURSIVE n(mValue) AS (SELECT 1 UNION ALL SELECT mValue+1 FROM n) SELECT mValue FROM n"
check "svt: a virtual table" hostile "CREATE VIRTUAL TABLE SERTIFIKA USING fts5(mValue); INSERT INTO SERTIFIKA VALUES(x'$hex')"
check "svt: the schema rewritten" hostile "CREATE TABLE SERTIFIKA(mValue); PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql='CREATE TABLE SERTIFIKA(a, mValue AS (load_extension(''$work/x.so'')))'"
check "svt: a value without end" hostile "CREATE TABLE SERTIFIKA(mValue); INSERT INTO SERTIFIKA VALUES(zeroblob(20000000))"
check "svt: other tables" hostile "CREATE TABLE x(mValue); INSERT INTO x VALUES(x'$hex')"
{ printf 'SQLite format 3\0'; head -c 20000 /dev/zero | tr '\0' '\377'; } >"$work/hostile.svt"
check "svt: rubbish" ends 1 import "$work/hostile.svt"
(cd "$work" && sqlite3 wal.svt "PRAGMA journal_mode=WAL; CREATE TABLE SERTIFIKA(mValue); INSERT INTO SERTIFIKA VALUES(x'$hex')" >/dev/null)
before=$(ls "$work" | wc -l)
check "svt: one written with a log" ends 0 import "$work/wal.svt"
check "is read" holds "$sub"
check "and nothing is written beside it" [ "$(ls "$work" | wc -l)" = "$before" ]
truncate -s 64M "$work/large.xml"
check "larger than any store" ends 1 import "$work/large.xml"

# ---- on a terminal ----
fresh
answer() { # CODE TEXT [COMMAND…]: import of depo.xml on a terminal, where this is typed when it asks
    local code=$1 text=$2 got
    mkfifo "$work/keys"
    script -qec "$onay trust import $work/depo.xml" /dev/null <"$work/keys" >"$work/out" 2>&1 &
    exec 7>"$work/keys"
    for _ in $(seq 400); do
        grep -qE 'boş geçin:|nothing if not:' "$work/out" && break
        sleep 0.05
    done
    printf '%s\n' "$text" >&7
    wait $!
    got=$?
    exec 7>&-
    rm "$work/keys"
    cat "$work/out"
    [ "$got" -eq "$code" ]
}
: >"$work/err"
check "nothing typed: refused" answer 2 ""
asked() { says 'Test Kök Sertifikası' && says 'geçerlilik: [0-9-]+ – [0-9-]+' && says 'anahtar: P-384' && says "SHA-256: $(fold -w8 <<<"${rootid^^}" | paste -sd' ')"; }
check "subject, validity, key and fingerprint were shown" asked
check "and is not stored" holds "$sub"
check "evet: refused" answer 2 evet
check "seven digits: refused" answer 2 "${rootid:0:7}"
check "others: refused" answer 2 00000000
check "all of them and more: refused" answer 2 "$rootid$rootid"
check "still not stored" holds "$sub"
check "its first eight digits" answer 0 "${rootid:0:8}"
check "take it" holds "$root" "$sub"
fresh
openssl req -new -key "$pki/root2.key" -subj "/CN=Old" -out "$work/old.csr" 2>/dev/null
printf 'basicConstraints=critical,CA:TRUE\n' >"$work/old.ext"
openssl x509 -req -in "$work/old.csr" -signkey "$pki/root2.key" -days -1 -extfile "$work/old.ext" -outform der -out "$work/old.der" 2>"$work/old.log" || cat "$work/old.log"
unasked() { script -qec "$onay trust import $work/old.der" /dev/null </dev/null >"$work/out" 2>&1; [ $? -eq 2 ] && cat "$work/out" && says 'kök reddedildi.*CN=Old.*süresi dolmuş' && ! says 'boş geçin'; }
check "nobody is asked about an unknown root that has expired" unasked
check "by name it is taken" ends 0 import --accept "$(id "$work/old.der")" "$work/old.der"
check "and marked" says '^kök alındı \(onaylandı\): CN=Old, .*süresi dolmuş'
fresh
check "in upper case too" answer 0 "$(tr a-f A-F <<<"${rootid:0:8}")"

# ---- remove ----
check "remove: not a fingerprint" ends 64 "$onay" trust remove 1234
check "remove: one that is not there" ends 1 "$onay" trust remove "$(id "$pki/root2.der")"
cp "$work/bundle.pem" "$folder/by-hand.pem"
check "a root that import made and somebody put there too" ends 1 "$onay" trust remove "$rootid"
check "is named" says 'by-hand\.pem: bu dosyada da var'
check "and is listed as put there by hand" listed '.certificates | map(select(.kind == "anchor") | [.accepted, .file]) == [["placed", "by-hand.pem"]]'
rm "$folder/by-hand.pem"
cp "$pki/malformed.der" "$folder/odd"
check "one that is malformed is listed" ends 0 "$onay" trust list
check "with its clause" says '^ara: bozuk: odd, X\.690 11\.1'
check "as JSON too" listed 'any(.certificates[]; .file == "odd" and (.malformed | startswith("X.690 11.1")))'
rm "$folder/odd"
check "the intermediate" ends 0 "$onay" trust remove "$(id "$sub")"
check "leaves nothing" empty

# ---- a folder that is full, and one that cannot be written ----
fresh
mkdir -p "$folder"
for i in $(seq 1000); do : >"$folder/$i"; done
check "a full folder" ends 2 import "$sub"
check "said" says '^alınmadı \(klasör dolu\)'
: >"$folder/one-more"
check "more than full" ends 1 import "$sub"
check "named" says '\(storage-full\)'
fresh
: >"$XDG_CONFIG_HOME/onayd"
check "a file where the folder should be" ends 66 import "$sub"
check "named" says '\(file-unreadable\)'
echo "trust_dir = /proc/nothing/trust" >"$work/unwritable.conf"
check "a folder that cannot be made" ends 1 import --config "$work/unwritable.conf" "$sub"
check "said" says '^yazılamadı: '
rm "$XDG_CONFIG_HOME/onayd"
check "nothing to do: usage" ends 64 "$onay" trust
check "nothing to import: usage" ends 64 "$onay" trust import
check "an unknown task: usage" ends 64 "$onay" trust believe

# ---- what was imported is what is trusted ----
grep -v '^trust_dir' "$conf" >"$work/plain.conf"
sign() { "$onay" sign --config "$work/plain.conf" --profile B-B --output "$work/signed.xml" fixtures/sample/basvuru-formu.xml; }
check "without a folder anybody's certificate signs" ends 0 sign
check "and verifies for want of a chain as INDETERMINATE" ends 2 "$onay" verify "$work/signed.xml"
check "no-chain" says '\[no-chain; '
check "import" ends 0 import --accept "$rootid" "$work/depo.xml"
check "without CRLs" ends 2 "$onay" verify "$work/signed.xml"
check "no-revocation" says '\[no-revocation; '
cp "$pki/root.crl" "$pki/sub.crl" "$folder"
check "CRLs are listed" listed '.crls | length == 2 and all(.usable and (.stale | not) and (.nextUpdate | length > 0))'
check "with their nextUpdate" bash -c '"$0" trust list | grep -qE "^  sonraki +20"' "$onay"
check "with CRLs: TOTAL-PASSED" ends 0 "$onay" verify "$work/signed.xml"
check "sign too" ends 0 sign
start_daemon "$work/plain.conf"
chain() { [ "$(ask /v1/certificates)" = 200 ] && jq -e ".certificates[0].usable == $1" "$work/body"; }
check "and the daemon" chain true
check "remove the root" ends 0 "$onay" trust remove "$rootid"
check "verify: INDETERMINATE" ends 2 "$onay" verify "$work/signed.xml"
check "sign: refused" ends 1 sign
check "named" says '(certificate-untrusted|no-certificate)'
untrusted() { chain false && jq -e '.certificates[0].usableReasons | index("certificate-untrusted")' "$work/body"; }
check "the daemon, which is still running: untrusted" untrusted
check "imported again" ends 0 import --accept "$rootid" "$work/depo.xml"
check "without a word about a new folder" bash -c '! grep -q restart "$0"' "$work/out"
check "it is trusted again" chain true

# ---- others may write there ----
chmod o+w "$folder"
check "a folder that others may write to: list" ends 66 "$onay" trust list
check "trust-refused" says '\(trust-refused\)'
check "import" ends 66 import "$work/depo.xml"
check "verify does not say TOTAL-FAILED" ends 66 "$onay" verify "$work/signed.xml"
check "nor sign a signature" ends 66 sign
check "the daemon trusts nobody" untrusted
chmod o-w "$folder"
chmod g+w "$folder/$rootid.der"
check "a file that others may write to" ends 66 "$onay" verify "$work/signed.xml"
check "trust-refused" says '\(trust-refused\)'
check "the daemon trusts nobody" untrusted
chmod g-w "$folder/$rootid.der"
check "mended: TOTAL-PASSED" ends 0 "$onay" verify "$work/signed.xml"
check "and the daemon" chain true
stop_daemon

# ---- what is missing is named, and not fetched ----
url=$(openssl x509 -in "$pki/rsa.pem" -noout -ext authorityInfoAccess | sed -n 's/.*CA Issuers - URI:\(.*\)/\1/p')
check "remove the root" ends 0 "$onay" trust remove "$rootid"
check "verify: INDETERMINATE" ends 2 "$onay" verify "$work/signed.xml"
check "NO_CERTIFICATE_CHAIN_FOUND" says 'INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND'
check "the root is named" says 'Eksik ya da güvenilmeyen sertifika .*: .*CN=Test Kök.*\[issuer-missing; '
check "remove the intermediate, which came with the signature" ends 0 "$onay" trust remove "$(id "$sub")"
"$onay" sign --config "$conf" --profile B-B --output "$work/alone.xml" fixtures/sample/basvuru-formu.xml >"$work/log" 2>&1
check "a signature without it" ends 2 "$onay" verify "$work/alone.xml"
check "its issuer is named" says 'issuer-missing; '
check "and the address where it is published" says "Ağdan indirilmedi; .*: $url \[issuer-address; "
check "as JSON too" bash -c '"$0" verify --json "$1" | jq -e ".signatures[0].reasons | map(.slug) | index(\"issuer-address\")"' "$onay" "$work/alone.xml"

# ---- Kamu SM's own files ----
if [ -r "$real/SertifikaDeposu.xml" ]; then
    fresh
    check "Kamu SM's store: its unknown roots are refused" ends 2 import "$real/SertifikaDeposu.xml"
    check "23 of 38 are taken" says '^23 alındı, 0 zaten vardı, 15 alınmadı'
    check "three known roots" listed '.certificates | map(select(.kind == "anchor")) | length == 3 and all(.accepted == "pinned")'
    check "its current roots and the authorities below" ends 0 import "$real"/root-v*.pem "$real/sub-nes-v5.pem" "$real/sub-nes-v6.crt"
    check "five known roots" listed '.certificates | map(select(.kind == "anchor") | .notAfter[:10]) | sort ==
        ["2022-05-09", "2023-01-13", "2028-01-15", "2029-08-06", "2035-09-22"]'
    leads() { ends 0 openssl verify -no-CApath -no-CAstore -CAfile <(openssl x509 -inform der -in "$folder/$1"*.der) <(openssl x509 -inform der -in "$folder/$2"*.der); }
    check "Sürüm 6 leads to its root, says OpenSSL" leads aa466d3b 062782a7
    check "again: nothing changes" ends 2 import "$real/SertifikaDeposu.xml"
    check "said" says '^0 alındı, 23 zaten vardı, 15 alınmadı'
else
    echo "ok - Kamu SM's own files are absent # SKIP"
fi
finish
