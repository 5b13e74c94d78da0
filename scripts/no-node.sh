#!/bin/sh
# A build on a machine without Node: it must fail with one clear message, and succeed with a page that was built elsewhere.
# The machine without Node is this one, seen through a PATH that holds every command but Node's.
set -eu
cd "$(dirname "$0")/.."
work=target/no-node
rm -rf "$work/bin" "$work/page"
mkdir -p "$work/bin" "$work/page"
echo "$PATH" | tr ':' '\n' | while read -r folder; do
    for command in "$folder"/*; do
        case "${command##*/}" in node | nodejs | npm | npx | corepack) continue ;; esac
        [ -x "$command" ] && [ ! -e "$work/bin/${command##*/}" ] && ln -s "$command" "$work/bin/" || true
    done
done
bare="$PWD/$work/bin"
# `env -u` does not reach what a configuration of cargo sets: an empty value does, and counts as none.
build() { env PATH="$bare" CARGO_TARGET_DIR="$PWD/$work/target" DESKBELL_UI_SKIP= "$@" cargo build --locked -p deskbell-ui; }

if build DESKBELL_UI_DIST= >"$work/refused.log" 2>&1; then
    echo "the build went through without Node" >&2
    exit 1
fi
for words in 'Node.js 20.19 or newer' 'apt install nodejs npm' 'DESKBELL_UI_DIST=' 'DESKBELL_UI_SKIP=1'; do
    grep -qF "$words" "$work/refused.log" || { echo "the refusal lacks: $words" >&2; cat "$work/refused.log" >&2; exit 1; }
done
echo '<!doctype html>' >"$work/page/index.html"
build DESKBELL_UI_DIST="$PWD/$work/page" >"$work/built.log" 2>&1 || { cat "$work/built.log" >&2; exit 1; }
echo "without Node: refused with what to do; with a page that was built elsewhere: built"
