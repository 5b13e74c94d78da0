#!/bin/sh
# Installs packages of Debian: debian.sh "what they are for" package...
set -eu
purpose=$1
shift
if ! command -v apt-get >/dev/null; then
    echo "$purpose, and there is no apt-get to install: $*" >&2
    exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
