#!/bin/sh
# Lays out the root of the image: root.sh PROGRAM DIRECTORY. The program, the libraries that it names with their loader, the names of its
# user, and a directory for its data.
set -eu
program=$1
root=$2
mkdir -p "$root/usr/local/bin" "$root/etc" "$root/data"
chmod 0755 "$root" "$root/usr/local/bin" "$root/etc"
chmod 0700 "$root/data"
install -m 0755 "$program" "$root/usr/local/bin/deskbell"
# A line is `name => /path (address)`, or `/path (address)` of the loader.
ldd "$program" | sed -n 's|.*=> \(/[^ ]*\) (.*|\1|p; s|^[[:space:]]*\(/[^ ]*\) (.*|\1|p' | while read -r library; do
    mkdir -p "$root${library%/*}"
    cp -L "$library" "$root$library"
done
echo 'deskbell:x:10001:10001::/data:/nonexistent' >"$root/etc/passwd"
echo 'deskbell:x:10001:' >"$root/etc/group"
