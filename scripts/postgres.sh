#!/bin/sh
# Installs the programs of PostgreSQL, of which the tests start a cluster of their own, where this machine has none.
set -eu
[ -z "${POSTGRES_BIN:-}" ] || exit 0
for bin in /usr/lib/postgresql/*/bin /usr/pgsql*/bin /opt/homebrew/opt/postgresql*/bin; do
    [ ! -x "$bin/initdb" ] || exit 0
done
"$(dirname "$0")/debian.sh" "the store is tried on PostgreSQL, which is not here" postgresql
