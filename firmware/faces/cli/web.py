"""Start and stop at the command line, and who may come in at the page."""

import argparse
from typing import Any

from ampkeeper.firmware.faces.cli.client import ask

Answer = dict[str, Any]


def start(arguments: argparse.Namespace) -> Answer:
    """Start a charge."""
    return ask(arguments.state, "start", evse=arguments.evse, uid=arguments.uid)


def stop(arguments: argparse.Namespace) -> Answer:
    """Stop it."""
    return ask(arguments.state, "stop", evse=arguments.evse)


def show(arguments: argparse.Namespace) -> Answer:
    """Where the page is, and who may come in."""
    return ask(arguments.state, "access", action="show")


def reset(arguments: argparse.Namespace) -> Answer:
    """Nobody may any more, and the set-up is open."""
    return ask(arguments.state, "access", action="reset")


def audit(arguments: argparse.Namespace) -> Answer:
    """Who asked for which change."""
    return ask(arguments.state, "access", action="audit", limit=arguments.limit)
