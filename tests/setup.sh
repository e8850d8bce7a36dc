#!/bin/sh
# Makes a bare Debian ready for `make test` and `make demo`: packages and .venv, where they are
# missing. Done before, it takes a moment.
set -eu
cd "$(dirname "$0")/.."
here=$PWD
stamp=.venv/made-from

say() { echo "setup: $*" >&2; }

# A Python that can make a virtual environment, of the one on PATH and the distribution's.
find_python() {
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'; then
            echo "$python"
            return
        fi
    done 2>/dev/null
}

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_packages() {
    sed -e 's/#.*//' -e '/^$/d' tests/lab/packages.txt | while read -r package; do
        is_installed "$package" || echo "$package"
    done
    [ -n "$(find_python)" ] || echo python3-venv
}

install_packages() {
    if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
        say "please install $* (on Debian, as root, this is done for you)"
        exit 1
    fi
    say "apt-get install $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install --no-install-recommends -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

made_from() {
    cat pyproject.toml tests/setup.sh | sha256sum
}

# A copy of a checkout brings a .venv along whose programs belong to the original.
venv_works() {
    [ "$(cat "$stamp" 2>/dev/null)" = "$(made_from)" ] && cd / && "$here/.venv/bin/python" -c '
import sys, mypy, pytest, launcher
sys.exit(not launcher.__file__.startswith(sys.argv[1] + "/"))' "$here" 2>/dev/null
}

make_venv() {
    say "making .venv with the project and its development tools (pip, about a minute)"
    rm -rf .venv
    "$1" -m venv .venv
    # Dependency groups need pip 25.1.
    .venv/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
    .venv/bin/python -m pip install --quiet --editable . --group dev
    made_from >"$stamp"
}

missing=$(missing_packages)
# shellcheck disable=SC2086 # one word per package
[ -z "$missing" ] || install_packages $missing
(venv_works) || make_venv "$(find_python)"
