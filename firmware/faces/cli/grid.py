"""Grid at the command line: the operator's cap, and the evidence that it was followed."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from ampkeeper.firmware.energy.grid_evidence import GridEvent, as_csv, as_json, first_broken
from ampkeeper.firmware.faces.cli import forms
from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.store.store import STORE_FILE, open_read_only

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Commands, str, str], argparse.ArgumentParser]
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
FORMATS = {"csv": as_csv, "json": as_json}


def add_grid(commands: Commands, add: Add, add_bare: Add) -> None:
    """Add the commands."""
    grid = add_bare(commands, "grid", "the grid operator's cap on the station (§14a EnWG)")
    verbs = grid.add_subparsers(dest="verb", required=True, metavar="VERB")
    cap = add(verbs, "cap", "as if the grid operator had ordered it")
    text = "to so many W (left out: as configured; never below that)"
    cap.add_argument("power", nargs="?", type=power, metavar="W", help=text)
    add(verbs, "release", "as if he had taken it back")
    add(verbs, "show", "what is ordered now")
    export = add(verbs, "export", "what happened to his orders in the last two years")
    for name, what in (("from", "first"), ("to", "after the last")):
        text = f"{what} moment, ISO 8601, UTC unless it says otherwise (left out: all)"
        export.add_argument(f"--{name}", dest=f"{name}_", type=moment, metavar="TIME", help=text)
    export.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")


def power(text: str) -> float:
    """A power in W."""
    return forms.number(text, 1.0, 1_000_000.0)


def moment(text: str) -> datetime:
    """A moment, aware."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: such as 2026-11-23T17:00") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def cap(arguments: argparse.Namespace) -> dict[str, Any]:
    """Order a cap."""
    told = {} if arguments.power is None else {"power_w": arguments.power}
    return ask(arguments.state, "grid", action="cap", **told)


def release(arguments: argparse.Namespace) -> dict[str, Any]:
    """Take it back."""
    return ask(arguments.state, "grid", action="release")


def show(arguments: argparse.Namespace) -> dict[str, Any]:
    """What is ordered now."""
    return ask(arguments.state, "grid", action="show")


def export(arguments: argparse.Namespace) -> dict[str, Any]:
    """The evidence, from the books, also while the station is off; a broken chain is refused."""
    path = arguments.state / STORE_FILE
    if not path.is_file():
        raise RefusedError(f"{path} is not there")
    events = _stored(path, arguments.from_ or FIRST, arguments.to_ or LAST)
    broken = first_broken(events)
    if broken is not None:
        raise RefusedError(f"the evidence was tampered with: row {broken + 1} is not as written")
    return {"events": len(events), "text": FORMATS[arguments.format](events).rstrip("\n")}


def _stored(path: Path, since: datetime, until: datetime) -> list[GridEvent]:
    store = open_read_only(path)
    try:
        rows = store.grid_events(since, until)
    finally:
        store.close()
    return [
        GridEvent(
            row.at, row.kind, row.commanded_w, row.measured_w, row.source, row.reason,
            row.previous, row.digest,
        )
        for row in rows
    ]  # fmt: skip
