"""Grid payload: what a message says of the grid operator's order. Pure.

JSON: ``true`` orders the configured cap, a number of at least 100 orders so many W, ``false`` and
``null`` take the order back. Anything else is refused: an order must not be guessed.
"""

import json
import math
from dataclasses import dataclass

BYTES_MAX = 64
POWER_W_MIN, POWER_W_MAX = 100.0, 1_000_000.0


class OrderRefused(ValueError):
    """A message that is no order; the words say what is allowed."""


@dataclass(frozen=True, slots=True)
class Order:
    """``power_w`` None: as configured."""

    is_cap: bool
    power_w: float | None = None


def order_of(payload: bytes) -> Order:
    """What it says; raises OrderRefused."""
    if len(payload) > BYTES_MAX:
        raise OrderRefused(f"{len(payload)} bytes: at most {BYTES_MAX}")
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise OrderRefused(f"{payload!r}: no JSON") from error
    if told is None or isinstance(told, bool):
        return Order(bool(told))
    is_number = isinstance(told, int | float) and math.isfinite(told)
    if not is_number or not POWER_W_MIN <= told <= POWER_W_MAX:
        raise OrderRefused(f"{payload!r}: true, false, null, or {POWER_W_MIN:.0f} W and more")
    return Order(True, float(told))
