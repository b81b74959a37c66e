"""Keys that this board takes in the configuration: ``[board.pilot]``, and every Pi host's."""

from collections.abc import Mapping
from dataclasses import dataclass

from ampkeeper.board.host import keys as host
from ampkeeper.board.host.keys import Key, ReaderSettings, Scalar
from ampkeeper.hal.meters.make import MeterSettings

KEYS: host.Keys = {"pilot.port": Key("/dev/serial0"), **host.HOST}


@dataclass(frozen=True, slots=True)
class Keys:
    """What was connected."""

    pilot_port: str
    meter: MeterSettings
    reader: ReaderSettings


def check(name: str, value: Scalar) -> str | None:
    """Return what is wrong with one key of the file, or None."""
    return host.check(KEYS, name, value)


def read_keys(tables: Mapping[str, Mapping[str, Scalar]]) -> Keys:
    """Return all keys; those that are not given have their defaults."""
    values = host.values_of(KEYS, tables)
    return Keys(str(values["pilot.port"]), host.meter_of(values), host.reader_of(values))
