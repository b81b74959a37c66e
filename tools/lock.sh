#!/bin/sh
# Resolve requirements/*.txt from pyproject.toml: pinned, hashed, for every platform at once.
set -eu
cd "$(dirname "$0")/.."

.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes --only-binary :all: -r requirements/lock.txt

compile() {
    out=$1
    shift
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-config --system-certs --custom-compile-command "make lock" \
        "$@" -o "requirements/$out"
    printf '%s\n' "requirements/$out: $(grep -c '==' "requirements/$out") packages"
}

compile device.txt ${UPGRADE:+--upgrade} --extra pi --extra pilot \
    --extra rauc pyproject.toml
compile dev.txt ${UPGRADE:+--upgrade} --group dev -c requirements/device.txt pyproject.toml
compile node.txt ${UPGRADE:+--upgrade} --group node
compile browser.txt ${UPGRADE:+--upgrade} --group browser -c requirements/dev.txt
compile lock.txt ${UPGRADE:+--upgrade} --group lock
