"""Meter keys of OCPP 1.6: MeterPublicKey1, MeterPublicKey2 and so on, where the meter signs.

OCA, "Signed meter values in OCPP", 3.2.2 and 3.3.1. They are no settings: the meters say them.
"MeterPublicKey[1]" is understood too, as some central systems ask.
"""

import re

from ampkeeper.firmware.ocpp.dialect import Payload, StationPort
from ampkeeper.firmware.ocpp.wire import public_key_text

NAME = re.compile(r"meterpublickey(?:(\d{1,4})|\[(\d{1,4})\])", re.IGNORECASE | re.ASCII)
VALUE_CHARS_MAX = 500  # KeyValue, 7.29


class MeterKeys16:
    """Reads the keys; nobody can change them."""

    def __init__(self, station: StationPort) -> None:
        self._station = station

    def rows(self) -> list[Payload]:
        """All of them."""
        return [_row(f"MeterPublicKey{number}", key) for number, key in self._keys().items()]

    def row(self, key: str) -> Payload | None:
        """The one that is called so, under the name it was asked by."""
        match = NAME.fullmatch(key)
        if match is None:
            return None
        public_key = self._keys().get(int(match[1] or match[2]))
        return None if public_key is None else _row(key, public_key)

    def _keys(self) -> dict[int, bytes]:
        return dict(self._station.metering.public_keys())


def _row(name: str, public_key: bytes) -> Payload:
    """Without a value while the meter has not told it, or where it is too long for a key."""
    row: Payload = {"key": name, "readonly": True}
    value = public_key_text(public_key)
    if public_key and len(value) <= VALUE_CHARS_MAX:
        row["value"] = value
    return row
