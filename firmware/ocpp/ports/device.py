"""Device: what a dialect asks of the station's parts, for the device model."""

from typing import Protocol

from ampkeeper.firmware.device_model.condition import Condition


class DevicePort(Protocol):
    """Part of ``StationPort``."""

    def condition(self, evse_id: int) -> Condition:
        """What is known of an EVSE now, or of the station (0): then the faults of all EVSEs."""

    def listed(self) -> int:
        """How many tokens are on the local list."""

    def certificates(self) -> int:
        """How many root certificates are installed."""
