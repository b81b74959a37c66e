"""Grid export: the evidence as a file that only this station can have written. Pure.

A file holds the rows, the station's public key, and its signature (Ed25519, RFC 8032) over all
rows in their order: whoever changes, cuts or reorders them needs the key, which is in the books.
A reader must know the public key from elsewhere; the one in the file only says which it is.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ampkeeper.firmware.energy.grid_evidence import (
    FIELDS,
    GridEvent,
    as_csv,
    as_json,
    first_broken,
)

HEAD = "ampkeeper grid evidence 1\n"  # a signature over it is good for nothing else
MARK = "# ed25519"
KEPT_AS = "grid_key"  # the key in the books of the station
CHARS_MAX = 40_000_000  # twice what is kept at most
TEXTS = ("kind", "source", "reason", "previous", "digest")


class ExportRefused(ValueError):
    """A file that is no export, or is not as it was written; the words say where."""


@dataclass(frozen=True, slots=True)
class Export:
    """What a file says; key and signature in hex."""

    events: tuple[GridEvent, ...]
    public_key: str
    signature: str


def make_key() -> str:
    """A new key, in hex: a secret of the station."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # few stations get an order
        Ed25519PrivateKey,
    )

    return Ed25519PrivateKey.generate().private_bytes_raw().hex()


def public_key(key: str) -> str:
    """The public one, in hex; ExportRefused if ``key`` is none."""
    return str(_private(key).public_key().public_bytes_raw().hex())


def signed(events: Sequence[GridEvent], key: str) -> Export:
    """The rows with the station's signature; ExportRefused if ``key`` is none."""
    return Export(tuple(events), public_key(key), _private(key).sign(_statement(events)).hex())


def to_csv(export: Export) -> str:
    """A table; its last line is the signature."""
    return f"{as_csv(export.events)}{MARK},{export.public_key},{export.signature}\n"


def to_json(export: Export) -> str:
    """The same for programs."""
    proof = {"public_key": export.public_key, "signature": export.signature}
    return json.dumps({"events": json.loads(as_json(export.events))} | proof, indent=1)


def read(text: str) -> Export:
    """What either of them wrote; ExportRefused for anything else."""
    if len(text) > CHARS_MAX:
        raise ExportRefused(f"{len(text)} characters: at most {CHARS_MAX}")
    return _from_json(text) if text.lstrip()[:1] == "{" else _from_csv(text)


def check(export: Export, trusted_key: str) -> None:
    """Raise ExportRefused unless it is as the station with this public key wrote it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    trusted = trusted_key.strip().lower()
    if export.public_key != trusted:
        wrong = f"it names the key {export.public_key[:64]!r}, trusted is {trusted[:64]!r}"
        raise ExportRefused(f"another station signed it: {wrong}")
    broken = first_broken(export.events)
    if broken is not None:
        raise ExportRefused(
            f"row {broken + 1} is not as written, or does not follow the one before"
        )
    try:
        signature = bytes.fromhex(export.signature)
        known = Ed25519PublicKey.from_public_bytes(bytes.fromhex(trusted))
        known.verify(signature, _statement(export.events))
    except (InvalidSignature, ValueError) as error:
        raise ExportRefused("the signature is not for these rows: changed, cut or added") from error


def _statement(events: Sequence[GridEvent]) -> bytes:
    return (HEAD + as_json(events)).encode()


def _private(key: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key))
    except ValueError as error:
        raise ExportRefused("the station's key for evidence cannot be read") from error


def _from_json(text: str) -> Export:
    try:
        told = json.loads(text)
        rows, key, signature = told["events"], told["public_key"], told["signature"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ExportRefused(f"no signed export: {error!r}"[:200]) from error
    if not (isinstance(rows, list) and isinstance(key, str) and isinstance(signature, str)):
        raise ExportRefused("no signed export: events, public_key and signature are wanted")
    return Export(tuple(_event(place, row) for place, row in enumerate(rows)), key, signature)


def _from_csv(text: str) -> Export:
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ExportRefused(f"no table: {error}") from error
    if not lines or tuple(lines[0]) != FIELDS:
        raise ExportRefused(f"no export: its first line is {','.join(FIELDS)}")
    *rows, last = lines[1:] or [[]]
    if len(last) != len((MARK, "key", "signature")) or last[0] != MARK:
        raise ExportRefused("it is not signed, or its end was cut off")
    return Export(tuple(_event_of_cells(place, row) for place, row in enumerate(rows)), *last[1:])


def _event_of_cells(place: int, cells: list[str]) -> GridEvent:
    if len(cells) != len(FIELDS):
        raise ExportRefused(f"row {place + 1}: {len(cells)} columns, {len(FIELDS)} are wanted")
    row: dict[str, Any] = dict(zip(FIELDS, cells, strict=True))
    try:
        row["commanded_w"] = int(row["commanded_w"])
        row["measured_w"] = int(row["measured_w"]) if row["measured_w"] else None
    except ValueError as error:
        raise ExportRefused(f"row {place + 1}: {error}"[:200]) from error
    return _event(place, row)


def _event(place: int, row: Any) -> GridEvent:
    if not isinstance(row, dict) or set(row) != set(FIELDS):
        raise ExportRefused(f"row {place + 1}: must have {', '.join(FIELDS)}")
    powers = [row["commanded_w"]] + [row["measured_w"]] * (row["measured_w"] is not None)
    is_whole = all(isinstance(each, int) and not isinstance(each, bool) for each in powers)
    if not is_whole or not all(isinstance(row[name], str) for name in TEXTS):
        raise ExportRefused(f"row {place + 1}: powers are whole numbers, the rest is text")
    try:
        at = datetime.fromisoformat(row["at"])
    except (TypeError, ValueError) as error:
        raise ExportRefused(f"row {place + 1}: at: {error}"[:200]) from error
    return GridEvent(**(row | {"at": at}))
