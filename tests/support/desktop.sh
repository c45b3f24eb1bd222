# SPDX-License-Identifier: MIT
# tests/support/desktop.sh, sourced behind tests/tap.sh: a screen that nobody has to look at, real
# dialogs (pinentry-gtk-2) on it, and somebody who reads them and types.
#
#   start_desktop "$pictures"          # exports DISPLAY
#   check "it is drawn" dialog_comes   # sets dialog, its window
#   check "tries left" reads "Kalan deneme: 2"
#   types 123456; presses Escape       # on the keyboard
#   check "it is gone" dialog_goes
#
# A script that has a cleanup of its own calls stop_desktop in it.
# shellcheck shell=bash
screen= dialog=
dialog_program=$(command -v pinentry-gtk-2)

# start_desktop PICTURES: a screen of its own number; pictures of dialogs are put into that folder.
start_desktop() {
    pictures=$1
    Xvfb -displayfd 3 -screen 0 1280x1024x24 -nolisten tcp -noreset \
        3>"$work/display" >"$work/screen.log" 2>&1 &
    screen=$!
    poll test -s "$work/display" || { cat "$work/screen.log"; return 1; }
    DISPLAY=:$(cat "$work/display")
    export DISPLAY
}
stop_desktop() {
    [ -n "$screen" ] || return 0
    kill "$screen" 2>/dev/null
    wait "$screen" 2>/dev/null
    screen=
}

dialogs_drawn() { xdotool search --onlyvisible --class '^pinentry' 2>/dev/null; }
one_drawn() { dialog=$(dialogs_drawn) && [ -n "$dialog" ]; }
none_drawn() { ! dialogs_drawn; }
another_drawn() { local before=$dialog; one_drawn && [ "$dialog" != "$before" ]; }

# Within half a minute. dialog_changes: the same program draws its next one.
dialog_comes() { poll one_drawn; }
dialog_changes() { poll another_drawn; }
dialog_goes() { poll none_drawn && dialog=; }

titled() { [ "$(xdotool getwindowname "$dialog")" = "$1" ]; }

# There is no window manager, so the window is told that it has the keyboard.
to_dialog() { xdotool windowfocus --sync "$dialog" "$@"; }
types() { to_dialog type "$1" && presses Return; }
presses() { to_dialog key "$@"; } # KEY…

# takes_picture NAME: of the dialog, once it is more than an empty window.
takes_picture() {
    picture=$pictures/$1
    poll painted
}
painted() { import -window "$dialog" "$picture.png" && [ "$(identify -format %k "$picture.png")" -gt 16 ]; }

# Three times as large, as a reader of pictures wants it.
read_picture() {
    convert "$picture.png" -resize 300% - |
        OMP_THREAD_LIMIT=1 tesseract stdin stdout -l tur --psm 6 2>/dev/null >"$picture.txt"
}

# reads TEXT: it stands on the last picture. Spaces do not count, and letters and digits that a
# reader of pictures takes for each other are one.
alike() { tr -d ' \n' | LC_ALL=C.UTF-8 sed 'y/İIıiloOsSzZBgq/11111005522899/'; }
reads() {
    [ -s "$picture.txt" ] || read_picture
    cat "$picture.txt"
    alike <"$picture.txt" | grep -qF -- "$(alike <<<"$1")"
}
