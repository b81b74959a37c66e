"""Network: what a dialect asks of the central systems that the station may connect to."""

from dataclasses import dataclass, field
from typing import Protocol

SLOT, DOWNGRADE, INVALID, BUSY = "slot", "downgrade", "invalid", "busy"  # why one is refused


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkProfile:
    """A central system as another one tells it; ``id`` empty: that of slot 1."""

    url: str
    security_profile: int
    versions: tuple[str, ...]  # in this order
    message_timeout_s: int
    interface: str
    id: str = ""
    password: str = field(default="", repr=False)  # empty: that of slot 1


@dataclass(frozen=True, slots=True)
class NetworkRefused:
    """Why it is refused: SLOT, DOWNGRADE, INVALID or BUSY, and the same for people."""

    kind: str
    text: str


class NetworkPort(Protocol):
    """Part of ``StationPort``."""

    def set_profile(self, slot: int, profile: NetworkProfile) -> NetworkRefused | None:
        """Put a central system into a slot, to be connected to once it is in the order of
        preference and the station has restarted; None if it will be, else why not."""

    def active(self) -> int:
        """The slot that is connected, or was last."""

    def profile(self, slot: int) -> NetworkProfile | None:
        """What a slot holds, without its password; None: it is empty."""
