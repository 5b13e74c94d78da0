#!/bin/sh
# Installs the browser that the dashboard's tests drive, where this machine has none, as Debian's package. CHROMIUM names another.
set -eu
command -v "${CHROMIUM:-/usr/bin/chromium}" >/dev/null && exit 0
"$(dirname "$0")/debian.sh" "the dashboard is tested with Chromium (CHROMIUM=/path/to/it names another)" chromium
