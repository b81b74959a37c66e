"""Metering desk: what the central system may know of the meters, besides what they measure."""

from collections.abc import Mapping

from ampkeeper.firmware.station.evse import Evse


class MeteringDesk:
    """Implements ``MeteringPort``."""

    def __init__(self, evses: Mapping[int, Evse]) -> None:
        self._evses = evses

    def public_keys(self) -> dict[int, bytes]:
        return {
            number: evse.register.public_key
            for number, evse in self._evses.items()
            if evse.register.signing.is_on
        }
