"""Gate: the way in to one central system, as its dialer sees it."""

from typing import TYPE_CHECKING

from ampkeeper.firmware.ocpp.dialer import Access
from ampkeeper.hal.errors import AbsentError

if TYPE_CHECKING:
    from ampkeeper.firmware.central import Central


class Gate:
    """The way in to one central system, for its dialer."""

    def __init__(self, central: "Central", slot: int) -> None:
        self._central = central
        self._slot = slot

    def access(self) -> Access:
        """How to get in now."""
        return self._central.access(self._slot)

    def opened(self, trust: tuple[str, ...] | None) -> None:
        """The last access got in."""
        self._central.opened(self._slot, trust)

    def refused(self, error: AbsentError) -> None:
        """The last access did not get in."""
        self._central.refused(self._slot, error)


class Knock(Gate):
    """The way in for one who only wants to know whether somebody is there."""

    def opened(self, trust: tuple[str, ...] | None) -> None:
        """Nothing follows: it is closed again."""

    def refused(self, error: AbsentError) -> None:
        """The station stays where it is; with which password to knock next may have changed."""
        self._central.knocked_in_vain(self._slot, error)
