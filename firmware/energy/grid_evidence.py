"""Grid evidence: what shows the grid operator that his orders were followed. Pure.

One row for each thing that happened to an order, never changed afterwards. Each row carries the
digest of the one before it and of itself, so a row that was changed, left out or put between
shows. A chain is no signature: who can write the whole file can write another chain, so the
newest digest is worth handing over while it is new.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

RECEIVED, EFFECTIVE, SILENT, RELEASED, FREE = "received", "effective", "silent", "released", "free"
KINDS = (RECEIVED, EFFECTIVE, SILENT, RELEASED, FREE)
BEGIN = "0" * 64  # stands before the first row
FIELDS = ("at", "kind", "commanded_w", "measured_w", "source", "reason", "previous", "digest")


@dataclass(frozen=True, slots=True)
class GridEvent:
    """One row. ``measured_w`` of all EVSEs together; None: not known then, never zero."""

    at: datetime
    kind: str
    commanded_w: int
    measured_w: int | None
    source: str
    reason: str
    previous: str = BEGIN
    digest: str = ""


def chained(event: GridEvent, previous: str) -> GridEvent:
    """The row as it follows the one with the digest ``previous``."""
    linked = replace(event, previous=previous)
    return replace(linked, digest=_digest(linked))


def first_broken(events: Iterable[GridEvent]) -> int | None:
    """The place of the first row that is not as it was written; None: the chain is whole.

    The first row may follow rows that are kept no longer.
    """
    before: str | None = None
    for place, event in enumerate(events):
        if event.digest != _digest(event) or (before is not None and event.previous != before):
            return place
        before = event.digest
    return None


def as_csv(events: Iterable[GridEvent]) -> str:
    """A table for people and spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows(_row(event).values() for event in events)
    return out.getvalue()


def as_json(events: Iterable[GridEvent]) -> str:
    """The same for programs."""
    return json.dumps([_row(event) for event in events], indent=1)


def _row(event: GridEvent) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(event, name) for name in FIELDS}
    return values | {"at": event.at.isoformat(timespec="milliseconds")}


def _digest(event: GridEvent) -> str:
    row = _row(event)
    del row["digest"]
    text = json.dumps(row, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
