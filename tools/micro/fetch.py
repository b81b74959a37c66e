"""Fetches the 32-bit MicroPython build that the tests run on, into ``.tools/micro``.

``python -m tools.micro.fetch``: safe to call again; does nothing when the pinned build is there.
"""

from tools.npm import Pinned

FOLDER = "node_modules/@micropython/micropython-webassembly-pyscript"
BUILD = Pinned("micro", f"{FOLDER}/micropython.mjs", f"{FOLDER}/micropython.wasm")
PACKAGE = BUILD.target / FOLDER

if __name__ == "__main__":
    raise SystemExit(BUILD.fetch())
