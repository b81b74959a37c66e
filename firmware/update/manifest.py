"""Manifest: what an image says of itself, and is signed for.

It stands first in the file, so that it is judged before any payload byte is kept. There is one
way to write each manifest, and only that is read: JSON with sorted keys, without white space,
ASCII. Pure.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ampkeeper.firmware.update.refused import Ground, ImageRefused

FORMAT = 1
MANIFEST_BYTES_MAX = 65_536
PAYLOAD_BYTES_MAX = 1 << 30  # what a download may be
COUNTER_MAX = 2**31 - 1
BOARDS_MAX = 32
VERSION_CHARS_MAX = 50  # OCPP firmwareVersion
NOTES_CHARS_MAX = 8_192
TRUST_CHARS_MAX = 32_768
LEVELS_MAX = 4  # of objects and lists, one in another; a manifest has three
STATION, RAUC, PILOT = "station", "rauc", "pilot"
KINDS = (STATION, RAUC, PILOT)
KINDS_WORDS = "station, rauc or pilot, each at most once, in this order"
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,49}")
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~-]*")
DIGEST = re.compile(r"[0-9a-f]{64}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
TIME_FORM = "%Y-%m-%dT%H:%M:%SZ"
KEYS = {
    "boards",
    "counter",
    "created",
    "format",
    "not_after",
    "notes",
    "payloads",
    "trust",
    "version",
}
PAYLOAD_KEYS = {"bytes", "kind", "sha256", "version"}


@dataclass(frozen=True, slots=True)
class Payload:
    """One part: for the station's application, its whole system, or the pilot board.

    ``sha256`` in lower-case hex, ``bytes`` 1 to 1 GiB.
    """

    kind: str
    version: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``counter`` only ever rises (1 to 2^31 - 1); ``not_after``: until when it may be installed.

    ``boards`` are the names that ``[board] name`` may have; ``trust`` is a statement of
    ``trust.py`` as text, empty where nothing changes whom to believe. Times are aware UTC, in
    whole seconds.
    """

    version: str
    counter: int
    boards: tuple[str, ...]
    created: datetime
    not_after: datetime
    payloads: tuple[Payload, ...]
    notes: str = ""
    trust: str = ""

    def to_bytes(self) -> bytes:
        """As it stands in the file, and is signed."""
        payloads = [
            {"bytes": one.bytes, "kind": one.kind, "sha256": one.sha256, "version": one.version}
            for one in self.payloads
        ]
        told = {
            "boards": list(self.boards),
            "counter": self.counter,
            "created": self.created.strftime(TIME_FORM),
            "format": FORMAT,
            "not_after": self.not_after.strftime(TIME_FORM),
            "notes": self.notes,
            "payloads": payloads,
            "trust": self.trust,
            "version": self.version,
        }
        return canonical(told)

    def payload(self, kind: str) -> Payload | None:
        """The part of this kind; None if it has none."""
        return next((one for one in self.payloads if one.kind == kind), None)


