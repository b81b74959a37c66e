"""What a report of ring 1 means to a session. Pure."""

from ampkeeper.firmware.safety import contactor, pilot, sequence
from ampkeeper.firmware.session import table
from ampkeeper.hal.ports import PilotStatus

PLUGGED_CLASSES = (pilot.B, pilot.C, pilot.D)
LIVE = (sequence.OFFERED, sequence.CHARGING, sequence.STOPPING)  # it may close, or has closed


def is_open(status: PilotStatus) -> bool:
    """The contactor is proven open and stays so, or is broken and nothing more will come.

    While ring 1 still offers, the permit's withdrawal has not reached it: it may yet close.
    """
    is_released = not status.is_coil_on and status.contactor != contactor.OPENING
    return is_released and status.sequence not in LIVE


def flow_event(status: PilotStatus) -> int:
    """What ring 1 makes of the permit, as an event of the session table."""
    if status.sequence == sequence.CHARGING and status.contactor == contactor.CLOSED:
        return table.DRAW
    if status.sequence == sequence.OFFERED and status.pilot == pilot.B:
        return table.OFFER
    return table.HOLD
