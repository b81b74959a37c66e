"""Bought: what drivers of boards with a ring 1 of their own do alike.

A driver says how to greet its board, look at it, set a current and clear a fault. Here is the
rest of the ``Pilot`` port: the permit's two seconds, which no bought board knows; the turn of
*steer, then look*; and an honest no to what such a board does not have: its self-tests are
ABSENT, it records no trace, and a vehicle's profile or the meter's readings change nothing.

All input and output is inside ``open``, ``next_status`` and ``rest``: a station that stops
calling them says nothing more. A report is made from one look that came as a whole, or not at all.
"""

import asyncio
import math
from abc import abstractmethod
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ampkeeper.hal.errors import AbsentError, HalError, TransientError, WrongDeviceError
from ampkeeper.hal.pilots import codes
from ampkeeper.hal.pilots.account import Account, Seen
from ampkeeper.hal.pilots.warrant import Rating, Warrant
from ampkeeper.hal.ports import (
    Clock,
    Permit,
    PerPhase,
    Pilot,
    PilotIdentity,
    PilotStatus,
    SelfTest,
    Trace,
)

LOOK_S = 0.25  # from the start of one turn to the next
SILENCE_S = 1.0  # without a whole look: absent
BITS_30 = (1 << 30) - 1  # of ``uptime_ms``, as on the link
CLEARINGS_MAX = 8  # faults somebody wants cleared; the oldest goes first
STUCK_S = 30.0  # a turn took 19 s at most, on a line of nothing but noise that a meter shares
ENDINGS = 3  # of the current, at the start and at the end, until the board shows it


