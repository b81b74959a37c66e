"""Bench: what a timing case may do to a charger and see of it, whatever hardware is behind it.

The car's side is a set of switches: a resistor ladder behind a diode, a coding resistor, faults.
The station under test is asked for currents only where the rig file says how. Nothing is
switched before ``energise``, and an open E-stop line ends everything.
"""

from typing import Protocol

from tools.hil.record import Record

PLUG = "plug"  # the pilot contact, and the coding resistor of the cable
S2 = "s2"  # 1.3 kOhm in parallel: state C
VENTILATION = "ventilation"  # 270 Ohm in parallel: state D
DIODE_SHORT = "diode_short"
PILOT_SHORT = "pilot_short"  # to earth, at the plug
EARTH_OPEN = "earth_open"
PROXIMITY_OPEN = "proximity_open"
SWITCHES = (PLUG, S2, VENTILATION, DIODE_SHORT, PILOT_SHORT, EARTH_OPEN, PROXIMITY_OPEN)
CABLE = "cable"  # the coding resistor can be chosen
CABLES_A = (13, 20, 32, 63)  # IEC 61851-1 Table B.2
LIMIT = "limit"  # the station can be asked for a current
HOST = "host"  # the station can be stopped without its pilot board


class HilError(Exception):
    """The rig cannot go on; the text says why, and nothing is energised any more."""


class InterlockError(HilError):
    """The E-stop line is not there, open, or was open: nothing may be energised."""


class Bench(Protocol):
    """One station under test and one car side."""

    @property
    def about(self) -> str:
        """What it is, in one line."""
        ...

    @property
    def offers(self) -> frozenset[str]:
        """The switches that are fitted, and ``LIMIT`` and ``HOST`` where they can be asked for."""
        ...

    @property
    def resolution_us(self) -> int:
        """How exact its stamps are."""
        ...

    @property
    def record(self) -> Record:
        """What was seen since ``begin``."""
        ...

    def now_us(self) -> int:
        """The time of the stamps."""
        ...

    def energise(self) -> None:
        """Give the station its mains; InterlockError without a whole E-stop line."""
        ...

    def begin(self) -> None:
        """Forget what was seen."""
        ...

    def switch(self, what: str, is_on: bool) -> int:
        """Move one of the switches that are offered; return when that was, us."""
        ...

    def cable(self, current_a: int) -> None:
        """Choose the coding resistor, one of ``CABLES_A``."""
        ...

    def limit(self, current_a: float) -> int:
        """Ask the station for a current, 0 for a pause; return when that was, us."""
        ...

    def host(self, is_alive: bool) -> int:
        """Stop or start the station, not its pilot board; return when that was, us."""
        ...

    def wait(self, wait_ms: int) -> None:
        """Let time pass; InterlockError, with everything off, when the E-stop line opens."""
        ...

    def release(self) -> None:
        """Everything off: car unplugged, mains gone. Safe twice."""
        ...

    def close(self) -> None:
        """The same, and give everything back. Safe twice."""
        ...
