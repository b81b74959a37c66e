"""The parts of the station as the device model sees them: read from what ring 1 last reported.

Pure. What is not known is None or empty, never what it was before.
"""

from collections.abc import Callable

from ampkeeper.firmware.device_model.condition import Condition
from ampkeeper.firmware.faults import info_of
from ampkeeper.firmware.safety import contactor, lock
from ampkeeper.firmware.safety.names import PILOT_CLASSES
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.station import STATION, Station

HELD = (lock.LOCKED, lock.UNLOCKING)  # until the bolt is proven to be out


class DeviceDesk:
    """Implements ``DevicePort``."""

    def __init__(self, station: Station, certificates: Callable[[], int]) -> None:
        self._station = station
        self._certificates = certificates

    def condition(self, evse_id: int) -> Condition:
        if evse_id != STATION:
            return _condition(self._station.evses[evse_id])
        evses = self._station.evses.values()
        return Condition(faults=frozenset().union(*map(_faults, evses)))

    def listed(self) -> int:
        return len(self._station.listed.list.entries)

    def certificates(self) -> int:
        return self._certificates()


def _condition(evse: Evse) -> Condition:
    status, board = evse.status, evse.board
    return Condition(
        faults=_faults(evse),
        is_charging=evse.transaction is not None,
        is_closed=None if status is None else status.contactor == contactor.CLOSED,
        is_locked=None if status is None else status.lock in HELD,
        pilot="" if status is None else PILOT_CLASSES[status.pilot],
        temperature_c=None if status is None else status.temperature_c,
        has_stop=board is None or board.has_stop,
        board="" if board is None else board.board,
        board_version="" if board is None else board.firmware_version,
        meter_serial=evse.register.serial,
        reading=evse.register.latest() if evse.register.is_fresh else None,
    )


def _faults(evse: Evse) -> frozenset[str]:
    return frozenset(info_of(code).name for code in evse.faults)
