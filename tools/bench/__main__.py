"""Measure the rows named on the command line, or all of them, and print one table.

The numbers also go to ``bench-out/`` as JSON, named after machine and time, to be compared later.
A row that cannot be measured here says why, and the others go on.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.bench.errors import CannotMeasureError
from tools.bench.machine import Machine, this_machine
from tools.bench.result import Result

ROWS = {
    "tick": "one tick of ring 1 on CPython",
    "micro": "ring 1 and the link on MicroPython: heap and tick, 32-bit and 64-bit",
    "inventory": "a FullInventory of 1,000 variables: time, peak memory",
    "roundtrip": "OCPP round trip, ours and the ocpp library side by side",
    "startup": "start to pilot safe, to drivable, to BootNotification",
    "idle": "memory and processor time of an idle station",
    "faces": "memory with page and broker; answers and events with 10 viewers",
    "browser": "how soon the page is of use in a real Chromium, and its bytes",
    "latency": "edge on the pilot to contactor command, idle and busy",
    "peak": "ring 1's process on a Pi with peak detectors: memory, start",
    "meter": "polling meters: time of a reading, share of the line, processor",
    "devices": "processor time of all drivers together, at 1 Hz and at 10 Hz",
    "site": "sharing a site among 10 to 10,000 chargers",
    "site_bus": "bytes a minute of a charger on a site, over a real Mosquitto",
    "image": "checking and installing an image, beside openssl and rauc",
    "fleet": "whole chargers in one process, charging, beside bare WebSocket clients",
    "replay": "reconnected to drained: a long queue emptied into a central system",
}
OUT = Path("bench-out")
DIGITS = 3
PLAIN_COLUMNS = 120  # where nobody says how wide the screen is


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: all rows measured; 1: some could not be."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    known = "; ".join(f"{name}: {what}" for name, what in ROWS.items())
    parser.add_argument("rows", nargs="*", metavar="row", help=known)
    names = parser.parse_args(arguments).rows or list(ROWS)
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        parser.error(f"no row is called {', '.join(unknown)}; there are {', '.join(ROWS)}")
    console = Console(width=None if sys.stdout.isatty() else PLAIN_COLUMNS)
    machine = this_machine()
    results, failures = _measure(names, console)
    console.print(_table(machine, results))
    for failure in failures:
        console.print(failure, style="yellow", markup=False)
    console.print(f"also in {_save(machine, results, failures)}", style="dim")
    return 1 if failures else 0


def _measure(names: Iterable[str], console: Console) -> tuple[list[Result], list[str]]:
    results: list[Result] = []
    failures: list[str] = []
    for name in names:
        with console.status(f"{name}: {ROWS[name]}"):
            try:
                results.extend(importlib.import_module(f"tools.bench.{name}").measure())
            except CannotMeasureError as error:
                failures.append(f"{name}: {error}")
    return results, failures


def _table(machine: Machine, results: Iterable[Result]) -> Table:
    table = Table(title=machine.title(), title_justify="left")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("from")
    table.add_column("to")
    table.add_column("budget", justify="right")
    last = ""
    for result in results:
        if result.row != last:
            table.add_section()
            table.add_row(f"[bold]{result.row}")
        last = result.row
        name = f"  {result.what}" + (f" [dim]({result.note})" if result.note else "")
        low, high = map(_short, result.spread) if result.spread else ("", "")
        table.add_row(name, f"{_short(result.value)} {result.unit}", low, high, result.limit)
    return table


def _short(value: float) -> str:
    """Three digits that count; whole numbers from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:.{DIGITS}g}"


def _save(machine: Machine, results: Iterable[Result], failures: list[str]) -> Path:
    at = datetime.now(UTC)
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{machine.name}-{at:%Y%m%dT%H%M%SZ}.json"
    lines = [
        {
            "row": result.row,
            "what": result.what,
            "value": result.value,
            "unit": result.unit,
            "spread": result.spread,
            "limit": result.limit,
            "note": result.note,
        }
        for result in results
    ]
    content = {"at": at.isoformat(), "machine": machine.as_dict(), "results": lines}
    path.write_text(json.dumps(content | {"not_measured": failures}, indent=1) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
