"""The grammar of the owner's commands: mode, charge, depart and price."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ampkeeper.firmware.faces.cli import forms

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Commands, str, str], argparse.ArgumentParser]
PRICES = (
    'JSON: {"currency": "EUR", "prices": [{"start": TIME, "end": TIME, "price": 0.31}, ...]}, a'
    " kWh, in order; TIME as 2026-11-23T18:00:00Z"
)
MODES = ("now", "surplus", "min+surplus", "schedule", "price", "off")


def add_energy(commands: Commands, add: Add, add_bare: Add) -> None:
    """Add the commands."""
    mode = add(commands, "mode", "when to charge, and what each EVSE does about it now")
    text = "from now on, also after a restart (left out: only show)"
    mode.add_argument("mode", nargs="?", choices=MODES, help=text)
    charge = add(commands, "charge", "charge now whatever the mode, or again as it says")
    charge.add_argument("how", choices=("now", "auto"), help="now: until this car leaves")
    depart = add(commands, "depart", "so much energy by then, whatever else is waited for")
    text = "local time of the station such as 07:30, or ISO 8601, or off: as configured"
    depart.add_argument("by", metavar="TIME|off", help=text)
    text = "such as 20kWh: so much in this session"
    depart.add_argument("--energy", type=forms.energy, metavar="E", help=text)
    for one in (charge, depart):
        one.add_argument("--evse", type=forms.evse, default=1, metavar="N", help="default: 1")
    price = add_bare(commands, "price", "what a kWh costs when")
    verbs = price.add_subparsers(dest="verb", required=True, metavar="VERB")
    push = add(verbs, "push", "from now on these prices hold")
    push.add_argument("file", type=Path, metavar="FILE", help=PRICES)
    add(verbs, "show", "what holds now; also without a verb")
