"""Twin: a charger to try a rig on: ring 1 as shipped on the emulated world, moved by switches.

The car side is not a car but what a rig has: contacts and resistors that somebody moves, to the
millisecond. Ring 1 runs in its blocks of 10 ms, so the coil moves at the end of one. A stand-in
for the station repeats its permit. Integers only: mA, mV, ms.
"""

from typing import Any

from ampkeeper.board.emulated.car import Car
from ampkeeper.board.emulated.circuit import SHORT_AT_PLUG, SHORT_NONE
from ampkeeper.board.emulated.ear import current_ma_allowed
from ampkeeper.board.emulated.plug import Plug
from ampkeeper.board.emulated.world import EvseSpec, World
from ampkeeper.firmware.safety.permit import IN_SERVICE, KEEP_LOCKED
from ampkeeper.firmware.safety.signals import NO, YES, Outputs, Settings
from ampkeeper.firmware.safety.supervisor import Supervisor
from tools.hil import bench as b
from tools.hil.record import COIL, CURRENT, DUTY, HIGH, LOW

BLOCK_MS = 10
PERMIT_MS = 500  # between two grants
MAX_MA = 32_000
DRAW_MA = 10_000  # of the load behind the rig's inlet, while S2 is closed
PP_NONE_OHM = 1_000_000


class HandCar(Car):
    """A car without a will: S2 is where the rig put it."""

    def step(
        self,
        elapsed_ms: int,
        duty_ticks: int,
        is_live: bool,
        is_heard: bool = True,
        phases: int = 3,
    ) -> None:
        """The load draws while it is connected; it takes no more than is offered."""
        offered_ma = current_ma_allowed(duty_ticks) if is_heard else 0
        is_drawing = is_live and self.is_s2_closed
        self.current_ma = min(DRAW_MA, offered_ma) if is_drawing else 0

    def currents_ma(self, phases: int) -> tuple[int, int, int]:
        """One phase."""
        return (self.current_ma if phases else 0), 0, 0


class HandPlug(Plug):
    """A pilot contact that is where the rig put it."""

    is_there = False

    @property
    def is_touching(self) -> bool:
        """The pilot contact makes."""
        return self.is_there

    def step(self, elapsed_ms: int, car: Any) -> None:
        """Nothing moves by itself."""


class StationTwin:
    """``set`` switches at any millisecond; ``pass_ms``; then look at ``seen``."""

    def __init__(self, **settings: int) -> None:
        self.world = World([EvseSpec(1, 1)], 1)
        self.evse = self.world.evses[1]
        self.car = HandCar()
        self.car.phases = 1
        self.plug = HandPlug(self.evse.random)
        self.evse.car, self.evse.plug = self.car, self.plug
        made = Settings()
        made.max_ma, made.phases, made.is_socket = MAX_MA, 1, YES
        made.has_rcd_test, made.has_cp_relay = YES, NO
        for name, value in settings.items():
            setattr(made, name, value)
        self.ring = Supervisor(made)
        self.out = Outputs()
        self.now_ms = 0
        self.limit_ma = 16_000
        self.is_host_alive = True
        self.is_powered = True
        self._granted_ms = -PERMIT_MS
        self._on = dict.fromkeys(b.SWITCHES, False)
        self._touching: list[bool] = []  # of the block under way, by millisecond
        self._s2: list[int] = []

    def set(self, what: str, is_on: bool) -> None:
        """Move a switch of the car's side now."""
        self._on[what] = is_on
        car = self.car
        car.revision += 1
        car.diode = "short" if self._on[b.DIODE_SHORT] else "ok"
        car.ventilation = self._on[b.VENTILATION]
        car.is_s2_closed = self._on[b.S2] or self._on[b.VENTILATION]
        self.plug.is_there = car.plugged = self._on[b.PLUG]
        self.evse.causes.pilot_short = SHORT_AT_PLUG if self._on[b.PILOT_SHORT] else SHORT_NONE
        self.evse.causes.pe_open = self._on[b.EARTH_OPEN]
        if self._on[b.PLUG]:
            self.plug.is_in_socket = True
        self.evse.causes.pp_open = self._on[b.PROXIMITY_OPEN]

    def set_cable(self, current_a: int) -> None:
        """Choose the coding resistor."""
        self.car.cable_a = current_a

    def pass_ms(self, wait_ms: int) -> bool:
        """Let some milliseconds pass; return whether ring 1 looked meanwhile."""
        has_looked = False
        for _ in range(wait_ms):
            self.now_ms += 1
            self._touching.append(self._on[b.PLUG])
            self._s2.append(int(self.car.is_s2_closed))
            if len(self._s2) == BLOCK_MS:
                self._block()
                has_looked = True
        return has_looked

    def seen(self) -> dict[str, int]:
        """What a rig can measure now, by signal."""
        out = self.out
        return {
            COIL: int(out.coil),
            DUTY: round(out.duty_ticks * 1_000 / 62_500),
            HIGH: self.evse.high_mv,
            LOW: self.evse.low_mv,
            CURRENT: max(self.evse.current_ma),
        }

    def _block(self) -> None:
        if self.is_host_alive and self.now_ms - self._granted_ms >= PERMIT_MS:
            self._granted_ms = self.now_ms
            self.ring.permit.grant(self.limit_ma, 1, IN_SERVICE | KEEP_LOCKED)
        is_moving = len(set(self._touching)) > 1 or len(set(self._s2)) > 1
        self.plug.pilot_seen = self._touching if is_moving else ()
        self.car.s2_seen = self._s2 if is_moving else ()
        self._let_plug_out()
        inputs = self.evse.step(BLOCK_MS, self.out)
        self.out = self.ring.tick(BLOCK_MS, inputs)
        self._touching, self._s2 = [], []

    def _let_plug_out(self) -> None:
        """A plug that is held by the bolt stays in the socket."""
        self.plug.move(self._on[b.PLUG], not self.evse.lock.is_locked)