@dataclass(slots=True)
class Line:
    """What happened on the line since the driver was made; shown with the state."""

    good: int = 0  # looks
    failed: int = 0  # turns that ended without a whole look
    greetings: int = 0
    told: int = 0  # currents set
    overruled: int = 0  # looks at a set-point that was not ours: another master, or a restart
    restarts: int = 0

    def counts(self) -> dict[str, int]:
        """By name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Tests:
    """Results that were not taken yet, and how often each was told."""

    waiting: deque[SelfTest] = field(default_factory=lambda: deque(maxlen=4 * codes.LAST_TEST))
    counts: dict[int, int] = field(default_factory=dict)

    def tell(self, number: int, result: int, now_s: float, duration_ms: int = 0) -> None:
        """Tell one; values and bounds are unknown to these boards."""
        count = self.counts[number] = self.counts.get(number, 0) + 1
        bounds = (codes.UNKNOWN,) * 3
        self.waiting.append(SelfTest(now_s, number, result, *bounds, duration_ms, count))


class BoughtPilot(Pilot):
    """The ``Pilot`` port but for what a driver knows of its board: the methods at the end."""

    def __init__(self, name: str, clock: Clock, rating: Rating) -> None:
        self.line = Line()
        self.warrant = Warrant(rating)
        self._name = name
        self._clock = clock
        self._account = Account(rating.phases)
        self._tests = Tests()
        self._clearing: deque[int] = deque(maxlen=CLEARINGS_MAX)
        self._is_open = False
        self._began_s = 0.0  # when the board was opened, or said that it started
        self._turned_s = 0.0
        self._seen_s = 0.0
        self._moved_s = math.inf  # when an opening or a turn last began; inf: none is to come

    @property
    def can_switch_phases(self) -> bool:
        """None of these boards does by what it is told."""
        return False

    async def open(self) -> PilotIdentity:
        """Prove that the board is there, and set it to nothing."""
        self.close()
        self.warrant.start()
        self._clearing.clear()
        self._moved_s = self._now_s()
        try:
            identity = await self._greet()
        except WrongDeviceError as error:
            self.close()
            if self.line.greetings:  # the right one until just now: to be asked again soon
                raise AbsentError(f"{self._name}: {error}") from error
            raise
        except TransientError as error:
            self.close()
            raise AbsentError(f"{self._name}: {error}") from error
        except HalError:
            self.close()
            raise
        self.line.greetings += 1
        self.warrant.took(0, self._now_s())
        self._is_open = True
        self._began_s = self._seen_s = self._now_s()
        self._turned_s = self._seen_s - LOOK_S
        return replace(identity, has_stop=False, cannot=(*identity.cannot, codes.NO_STOP_LINE))

    def permit(self, permit: Permit) -> None:
        """Allow a current for two seconds; the next turn tells the board."""
        self.warrant.grant(permit, self._now_s())

    def clear_fault(self, fault: int) -> None:
        """Ask to clear a fault: it goes when the board no longer shows it."""
        self._clearing.append(fault)

    def restore_faults(self, faults: Iterable[int]) -> None:
        """Hold the board at nothing for faults that only a person clears, until one does."""
        self.warrant.latch(faults)

    def restore_wear(self, closings: int, under_load: int) -> None:
        """Go on counting from here."""
        self._account.restore(closings, under_load)

    def restore_rcd_retries(self, count: int) -> None:
        """Nothing: such a board counts its trips itself, or not at all."""

    def measured(self, current_a: PerPhase, voltage_v: PerPhase) -> None:
        """Nothing: such a board does not judge what the meter shows."""

    def adopt(self, profile: object) -> None:
        """Nothing: such a board treats all vehicles alike; ``profile_id`` stays 0."""

    def self_test(self, number: int) -> None:
        """Tell what became of a self-test, 0 for all; mostly that the board has none."""
        numbers = (number,) if number else range(1, codes.LAST_TEST + 1)
        for each in numbers:
            self._tests.tell(each, self._result_of(each), self._now_s())

    def report_tests(self) -> None:
        """Tell what became of each self-test."""
        for each in range(1, codes.LAST_TEST + 1):
            self._tests.tell(each, self._result_of(each), self._now_s())

    def freeze_trace(self) -> None:
        """Nothing: such a board has no flight recorder, and ``take_trace`` never gives one."""

    def rearm_trace(self) -> None:
        """Nothing: see ``freeze_trace``."""

    def take_tests(self) -> tuple[SelfTest, ...]:
        """Return the results that came since the last call."""
        tests = tuple(self._tests.waiting)
        self._tests.waiting.clear()
        return tests

    def take_trace(self) -> Trace | None:
        """Return None."""
        return None

    async def next_status(self) -> PilotStatus:
        """Steer, look, and report; raise AbsentError after ``SILENCE_S`` without a whole look."""
        while True:
            await self._pause()
            try:
                looked_s, seen = await self._turn()
            except (TransientError, WrongDeviceError) as error:  # a refusal is no answer either
                self._note_failure(error)
            else:
                return self._report(looked_s, seen)

    def close(self) -> None:
        """Release the line; safe twice."""
        self._is_open = False
        self._moved_s = math.inf
        self._release()

    @property
    def is_stuck(self) -> bool:
        """Whether an opening or a turn is overdue, so that nobody would tell a permit's end."""
        return self._now_s() - self._moved_s >= STUCK_S

    async def rest(self) -> None:
        """Leave the board at nothing, and release the line; raise any of the layer's errors."""
        self.close()
        try:
            await self._take_line()
            await self._end_current()
        finally:
            self._release()

    async def _end_current(self) -> None:
        """Set the board to nothing and look whether it is: a confirmation may carry no value."""
        kept = ""
        for _ in range(ENDINGS):
            await self._set_current(0)
            kept = await self._kept()
            if not kept:
                return
        raise TransientError(f"{self._name}: was told 0 A and {kept}")

    async def _turn(self) -> tuple[float, Seen]:
        """Steer and clear, then look; a look after an order shows what became of it.

        The time is when the look began: on a line that others use it may take seconds.
        """
        if not self._is_open:
            raise AbsentError(f"{self._name}: not open")
        current_ma = self.warrant.next_ma(self._is_held(), self._now_s())
        if current_ma != self.warrant.in_force_ma:
            await self._set_current(current_ma)
            self.line.told += 1
            self.warrant.took(current_ma, self._now_s())
        cleared = await self._clear_next()
        looked_s = self._now_s()
        seen = await self._look()
        self.warrant.latch(seen.faults)
        if cleared is not None and cleared not in seen.faults:
            self.warrant.latched.discard(cleared)
        return looked_s, seen

    async def _clear_next(self) -> int | None:
        if not self._clearing:
            return None
        fault = self._clearing.popleft()  # once: who asked may ask again
        await self._clear(fault)
        return fault

    async def _pause(self) -> None:
        """Wait for the next turn; a driver may end it early."""
        left_s = self._turned_s + LOOK_S - self._now_s()
        if left_s > 0:
            await self._idle(left_s)
        self._turned_s = self._moved_s = self._now_s()

    def _note_failure(self, error: HalError) -> None:
        self.line.failed += 1
        if self._now_s() - self._seen_s >= SILENCE_S:
            raise AbsentError(f"{self._name}: {error}") from error

    def _report(self, looked_s: float, seen: Seen) -> PilotStatus:
        now_s = self._seen_s = self._now_s()
        self.line.good += 1
        return self._account.report(
            seen,
            self.warrant.latched,
            self.warrant.granted_ma(now_s),
            self.warrant.why_not(now_s),
            looked_s,
            round((now_s - self._began_s) * 1_000) & BITS_30,
            self.line.counts(),
        )

    def _found(self, current_ma: int) -> None:
        """The board says which current it was set to."""
        if current_ma != self.warrant.in_force_ma:
            self.line.overruled += 1
            self.warrant.took(current_ma, self._now_s())

    def _restarted(self) -> None:
        """The board says, or shows, that it started anew."""
        self.line.restarts += 1
        self._began_s = self._now_s()

    def _now_s(self) -> float:
        return self._clock.now_s()

    # what a driver knows

    @abstractmethod
    async def _greet(self) -> PilotIdentity:
        """Take the line, set the board to nothing, prove that it is this kind of board."""

    @abstractmethod
    async def _look(self) -> Seen:
        """Ask for everything that a report needs."""

    @abstractmethod
    async def _set_current(self, current_ma: int) -> None:
        """Tell the board what it may offer from now on; 0: nothing."""

    async def _clear(self, fault: int) -> None:
        """Tell the board that a person says so; where it takes no such order, do nothing."""

    @abstractmethod
    async def _take_line(self) -> None:
        """Open it; raise AbsentError. Safe again."""

    @abstractmethod
    async def _kept(self) -> str:
        """Look what current it is set to: "shows ..." for a message; empty: none."""

    async def _idle(self, wait_s: float) -> None:
        """Wait; a board that speaks unasked may end it."""
        await asyncio.sleep(wait_s)

    def _is_held(self) -> bool:
        """Tell whether nothing may be offered, whatever the permit."""
        return False

    def _result_of(self, number: int) -> int:
        """Tell what became of a self-test."""
        return codes.ABSENT

    @abstractmethod
    def _release(self) -> None:
        """Release the line; safe twice."""
