"""Keys that this board takes in the configuration: ``[board.ring]``, and those of every Pi host.

What is on the circuit board stands in ``board.toml``; these say what was connected to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ampkeeper.board.host import keys as host
from ampkeeper.board.host.keys import Key, ReaderSettings, Scalar
from ampkeeper.hal.meters.make import MeterSettings

KEYS: host.Keys = {
    "ring.starts": Key(True),
    "ring.socket": Key(""),
    "ring.watchdog": Key(""),
    **host.HOST,
}


@dataclass(frozen=True, slots=True)
class Keys:
    """What was connected. ``ring_socket`` empty: in the state folder."""

    ring_starts: bool  # the station starts ring 1; False: systemd does
    ring_socket: str
    ring_watchdog: str  # the kernel's, fed by the ring 1 that the station starts; empty: none
    meter: MeterSettings
    reader: ReaderSettings


def check(name: str, value: Scalar) -> str | None:
    """Return what is wrong with one key of the file, or None."""
    return host.check(KEYS, name, value)


def read_keys(tables: Mapping[str, Mapping[str, Scalar]]) -> Keys:
    """Return all keys; those that are not given have their defaults."""
    values = host.values_of(KEYS, tables)
    return Keys(
        ring_starts=bool(values["ring.starts"]),
        ring_socket=str(values["ring.socket"]),
        ring_watchdog=str(values["ring.watchdog"]),
        meter=host.meter_of(values),
        reader=host.reader_of(values),
    )
