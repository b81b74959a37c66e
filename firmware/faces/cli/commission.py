"""Commissioning at the command line: what has to be proven, what the installer saw, the report."""

import argparse
from typing import Any

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import RefusedError

VERB = "commissioning"
WORDS = ("installer", "company", "place", "note")

Answer = dict[str, Any]


def show(arguments: argparse.Namespace) -> Answer:
    """Each check, and what is to do."""
    return ask(arguments.state, VERB)


def begin(arguments: argparse.Namespace) -> Answer:
    """Begin, or begin anew: what was entered is forgotten."""
    told = {name: getattr(arguments, name) for name in WORDS}
    return ask(arguments.state, VERB, action="begin", **told)


def enter(arguments: argparse.Namespace) -> Answer:
    """What the installer found with his own eyes and meters."""
    told = {
        "evse": arguments.evse,
        "fuse_a": arguments.fuse_a,
        "rcd": f"type {arguments.rcd}",
        "meter_serial": arguments.meter_serial,
        "rotation": arguments.rotation,
    }
    return ask(arguments.state, VERB, action="enter", **told)


def finish(arguments: argparse.Namespace) -> Answer:
    """Sign the report, once everything is proven."""
    return ask(arguments.state, VERB, action="finish")


def report(arguments: argparse.Namespace) -> Answer:
    """The newest report, into a file."""
    kind = arguments.out.suffix.removeprefix(".").lower()
    told = ask(arguments.state, VERB, action="report", kind=kind)
    data = bytes.fromhex(told["hex"])
    try:
        with arguments.out.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise RefusedError(f"{arguments.out}: is there already") from error
    return {"result": f"{arguments.out}: {len(data)} bytes", "file": str(arguments.out)}
