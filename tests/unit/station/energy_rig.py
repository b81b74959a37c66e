"""A station with mains, sun, hours and prices: its car draws what it is offered, at once."""

from datetime import timedelta
from typing import Any

from ampkeeper.firmware.energy.mains import Flow
from ampkeeper.firmware.energy.overload import FuseRules
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.energy import Energy, EnergyRules
from ampkeeper.firmware.station.mains import MainsGuard, MainsRules
from ampkeeper.hal.ports import MeterReading

from .charger import START, Charger

VOLTS = 230.0


class Home(Charger):
    """``house_a`` is what flows besides the charger, by phase; None: the mains meter is silent."""

    def __init__(self, fuse: FuseRules | None = None, count: int = 1, **rules: Any) -> None:
        super().__init__(count, is_free=count > 1)
        self.house_a: tuple[float, float, float] | None = (0.0, 0.0, 0.0)
        self.sign = 1.0  # of the meter, as it was fitted
        self.car_phases = 3
        self.car_a = 32.0
        self.reacts = True  # the car draws what it is offered
        self.drawn_wh = 0.0
        self.read_s = self.now_s
        made = EnergyRules(**rules)
        self.chances = [0.5]
        self.guard = MainsGuard(self.station, MainsRules(True, fuse=fuse), made.sun)
        self.energy = Energy(self.station, made, self.guard, lambda: self.chances[0])
        self.station.limiting.sources += [self.guard, self.energy]

    def begin_at(self, at: Any) -> None:
        """Set the clock on the wall."""
        self.step = at - START - timedelta(seconds=self.now_s - 1_000.0)

    def arrive(self, evse_id: int) -> None:
        """A car comes where everybody may charge."""
        self.read(evse_id)
        self.plug(evse_id)
        self.offer(evse_id)
        self.draw(evse_id)

    def skip(self, time: timedelta) -> None:
        """The clock on the wall goes on; the meters are read twice then."""
        self.step += time
        self.pass_time(2.0)

    def offered_a(self, evse_id: int = 1) -> float:
        return self.station.evses[evse_id].permit().current_a

    def drawn_a(self, evse_id: int = 1) -> tuple[float, float, float]:
        evse = self.station.evses[evse_id]
        is_drawing = self.reacts and evse.session.table.is_running
        current_a = min(self.offered_a(evse_id), self.car_a) if is_drawing else 0.0
        first_a, second_a, third_a = (
            current_a if phase < self.car_phases else 0.0 for phase in range(3)
        )
        return first_a, second_a, third_a

    def read(self, evse_id: int = 1) -> None:
        drawn_a = self.drawn_a(evse_id)
        self.drawn_wh += sum(drawn_a) * VOLTS * (self.now_s - self.read_s) / 3_600
        self.read_s = self.now_s
        energy_wh = self.energy_wh + int(self.drawn_wh)
        reading = MeterReading(self.now_s, energy_wh, sum(drawn_a) * VOLTS, drawn_a)
        self.do(self.station.on_reading, evse_id, reading)

    def look(self) -> None:
        """The mains meter is read, if it answers."""
        if self.house_a is None:
            return
        total = list(self.house_a)
        for evse_id in self.station.evses:
            for phase, current_a in enumerate(self.drawn_a(evse_id)):
                total[phase] += current_a
        first_a, second_a, third_a = (self.sign * current_a for current_a in total)
        watts = self.sign * sum(total) * VOLTS
        flow = Flow(self.now_s, (first_a, second_a, third_a), total_w=watts)
        self.do(self.guard.on_flow, flow)

    def pass_time(self, seconds: float, step_s: float = 1.0) -> None:
        """Let time pass: both meters are read, then the station looks again."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s += step_s
            for evse_id in self.station.evses:
                self.read(evse_id)
            self.look()
            effects = self.do(self.station.on_tick)
            self.follow(effects)

    def follow(self, effects: Effects) -> None:
        """What the task does after each event."""
        self.energy.follow(effects, self.now, self.now_s)
        self.changes += [one for one in effects.changes if one not in self.changes]

    def entry(self, source: str, evse_id: int = 1) -> Entry | None:
        found = self.station.evses[evse_id].ledger.entries()
        return next((one for one in found if one.source == source), None)

    def words(self, source: str) -> str:
        one = self.entry(source)
        return f"{one.reason}: {one.detail}" if one is not None else ""
