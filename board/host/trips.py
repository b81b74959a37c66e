"""Trips: lines of a Pi's header that end a charge on a bought board, and what each stands for."""

from collections.abc import Mapping

from ampkeeper.firmware.safety.fault import (
    EMERGENCY_STOP,
    PE_LOST,
    RCD_AC,
    RCD_DC,
    SUPPLY_LOST,
    TAMPERED,
)
from ampkeeper.hal.linux.lines import Lines
from ampkeeper.hal.linux.trips import Trip
from ampkeeper.hal.meters.checked import MapError

FAULTS: Mapping[str, tuple[int, int]] = {  # [inputs.NAME]: fault, level of the line that means it
    "emergency_stop": (EMERGENCY_STOP, 1),
    "rcd_ac": (RCD_AC, 1),
    "rcd_dc": (RCD_DC, 1),
    "pe_ok": (PE_LOST, 0),
    "supply_ok": (SUPPLY_LOST, 0),
    "enclosure_open": (TAMPERED, 1),
    "tilted": (TAMPERED, 1),
    "wet": (TAMPERED, 1),
}
TELL_TORN = ("emergency_stop", "rcd_ac", "rcd_dc", "pe_ok", "supply_ok")


def trips_of(lines: Lines) -> list[Trip]:
    """The lines that are fitted; raise ValueError for one that means nothing on such a board.

    Or that the Pi's own resistor pulls to "all is well" when its wire is torn.
    """
    for name in lines.inputs:
        if name not in FAULTS:
            wrong = f"[inputs.{name}] is for a board that drives its own contactor"
            raise MapError(f"{lines.file}: {wrong}; allowed are {', '.join(FAULTS)}")
    trips = {name: Trip(*FAULTS[name], line) for name, line in lines.inputs.items()}
    for name in TELL_TORN:
        if name in trips and _is_good_when_torn(trips[name]):
            line = trips[name].line
            wrong = f'[inputs.{name}] with pull = "{line.pull}" is well when its wire is torn'
            raise MapError(f"{lines.file}: {wrong}; allowed is the other pull, or active level")
    return list(trips.values())


def _is_good_when_torn(trip: Trip) -> bool:
    """With a pull of "none" a resistor on the board decides, which we do not see."""
    level = int((trip.line.pull == "up") == trip.line.is_active_high)
    return trip.line.pull != "none" and level != trip.level