def canonical(told: dict[str, Any]) -> bytes:
    """The one way to write it."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def read_object(raw: bytes, what: str, keys: set[str]) -> dict[str, Any]:
    """The JSON object with exactly these keys; raises ImageRefused if it is written otherwise."""
    try:
        told = json.loads(raw.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise refused(f"{what}: no JSON ({type(error).__name__})") from error
    if not isinstance(told, dict):
        raise refused(f"{what}: {type(told).__name__} where an object is due")
    if not _is_flat(told, LEVELS_MAX):
        raise refused(f"{what}: more than {LEVELS_MAX} objects and lists in one another")
    if set(told) != keys:
        odd = sorted(set(told) ^ keys)[:5]
        raise refused(f"{what}: missing or unknown: {', '.join(map(repr, odd))[:100]}")
    if canonical(told) != raw:
        raise refused(f"{what}: not written in its one form (sorted, no white space, no key twice)")
    return told


def _is_flat(told: object, levels: int) -> bool:
    """True if nothing lies deeper; what is nested too deeply can be read, but not written."""
    layer = [told]
    for _ in range(levels):
        layer = [inner for one in layer for inner in _inside(one)]
    return not any(isinstance(one, dict | list) for one in layer)


def _inside(told: object) -> list[object]:
    if isinstance(told, dict):
        return list(told.values())
    return told if isinstance(told, list) else []


def manifest_of(raw: bytes) -> Manifest:
    """The manifest in ``raw``; raises ImageRefused, saying what is wrong with which field."""
    if len(raw) > MANIFEST_BYTES_MAX:
        raise refused(f"manifest of {len(raw)} bytes; at most {MANIFEST_BYTES_MAX}")
    form = _format_of(raw)
    if form != FORMAT:
        raise refused(f"manifest: format {form!r}; this software knows {FORMAT}")
    told = read_object(raw, "manifest", KEYS)
    manifest = Manifest(
        version=_text(told, "version", VERSION, VERSION_CHARS_MAX),
        counter=_whole(told, "counter", 1, COUNTER_MAX),
        boards=_boards(told["boards"]),
        created=_time(told, "created"),
        not_after=_time(told, "not_after"),
        payloads=_payloads(told["payloads"]),
        notes=_text(told, "notes", None, NOTES_CHARS_MAX),
        trust=_text(told, "trust", None, TRUST_CHARS_MAX),
    )
    if manifest.not_after <= manifest.created:
        raise refused("manifest: not_after is not after created")
    return manifest


def refused(text: str) -> ImageRefused:
    """What is wrong with the form of an image."""
    return ImageRefused(Ground.FORMAT, text)


def _format_of(raw: bytes) -> object:
    """Read before all else: another format may have other keys."""
    try:
        told = json.loads(raw.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise refused(f"manifest: no JSON ({type(error).__name__})") from error
    form = told.get("format") if isinstance(told, dict) else None
    return form if isinstance(form, int) and not isinstance(form, bool) else None


def _text(told: dict[str, Any], key: str, form: re.Pattern[str] | None, chars_max: int) -> str:
    value = told[key]
    if not isinstance(value, str) or len(value) > chars_max:
        raise refused(f"{key}: text of at most {chars_max} characters is due")
    if form is not None and form.fullmatch(value) is None:
        raise refused(f"{key}: {value[:60]!r} is not of the form {form.pattern}")
    return value


def _whole(told: dict[str, Any], key: str, least: int, most: int) -> int:
    value = told[key]
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        raise refused(f"{key}: {str(value)[:30]}; allowed are {least} to {most}")
    return int(value)


def _time(told: dict[str, Any], key: str) -> datetime:
    text = _text(told, key, TIME, 20)
    try:
        return datetime.strptime(text, TIME_FORM).replace(tzinfo=UTC)
    except ValueError as error:
        raise refused(f"{key}: {text} is no time") from error


def _boards(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= BOARDS_MAX:
        raise refused(f"boards: 1 to {BOARDS_MAX} names are due")
    names = tuple(_text({"boards": one}, "boards", NAME, 50) for one in value)
    if list(names) != sorted(set(names)):
        raise refused("boards: sorted, and none twice")
    return names


def _payloads(value: object) -> tuple[Payload, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= len(KINDS):
        raise refused(f"payloads: {KINDS_WORDS}")
    found = tuple(_payload(one) for one in value)
    _check_order(found, lambda one: KINDS.index(one.kind))
    return found


def _payload(value: object) -> Payload:
    if not isinstance(value, dict) or set(value) != PAYLOAD_KEYS:
        raise refused(f"payloads: each has {', '.join(sorted(PAYLOAD_KEYS))}")
    if value["kind"] not in KINDS:
        raise refused(f"payloads: kind {str(value['kind'])[:30]!r}; allowed: {KINDS_WORDS}")
    return Payload(
        kind=value["kind"],
        version=_text(value, "version", VERSION, VERSION_CHARS_MAX),
        bytes=_whole(value, "bytes", 1, PAYLOAD_BYTES_MAX),
        sha256=_text(value, "sha256", DIGEST, 64),
    )


def _check_order(found: Sequence[Payload], place: Callable[[Payload], int]) -> None:
    places = [place(one) for one in found]
    if places != sorted(set(places)):
        raise refused(f"payloads: {KINDS_WORDS}")
