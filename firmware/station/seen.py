"""Seen: what ring 1, the pilot board and the meter of one EVSE say now, as every face shows it."""

from typing import Any

from ampkeeper.firmware.safety import contactor, lock, names
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.hal.ports import PilotIdentity, PilotStatus

LOCKS = {lock.LOCKED: "locked", lock.LOCKING: "locked", lock.NO_LOCK: "none"}
TICKS_PER_PERMILLE = 62.5


def seen(evse: Evse) -> dict[str, Any]:
    """What ring 1 and the meter say."""
    status = evse.status
    reading = evse.register.latest() if evse.register.is_fresh else None
    return {
        "board": _board(evse.board),
        "pilot": _pilot(status) if status is not None else None,
        "pilot_problem": evse.pilot_problem or None,
        "contactor": _contactor(status),
        "lock": LOCKS.get(status.lock, "unlocked") if status is not None else "unknown",
        "refused": _refused(status) if status is not None else None,
        "current_a": list(reading.current_a) if reading is not None else None,
        "power_w": reading.power_w if reading is not None else None,
        "energy_wh": reading.energy_wh if reading is not None else None,
    }


def _board(board: PilotIdentity | None) -> dict[str, Any] | None:
    """Who ring 1 is, and in words what a board that somebody else made does not do."""
    if board is None:
        return None
    return {
        "name": board.board,
        "firmware": board.firmware_version,
        "cannot": list(board.cannot),
    }


def _pilot(status: PilotStatus) -> dict[str, Any]:
    name = names.PILOT_CLASSES[status.pilot]
    if name in "ABCD":
        name += "2" if DUTY_F < status.duty_ticks < DUTY_X1 else "1"
    return {
        "state": name,
        "high_mv": status.high_mv,
        "low_mv": status.low_mv,
        "duty_permille": round(status.duty_ticks / TICKS_PER_PERMILLE),
    }


def _refused(status: PilotStatus) -> dict[str, Any]:
    """What ring 1 did not take since its boot, and what the line to it did."""
    return {
        "orders": status.refused_count,
        "messages": status.invalid_count,
        "frames": status.garbled_count,
        "hangs": status.hang_count,
        "pilot": status.suppressed_count,
        "line": dict(status.line),
    }


def _contactor(status: PilotStatus | None) -> str:
    if status is None:
        return "unknown"
    is_closed = status.is_mirror_made or status.contactor == contactor.WELDED
    if status.is_mirror_made is None:  # no mirror contact: what the board drives is all we know
        is_closed = status.contactor == contactor.CLOSED
    return "closed" if is_closed else "open"
