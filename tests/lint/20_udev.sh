#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The udev rules are those of the reader table, well formed, and only wake pcscd.
set -u
. "$(dirname "$0")/../tap.sh"
export PATH="$PATH:/usr/sbin:/sbin"
rules=udev/70-onayd-readers.rules
table=udev/readers.tsv

up_to_date() { udev/make-rules >"$work/rules" && diff -u "$rules" "$work/rules"; }

# Our own reading of udev(7), stricter than udev's: every line is a list of
# KEY{attribute} OPERATOR "value", every GOTO leads to a later LABEL, and no key is there that does
# more than match, jump, tag and name the unit to start.
well_formed() { # FILE
    awk '
    /^#/ || /^$/ { next }
    {
        line = $0
        while (line != "") {
            if (!match(line, /^[A-Z]+(\{[A-Za-z_]+\})?(==|!=|\+=|=)"[^"\\]*"(, |$)/)) {
                printf "%s:%d: not a list of assignments: %s\n", FILENAME, FNR, line
                bad = 1
                next
            }
            one = substr(line, 1, RLENGTH)
            line = substr(line, RLENGTH + 1)
            sub(/, $/, "", one)
            if (one ~ /^GOTO="/) goto_at[one] = FNR
            else if (one ~ /^LABEL="/) { sub(/^LABEL/, "GOTO", one); label_at[one] = FNR }
            else if (one !~ /^(ACTION|SUBSYSTEM|ENV\{DEVTYPE\})!="/ &&
                     one !~ /^ATTR\{id(Vendor|Product)\}=="[0-9a-f][0-9a-f][0-9a-f][0-9a-f]"$/ &&
                     one != "TAG+=\"systemd\"" && one != "ENV{SYSTEMD_WANTS}+=\"pcscd.socket\"") {
                printf "%s:%d: not allowed here: %s\n", FILENAME, FNR, one
                bad = 1
            }
        }
    }
    END {
        for (g in goto_at)
            if (label_at[g] <= goto_at[g]) { print FILENAME ": " g " has no later label"; bad = 1 }
        exit bad
    }' "$1"
}
refused() { # SED-EXPRESSION: the rules so changed are not well formed
    sed "$1" "$rules" >"$work/changed"
    ! cmp -s "$work/changed" "$rules" && ! well_formed "$work/changed"
}
not_made() { # LINE: a table that ends in this line makes no rules
    { cat "$table"; printf '%b\n' "$1"; } >"$work/table"
    ! udev/make-rules "$work/table"
}
every_reader() {
    local n
    n=$(grep -c '^[0-9a-f]' "$table")
    [ "$n" -gt 0 ] && [ "$(grep -c '^ATTR{idVendor}' "$rules")" -eq "$n" ]
}

check "the rules are those of the table" up_to_date
check "every reader of the table has its rule" every_reader
check "the rules are well formed and only wake pcscd" well_formed "$rules"
check "a rule that gives access to the device is found" refused 's/TAG+="systemd"/TAG+="uaccess"/'
check "a rule that sets a mode is found" refused 's/^TAG+=/MODE="0666", TAG+=/'
check "a jump to nowhere is found" refused 's/LABEL="onayd_reader"/LABEL="other"/'
check "a broken line is found" refused 's/=="072f"/==072f/'
check "an upper-case number is refused" not_made 'FFFF\tffff\tReader\tno'
check "a name that breaks out of its line is refused" not_made 'ffff\tffff\tReader", RUN+="x\tno'
check "a reader that is there twice is refused" not_made '1b0e\t1078\tBlutronics\tno'
check "a missing column is refused" not_made 'ffff\tffff\tReader'

# udev's own reading of them: `udevadm verify` where there is one, else `udevadm test`, which reads
# every rule before it tries the device, in a namespace where ours are all that /etc has.
udev_accepts() { # FILE
    if udevadm verify --help >/dev/null 2>&1; then
        udevadm verify "$1"
        return
    fi
    rm -rf "$work/rules.d"
    mkdir "$work/rules.d"
    cp "$1" "$work/rules.d/70-onayd-readers.rules"
    unshare -rm bash -c 'mount --bind "$0" /etc/udev/rules.d && udevadm test --action=add /devices/virtual/net/lo' \
        "$work/rules.d" >"$work/udev" 2>&1
    grep -F /etc/udev/rules.d/ "$work/udev"
    grep -qF 'Reading rules file: /etc/udev/rules.d/70-onayd-readers.rules' "$work/udev" &&
        ! grep -qF '/etc/udev/rules.d/70-onayd-readers.rules:' "$work/udev"
}
udev_refuses() { # SED-EXPRESSION
    sed "$1" "$rules" >"$work/changed"
    ! cmp -s "$work/changed" "$rules" && ! udev_accepts "$work/changed"
}
check "udev accepts the rules" udev_accepts "$rules"
check "and finds a broken line" udev_refuses 's/=="072f"/==072f/'
check "and a jump to nowhere" udev_refuses 's/LABEL="onayd_reader"/LABEL="other"/'
finish
