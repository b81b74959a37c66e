"""Cases: the timings of the requirements that show from outside a charger, as one table.

Each is played on any bench that offers what it needs. ``ids`` are those of the requirements
(``docs/requirements.md``); limits are of IEC 61851-1 as far as public sources show them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tools.hil import bench as b
from tools.hil.play import X1, F, Play
from tools.hil.record import COIL, DUTY

OPEN_MS = 100  # Table A.6 seq. 2.1, 2.2, 8.1, 8.2
DETECT_MS = 50  # REQ-CP-02
DUTY_US = 5  # Table A.2: of 1,000 us, so in permille
LIMIT_13_A = 217  # permille: 13 A / 0.6 A, rounded up


@dataclass(frozen=True, slots=True)
class Case:
    """One story; ``needs``: what a bench has to offer for it."""

    name: str
    ids: str
    title: str
    needs: frozenset[str]
    play: Callable[[Play], None]


def unplugged(play: Play) -> None:
    """Open the pilot while charging."""
    play.charge()
    at_us = play.switch(b.PLUG, False)
    play.bench.wait(1_000)
    off_ms = play.coil_off(at_us)
    play.check("TV-SEQ-1", "coil off after the pilot opened", off_ms, high=OPEN_MS)
    play.check("REQ-CP-02", "the same, as it should be", off_ms, high=DETECT_MS)
    x1_ms = play.duty(at_us, lambda duty: duty == X1)
    play.check("TV-SEQ-1", "100 % duty after the pilot opened", x1_ms, high=200)


def s2_opened(play: Play) -> None:
    """Open S2 while charging."""
    play.charge()
    at_us = play.switch(b.S2, False)
    play.bench.wait(1_500)
    play.check("TV-SEQ-2", "coil off after S2 opened", play.coil_off(at_us), high=OPEN_MS)
    changes = play.edges(DUTY, at_us)
    play.check("TV-SEQ-2", "changes of the duty after it", changes, "times", 0, 0)


def s2_closed(play: Play) -> None:
    """Close S2 on an offer."""
    play.plug()
    play.bench.wait(11_000)  # the time between two closings is not what is measured here
    at_us = play.switch(b.S2, True)
    play.bench.wait(3_500)
    play.check("TV-SEQ-3", "coil on after S2 closed", play.coil_on(at_us), low=500, high=3_000)


def closed_again(play: Play) -> None:
    """Open and close S2: the contactor waits."""
    play.charge()
    off_us = play.switch(b.S2, False)
    play.bench.wait(500)
    play.switch(b.S2, True)
    play.bench.wait(14_000)
    off_ms, on_ms = play.coil_off(off_us), play.coil_on(off_us)
    between_ms = None if off_ms is None or on_ms is None else on_ms - off_ms
    play.check("REQ-CNT-03", "coil off to coil on", between_ms, low=10_000, high=13_500)


def limit_lowered_twice(play: Play) -> None:
    """Ask for 10 A, and a second later for 8 A."""
    play.limit(16)
    play.charge()
    play.bench.wait(3_000)
    at_us = play.limit(10)
    play.bench.wait(1_000)
    play.limit(8)
    play.bench.wait(9_000)
    changes = [at for at, _ in play.record.after(DUTY, at_us)]
    play.check("TV-SEQ-4", "changes of the duty for two limits", len(changes), "times", 2, 2)
    between_ms = (changes[1] - changes[0]) / 1_000 if len(changes) > 1 else None
    play.check("TV-SEQ-4", "first to second change of the duty", between_ms, low=5_000)


def stop_obeyed(play: Play) -> None:
    """Withdraw the current from a car that opens S2 2.9 s later."""
    play.charge()
    at_us = play.limit(0)
    play.bench.wait(2_900)
    open_us = play.switch(b.S2, False)
    play.bench.wait(2_000)
    x1_ms = play.duty(at_us, lambda duty: duty == X1)
    play.check("TV-SEQ-5", "100 % duty after the stop", x1_ms, high=2_500)
    play.check("TV-SEQ-5", "coil off after S2 opened", play.coil_off(open_us), high=OPEN_MS)
    early = play.coil_off(at_us)
    play.check("TV-SEQ-5", "coil off after the stop, not under load", early, low=2_900)


def stop_ignored(play: Play) -> None:
    """Withdraw the current from a car that keeps S2 closed."""
    play.charge()
    at_us = play.limit(0)
    play.bench.wait(9_500)
    x1_ms = play.duty(at_us, lambda duty: duty == X1)
    off_ms = play.coil_off(at_us)
    held_ms = None if x1_ms is None or off_ms is None else off_ms - x1_ms
    play.check("TV-SEQ-6", "100 % duty to coil off", held_ms, low=6_000, high=6_100)


def pause_taken_back(play: Play) -> None:
    """Withdraw the current and give it back within 3 s."""
    play.charge()
    at_us = play.limit(0)
    play.bench.wait(3_000)
    play.limit(16)
    play.bench.wait(6_000)
    play.check("TV-SEQ-7", "coil off", play.edges(COIL, at_us), "times", 0, 0)
    back_ms = play.duty(at_us + 3_000_000, lambda duty: F < duty < X1)
    play.check("TV-SEQ-7", "PWM again after the pause ended", back_ms, high=3_000)


def station_lost(play: Play) -> None:
    """Stop the station, not its pilot board."""
    play.charge()
    at_us = play.host(False)
    play.bench.wait(10_000)
    x1_ms = play.duty(at_us, lambda duty: duty == X1)
    play.check("TV-SEQ-8", "100 % duty after the station was lost", x1_ms, high=2_100)
    play.check("TV-SEQ-8", "coil off after it was lost", play.coil_off(at_us), high=8_100)


def c_pulse(play: Play) -> None:
    """Close S2 for 250 ms."""
    play.plug()
    play.bench.wait(11_000)
    at_us = play.switch(b.S2, True)
    play.bench.wait(250)
    play.switch(b.S2, False)
    play.bench.wait(3_000)
    play.check("TV-SEQ-10", "coil on after a pulse of C", play.edges(COIL, at_us), "times", 0, 0)


def glitch(play: Play) -> None:
    """Open S2 for less than 9 ms, then for 40 ms."""
    play.charge()
    at_us = play.switch(b.S2, False)
    play.bench.wait(8)
    play.switch(b.S2, True)
    play.bench.wait(500)
    play.check("TV-SEQ-11", "coil off after 9 V for 8 ms", play.edges(COIL, at_us), "times", 0, 0)
    at_us = play.switch(b.S2, False)
    play.bench.wait(40)
    play.switch(b.S2, True)
    play.bench.wait(500)
    play.check("TV-SEQ-11", "coil off after 9 V for 40 ms", play.coil_off(at_us), high=OPEN_MS)


def asleep(play: Play) -> None:
    """Stay in B: the car is called once."""
    play.plug()
    at_us = play.bench.now_us()
    play.bench.wait(75_000)
    lows = [at for at, value in play.record.after(DUTY, at_us) if value == F]
    play.check("TV-SEQ-12", "calls by state F in 75 s of B", len(lows), "times", 1, 1)
    first_ms = (lows[0] - at_us) / 1_000 if lows else None
    play.check("TV-SEQ-12", "first call after PWM", first_ms, low=29_000, high=31_000)
    called_ms = play.duty(lows[0], lambda duty: duty != F) if lows else None
    play.check("TV-SEQ-12", "length of the call", called_ms, low=3_800, high=4_200)


def earth_lost(play: Play) -> None:
    """Open the protective earth while charging."""
    play.charge()
    at_us = play.switch(b.EARTH_OPEN, True)
    play.bench.wait(3_000)
    play.switch(b.EARTH_OPEN, False)
    play.check("REQ-CP-09", "coil off after the earth was lost", play.coil_off(at_us), high=250)
    low_us = play.record.first(DUTY, at_us, lambda duty: duty == F)
    shown_ms = None if low_us is None else play.duty(low_us, lambda duty: duty != F)
    play.check("TV-SEQ-13", "length of state F", shown_ms, low=300, high=1_000)
    x1_ms = None if low_us is None else play.duty(low_us, lambda duty: duty == X1)
    play.check("TV-SEQ-13", "100 % duty after state F began", x1_ms, low=300, high=1_000)
    play.bench.wait(12_000)  # 10 s of whole earth clear it


def diode_bridged(play: Play) -> None:
    """Bridge the diode while charging; the fault stays until the car is gone."""
    play.charge()
    at_us = play.switch(b.DIODE_SHORT, True)
    play.bench.wait(1_000)
    play.check("REQ-CP-05", "coil off after the diode was gone", play.coil_off(at_us), high=OPEN_MS)
    at_us = play.switch(b.DIODE_SHORT, False)
    play.bench.wait(15_000)
    again = play.edges(COIL, at_us)
    play.check("REQ-CP-05", "coil on in 15 s with the diode back", again, "times", 0, 0)


def pilot_shorted(play: Play) -> None:
    """Short the pilot to earth while charging."""
    play.charge()
    at_us = play.switch(b.PILOT_SHORT, True)
    play.bench.wait(1_000)
    off_ms = play.coil_off(at_us)
    play.check("REQ-CP-09, TV-CP-11", "coil off after the short", off_ms, high=OPEN_MS)


def proximity_lost(play: Play) -> None:
    """Open the proximity contact while charging; S2 opens 2 s after X1."""
    play.charge()
    at_us = play.switch(b.PROXIMITY_OPEN, True)
    play.bench.wait(3_000)
    play.switch(b.S2, False)
    play.bench.wait(1_000)
    x1_ms = play.duty(at_us, lambda duty: duty == X1)
    play.check("REQ-PP-01", "100 % duty after the contact opened", x1_ms, high=1_100)
    stopped_ms = play.coil_off(at_us)
    play.check("REQ-PP-01", "coil off, by the normal stop", stopped_ms, low=2_900, high=7_200)


def thin_cable(play: Play) -> None:
    """A cable for 13 A on a charger of more."""
    play.plug(13)
    play.bench.wait(1_000)
    duty = play.record.last(DUTY)
    high = LIMIT_13_A + DUTY_US
    play.check("REQ-PP-02, REQ-PWM-01", "duty with a cable of 13 A", duty, "permille", 100, high)


def no_air(play: Play) -> None:
    """A car that asks for ventilation where there is none."""
    play.plug()
    play.bench.wait(11_000)
    at_us = play.switch(b.VENTILATION, True)
    play.bench.wait(5_000)
    play.check("TV-CP-15", "coil on in 5 s of state D", play.edges(COIL, at_us), "times", 0, 0)


def _case(ids: str, play: Callable[[Play], None], *needs: str) -> Case:
    title = (play.__doc__ or "").rstrip(".")
    return Case(play.__name__.replace("_", "-"), ids, title, frozenset((b.PLUG, *needs)), play)


CASES = (
    _case("TV-SEQ-1, REQ-CP-02", unplugged, b.S2),
    _case("TV-SEQ-2", s2_opened, b.S2),
    _case("TV-SEQ-3", s2_closed, b.S2),
    _case("REQ-CNT-03", closed_again, b.S2),
    _case("TV-SEQ-4", limit_lowered_twice, b.S2, b.LIMIT),
    _case("TV-SEQ-5", stop_obeyed, b.S2, b.LIMIT),
    _case("TV-SEQ-6", stop_ignored, b.S2, b.LIMIT),
    _case("TV-SEQ-7", pause_taken_back, b.S2, b.LIMIT),
    _case("TV-SEQ-8", station_lost, b.S2, b.HOST),
    _case("TV-SEQ-10", c_pulse, b.S2),
    _case("TV-SEQ-11", glitch, b.S2),
    _case("TV-SEQ-12", asleep),
    _case("REQ-CP-09, TV-SEQ-13", earth_lost, b.S2, b.EARTH_OPEN),
    _case("REQ-CP-05", diode_bridged, b.S2, b.DIODE_SHORT),
    _case("REQ-CP-09, TV-CP-11", pilot_shorted, b.S2, b.PILOT_SHORT),
    _case("REQ-PP-01", proximity_lost, b.S2, b.PROXIMITY_OPEN),
    _case("REQ-PP-02, REQ-PWM-01", thin_cable, b.CABLE),
    _case("TV-CP-15", no_air, b.VENTILATION),
)
NOT_FROM_OUTSIDE = {
    "TV-SEQ-9": "no rig can hang ring 1's loop from outside; the board's watchdog is tried by hand"
}
