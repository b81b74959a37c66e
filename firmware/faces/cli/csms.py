"""Central systems at the command line: which there are, and a change that is tried first."""

import argparse
from typing import Any

from ampkeeper.firmware.faces.cli.client import ask

PASSWORD_BYTES_MAX = 1_000  # far above what a password can have

Answer = dict[str, Any]


def show(arguments: argparse.Namespace) -> Answer:
    """All central systems, and what became of the last change."""
    return ask(arguments.state, "csms", action="show")


def put(arguments: argparse.Namespace) -> Answer:
    """Try another central system in place of the first."""
    told = {
        "url": arguments.url,
        "id": arguments.id,
        "versions": arguments.versions.split(",") if arguments.versions else None,
        "profile": arguments.profile,
        "password": _read(arguments),
        "books": arguments.books,
    }
    request = {name: value for name, value in told.items() if value is not None}
    return ask(arguments.state, "csms", action="set", now=arguments.now, **request)


def undo(arguments: argparse.Namespace) -> Answer:
    """Give a change up, or go back to the file."""
    return ask(arguments.state, "csms", action="undo")


def _read(arguments: argparse.Namespace) -> str | None:
    """The password of the file; it is never on a command line, where all can read it."""
    if arguments.password_file is None:
        return None
    with arguments.password_file.open("rb") as opened:
        read: bytes = opened.read(PASSWORD_BYTES_MAX)
    return read.decode("utf-8", "replace").strip()
