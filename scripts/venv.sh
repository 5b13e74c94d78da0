#!/bin/sh
# Makes the Python environment of what stands in scripts/$2 in $1, once for each state of its requirements. Python's venv
# module is a package of its own on Debian: it is installed when missing.
set -eu
venv=$1
requirements=$(dirname "$0")/${2:-verify}/requirements.txt
if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$venv/requirements.txt"; then exit 0; fi
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq
    $sudo apt-get install -qq -y python3 python3-venv
fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$venv/requirements.txt"
