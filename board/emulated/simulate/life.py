"""Life: one charger lives through visits and mishaps in virtual time; what came of it."""

import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.calm_charger import CalmCharger
from ampkeeper.board.emulated.simulate.hands import Hands
from ampkeeper.board.emulated.simulate.judge import Breach, Judge, check_books
from ampkeeper.board.emulated.simulate.visits import Step, Visit, steps
from ampkeeper.board.emulated.virtual_charger import Trace
from ampkeeper.board.emulated.virtual_time import run_virtual

READY_S = 60.0  # I7
DAY_S = 86_400.0
HEARTBEAT_S = 900
USUAL = (  # beside the heartbeat: what a charger in the field is set to
    ("ocpp.keys.MeterValueSampleInterval", "300"),
    ("ocpp.keys.WebSocketPingInterval", "0"),  # memory needs none
)


class Tally(list[tuple[float, str, dict[str, Any]]]):
    """Takes events, keeps only what a report needs of them, and their hash."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.messages: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.out_s = 0.0  # not available to anybody
        self._out_since_s: float | None = None
        self._hash = hashlib.sha256()

    def append(self, event: tuple[float, str, dict[str, Any]]) -> None:
        """Note one event."""
        at_s, kind, fields = event
        self._hash.update(json.dumps(event, sort_keys=True, default=str).encode())
        self.counts[kind] += 1
        if kind == "ocpp" and fields["direction"] == "in" and fields["frame"][0] == 2:
            self.messages[fields["frame"][2]] += 1
        elif kind == "fault_raised":
            self.faults[fields["fault"]] += 1
        elif kind == "status":
            self.note_out(at_s, fields["status"] in ("Faulted", "Unavailable"))

    def note_out(self, at_s: float, is_out: bool) -> None:
        """Nobody can charge from now on, or somebody can."""
        if is_out and self._out_since_s is None:
            self._out_since_s = at_s
        elif not is_out and self._out_since_s is not None:
            self.out_s += at_s - self._out_since_s
            self._out_since_s = None

    def digest(self) -> str:
        """One hash of all."""
        return self._hash.hexdigest()


@dataclass
class Outcome:
    """What a report is made of."""

    seconds: float
    tally: Tally
    energy_wh: int = 0
    sessions: int = 0
    starts: int = 1  # of the charger
    stops: Counter[str] = field(default_factory=Counter)  # transactions by reason
    energy_by_day_wh: list[int] = field(default_factory=list)
    queue_by_day: list[int] = field(default_factory=list)  # the most that waited at a step
    leapt_s: float = 0.0


class Life:
    """``live`` it once."""

    def __init__(self, visits: list[Visit], seconds: float, seed: int, state_dir: Path) -> None:
        self._visits = visits
        self._charger = CalmCharger(state_dir, seed, USUAL)
        self._charger.trace = Trace(Tally())
        self._hands = Hands(self._charger)
        self.outcome = Outcome(seconds, self._tally)
        self._leapt_ms = 0
        self._breach: Breach | None = None

    @property
    def _tally(self) -> Tally:
        events = self._charger.trace.events
        assert isinstance(events, Tally), "made so"
        return events

    async def live(self) -> Outcome:
        """Live through everything; raise Breach as soon as something does not hold."""
        waiting = [*steps(self._visits), (self.outcome.seconds, "end", None)]
        while waiting:
            async with self._charger.running():
                self._attach()
                cut_s = await self._until_cut(waiting)
                self._leapt_ms += self._charger.calm.leapt_ms
            if cut_s is not None:
                self._tally.note_out(_now_s(), True)
                self.outcome.starts += 1
                await asyncio.sleep(cut_s)
                self._tally.note_out(_now_s(), False)
        return self._settled()

    def _attach(self) -> None:
        judge = Judge(self._charger.bench.rings[1])
        self._charger.csms.interval_s = HEARTBEAT_S

        def look() -> None:
            try:
                judge.step(round(_now_s() * 1_000))
            except Breach as breach:
                self._breach = self._breach or breach

        self._charger.bench.after_step = look

    async def _until_cut(self, waiting: list[tuple[float, str, Any]]) -> float | None:
        """Carry out what comes; return for how long the supply is cut, or None at the end."""
        while waiting:
            at_s, what, visit = waiting.pop(0)
            await self._sleep_until(at_s)
            if self._breach is not None:
                raise self._breach
            if what == "break" and visit.mishap == "power":
                return float(visit.lasts_s)
            if what != "end":
                await self._do((at_s, what, visit))
        return None

    async def _sleep_until(self, at_s: float) -> None:
        """Note what each day brought."""
        outcome = self.outcome
        while _now_s() < at_s:
            day_s = DAY_S * (len(outcome.energy_by_day_wh) + 1)
            await asyncio.sleep(max(0.0, min(at_s, day_s) - _now_s()))
            self._note_queue()
            if _now_s() >= day_s - 1e-3:
                await self._charger.calm.catch_up()
                before_wh = sum(outcome.energy_by_day_wh)
                outcome.energy_by_day_wh.append(self._charger.car.register.energy_wh - before_wh)

    def _note_queue(self) -> None:
        queue = self.outcome.queue_by_day
        while len(queue) <= len(self.outcome.energy_by_day_wh):
            queue.append(0)
        queue[-1] = max(queue[-1], self._charger.app.task.owed.count)

    async def _do(self, step: Step) -> None:
        _, what, visit = step
        await self._hands.do(step)
        if what == "unplug":
            await asyncio.sleep(READY_S)
            self._check_ready(visit)

    def _check_ready(self, visit: Visit) -> None:
        if visit.mishap:
            return  # it may still be there, or be latched
        status = self._charger.status()
        if status != "Available":
            raise Breach(f"after {_now_s():.2f} s: I7: {status} a minute after the car has gone")

    def _settled(self) -> Outcome:
        outcome, charger = self.outcome, self._charger
        if self._breach is not None:
            raise self._breach
        outcome.energy_wh = charger.car.register.energy_wh
        outcome.sessions = len(charger.csms.books.transactions)
        reasons = (str(each.reason) for each in charger.csms.books.transactions.values())
        outcome.stops = Counter(reasons)
        outcome.leapt_s = self._leapt_ms / 1_000
        self._tally.note_out(outcome.seconds, False)
        check_books(charger.csms, outcome.energy_wh)
        return outcome


def live(visits: list[Visit], seconds: float, seed: int, state_dir: Path) -> Outcome:
    """One life in virtual time; raises Breach."""

    async def run() -> Outcome:
        return await Life(visits, seconds, seed, state_dir).live()

    try:
        return run_virtual(run())
    except ExceptionGroup as group:
        breach: BaseException | None = group.subgroup(Breach)
        while isinstance(breach, ExceptionGroup):
            breach = breach.exceptions[0]
        raise breach or group from None


def _now_s() -> float:
    return asyncio.get_running_loop().time()
