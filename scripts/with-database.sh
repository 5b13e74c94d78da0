#!/bin/sh
# Deskbell on a database of its own in the cluster that PGHOST and PGUSER name: each data folder has one. For the benchmark, to which this
# is the program.
set -eu
folder=
last=
for word in "$@"; do
    [ "$last" != --data ] || folder=$word
    last=$word
done
name=bench_$(printf %s "$folder" | cksum | cut -d' ' -f1)
psql -qc "CREATE DATABASE $name" >/dev/null 2>&1 || : # a start on the same folder finds it
DESKBELL_STORE="postgres:///$name?host=$PGHOST&user=$PGUSER" exec "$(dirname "$0")/../target/dist/deskbell" "$@"
