#!/bin/sh
# Builds the program of commit $1 as it is shipped, into target/base/deskbell. Its work tree and what it compiles stay
# there: the next commit builds again only what differs. The page is left out; nothing that is measured shows it.
set -eu
cd "$(dirname "$0")/.."
commit=$(git rev-parse --verify --quiet "$1^{commit}") || { echo "there is no commit $1" >&2; exit 1; }
tree=$PWD/target/base/tree
if [ -e "$tree/.git" ]; then
    git -C "$tree" checkout --quiet --force --detach "$commit"
else
    git worktree prune
    git worktree add --quiet --detach "$tree" "$commit"
fi
cd "$tree"
DESKBELL_UI_SKIP=1 CARGO_TARGET_DIR=../build cargo build --profile dist --locked -p deskbell-server
cp ../build/dist/deskbell ../deskbell
