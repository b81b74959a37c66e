"""The grammar of ``ampkeeper boot``: what a service manager starts in place of ``run``."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ampkeeper.firmware.faces.cli import forms

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[..., argparse.ArgumentParser]


def add_boot(commands: Commands, add: Add) -> None:
    """Add the command."""
    boot = add(commands, "boot", "start the software that is due, from its slot", has_json=False)
    text = "what came with the machine, by `ampkeeper image factory`"
    boot.add_argument("--factory", type=Path, required=True, metavar="FILE", help=text)
    text = "start it again when it ends for that, as a service manager would"
    boot.add_argument("--again", action="store_true", help=text)
    text = "send software back that has not proved itself after N s (default: as configured)"
    boot.add_argument("--trial", type=forms.trial, default=0, metavar="N", help=text)
    text = "run or emulate, and its options but --state, behind --"
    boot.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND", help=text)
    boot.set_defaults(json=False)
