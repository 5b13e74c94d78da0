#!/bin/sh
# Installs the languages of docs/guide/receivers that this machine does not have, as Debian packages. Rust is there: nothing
# could be tested without it.
set -eu
missing=
need() { command -v "$1" >/dev/null || missing="$missing $2"; }
need python3 python3
need node nodejs
need go golang-go
need ruby ruby
need php php-cli
need javac default-jdk-headless
[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086  # a list of names
"$(dirname "$0")/debian.sh" "the guides are tested with languages that are missing here" $missing
