"""Calm: an emulated charger round which nothing moves is not stepped, but leapt over.

Ring 1 is stepped every 10 ms where something moves, every 100 ms where nothing does, and not at
all while all is calm: nothing moves in the world or in ring 1 (``still``), the station waits for
nobody, and the line between them carries only what it carried before. Time then passes for world
and ring 1 in one leap, up to the next thing that matters; for the line and its driver it stands,
since what they would have said to each other is what they said last. The station looks, and reads
its meter, when it owes a sample, when a schedule changes and at full hours, or quarters of them.
"""

import asyncio
import math
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.board.emulated import still
from ampkeeper.board.emulated.calm_pilot import LineClock
from ampkeeper.board.emulated.ring import STEP_MS, Ring, WorldLoop
from ampkeeper.firmware.rhythm import TICK_S, Steady
from ampkeeper.firmware.session import table
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.feeds import METER_S
from ampkeeper.hal.ports import Clock

if TYPE_CHECKING:
    from ampkeeper.firmware.app import App
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

STEADY_MS = 100  # a step while nothing moves; below what ring 1 takes for a hang
SETTLED_MS = 100  # unchanged for so long: nothing moves
CALM_MS = 400  # likewise: perhaps all is calm
AGAIN_MS = 300  # until somebody looks again for whether it is
LEAP_MS_MIN = 1_000  # less is stepped
BUSY_S, IDLE_S = 900, 3_600  # the station looks at multiples of these anyway, by the wall clock
LATE_S = 2e-6  # a loop's timer may be early by half of it: then nothing would be due yet
FUZZ = 1e-6  # of what rounding leaves of whole steps
SPINS_MAX = 50  # turns of the loop for a meter in memory to be read and booked
WAITING = (
    table.IDLE,
    table.PLUGGED,
    table.EV_WAITS,
    table.EVSE_WAITS,
    table.CHARGING,
    table.FINISHED,
)
CARD_WAIT = "TxCtrlr.EVConnectionTimeOut"


class Calm(Steady):
    """Whether all is calm; the station's rhythm. Made in the running loop."""

    def __init__(self, clock: Clock) -> None:
        self.is_on = False
        self.is_wanted = False
        self.parked = 0  # pilots that wait for the end of it
        self.line_clock = LineClock(clock)
        self._clock = clock
        self._resume_s = -math.inf  # the first look after a calm
        self.leaps = 0
        self.leapt_ms = 0
        self.stirred = asyncio.Event()
        self._station: Station | None = None
        self._has_events: Callable[[], bool] = bool
        self.look_s = -math.inf  # when the station looks next, or looked last
        self._ticked_s = 0.0
        self._meters = asyncio.Event()
        self._lines = asyncio.Event()
        self.end()

    def attach(self, app: "App") -> None:
        """Follow a station that is about to run."""
        self.end()
        self._station = app.station
        self._has_events = lambda: app.task.waiting > 0
        app.task.followers.append(self._follow)

    # whoever interferes

    def stir(self) -> None:
        """Something is about to happen: the world is stepped again."""
        self.end()
        self.stirred.set()

    async def catch_up(self) -> None:
        """Bring the world up to now; the calm goes on."""
        leaps = self.leaps
        for _ in range(SPINS_MAX):
            if not self.is_on or self.leaps > leaps:
                return
            self.stirred.set()
            await asyncio.sleep(0)

    # the rhythm

    def next_tick_s(self, ticked_s: float) -> float:
        """While calm: when something is due, and never else; after it in step with before."""
        self._ticked_s = ticked_s
        if not self.is_on:
            return max(super().next_tick_s(ticked_s), self._resume_s)
        return self.look_s if ticked_s < self.look_s else math.inf

    async def meter_due(self) -> None:
        """While calm: just before the station looks; after it in step with before."""
        was_on, due_s = self.is_on, self._clock.now_s()
        await self._meters.wait()  # ended by the next look, or by the end of the calm
        if was_on and not self.is_on:
            now_s = self._clock.now_s()
            steps = math.ceil((now_s - due_s) / METER_S - FUZZ)
            await asyncio.sleep(max(0.0, due_s + METER_S * steps - now_s))

    # the pilots

    async def park(self) -> None:
        """Wait while nothing is said on the line."""
        while self.is_wanted:
            self.parked += 1
            try:
                await self._lines.wait()  # ended by the end of the calm
            finally:
                self.parked -= 1

    # the world's loop

    def want(self) -> None:
        """Ask the pilots to park."""
        self.is_wanted = True
        self._lines.clear()

    def begin(self) -> None:
        """All are parked."""
        self.is_on = True
        self._meters.clear()
        self.stirred.clear()

    def end(self) -> None:
        """Go on step by step."""
        if self.is_on:
            self.stirred.set()
            self._resume_s = self._step_after(self._clock.now_s())
        self.is_on = self.is_wanted = False
        self._lines.set()
        self._meters.set()

    def may_begin(self) -> bool:
        """True if the station waits for nothing that is about to happen."""
        station = self._station
        return station is not None and not self._has_events() and is_waiting(station)

    async def read(self, now_s: float, look_s: float) -> None:
        """Let the station read its meters now, and look at ``look_s``."""
        station = self._station
        assert station is not None, "calm began with one"
        self.look_s = look_s
        self._meters.set()
        for _ in range(SPINS_MAX):
            await asyncio.sleep(0)
            readings = [evse.register.latest() for evse in station.evses.values()]
            if all(one is not None and one.taken_s >= now_s for one in readings):
                break
        if self.is_on:
            self._meters.clear()

    def rest(self, until_s: float) -> None:
        """Nobody asked the meters before."""
        if self._station is not None:
            for evse in self._station.evses.values():
                evse.register.rest(until_s)

    def next_look(self, now: datetime, now_s: float) -> tuple[float, float]:
        """When the meters are read next of what matters, and when the station looks after it.

        Both as they would be done anyway, in step with those before.
        """
        station = self._station
        assert station is not None, "calm began with one"
        at_s = due_s(station, now, now_s)
        look_s = max(self._step_after(at_s), at_s + LATE_S)
        readings = (evse.register.latest() for evse in station.evses.values())
        read_s = max(one.taken_s if one is not None else now_s for one in readings)
        return read_s + METER_S * math.floor((look_s - read_s) / METER_S + FUZZ), look_s

    def _step_after(self, at_s: float) -> float:
        """The first look from then on, in step with the last one."""
        steps = max(1, math.ceil((at_s - self._ticked_s) / TICK_S - FUZZ))
        return self._ticked_s + TICK_S * steps

    def _follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        if not self.is_on:
            return
        assert self._station is not None, "it is followed"
        if effects.restart is not None or not is_waiting(self._station):
            self.end()
        self.stirred.set()  # what is due may have changed


