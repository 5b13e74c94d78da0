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
if ! command -v apt-get >/dev/null; then
    echo "the guides are tested with languages that are missing here, and there is no apt-get to install them:$missing" >&2
    exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
# shellcheck disable=SC2086  # a list of names
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
