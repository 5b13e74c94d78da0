#!/bin/sh
# Draws target/profile.svg: perf samples the program under load, inferno folds and draws. Fetches both where they are missing.
set -eu
cd "$(dirname "$0")/.."
if ! perf --version >/dev/null 2>&1; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq
    $sudo apt-get install -qq -y linux-perf
fi
cargo install --quiet --locked --root target/tools --version 0.12.8 inferno
target/dist/bench --profile target/profile.data
perf script --no-inline --input target/profile.data 2>target/profile.log |
    target/tools/bin/inferno-collapse-perf --quiet |
    target/tools/bin/inferno-flamegraph --countname ns --title 'deskbell, one webhook, closed loop' >target/profile.svg
echo "written to target/profile.svg"
