"""The grammar of start and stop, and of who may come in at the page."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

from ampkeeper.firmware.faces.cli import forms

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Commands, str, str], argparse.ArgumentParser]
ENTRIES_SHOWN = 50


def add_people(commands: Commands, add: Add, add_bare: Add) -> None:
    """Add the commands."""
    start = add(commands, "start", "start a charge, as somebody at the station")
    text = "card that is charged (default: that of web.card; none is needed where all is free)"
    start.add_argument("uid", nargs="?", metavar="CARD", help=text)
    stop = add(commands, "stop", "stop the charge, as somebody at the station")
    for one in (start, stop):
        one.add_argument("--evse", type=forms.evse, default=1, metavar="N", help="default: 1")
    web = add_bare(commands, "web", "who may come in at the page, and who asked for what")
    verbs = web.add_subparsers(dest="verb", required=True, metavar="VERB")
    add(verbs, "show", "address, fingerprint, the code of the set-up, and who may come in")
    add(verbs, "reset", "forget all people and programs, and open the set-up again")
    audit = add(verbs, "audit", "who asked for which change, newest first")
    audit.add_argument(
        "--limit",
        type=forms.limit,
        default=ENTRIES_SHOWN,
        metavar="N",
        help=f"at most N, 1 to {forms.SESSIONS_MAX} (default {ENTRIES_SHOWN})",
    )
