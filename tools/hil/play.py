"""Play: what a timing case is written in: means to drive a bench, and what becomes of a check.

A case brings the charger where it wants it, gives one stimulus, and measures from the moment of
the stimulus on. A check has an id of the requirements, limits, and what was measured.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tools.hil import bench as b
from tools.hil.bench import Bench, HilError
from tools.hil.record import COIL, DUTY, Record

STEP_MS = 5  # between two looks while something is awaited
READY_S = 45.0  # from plug to PWM: bolt, test of the monitor, 30 s after a fault of the pilot
CLOSE_S = 20.0  # from C to the coil, the time between two closings included
REST_MS = 1_500  # between two cases, unplugged
CALM_MS = 3_000  # of charging, before a stimulus: no blanking is left (REQ-CP-07)
X1, F = 1_000, 0  # permille


class NotReadyError(HilError):
    """The charger did not come where the case begins."""


@dataclass(frozen=True, slots=True)
class Check:
    """One number against its limits; ``None``: no limit on this side, or nothing was seen."""

    ids: str
    what: str
    unit: str
    low: float | None
    high: float | None
    measured: float | None

    @property
    def is_good(self) -> bool:
        """It was measured, and lies within."""
        if self.measured is None:
            return False
        is_low_kept = self.low is None or self.measured >= self.low
        return is_low_kept and (self.high is None or self.measured <= self.high)

    @property
    def limit(self) -> str:
        """The limits in words."""
        if self.low is not None and self.low == self.high:
            return f"{self.low:g} {self.unit}"
        if self.low is None:
            return f"<= {self.high:g} {self.unit}"
        if self.high is None:
            return f">= {self.low:g} {self.unit}"
        return f"{self.low:g} to {self.high:g} {self.unit}"


@dataclass(slots=True)
class Play:
    """One case under way: the bench, and what was checked and stamped so far."""

    bench: Bench
    checks: list[Check] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)  # us, what the rig did

    @property
    def record(self) -> Record:
        """What was seen."""
        return self.bench.record

    def switch(self, what: str, is_on: bool) -> int:
        """Move a switch; return when, us."""
        at_us = self.bench.switch(what, is_on)
        self.marks.append((at_us, f"{what} {'on' if is_on else 'off'}"))
        return at_us

    def limit(self, current_a: float) -> int:
        """Ask for a current; return when, us."""
        at_us = self.bench.limit(current_a)
        self.marks.append((at_us, f"limit {current_a:g} A"))
        return at_us

    def host(self, is_alive: bool) -> int:
        """Stop or start the station; return when, us."""
        at_us = self.bench.host(is_alive)
        self.marks.append((at_us, f"station {'on' if is_alive else 'off'}"))
        return at_us

    def until(self, is_so: Callable[[], bool], within_s: float, what: str) -> None:
        """Wait until it is so; NotReadyError when that is late."""
        end_us = self.bench.now_us() + round(within_s * 1e6)
        while not is_so():
            if self.bench.now_us() >= end_us:
                raise NotReadyError(f"no {what} within {within_s:g} s; {self.seen()}")
            self.bench.wait(STEP_MS)

    def seen(self) -> str:
        """The newest values, in words."""
        return ", ".join(f"{name} {self.record.last(name)}" for name in self.record.changes)

    def plug(self, current_a: int = 32) -> None:
        """Plug in and wait for PWM."""
        self.bench.cable(current_a)
        self.switch(b.PLUG, True)
        self.until(self.is_pwm, READY_S, "PWM")

    def charge(self) -> None:
        """Plug in, close S2, and wait until the contactor has been closed for some seconds."""
        self.plug()
        self.bench.wait(1_000)
        self.switch(b.S2, True)
        self.until(lambda: self.record.last(COIL) == 1, CLOSE_S, "coil")
        self.bench.wait(CALM_MS)

    def is_pwm(self) -> bool:
        """Current is offered."""
        duty = self.record.last(DUTY)
        return duty is not None and F < duty < X1

    def coil_off(self, since_us: int) -> float | None:
        """From then until the coil was let go, ms; None: it was not."""
        return _ms(since_us, self.record.first(COIL, since_us, lambda value: value == 0))

    def coil_on(self, since_us: int) -> float | None:
        """From then until the coil was driven, ms; None: it was not."""
        return _ms(since_us, self.record.first(COIL, since_us, lambda value: value == 1))

    def duty(self, since_us: int, is_so: Callable[[int], bool]) -> float | None:
        """From then until the duty became such, ms; None: it did not."""
        return _ms(since_us, self.record.first(DUTY, since_us, is_so))

    def edges(self, signal: str, since_us: int) -> int:
        """How often the signal changed since then."""
        return sum(1 for _ in self.record.after(signal, since_us + 1))

    def check(
        self,
        ids: str,
        what: str,
        measured: float | None,
        unit: str = "ms",
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        """Judge one number."""
        self.checks.append(Check(ids, what, unit, low, high, measured))


def _ms(since_us: int, at_us: int | None) -> float | None:
    return None if at_us is None else (at_us - since_us) / 1_000
