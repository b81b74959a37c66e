"""The owner's commands at the local door: mode, charge, depart and price."""

import argparse
from typing import Any

from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import RefusedError

PRICES_BYTES_MAX = 60_000  # with the request round it, what the local door takes
OFF = "off"

Answer = dict[str, Any]


def mode(arguments: argparse.Namespace) -> Answer:
    """Set the mode, or only show."""
    told = {"mode": arguments.mode} if arguments.mode is not None else {}
    return ask(arguments.state, "mode", **told)


def charge(arguments: argparse.Namespace) -> Answer:
    """Charge now, or as the mode says."""
    return ask(arguments.state, "charge", now=arguments.how == "now", evse=arguments.evse)


def depart(arguments: argparse.Namespace) -> Answer:
    """So much energy by then."""
    if arguments.by == OFF:
        return ask(arguments.state, "depart", evse=arguments.evse)
    if arguments.energy is None:
        raise RefusedError("depart: how much? --energy such as 20kWh")
    told = {"by": arguments.by, "energy_wh": arguments.energy}
    return ask(arguments.state, "depart", evse=arguments.evse, **told)


def price_push(arguments: argparse.Namespace) -> Answer:
    """Hand prices in."""
    with arguments.file.open("rb") as opened:
        read: bytes = opened.read(PRICES_BYTES_MAX + 1)
    if len(read) > PRICES_BYTES_MAX:
        raise RefusedError(f"{arguments.file}: must be at most {PRICES_BYTES_MAX} bytes")
    return ask(arguments.state, "price", prices=read.decode("utf-8", "replace"))


def price_show(arguments: argparse.Namespace) -> Answer:
    """What holds now."""
    return ask(arguments.state, "price")
