#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The sample application form is valid against its schema, the schema refuses what it should, and
# form and undertaking speak of the same person and order.
set -u
. "$(dirname "$0")/../tap.sh"
sample=fixtures/sample

valid() { xmllint --nonet --noout --schema "$sample/basvuru-formu.xsd" "$1"; }
refused() { # SED-EXPRESSION: the form so changed is not valid
    sed "$1" "$sample/basvuru-formu.xml" >"$work/changed.xml"
    ! cmp -s "$work/changed.xml" "$sample/basvuru-formu.xml" && ! valid "$work/changed.xml"
}
both() { grep -q "$1" "$sample/basvuru-formu.xml" && grep -q "$1" "$sample/taahhutname.txt"; }

check "the form is valid against its schema" valid "$sample/basvuru-formu.xml"
check "a form without an identity number is refused" refused '/<KimlikNo>/d'
check "a short identity number is refused" refused 's/10000000146/1000000014/'
check "an unknown kind of application is refused" refused 's/Yenileme/Yenilenme/'
check "an unknown field is refused" refused 's|<Dahili>|<Faks>1</Faks><Dahili>|'
for value in SD-780 20/09/2021 Yenileme 10000000146 'Örnek Belediyesi'; do
    check "form and undertaking both say $value" both "$value"
done
check "the undertaking is UTF-8" iconv -f UTF-8 -t UTF-16 -o /dev/null "$sample/taahhutname.txt"
finish
