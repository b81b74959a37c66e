"""World: one charger's physical surroundings, stepped in milliseconds, below every driver.

Per EVSE: what the pilot board drives goes in, what its converters would measure comes out. The
meter and the reader look at the same world. No clock, no I/O; noise comes from the seed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from ampkeeper.board.emulated import circuit, converters, supply
from ampkeeper.board.emulated.car import Car
from ampkeeper.board.emulated.card import CardSlot
from ampkeeper.board.emulated.causes import Causes
from ampkeeper.board.emulated.grid import LIVE_MV, Grid
from ampkeeper.board.emulated.heat import Heat
from ampkeeper.board.emulated.history import History
from ampkeeper.board.emulated.noise import Noise
from ampkeeper.board.emulated.plant import Contactor, CurrentMonitor, Lock, Register
from ampkeeper.board.emulated.plug import Plug
from ampkeeper.board.emulated.residual import Leakage
from ampkeeper.board.emulated.terminal import TerminalTwin
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1, Inputs, Outputs
from ampkeeper.hal.ports import MeterReading

REGISTER_WH = 100_000_000  # eight digits, then it begins again
NOTHING = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class EvseSpec:
    """What the installer wired for one EVSE."""

    evse_id: int
    phases: int = 3
    is_socket: bool = True


class EvseWorld:
    """The surroundings of one pilot board: car, cable, contactor, lock, meter."""

    def __init__(self, spec: EvseSpec, grid: Grid, random: Random) -> None:
        self.spec = spec
        self.grid = grid
        self.car = Car()
        self.plug = Plug(random)
        self.contactor = Contactor()
        self.lock = Lock()
        self.leakage = Leakage()
        self.monitor = CurrentMonitor()
        self.register = Register()
        self.causes = Causes()
        self.noise = Noise(self.causes, random)
        self.inside, self.connector = Heat(), Heat()
        self.random = random
        self.power_w_shown: float | None = None
        self.duty_ticks = DUTY_X1
        self.high_mv = circuit.SOURCE_MV
        self.low_mv = circuit.SOURCE_MV
        self.pilot_sd_mv = 0  # within the last block, without noise
        self.voltage_mv = NOTHING  # ahead of the contactor
        self.current_ma = NOTHING
        self.power_uw = NOTHING
        self._history = History()
        self._load = circuit.Load()
        self._pilot_seen: tuple[Any, ...] | None = None  # what high_mv and low_mv follow from
        self._inputs = Inputs()

    @property
    def has_cable(self) -> bool:
        """A plug is in the socket."""
        return self.plug.is_in_socket

    def step(self, elapsed_ms: int, outputs: Outputs) -> Inputs:
        """Let time pass under these outputs; return what can now be measured (reused)."""
        was_closed = self.contactor.is_closed
        self.contactor.step(elapsed_ms, outputs.coil)
        self.lock.step(elapsed_ms, outputs.lock_drive)
        self.duty_ticks = outputs.duty_ticks
        supply.step(self.causes, elapsed_ms)
        self.voltage_mv = supply.voltages_mv(self.grid, self.causes, self.spec.phases)
        self._move_cable()
        self.plug.step(elapsed_ms, self.car)
        self._flow(elapsed_ms, outputs)
        self.leakage.step(elapsed_ms, self.car, bool(outputs.rcd_test))
        self.noise.step(elapsed_ms, self.contactor.is_closed != was_closed)
        self._measure_pilot(elapsed_ms, bool(outputs.cp_connected))
        self._remember(elapsed_ms)
        converters.fill(self._inputs, self, elapsed_ms)
        return self._inputs

    def change_car(self, values: dict[str, Any]) -> None:
        """Apply checked settings of the car."""
        self.car.change(values)
        self._move_cable()

    def is_outlet_live(self) -> bool:
        """There is voltage behind the contactor."""
        comes_through = self.contactor.is_closed and not self.causes.outlet_dead
        return self.causes.outlet_fed or (comes_through and self.voltage_mv[0] >= LIVE_MV)

    def meter_reading(self) -> MeterReading:
        """What an honest meter shows, as late as it is; the emulated meter adds its faults."""
        if self.causes.meter_lag_s:
            return self._history.at(self.causes.meter_lag_s * 1_000) or self._reading()
        return self._reading()

    def lock_name(self) -> str:
        """Where the bolt is: "locked", "unlocked", or "none" with a captive cable."""
        if not self.spec.is_socket:
            return "none"
        return "locked" if self.lock.is_locked else "unlocked"

    def moving(self) -> tuple[int, ...]:
        """What of ``save`` changes without anybody asking for it."""
        return (
            self.register.energy_mwh,
            self.register.rest_uw_ms,
            self.lock.travel_ms,
            self.plug.is_in_socket,
            self.causes.brown_out_ms,
            *self.car.moving(),
        )

    def save(self) -> dict[str, Any]:
        """What a power cut leaves as it is."""
        contactor, lock, leakage = self.contactor, self.lock, self.leakage
        return {
            "car": self.car.save(),
            "energy": [self.register.energy_mwh, self.register.rest_uw_ms],
            "power_w_shown": self.power_w_shown,
            "has_cable": self.plug.is_in_socket,
            "contactor": [contactor.is_welded, contactor.is_stuck, contactor.mirror],
            "lock": [lock.travel_ms, lock.is_stuck, lock.is_feedback_lost],
            "leakage": [leakage.dc_ma, leakage.ac_ma, leakage.is_monitor_dead],
            "causes": dict(vars(self.causes)),
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what ``save`` returned: the contactor fell open unless it is welded."""
        contactor, lock, leakage = self.contactor, self.lock, self.leakage
        self.car.load(kept["car"])
        self.register.energy_mwh, self.register.rest_uw_ms = kept["energy"]
        self.power_w_shown = kept["power_w_shown"]
        self.plug.is_in_socket = kept["has_cable"]
        contactor.is_welded, contactor.is_stuck, contactor.mirror = kept["contactor"]
        contactor.is_closed = contactor.is_welded
        lock.travel_ms, lock.is_stuck, lock.is_feedback_lost = kept["lock"]
        leakage.dc_ma, leakage.ac_ma, leakage.is_monitor_dead = kept["leakage"]
        vars(self.causes).update(kept["causes"])

    def _move_cable(self) -> None:
        self.plug.move(self.car.plugged, can_leave=self.lock.travel_ms == 0)

    def _flow(self, elapsed_ms: int, outputs: Outputs) -> None:
        """The car hears, decides and draws."""
        is_live = self.is_outlet_live()
        is_open = not outputs.cp_connected or self.causes.pilot_open
        is_heard = not is_open and self.causes.pilot_short == circuit.SHORT_NONE
        duty_ticks = outputs.duty_ticks if is_heard else DUTY_F
        phases = min(self._phases_given(outputs.phases), self.spec.phases)
        self.car.step(elapsed_ms, duty_ticks, is_live, is_heard=is_heard, phases=phases)
        self._draw(elapsed_ms, phases if is_live and self.contactor.is_closed else 0)
        self.monitor.step(elapsed_ms, max(self.current_ma))

    def _phases_given(self, told: int) -> int:
        """How many phases the relay lets through."""
        stuck = {"one": 1, "three": 3}
        return stuck.get(self.causes.phase_relay, told)

    def _draw(self, elapsed_ms: int, phases: int) -> None:
        """Current, power and energy of this step through so many phases."""
        car = self.car
        if not phases or not car.current_ma:
            self.current_ma = self.power_uw = NOTHING
            return
        first_ma, second_ma, third_ma = car.currents_ma(phases)
        first_mv, second_mv, third_mv = self.voltage_mv
        if second_mv < LIVE_MV or third_mv < LIVE_MV:
            second_ma = second_ma if second_mv >= LIVE_MV else 0
            third_ma = third_ma if third_mv >= LIVE_MV else 0
        self.current_ma = (first_ma, second_ma, third_ma)
        powers_uw = (first_ma * first_mv, second_ma * second_mv, third_ma * third_mv)
        if car.power_factor != 1:
            permille = round(car.power_factor * 1_000)
            first_uw, second_uw, third_uw = powers_uw
            powers_uw = (
                first_uw * permille // 1_000,
                second_uw * permille // 1_000,
                third_uw * permille // 1_000,
            )
        self.power_uw = powers_uw
        power_uw = sum(powers_uw)
        self.register.add(power_uw, elapsed_ms)
        car.store(power_uw, elapsed_ms)

    def _measure_pilot(self, elapsed_ms: int, is_cp_connected: bool) -> None:
        car, plug = self.car, self.plug
        is_wired = is_cp_connected and not self.causes.pilot_open
        is_moving = is_wired and (plug.pilot_seen or car.s2_seen)
        short = self.causes.pilot_short if is_cp_connected else circuit.SHORT_NONE
        is_connected = plug.is_touching and is_wired
        seen = (is_connected, car.is_s2_closed, short, self.duty_ticks, car.revision)
        if seen == self._pilot_seen and not is_moving:
            return  # nothing in the circuit has changed
        self._pilot_seen = seen if not is_moving else None
        load = self._load
        car.put_on(load)
        load.short = short
        if is_moving:
            touching = plug.pilot_seen or [plug.is_touching] * elapsed_ms
            s2_seen = car.s2_seen or [int(car.is_s2_closed)] * elapsed_ms
            block = converters.pilot_block(load, self.duty_ticks, touching, s2_seen)
            self.high_mv, self.low_mv, self.pilot_sd_mv = block
            return
        load.is_connected, load.is_s2_closed = is_connected, car.is_s2_closed
        self.high_mv, self.low_mv = circuit.levels_mv(load, self.duty_ticks)
        self.pilot_sd_mv = 0

    def _remember(self, elapsed_ms: int) -> None:
        """Keep readings while somebody wants to see them late."""
        if not self.causes.meter_lag_s:
            self._history.forget()
        elif self._history.step(elapsed_ms):
            self._history.take(self._reading())

    def _reading(self) -> MeterReading:
        first_uw, second_uw, third_uw = self.power_uw
        powers_w = (first_uw / 1e6, second_uw / 1e6, third_uw / 1e6)
        if self.power_w_shown is not None:
            each_w = self.power_w_shown / self.spec.phases
            powers_w = (each_w, each_w, each_w) if self.spec.phases > 1 else (each_w, 0.0, 0.0)
        first_ma, second_ma, third_ma = self.current_ma
        first_mv, second_mv, third_mv = self.voltage_mv
        return MeterReading(
            taken_s=0.0,
            energy_wh=self.register.energy_wh % REGISTER_WH,
            power_w=sum(powers_w),
            current_a=(first_ma / 1e3, second_ma / 1e3, third_ma / 1e3),
            voltage_v=(first_mv / 1e3, second_mv / 1e3, third_mv / 1e3),
            power_phase_w=powers_w,
            frequency_hz=self.grid.frequency_hz,
            power_factor=self.car.power_factor,
            energy_export_wh=0,
        )


