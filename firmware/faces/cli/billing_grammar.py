"""The grammar of the commands about bills: signed records."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Commands, str, str], argparse.ArgumentParser]
XML, LINES = "xml", "text"


def add_billing(commands: Commands, add: Add, add_bare: Add) -> None:
    """Add the commands."""
    _add_ocmf(commands, add, add_bare)


def _add_ocmf(commands: Commands, add: Add, add_bare: Add) -> None:
    top = add_bare(commands, "ocmf", "signed records of sessions: hand them out, check them")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    export = add(verbs, "export", "what was signed of a session; also while nothing runs")
    export.add_argument("session", metavar="SESSION", help="its id, or how it begins")
    text = "xml: for the transparency software, with keys; text: a record in each line"
    export.add_argument("--format", choices=(XML, LINES), default=XML, help=text)
    add(verbs, "key", "the public key of what the station signs itself")
    verify = add(verbs, "verify", "whether records are as they were signed; code 1 if not")
    verify.add_argument("file", type=Path, metavar="FILE", help="XML, or a record in each line")
    text = "public key to trust, hex of DER (left out: this station's, or else the file's own)"
    verify.add_argument("--key", metavar="HEX", help=text)
