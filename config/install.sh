#!/bin/sh
# Makes a virtual environment with the packages of one requirements file, unless it has exactly these already.
# usage: install.sh PYTHON VENV REQUIREMENTS
set -eu

python=$1
venv=$2
requirements=$3

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Brightline needs Python 3.11 or newer, and $python is not one: name one with make PYTHON=python3.12 …" >&2
    exit 1
fi

# Development's requirements include the others, so both files count. The stamp tells which set is installed.
digest=$(cat requirements.txt config/requirements-dev.txt | cksum | tr ' ' -)
has_it() { [ -x "$venv/bin/python" ] && [ "$(cat "$1" 2>/dev/null)" = "$digest" ]; }
stamp=$venv/installed-$(basename "$requirements" .txt)
if has_it "$stamp" || has_it "$venv/installed-requirements-dev"; then
    exit 0
fi

echo "Installing the packages of $requirements …"
if ! [ -x "$venv/bin/python" ] && ! "$python" -m venv "$venv"; then
    echo "$python cannot make virtual environments: install its venv module (on Debian: apt-get install python3-venv)." >&2
    exit 1
fi
"$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --requirement "$requirements"
echo "$digest" > "$stamp"
