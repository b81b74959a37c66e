"""Grid at the command line: the operator's cap, and the evidence that it was followed."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from ampkeeper.firmware.energy import grid_export
from ampkeeper.firmware.energy.grid_evidence import GridEvent, first_broken
from ampkeeper.firmware.faces.cli import forms
from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.store.store import STORE_FILE, Reads, open_read_only

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Add = Callable[[Commands, str, str], argparse.ArgumentParser]
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
NO_KEY = "there is no key for evidence yet: the station makes it with the first order"
FORMATS = {"csv": grid_export.to_csv, "json": grid_export.to_json}


def add_grid(commands: Commands, add: Add, add_bare: Add) -> None:
    """Add the commands."""
    grid = add_bare(commands, "grid", "the grid operator's cap on the station (§14a EnWG)")
    verbs = grid.add_subparsers(dest="verb", required=True, metavar="VERB")
    cap = add(verbs, "cap", "as if the grid operator had ordered it")
    text = "to so many W (left out: as configured; never below that)"
    cap.add_argument("power", nargs="?", type=power, metavar="W", help=text)
    add(verbs, "release", "as if he had taken it back")
    add(verbs, "show", "what is ordered now; also without a verb")
    export = add(verbs, "export", "what happened to his orders in the last two years")
    for name, what in (("from", "first"), ("to", "after the last")):
        text = f"{what} moment, ISO 8601, UTC unless it says otherwise (left out: all)"
        export.add_argument(f"--{name}", dest=f"{name}_", type=moment, metavar="TIME", help=text)
    export.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
    add(verbs, "key", "the public key of what it exports, for whoever verifies it")
    verify = add(verbs, "verify", "whether an export is as the station wrote it")
    verify.add_argument("file", type=Path, metavar="FILE", help="what `grid export` wrote")
    text = "the station's public key, from `grid key` there (left out: this station's)"
    verify.add_argument("--key", metavar="HEX", help=text)


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
    books = _books(arguments.state)
    try:
        events = _stored(books, arguments.from_ or FIRST, arguments.to_ or LAST)
        key = books.meta(grid_export.KEPT_AS)
    finally:
        books.close()
    broken = first_broken(events)
    if broken is not None:
        raise RefusedError(f"the evidence was tampered with: row {broken + 1} is not as written")
    try:
        signed = grid_export.signed(events, key or "")
    except grid_export.ExportRefused as error:
        raise RefusedError(str(error) if key else NO_KEY) from error
    return {"events": len(events), "text": FORMATS[arguments.format](signed).rstrip("\n")}


def key(arguments: argparse.Namespace) -> dict[str, Any]:
    """The public key of this station's exports."""
    return {"public_key": _own_key(arguments.state)}


def verify(arguments: argparse.Namespace) -> dict[str, Any]:
    """Whether an export is as the station with the key wrote it."""
    trusted = arguments.key or _own_key(arguments.state)
    try:
        with arguments.file.open("rb") as file:
            text = file.read(grid_export.CHARS_MAX + 1).decode("utf-8")
        found = grid_export.read(text)
        grid_export.check(found, trusted)
    except OSError as error:
        raise RefusedError(f"{arguments.file}: {error.strerror}") from error
    except ValueError as error:  # of the decoder, or ours
        raise RefusedError(f"{arguments.file}: {error}") from error
    count, ends = len(found.events), found.events[:: max(1, len(found.events) - 1)]
    span = " to ".join(each.at.isoformat(timespec="seconds") for each in ends)
    words = f"{arguments.file}: {count} rows as the station wrote them"
    return {"result": f"{words}, {span}" if span else words, "events": count}


def _own_key(state: Path) -> str:
    books = _books(state)
    try:
        key = books.meta(grid_export.KEPT_AS)
    finally:
        books.close()
    if not key:
        raise RefusedError(NO_KEY)
    try:
        return grid_export.public_key(key)
    except grid_export.ExportRefused as error:
        raise RefusedError(str(error)) from error


def _books(state: Path) -> Reads:
    path = state / STORE_FILE
    if not path.is_file():
        raise RefusedError(f"{path} is not there")
    return open_read_only(path)


def _stored(books: Reads, since: datetime, until: datetime) -> list[GridEvent]:
    return [
        GridEvent(
            row.at, row.kind, row.commanded_w, row.measured_w, row.source, row.reason,
            row.previous, row.digest,
        )
        for row in books.grid_events(since, until)
    ]  # fmt: skip
