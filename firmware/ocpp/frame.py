"""Frame: one WebSocket message read into its parts, or into what is wrong with it.

Nothing here raises on any text. Size and nesting are bounded before the parser sees the text;
what cannot be read becomes a ``BadFrame`` that says how each version answers it.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND = 2, 3, 4, 5, 6  # 5 and 6: OCPP 2.1
TYPES = (CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND)
NO_ID = "-1"  # 2.x Part 4 §4.2.3: the id of an error about a message whose id cannot be read
ID_CHARS_MAX = 36
ECHO_CHARS_MAX = 255  # an id too long is echoed up to here, as the sender must recognise it
FRAME_CHARS_MAX = 1 << 20  # the socket bounds the same in bytes
DEPTH_MAX = 64  # the deepest OCPP message nests 12
CODE_CHARS_MAX = 50
TEXT_CHARS_MAX = 255

# What is wrong with a frame. BAD_REPLY: with one that is never answered, a SEND (2.1) too.
UNREADABLE, UNKNOWN_TYPE, BAD_ID, BAD_SHAPE, BAD_REPLY, DOUBLED = range(6)
FLAWS = ("unreadable", "unknown type", "bad id", "bad shape", "bad reply", "a doubled name")

# A string, whole or cut off by the end of the text, or one bracket: linear in any text.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a known type. ``payload`` of an error: its details; ``action``: its code."""

    type: int
    id: str
    action: str = ""
    payload: Any = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A frame that cannot be used. ``id`` None: not readable, or not one that may be echoed."""

    flaw: int
    id: str | None
    text: str


def encode(parts: list[Any]) -> str:
    """Write a frame; raise ValueError or TypeError for what JSON has no word for."""
    return _ENCODER.encode(parts)


def decode(text: str | bytes) -> Frame | BadFrame:
    """Read one frame."""
    if isinstance(text, bytes):
        return BadFrame(UNREADABLE, None, "a binary frame")
    if len(text) > FRAME_CHARS_MAX:
        return BadFrame(UNREADABLE, None, f"more than {FRAME_CHARS_MAX} characters")
    if is_too_deep(text):
        return BadFrame(UNREADABLE, None, f"nested deeper than {DEPTH_MAX}")
    try:
        parts, is_doubled = _parse(text)
    except ValueError:
        return BadFrame(UNREADABLE, None, "not JSON")
    if not isinstance(parts, list) or not parts:
        return BadFrame(UNREADABLE, None, "not a list")
    frame = _read_parts(parts)
    if isinstance(frame, BadFrame):
        return frame
    is_call = frame.type == CALL
    if is_doubled:  # RFC 8259 §4 leaves open which of the two is meant
        return BadFrame(DOUBLED if is_call else BAD_REPLY, frame.id, "a name twice in one object")
    if _has_lone_surrogate(text, parts):
        flaw = BAD_SHAPE if is_call else BAD_REPLY
        return BadFrame(flaw, _echo(frame.id), "text that is not Unicode")
    return frame


def is_too_deep(text: str) -> bool:
    """True if brackets outside strings nest deeper than ``DEPTH_MAX``."""
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return False
    depth = 0
    for match in _TOKEN.finditer(text):
        mark = text[match.start()]
        if mark in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif mark in "]}":
            depth -= 1
    return False


def _parse(text: str) -> tuple[Any, bool]:
    """What the text says, and True if some object has a name twice; ValueError: not JSON."""
    try:
        return _DECODER.decode(text), False
    except _DoubledNameError:
        return _DOUBLING_DECODER.decode(text), True


def _read_parts(parts: list[Any]) -> Frame | BadFrame:
    kind = parts[0]
    message_id = parts[1] if len(parts) > 1 else None
    if type(kind) is not int or kind not in TYPES:
        return BadFrame(UNKNOWN_TYPE, _echo(message_id), f"message type {str(kind)[:20]}")
    if kind in (CALL, SEND):
        return _read_request(kind, message_id, parts)
    if kind == CALL_RESULT:
        return _read_result(message_id, parts)
    return _read_error(kind, message_id, parts)


def _read_request(kind: int, message_id: Any, parts: list[Any]) -> Frame | BadFrame:
    bad_id, bad_shape = (BAD_ID, BAD_SHAPE) if kind == CALL else (BAD_REPLY, BAD_REPLY)
    if not isinstance(message_id, str) or not 0 < len(message_id) <= ID_CHARS_MAX:
        text = f"the message id is not a string of 1 to {ID_CHARS_MAX} characters"
        return BadFrame(bad_id, _echo(message_id), text)
    if len(parts) != 4:
        return BadFrame(bad_shape, message_id, f"{len(parts)} elements instead of 4")
    if not isinstance(parts[2], str):
        return BadFrame(bad_shape, message_id, "the action is not a string")
    return Frame(kind, message_id, parts[2], parts[3])


def _read_result(message_id: Any, parts: list[Any]) -> Frame | BadFrame:
    if not isinstance(message_id, str) or len(parts) != 3:
        return BadFrame(BAD_REPLY, _echo(message_id), f"a result of {len(parts)} elements")
    return Frame(CALL_RESULT, message_id, "", parts[2])


def _read_error(kind: int, message_id: Any, parts: list[Any]) -> Frame | BadFrame:
    """Read an error leniently: peers leave out description and details, and say null as id."""
    if message_id is None and len(parts) > 1:
        message_id = NO_ID
    if not isinstance(message_id, str) or not 2 <= len(parts) <= 5:
        return BadFrame(BAD_REPLY, _echo(message_id), f"an error of {len(parts)} elements")
    rest = [*parts[2:], None, None, None]
    code = rest[0] if isinstance(rest[0], str) else "GenericError"
    description = rest[1] if isinstance(rest[1], str) else ""
    details = rest[2] if isinstance(rest[2], dict) else {}
    return Frame(kind, message_id, code[:CODE_CHARS_MAX], details, description[:TEXT_CHARS_MAX])


def _has_lone_surrogate(text: str, parts: list[Any]) -> bool:
    """True if some string is no text: no file, database or socket further on would take it."""
    try:
        text.encode()
        if "\\u" in text:
            json.dumps(parts, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _echo(message_id: Any) -> str | None:
    is_fit = isinstance(message_id, str) and 0 < len(message_id) <= ECHO_CHARS_MAX
    return message_id if is_fit else None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number beyond all bounds")
    return value


class _DoubledNameError(Exception):
    """An object has a name twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise _DoubledNameError
    return named


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_DOUBLING_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique
)
