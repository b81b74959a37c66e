"""Books: each time the coil goes off, exactly one reason; and what wears the contactor."""

from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.units import COUNT_MAX

NO_STOP, UNPLUGGED, EV_PAUSED, PERMIT_WITHDRAWN, PERMIT_EXPIRED, BY_FAULT = range(6)
SELF_TEST, LIMITED = range(6, 8)  # the monitor's test is due; a limit leaves the car too little


class Books:
    """What happened to the current since boot."""

    def __init__(self) -> None:
        self.stop_reason = NO_STOP
        self.stop_count = 0  # energised -> not
        self.closing_count = 0
        self.under_load_count = 0
        self._cause = NO_STOP  # of the stop under way

    def note_asked(self, cause: int) -> None:
        """The car was asked to end the current, for this reason."""
        self._cause = cause

    def note_closing(self) -> None:
        """The coil was driven."""
        self.closing_count = min(self.closing_count + 1, COUNT_MAX)

    def note_opening(self, event: int, was_charging: bool) -> None:
        """The coil went off on ``event`` of the sequence."""
        if event == seq.UNPLUG:
            self.stop_reason = UNPLUGGED
        elif event == seq.FAULT:
            self.stop_reason = BY_FAULT
        else:
            self.stop_reason = EV_PAUSED if was_charging else self._cause
        self.stop_count = min(self.stop_count + 1, COUNT_MAX)
        if event == seq.LATE:
            self.under_load_count = min(self.under_load_count + 1, COUNT_MAX)
