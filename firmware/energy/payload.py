"""Payload: the number in a message: all of it, or what stands at a place in its JSON. Pure.

A place is names with dots and numbers in brackets: ``em.total_power``, ``phases[0].power``.
"""

import json
import math
import re

BYTES_MAX = 65_536
SHOWN_MAX = 40
DEPTH_MAX = 8
PLACE = re.compile(r"[A-Za-z0-9_:-]+(\[\d{1,3}\])*(\.[A-Za-z0-9_:-]+(\[\d{1,3}\])*)*")
STEP = re.compile(r"[A-Za-z0-9_:-]+|\[\d+\]")


class PayloadRefused(ValueError):
    """There is no number; the message says what is there."""


def is_place(place: str) -> bool:
    """True if ``place`` can be looked up: at most ``DEPTH_MAX`` steps."""
    return PLACE.fullmatch(place) is not None and len(STEP.findall(place)) <= DEPTH_MAX


def number_in(payload: bytes, place: str) -> float:
    """The number at ``place``, or the whole message for ""; raise PayloadRefused."""
    if len(payload) > BYTES_MAX:
        raise PayloadRefused(f"{len(payload)} bytes: must be at most {BYTES_MAX}")
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise PayloadRefused("not UTF-8") from error
    found: object = text
    if place:
        found = _at(text, place)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise PayloadRefused(f"no number but {_shown(found)}{_where(place)}")
    try:
        number = float(found)
    except (ValueError, OverflowError) as error:
        raise PayloadRefused(f"no number but {_shown(found)}{_where(place)}") from error
    if not math.isfinite(number):
        raise PayloadRefused(f"{_shown(found)}{_where(place)} is no amount")
    return number


def _at(text: str, place: str) -> object:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PayloadRefused("not JSON") from error
    for step in STEP.findall(place):
        if step.startswith("[") and isinstance(found, list):
            index = int(step[1:-1])
            found = found[index] if index < len(found) else None
        elif isinstance(found, dict):
            found = found.get(step)
        else:
            found = None
    if found is None:
        raise PayloadRefused(f"nothing at {place}")
    return found


def _shown(value: object) -> str:
    return repr(value)[:SHOWN_MAX]


def _where(place: str) -> str:
    return f" at {place}" if place else ""
