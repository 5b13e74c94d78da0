#!/bin/sh
# Fetches the modules of a folder with a package-lock.json, only when that is another than the one they were fetched by: as the
# build script of `deskbell-ui` does.
set -eu
cd "$1"
cmp -s package-lock.json node_modules/.lock-file && exit 0
npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier
cp package-lock.json node_modules/.lock-file
