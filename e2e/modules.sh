#!/bin/sh
# Fetches the modules of the dashboard's tests, only when the lock file is another than the one they were fetched by.
set -eu
cd "$(dirname "$0")"
cmp -s package-lock.json node_modules/.lock-file && exit 0
npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier
cp package-lock.json node_modules/.lock-file
