"""What a pilot board must make of the bytes that it was sent, written a second time.

Follows hal/link/README.md and shares nothing with the link but the table of fields: its own
search for frames, its own unpacking, its own rule of what is fresh. So the board's counters can
be compared with what they should be, to the last frame.
"""

import binascii
from typing import NamedTuple

from ampkeeper.hal.link.messages import (
    COMMAND,
    ENTER,
    HELLO,
    MEASURED,
    MESSAGES,
    PERMIT,
    PROFILE,
    PROTOCOL,
    SETTINGS,
)
from ampkeeper.hal.link.reference import fields_of

SYNC = b"\xa5\x5a"
LENGTH_MAX = 96
GIVE_UP_MS = 100
FRESH_MS = 1_500
UPTIMES = 1 << 30
ORDERS = (SETTINGS, PERMIT, COMMAND, MEASURED, PROFILE)
SPEC = {kind: tuple(fields_of(kind)) for kind in range(1, len(MESSAGES) + 1)}
SIZE = {kind: sum(field.size for field in SPEC[kind]) for kind in SPEC}


class Order(NamedTuple):
    """One order that must have been passed on to ring 1."""

    kind: int
    values: dict[str, int]


def unpacked(kind: int, payload: bytes) -> dict[str, int] | None:
    """Return the numbers of a message; None if it is not allowed."""
    is_longer = len(payload) > SIZE[kind] and kind != HELLO
    if len(payload) < SIZE[kind] or is_longer:
        return None
    values = {}
    for field in SPEC[kind]:
        raw, payload = payload[: field.size], payload[field.size :]
        if field.kind in ("text", "raw"):
            continue
        value = int.from_bytes(raw, "little", signed=field.kind.startswith("i"))
        if not field.low <= value <= field.high:
            return None
        values[field.name] = value
    return values


class Frames:
    """Finds frames in a stream, and counts what is none."""

    def __init__(self) -> None:
        self.garbled = 0
        self.good = 0
        self._data = b""
        self._waited_ms = 0

    def take(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return the type and payload of each frame that is complete now."""
        self._data += data
        found = []
        frame = self._next()
        while frame is not None:
            found.append(frame)
            frame = self._next()
        self.good += len(found)
        return found

    def pass_time(self, ms: int) -> None:
        """Give up a beginning after 100 ms."""
        if not self._data:
            return
        self._waited_ms += ms
        if self._waited_ms > GIVE_UP_MS:
            self.garbled += 1
            self._drop(1)

    def _next(self) -> tuple[int, bytes] | None:
        while True:
            at = self._data.find(SYNC)
            keep = 1 if at < 0 and self._data.endswith(SYNC[:1]) else 0
            skip = len(self._data) - keep if at < 0 else at
            if skip:
                self._drop(skip)
            if at < 0 or len(self._data) < 5:
                return None
            end = 5 + self._data[2] + 2
            is_garbled = self._data[2] > LENGTH_MAX
            if not is_garbled and len(self._data) < end:
                return None
            if not is_garbled:
                is_garbled = binascii.crc_hqx(self._data[2:end], 0xFFFF) != 0
            if not is_garbled:
                kind, payload = self._data[4], self._data[5 : end - 2]
                self._drop(end)
                return kind, payload
            self.garbled += 1
            self._drop(1)

    def _drop(self, count: int) -> None:
        self._data = self._data[count:]
        self._waited_ms = 0


class Ear:
    """A pilot board's end of the line, as it should be."""

    def __init__(self, epoch: int) -> None:
        self.frames = Frames()
        self.epoch = epoch
        self.uptime_ms = 0
        self.counter = 0
        self.invalid = 0  # also of unknown type
        self.stale = 0
        self.accepted = 0
        self._nonce = 0
        self._is_matched = False

    def take(self, data: bytes) -> list[Order]:
        """Return the orders that must reach ring 1 now."""
        orders = []
        for kind, payload in self.frames.take(data):
            values = unpacked(kind, payload) if kind in ORDERS or kind == HELLO else None
            if values is None:
                self.invalid += 1
            elif kind == HELLO:
                self._greet(values)
            elif self._is_fresh(kind, values):
                self.counter = values["counter"]
                self.accepted += 1
                orders.append(Order(kind, values))
            else:
                self.stale += 1
        return orders

    def pass_time(self, ms: int) -> None:
        self.uptime_ms = (self.uptime_ms + ms) % UPTIMES
        self.frames.pass_time(ms)

    def _greet(self, values: dict[str, int]) -> None:
        self._is_matched = values["protocol"] == PROTOCOL
        if values["nonce"] != self._nonce:
            self._nonce = values["nonce"]
            self.epoch = self.epoch % (UPTIMES - 1) + 1
            self.counter = 0

    def _is_fresh(self, kind: int, values: dict[str, int]) -> bool:
        is_of_any_version = kind == COMMAND and values["code"] == ENTER
        if not (self._is_matched or is_of_any_version) or values["epoch"] != self.epoch:
            return False
        if values["counter"] <= self.counter:
            return False
        if kind not in (PERMIT, MEASURED):
            return True
        return (self.uptime_ms - values["seen_ms"]) % UPTIMES <= FRESH_MS
