#!/bin/sh
# Installs the browser that the dashboard's tests drive, where this machine has none, as Debian's package. CHROMIUM names another.
set -eu
command -v "${CHROMIUM:-/usr/bin/chromium}" >/dev/null && exit 0
if ! command -v apt-get >/dev/null; then
    echo "the dashboard is tested with Chromium, and there is no apt-get to install it: set CHROMIUM=/path/to/it" >&2
    exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium
