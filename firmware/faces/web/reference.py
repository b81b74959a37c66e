"""Reference: writes ``openapi.json``, the description of the HTTP API, from the table of routes."""

import json
from pathlib import Path

from ampkeeper.firmware.faces.web.openapi import describe
from ampkeeper.firmware.faces.web.routes import ROWS

FILE = "openapi.json"


def description_text() -> str:
    """The file; the version is that of the software that serves it."""
    whole = describe(ROWS)
    whole["info"] = dict(whole["info"]) | {"version": "of the software"}
    return json.dumps(whole, indent=1) + "\n"


def main() -> None:
    """Write it."""
    (Path(__file__).parent / FILE).write_text(description_text(), "utf-8")


if __name__ == "__main__":
    main()
