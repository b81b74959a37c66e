"""Network: what a dialect asks of the central systems that the station may connect to."""

from typing import Protocol


class NetworkPort(Protocol):
    """Part of ``StationPort``."""

    def set_profile(
        self, slot: int, url: str, security_profile: int, versions: tuple[str, ...]
    ) -> str:
        """Put a central system into a slot, to be connected to once it is in the order of
        preference and the station has restarted; empty if it will be, else why not."""
