"""World: one charger's physical surroundings, stepped in milliseconds, below every driver.

Per EVSE: what the pilot board drives goes in, what its converters would measure comes out. The
meter and the reader look at the same world. No clock, no I/O; noise comes from the seed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from ampkeeper.board.emulated import circuit
from ampkeeper.board.emulated.car import Car, current_ma_allowed
from ampkeeper.board.emulated.card import CardSlot
from ampkeeper.board.emulated.grid import LIVE_MV, Grid
from ampkeeper.board.emulated.plant import Contactor, CurrentMonitor, Leakage, Lock, Register
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1, Inputs, Outputs
from ampkeeper.hal.ports import MeterReading


@dataclass(frozen=True, slots=True)
class EvseSpec:
    """What the installer wired for one EVSE."""

    evse_id: int
    phases: int = 3
    is_socket: bool = True


class Causes:
    """What is broken or abnormal in one EVSE, besides what its parts hold themselves."""

    def __init__(self) -> None:
        self.pe_open = False
        self.emergency_stop = False
        self.supply_lost = False
        self.temperature_c = 25.0
        self.pilot_noise = 0  # mV, standard deviation
        self.pilot_short = circuit.SHORT_NONE
        self.pp_short = False
        self.pilot_link = "ok"
        self.meter = "ok"


class EvseWorld:
    """The surroundings of one pilot board: car, cable, contactor, lock, meter."""

    def __init__(self, spec: EvseSpec, grid: Grid, random: Random) -> None:
        self.spec = spec
        self.grid = grid
        self.car = Car()
        self.contactor = Contactor()
        self.lock = Lock()
        self.leakage = Leakage()
        self.monitor = CurrentMonitor()
        self.register = Register()
        self.causes = Causes()
        self.random = random
        self.power_w_shown: float | None = None
        self.has_cable = False  # a plug is in the socket
        self.duty_ticks = DUTY_X1
        self.high_mv = circuit.SOURCE_MV
        self.low_mv = circuit.SOURCE_MV
        self.current_ma = (0, 0, 0)
        self.power_uw = (0, 0, 0)
        self._load = circuit.Load()
        self._inputs = Inputs()

    def step(self, elapsed_ms: int, outputs: Outputs) -> Inputs:
        """Let time pass under these outputs; return what can now be measured (reused)."""
        self.contactor.step(elapsed_ms, outputs.coil)
        self.lock.step(elapsed_ms, outputs.lock_drive)
        self.duty_ticks = outputs.duty_ticks
        self._move_cable()
        self._flow(elapsed_ms, outputs)
        self._measure_pilot(bool(outputs.cp_connected))
        return self._fill_inputs()

    def change_car(self, values: dict[str, Any]) -> None:
        """Apply checked settings of the car."""
        self.car.change(values)
        self._move_cable()

    def meter_reading(self) -> MeterReading:
        """What an honest meter shows now; the emulated meter adds its own faults."""
        first_uw, second_uw, third_uw = self.power_uw
        powers_w = (first_uw / 1e6, second_uw / 1e6, third_uw / 1e6)
        if self.power_w_shown is not None:
            each_w = self.power_w_shown / self.spec.phases
            powers_w = (each_w, each_w, each_w) if self.spec.phases > 1 else (each_w, 0.0, 0.0)
        first_ma, second_ma, third_ma = self.current_ma
        first_mv, second_mv, third_mv = self._voltages_mv()
        return MeterReading(
            taken_s=0.0,
            energy_wh=self.register.energy_wh,
            power_w=sum(powers_w),
            current_a=(first_ma / 1e3, second_ma / 1e3, third_ma / 1e3),
            voltage_v=(first_mv / 1e3, second_mv / 1e3, third_mv / 1e3),
            power_phase_w=powers_w,
            frequency_hz=self.grid.frequency_hz,
            power_factor=1.0,
            energy_export_wh=0,
        )

    def lock_name(self) -> str:
        """Where the bolt is: "locked", "unlocked", or "none" with a captive cable."""
        if not self.spec.is_socket:
            return "none"
        return "locked" if self.lock.is_locked else "unlocked"

    def moving(self) -> tuple[int, ...]:
        """What of ``save`` changes without anybody asking for it."""
        register, car = self.register, self.car
        return (
            register.energy_mwh,
            register.rest_uw_ms,
            car.edges,
            self.lock.travel_ms,
            self.has_cable,
        )

    def save(self) -> dict[str, Any]:
        """What a power cut leaves as it is."""
        return {
            "car": self.car.save(),
            "energy": [self.register.energy_mwh, self.register.rest_uw_ms],
            "power_w_shown": self.power_w_shown,
            "has_cable": self.has_cable,
            "contactor": [self.contactor.is_welded, self.contactor.is_stuck],
            "lock": [self.lock.travel_ms, self.lock.is_stuck, self.lock.is_feedback_lost],
            "leakage": [self.leakage.dc_ma, self.leakage.ac_ma],
            "causes": dict(vars(self.causes)),
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what ``save`` returned: the contactor fell open unless it is welded."""
        self.car.load(kept["car"])
        self.register.energy_mwh, self.register.rest_uw_ms = kept["energy"]
        self.power_w_shown = kept["power_w_shown"]
        self.has_cable = kept["has_cable"]
        self.contactor.is_welded, self.contactor.is_stuck = kept["contactor"]
        self.contactor.is_closed = self.contactor.is_welded
        self.lock.travel_ms, self.lock.is_stuck, self.lock.is_feedback_lost = kept["lock"]
        self.leakage.dc_ma, self.leakage.ac_ma = kept["leakage"]
        vars(self.causes).update(kept["causes"])

    def _move_cable(self) -> None:
        """A plug goes in with the car; it comes out with it only if the bolt lets it."""
        if self.car.plugged:
            self.has_cable = True
        elif self.lock.travel_ms == 0:
            self.has_cable = False

    def _voltages_mv(self) -> tuple[int, int, int]:
        if self.causes.supply_lost:
            return (0, 0, 0)
        first_mv, second_mv, third_mv = self.grid.voltages_mv()
        return (first_mv, second_mv, third_mv) if self.spec.phases > 1 else (first_mv, 0, 0)

    def _flow(self, elapsed_ms: int, outputs: Outputs) -> None:
        """Current, power and energy of this step."""
        voltages_mv = self._voltages_mv()
        is_live = self.contactor.is_closed and voltages_mv[0] >= LIVE_MV
        duty_ticks = outputs.duty_ticks if self._is_pilot_heard(outputs) else DUTY_F
        self.car.step(elapsed_ms, duty_ticks, is_live)
        phases = min(self.car.phases, outputs.phases, self.spec.phases)
        currents = [
            self.car.current_ma if number < phases and voltages_mv[number] >= LIVE_MV else 0
            for number in range(3)
        ]
        self.current_ma = (currents[0], currents[1], currents[2])
        self.monitor.step(elapsed_ms, max(currents), current_ma_allowed(outputs.duty_ticks))
        self.power_uw = (
            currents[0] * voltages_mv[0],
            currents[1] * voltages_mv[1],
            currents[2] * voltages_mv[2],
        )
        power_uw = sum(self.power_uw)
        if power_uw:
            self.register.add(power_uw, elapsed_ms)
            self.car.store(power_uw, elapsed_ms)

    def _is_pilot_heard(self, outputs: Outputs) -> bool:
        return bool(outputs.cp_connected) and self.causes.pilot_short == circuit.SHORT_NONE

    def _measure_pilot(self, is_cp_connected: bool) -> None:
        load = self._load
        load.is_connected = self.car.plugged and is_cp_connected
        load.is_s2_closed = self.car.is_s2_closed
        load.has_ventilation = self.car.ventilation
        load.diode = self.car.diode
        load.short = self.causes.pilot_short if is_cp_connected else circuit.SHORT_NONE
        self.high_mv, self.low_mv = circuit.levels_mv(load, self.duty_ticks)

    def _fill_inputs(self) -> Inputs:
        inputs, causes = self._inputs, self.causes
        noise_mv = causes.pilot_noise
        inputs.cp_high_mv, inputs.cp_low_mv = self.high_mv, self.low_mv
        if noise_mv:
            inputs.cp_high_mv = circuit.with_noise(self.high_mv, noise_mv, self.random)
            is_steady = self.high_mv == self.low_mv
            inputs.cp_low_mv = (
                inputs.cp_high_mv
                if is_steady
                else circuit.with_noise(self.low_mv, noise_mv, self.random)
            )
        inputs.cp_noise_mv = noise_mv
        cable_a = self.car.cable_a if self.has_cable and self.spec.is_socket else None
        inputs.pp_ohm = circuit.pp_ohm(cable_a, causes.pp_short)
        inputs.mirror = int(self.contactor.is_closed)
        inputs.lock_closed = int(self.lock.feedback)
        inputs.rcd_ac = int(self.leakage.is_ac_tripped)
        inputs.rcd_dc = int(self.leakage.is_dc_tripped)
        inputs.pe_ok = int(not causes.pe_open)
        inputs.emergency_stop = int(causes.emergency_stop)
        inputs.supply_ok = int(self._voltages_mv()[0] >= LIVE_MV)
        inputs.over_current = int(self.monitor.is_tripped)
        inputs.temperature_dc = round(causes.temperature_c * 10)
        return inputs


class World:
    """All EVSEs of one station on one grid, with its card slots, network and disk."""

    def __init__(self, specs: Iterable[EvseSpec], seed: int = 1) -> None:
        self.grid = Grid()
        self.evses = {
            spec.evse_id: EvseWorld(spec, self.grid, Random(f"{seed}/{spec.evse_id}"))
            for spec in specs
        }
        self.cards = {1: CardSlot()}  # by reader
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
            "grid": self.grid.settings(),
            "network": self.is_network_up,
            "reader": self.reader,
            "disk_full": self.is_disk_full,
            "evses": {str(evse_id): evse.save() for evse_id, evse in self.evses.items()},
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what ``save`` returned; EVSEs that are new start as built."""
        self.grid.change(kept["grid"])
        self.is_network_up = kept["network"]
        self.is_disk_full = kept["disk_full"]
        self.reader = kept["reader"]
        for evse_id, evse in self.evses.items():
            if str(evse_id) in kept["evses"]:
                evse.load(kept["evses"][str(evse_id)])
