"""The grammar of the commands about bills: signed records, the charge log, receipts."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Commands, str, str], argparse.ArgumentParser]
XML, LINES = "xml", "text"
CSV, JSON, HTML, PDF = "csv", "json", "html", "pdf"
MONTH = r"20[0-9]{2}-(0[1-9]|1[0-2])"


def add_billing(
    commands: Commands,
    add: Add,
    add_bare: Add,
    add_config: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the commands."""
    _add_ocmf(commands, add, add_bare)
    log = add(commands, "charges", "the charge log of sessions that are over; also while it is off")
    log.add_argument("--month", type=month, metavar="YYYY-MM", help="begun in it, local time")
    log.add_argument(
        "--user", metavar="WHO", help="only of this user, or card that is nobody's here"
    )
    kinds = (CSV, JSON, HTML, PDF)
    log.add_argument("--format", choices=kinds, default=CSV, help="default: csv")
    receipt = add(commands, "receipt", "the receipt of a session; also while the station is off")
    receipt.add_argument("session", metavar="SESSION", help="its id, or how it begins")
    receipt.add_argument("--format", choices=(HTML, PDF), default=PDF, help="default: pdf")
    _add_payments(commands, add, add_bare)
    for one in (log, receipt):
        text = "where to write it (left out: here; a PDF needs it)"
        one.add_argument("--out", type=Path, metavar="FILE", help=text)
        add_config(one)


def _add_payments(commands: Commands, add: Add, add_bare: Add) -> None:
    text = "money held, claimed and given back at the payment terminal"
    verbs = add_bare(commands, "payments", text).add_subparsers(
        dest="verb", required=True, metavar="VERB"
    )
    add(verbs, "list", "all of it, newest first; also while it is off, and without a verb")
    release = add(verbs, "release", "give back what is held for a session that the books lost")
    claim = add(
        verbs, "claim", "take so much of what is held for such a session; the rest goes back"
    )
    for one in (release, claim):
        one.add_argument("payment", metavar="REF", help="its reference, or how it begins")
    text = "sum in the currency that is held, such as 4.20"
    claim.add_argument("amount", metavar="AMOUNT", help=text)


def month(text: str) -> str:
    """A month."""
    if not re.fullmatch(MONTH, text):
        raise argparse.ArgumentTypeError(f"{text!r}: such as 2026-11")
    return text


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
