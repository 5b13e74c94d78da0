#!/bin/sh
# Runs a command with a cluster of PostgreSQL's of its own: PGHOST and PGUSER name it, and TESTS_ON=postgres says so. The cluster
# is private and goes with the command. What is committed need not last, unless DURABLE is set.
set -eu
"$(dirname "$0")/postgres.sh"
bin=${POSTGRES_BIN:-}
for found in /usr/lib/postgresql/*/bin /usr/pgsql*/bin /opt/homebrew/opt/postgresql*/bin; do
    [ -n "$bin" ] || [ ! -x "$found/initdb" ] || bin=$found
done
folder=$(mktemp -d /tmp/dbpg.XXXXXX)
as() { "$@"; }
# The server refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as() { runuser -u postgres -- "$@"; }
fi
end() {
    (cd / && as "$bin/pg_ctl" stop -D "$folder/data" -m immediate) >/dev/null 2>&1 || :
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
settings="-k $folder -c listen_addresses= -c max_connections=400 -c shared_buffers=512MB -c max_wal_size=2GB"
settings="$settings ${SETTINGS:-}" # as -c name=value
[ -n "${DURABLE:-}" ] || settings="$settings -c fsync=off -c synchronous_commit=off"
(
    cd /
    as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync
    as "$bin/pg_ctl" start -D "$folder/data" -w -t 600 -l "$folder/log" -o "$settings"
) >/dev/null
PATH="$bin:$PATH" PGHOST=$folder PGUSER=postgres TESTS_ON=postgres "$@"
