"""Metering desk: what the central system may know of the meters, besides what they measure."""

from collections.abc import Mapping

from ampkeeper.firmware.station.evse import Evse


class MeteringDesk:
    """Implements ``MeteringPort``."""

    def __init__(self, evses: Mapping[int, Evse]) -> None:
        self.own_key = b""  # as DER, where the station signs for its meters; empty: it does not
        self._evses = evses

    def public_keys(self) -> dict[int, bytes]:
        return {
            number: evse.register.public_key if evse.register.signing.is_on else self.own_key
            for number, evse in self._evses.items()
            if evse.register.signing.is_on or self.own_key
        }
