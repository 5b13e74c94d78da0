#!/bin/sh
# Installs what `make operating` tries packaging/ and docs/operating.md with and this machine does not have, as Debian packages.
set -eu
missing=
need() { command -v "$1" >/dev/null || missing="$missing $2"; }
PATH=$PATH:/usr/sbin
need python3 python3
need openssl openssl
need nginx nginx-light
need caddy caddy
need promtool prometheus
need systemd-analyze systemd
need docker-compose docker-compose
need setpriv util-linux
need pgrep procps
need strace strace
[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086  # a list of names
"$(dirname "$0")/debian.sh" "packaging/ and docs/operating.md are tried with programs that are missing here" $missing
