"""Way: the port through which the task learns to which central system to connect.

The station's own is in ``firmware/central.py``; ``OneWay`` is for who has one central system.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ampkeeper.firmware.ocpp.dialer import Dialer


@dataclass(frozen=True, slots=True)
class Leg:
    """Where to connect, and what to offer there."""

    slot: int
    system: str  # who it is, by TLS or not
    url: str
    subprotocols: tuple[str, ...]
    dialer: Dialer = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be done about other systems: look for these, best first; or leave, with why."""

    legs: tuple[Leg, ...] = ()
    leave: str = ""


class Way(Protocol):
    """Chooses among the central systems. Nothing here waits."""

    @property
    def look_s(self) -> float | None:
        """When to call ``look``; None: not before something else happens."""

    def leg(self) -> Leg:
        """Where to connect now."""

    def heard(self, now_s: float) -> None:
        """The system that is connected has said something."""

    def registered(self, status: str, again_s: float, now_s: float) -> None:
        """It has answered a BootNotification: "accepted", "pending", "rejected" or "none".

        If not the first, it is to be asked again at ``again_s``.
        """

    def ended(self) -> None:
        """A connection over which something was heard is gone."""

    def failed(self) -> bool:
        """An attempt came to nothing; True: the next one need not wait as if it were repeated."""

    def look(self, is_quiet: bool, now_s: float) -> Look:
        """What to do about other systems; ``is_quiet``: nothing is under way on the line."""

    def found(self, leg: Leg) -> bool:
        """A system that was looked for is there, and the line is quiet: True if it is the next."""


class OneWay:
    """The way to a central system that is the only one."""

    look_s: float | None = None

    def __init__(self, dialer: Dialer, url: str, subprotocols: Sequence[str]) -> None:
        self._leg = Leg(1, url, url, tuple(subprotocols), dialer)

    def leg(self) -> Leg:
        """Where to connect now."""
        return self._leg

    def heard(self, now_s: float) -> None:
        """Nothing follows."""

    def registered(self, status: str, again_s: float, now_s: float) -> None:
        """Nothing follows."""

    def ended(self) -> None:
        """Nothing follows."""

    def failed(self) -> bool:
        """There is nobody else."""
        return False

    def look(self, is_quiet: bool, now_s: float) -> Look:
        """There is nobody else."""
        return Look()

    def found(self, leg: Leg) -> bool:
        """Nobody was looked for."""
        return False