def is_waiting(station: "Station") -> bool:
    """True if only time, or somebody else, can move anything at the station."""
    if station.reset_kind is not None or station.entrance.awaited:
        return False
    return all(_is_settled(evse) for evse in station.evses.values())


def _is_settled(evse: "Evse") -> bool:
    session = evse.session
    is_unused = session.table.state != table.IDLE or session.grant is None
    is_quiet = session.table.state in WAITING and is_unused and evse.due is None
    is_heard = evse.status is not None and evse.register.is_fresh
    return is_quiet and is_heard and not evse.is_reserved and evse.owner is None


def due_s(station: "Station", now: datetime, now_s: float) -> float:
    """When something is due at the station, in the monotonic clock's time."""
    at_s = now.timestamp()
    every_s = BUSY_S if station.is_busy else IDLE_S
    found = [now_s + every_s - at_s % every_s]
    for evse in station.evses.values():
        running = evse.transaction
        for sampler in (evse.sampler, evse.ended_sampler):
            if running is not None and sampler.tx_id == running.tx_id:
                found.append(sampler.due_s)
            if sampler.aligned_at is not None:
                found.append(now_s + (sampler.aligned_at - now).total_seconds())
    wait_s = float(station.variable(CARD_WAIT))
    found += [since_s + wait_s for since_s in station.entrance._preparing.values()]
    for known in station.charging._known.values():
        if known.until_s is not None:
            found.append(now_s + known.until_s - at_s)
    return min(one for one in found if one > now_s)


