"""The grammar of commissioning: a charger is proven before it is handed over."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Commands, str, str], argparse.ArgumentParser]


def add_commission(commands: Commands, add: Add, add_bare: Add) -> None:
    """Add the commands."""
    top = add_bare(commands, "commission", "prove a charger, and sign the report of its handover")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    add(verbs, "show", "each check, and what is to do")
    begin = add(verbs, "begin", "begin; what was entered before is forgotten")
    begin.add_argument("installer", metavar="NAME", help="who proves the charger")
    for name, text in (
        ("company", "of the installer"),
        ("place", "where the charger is"),
        ("note", "one line for the report"),
    ):
        begin.add_argument(f"--{name}", default="", metavar="TEXT", help=text)
    enter = add(verbs, "enter", "what you saw and measured at an EVSE")
    enter.add_argument("--evse", type=int, default=1, metavar="ID", help="default: 1")
    text = "of the fuse before the charger"
    enter.add_argument("--fuse", dest="fuse_a", type=float, required=True, metavar="A", help=text)
    text = "type of the RCD before the charger (default: A)"
    enter.add_argument("--rcd", choices=("A", "B"), default="A", help=text)
    text = "as a rotary field meter shows it, such as RST; left out: one phase"
    enter.add_argument("--rotation", default="", metavar="RST", help=text)
    text = "as it stands on the meter; left out: it bears none"
    enter.add_argument("--meter-serial", default="", metavar="TEXT", help=text)
    add(verbs, "finish", "sign the report; refused while a check is open or failed")
    report = add(verbs, "report", "the newest report, into a file that is not there yet")
    text = "its name says what it is: .pdf, .html or .json"
    report.add_argument("out", type=Path, metavar="FILE", help=text)