class World:
    """All EVSEs of one station on one grid, with its card slots, network and disk."""

    def __init__(self, specs: Iterable[EvseSpec], seed: int = 1) -> None:
        self.grid = Grid()
        self.evses = {
            spec.evse_id: EvseWorld(spec, self.grid, Random(f"{seed}/{spec.evse_id}"))
            for spec in specs
        }
        self.cards = {1: CardSlot()}  # by reader
        self.terminal = TerminalTwin()
        self.reader = "ok"
        self.is_network_up = True
        self.is_disk_full = False

    def step(self, elapsed_ms: int, outputs: Mapping[int, Outputs]) -> dict[int, Inputs]:
        """Step every EVSE by the same time."""
        return {
            evse_id: evse.step(elapsed_ms, outputs[evse_id]) for evse_id, evse in self.evses.items()
        }

    def moving(self) -> tuple[tuple[int, ...], ...]:
        """All that changes by itself in what ``save`` returns: equal means nothing to save."""
        return tuple(evse.moving() for evse in self.evses.values())

    def save(self) -> dict[str, Any]:
        """What a power cut leaves as it is."""
        return {
            "grid": self.grid.kept(),
            "network": self.is_network_up,
            "reader": self.reader,
            "disk_full": self.is_disk_full,
            "terminal": self.terminal.kept(),
            "evses": {str(evse_id): evse.save() for evse_id, evse in self.evses.items()},
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what ``save`` returned; EVSEs that are new start as built."""
        self.grid.change(kept["grid"])
        self.is_network_up = kept["network"]
        self.is_disk_full = kept["disk_full"]
        self.reader = kept["reader"]
        self.terminal.load(kept.get("terminal", []))
        for evse_id, evse in self.evses.items():
            if str(evse_id) in kept["evses"]:
                evse.load(kept["evses"][str(evse_id)])
