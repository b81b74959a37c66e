"""Rig: ring 1 as shipped against one car in the simulated world, in virtual time.

Every step of 10 ms is judged (``judge.py``), so a scenario proves more than what it asks. The
rig is the station's stand-in: it repeats a permit, and does nothing else.
"""

from collections.abc import Callable
from typing import Any

from ampkeeper.board.emulated.world import EvseSpec, EvseWorld, World
from ampkeeper.firmware.faults import INFOS
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.safety.permit import IN_SERVICE, KEEP_LOCKED
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.signals import YES, Outputs, Settings
from ampkeeper.firmware.safety.supervisor import Supervisor
from tests.scenarios_ev.judge import Judge

STEP_MS = 10
COARSE_MS = 100
PERMIT_MS = 500  # between two grants
BOOT_S = 4.0  # the monitor's self-test and the bolt's first move
CHARGE_S = 15.0  # from plug to current, reclosing time and all
A_OPEN_MS = 100  # IEC 61851-1 Table A.6 seq. 2.2, 8.1, 8.2


class Rig:
    """One EVSE. The far side is ``car`` and ``evse``, the near side ``out`` and ``faults``."""

    def __init__(
        self, seed: int = 1, phases: int = 3, is_socket: bool = True, **settings: int
    ) -> None:
        self.world = World([EvseSpec(1, phases, is_socket)], seed)
        self.evse: EvseWorld = self.world.evses[1]
        made = Settings()
        made.max_ma, made.phases, made.is_socket = 32_000, phases, int(is_socket)
        made.has_rcd_test = made.has_cp_relay = YES
        for name, value in settings.items():
            setattr(made, name, value)
        self.ring = Supervisor(made)
        self.now_ms = 0
        self.permit_ma = 16_000
        self.permit_phases = phases
        self.is_granting = True
        self.coil_edges: list[tuple[int, int]] = []  # ms, coil
        self.duties: list[tuple[int, int]] = []  # ms, ticks
        self.states: list[tuple[int, int]] = []  # ms, state of the sequence
        self.cuts: list[tuple[int, int]] = []  # ms, whether the pilot is connected
        self.seen_faults: list[str] = []  # in the order in which they came
        self._fault_bits = 0
        self._granted_ms = -PERMIT_MS
        self.out = Outputs()
        self.judge = Judge(self)
        self.run(BOOT_S)

    @property
    def car(self) -> Any:
        """The car on the other end."""
        return self.evse.car

    @property
    def is_closed(self) -> bool:
        """The main contacts are closed."""
        return self.evse.contactor.is_closed

    @property
    def faults(self) -> list[str]:
        """Names of the faults in force."""
        bits = self.ring.faults.bitmap()
        return [INFOS[code].name for code in range(fault.OWN_COUNT) if bits >> code & 1]

    @property
    def closings(self) -> int:
        """Times that the coil was driven."""
        return sum(coil for _, coil in self.coil_edges)

    def tick(self, step_ms: int = STEP_MS) -> None:
        """One step of everything."""
        self.now_ms += step_ms
        if self.is_granting and self.now_ms - self._granted_ms >= PERMIT_MS:
            self._granted_ms = self.now_ms
            flags = IN_SERVICE | KEEP_LOCKED
            self.ring.permit.grant(self.permit_ma, self.permit_phases, flags)
            self.judge.note_grant()
        inputs = self.evse.step(step_ms, self.out)
        self.out = self.ring.tick(step_ms, inputs)
        self._note()
        self.judge.step(step_ms)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 1_000 / STEP_MS)):
            self.tick()

    def wait(self, seconds: float) -> None:
        """Let a long time pass in coarse steps, in which nothing moves that is fast."""
        for _ in range(round(seconds * 1_000 / COARSE_MS)):
            self.tick(COARSE_MS)

    def until(self, is_so: Callable[[], bool], within_s: float) -> float:
        """Let time pass until ``is_so``; return the seconds; AssertionError when it is late."""
        began_ms = self.now_ms
        while not is_so():
            assert self.now_ms - began_ms < within_s * 1_000, self.told(within_s)
            self.tick()
        return (self.now_ms - began_ms) / 1_000

    def plug(self, **car: Any) -> None:
        """Plug in a car with these settings that is ready to charge."""
        self.change({"plugged": True} | car)

    def unplug(self) -> None:
        """Pull the plug."""
        self.change({"plugged": False})

    def change(self, car: dict[str, Any]) -> None:
        """Change the car."""
        self.evse.change_car(car)

    def charge(self, within_s: float = CHARGE_S, **car: Any) -> float:
        """Plug a car in and wait until energy flows; return the seconds that it took."""
        self.plug(**car)
        return self.until(lambda: sum(self.evse.power_uw) > 0, within_s)

    def ms_until_open(self, within_s: float = 1.0) -> int:
        """How long the coil is driven from now on."""
        return round(self.until(lambda: not self.out.coil, within_s) * 1_000)

    def adopt(self, **values: int) -> None:
        """Give ring 1 a vehicle's profile."""
        profile = Profile()
        for name, value in values.items():
            setattr(profile, name, value)
        assert self.ring.adopt(profile)

    def clear(self, name: str) -> bool:
        """Ask ring 1 to clear a fault, as a person would."""
        (code,) = (code for code, info in INFOS.items() if info.name == name)
        return self.ring.clear(code)

    def told(self, within_s: float) -> str:
        """What to print when something did not come."""
        evse = self.evse
        return (
            f"not within {within_s} s: sequence {self.out.sequence}, pilot {self.out.pilot}, "
            f"{evse.high_mv}/{evse.low_mv} mV, duty {self.out.duty_ticks}, faults {self.faults}, "
            f"limit {self.out.limit_ma} mA, current {evse.current_ma}, coil {self.coil_edges[-4:]}"
        )

    def _note(self) -> None:
        out = self.out
        _append(self.coil_edges, self.now_ms, out.coil, 0)
        _append(self.duties, self.now_ms, out.duty_ticks, -1)
        _append(self.states, self.now_ms, out.sequence, -1)
        _append(self.cuts, self.now_ms, out.cp_connected, 1)
        bits = self.ring.faults.bitmap()
        if bits != self._fault_bits:
            self._fault_bits = bits
            self.seen_faults += [name for name in self.faults if name not in self.seen_faults]


def _append(changes: list[tuple[int, int]], now_ms: int, value: int, first: int) -> None:
    """Note a value if it is new."""
    if value != (changes[-1][1] if changes else first):
        changes.append((now_ms, value))
