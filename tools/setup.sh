#!/bin/sh
# Make .venv from the lock files. Run again at will: it does nothing when nothing changed.
# Needs Python 3.11 or newer with its venv module; changes nothing outside this checkout.
set -eu
cd "$(dirname "$0")/.."

PACKAGES="requirements/dev.txt requirements/node.txt pyproject.toml tools/setup.sh"
FETCHED="tools/micro/package-lock.json tools/peers/package-lock.json tools/debian.py \
    tools/broker/fetch.py tools/rauc/fetch.py"
PACKAGES_STAMP=.venv/setup.stamp
FETCHED_STAMP=.tools/setup.stamp

say() { printf '%s\n' "setup: $*" >&2; }

# The path is part of it: a virtual environment does not survive being moved.
# shellcheck disable=SC2086
stamp_of() { printf '%s' "$(pwd) $(cat $1 | cksum)"; }

is_done() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$name"; then
            printf '%s' "$name"
            return 0
        fi
    done
    say "no Python 3.11 or newer found (looked for python3, python3.11 to python3.14)."
    say "install one, or name it: make setup PYTHON=/path/to/python3"
    return 1
}

make_venv() {
    python=$(find_python)
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        say "$python has no venv module. On Debian and Ubuntu: sudo apt install python3-venv"
        return 1
    fi
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

install() {
    PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install --quiet "$@"
}

has_node() {
    node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' >/dev/null 2>&1 &&
        npm --version >/dev/null 2>&1
}

install_packages() {
    case "$(cat "$PACKAGES_STAMP" 2>/dev/null || true)" in
    "$(pwd) "*) is_new_enough .venv/bin/python || make_venv ;;
    *) make_venv ;;
    esac
    rm -f "$PACKAGES_STAMP"
    say "installing $(grep -c '==' requirements/dev.txt) pinned packages (a minute the first time)"
    install --require-hashes --only-binary :all: -r requirements/dev.txt
    if ! has_node; then
        say "no Node here: taking the one that comes as a wheel"
        install --require-hashes --only-binary :all: -r requirements/node.txt
    fi
    install --no-index --no-deps --no-build-isolation -e .
    stamp_of "$PACKAGES" >"$PACKAGES_STAMP"
}

fetch() {
    say "fetching the 32-bit MicroPython, and the peers, broker and rauc that tests speak to"
    # The wheel's Node would trust only its own list of authorities, not this machine's.
    has_node || export NODE_OPTIONS=--use-system-ca
    if .venv/bin/python -m tools.micro.fetch && .venv/bin/python -m tools.peers.fetch &&
        .venv/bin/python -m tools.broker.fetch && .venv/bin/python -m tools.rauc.fetch; then
        mkdir -p .tools
        stamp_of "$FETCHED" >"$FETCHED_STAMP"
    else
        say "not fetched: their tests will fail, all else works; make tries again each time"
    fi
}

is_done "$PACKAGES_STAMP" "$(stamp_of "$PACKAGES")" || install_packages
is_done "$FETCHED_STAMP" "$(stamp_of "$FETCHED")" || fetch
