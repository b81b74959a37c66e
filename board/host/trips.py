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


def trips_of(lines: Lines) -> list[Trip]:
    """The lines that are fitted; raise ValueError for one that means nothing on such a board."""
    for name in lines.inputs:
        if name not in FAULTS:
            wrong = f"[inputs.{name}] is for a board that drives its own contactor"
            raise MapError(f"{lines.file}: {wrong}; allowed are {', '.join(FAULTS)}")
    return [Trip(*FAULTS[name], line) for name, line in lines.inputs.items()]