class CalmLoop(WorldLoop):
    """Steps every ring as often as it needs, and leaps where it can."""

    def __init__(
        self, rings: Iterable[Ring], after_step: Callable[[int], None], calm: Calm
    ) -> None:
        super().__init__(rings, after_step)
        self.calm = calm
        self._seen: list[tuple[object, ...]] = []
        self._unchanged_ms = 0
        self._looks: list[still.Look] = []
        self._running: list[still.Timers] = []

    async def run(self, clock: Clock) -> None:
        """Follow the clock until cancelled."""
        done_s = clock.now_s()
        while True:
            step_ms = STEADY_MS if self._unchanged_ms >= SETTLED_MS else STEP_MS
            await self._wait(done_s + step_ms / 1_000 - clock.now_s())
            passed_ms = int((clock.now_s() - done_s) * 1_000 + 1e-6)
            elapsed_ms = min(step_ms, passed_ms // STEP_MS * STEP_MS)
            if elapsed_ms <= 0:
                continue
            self.step(elapsed_ms)
            done_s += elapsed_ms / 1_000
            self._note_changes(elapsed_ms)
            if self._is_calm():
                self.calm.begin()
                done_s = await self._leap_on(clock, done_s)

    async def _wait(self, seconds: float) -> None:
        """Until then, or until somebody interferes."""
        stirred = self.calm.stirred
        if stirred.is_set():
            stirred.clear()
            self._unchanged_ms = 0
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await stirred.wait()
        except TimeoutError:
            return
        self._unchanged_ms = 0

    async def _leap_on(self, clock: Clock, done_s: float) -> float:
        """Leap from one thing that matters to the next; return until when all is done."""
        calm = self.calm
        calm.look_s = -math.inf
        self._looks = []  # large, and of no use before the next calm
        while calm.is_on:
            now_s = clock.now_s()
            end_s = done_s + self._still_ms() / 1_000
            read_s, look_s = calm.look_s, calm.look_s
            if look_s <= now_s:
                read_s, look_s = calm.next_look(clock.now(), now_s)
            if look_s < now_s + LEAP_MS_MIN / 1_000 and look_s != calm.look_s:
                calm.end()
                break
            calm.stirred.clear()
            await _wait_for(calm.stirred, min(end_s, max(read_s, now_s)) - now_s)
            now_s = clock.now_s()
            done_s = self._leap_to(now_s, done_s)
            if now_s >= end_s - FUZZ:
                done_s = await self._pass_by(clock, done_s)
            elif calm.is_on and look_s != calm.look_s and now_s >= read_s - FUZZ:
                await calm.read(now_s, look_s)
        self._unchanged_ms = 0
        return done_s

    async def _pass_by(self, clock: Clock, done_s: float) -> float:
        """Step over what need not move anything; if something does move, the calm is over."""
        calm, rings = self.calm, self._rings
        if not all(still.can_pass(ring) for ring in rings):
            calm.end()
            return done_s
        before = [ring.visible() for ring in rings]
        current_ma: list[tuple[int, ...]] = []
        for _ in range(still.PASS_MS // STEADY_MS):
            await _wait_for(calm.stirred, STEADY_MS / 1_000)
            elapsed_ms = min(STEADY_MS, int((clock.now_s() - done_s) * 1_000 + 1e-6))
            for ring in rings:
                still.step(ring, elapsed_ms)
            self._after_step(elapsed_ms)
            done_s += elapsed_ms / 1_000
            calm.line_clock.slept_s += elapsed_ms / 1_000
            was_ma, current_ma = current_ma, [ring.evse.current_ma for ring in rings]
            if [ring.visible() for ring in rings] != before or not calm.is_on:
                break
            if current_ma == was_ma:
                return done_s
        calm.end()
        return done_s

    def _leap_to(self, now_s: float, done_s: float) -> float:
        elapsed_ms = int((now_s - done_s) * 1_000 + 1e-6)
        if elapsed_ms > 0:
            for ring, running in zip(self._rings, self._running, strict=True):
                still.leap(ring, elapsed_ms, running)
            self.calm.line_clock.slept_s += elapsed_ms / 1_000
            self.calm.leaps += 1
            self.calm.leapt_ms += elapsed_ms
            self.calm.rest(now_s)
        return done_s + elapsed_ms / 1_000

    def _note_changes(self, elapsed_ms: int) -> None:
        seen = [ring.visible() for ring in self._rings]
        self._unchanged_ms = self._unchanged_ms + elapsed_ms if seen == self._seen else 0
        self._seen = seen

    def _is_calm(self) -> bool:
        """Still, and the lines have fallen silent; pilots never wait for a stillness to come."""
        calm = self.calm
        if not self._is_still():
            if calm.is_wanted:
                calm.end()
            return False
        if not calm.is_wanted:
            calm.want()
        return calm.parked == len(self._rings)

    def _is_still(self) -> bool:
        """Look twice, a step apart."""
        if self._unchanged_ms < CALM_MS or not self.calm.may_begin():
            self._looks = []
            return False
        looks, self._looks = self._looks, [still.look(ring) for ring in self._rings]
        triples = list(zip(self._rings, looks, self._looks, strict=False))
        if not looks:
            return False
        if not all(still.is_still(*each) for each in triples):
            self._looks = []
            self._unchanged_ms = CALM_MS - AGAIN_MS
            return False
        self._running = [still.timers(*each) for each in triples]
        return self._still_ms() >= LEAP_MS_MIN

    def _still_ms(self) -> int:
        pairs = zip(self._rings, self._running, strict=True)
        return min(still.still_ms(*each) for each in pairs)


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait for ``event``, at most so long."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        pass
