"""Ring: the pilot board of each EVSE in the simulated world, stepped together every 10 ms.

The board is ring 1 as shipped. Its converters read the world, its outputs drive the world, and
its bytes go to the station over whatever line is connected: a pty or memory. The line's faults
are put in here. What the world does is published when it changes.
"""

import asyncio
from collections.abc import Callable, Iterable
from random import Random
from typing import TYPE_CHECKING, Any

from ampkeeper.board.emulated.circuit import state_name
from ampkeeper.board.emulated.pilot_machine import PilotMachine
from ampkeeper.board.emulated.world import EvseWorld
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import YES, Outputs, Settings
from ampkeeper.hal.link.messages import BITS_30
from ampkeeper.hal.memory import NoisyWire
from ampkeeper.hal.ports import ByteStream, Clock

if TYPE_CHECKING:
    from ampkeeper.hal.link.flash_slots import Store

STEP_MS = 10  # one block of pilot measurements
BEHIND_MS_MAX = 10_000  # a process held up for longer finds that the world stood still
STEPS_PER_TURN = 50  # then others run, however far behind the world is
GREETINGS_PER_BOOT = 65_536  # more than one life of the board can hold
INCOMING_BYTES_MAX = 8_192  # from the station between two steps; more is lost, as in a UART

Publish = Callable[..., None]


class Ring:
    """One pilot board in its world; ``stream`` is its end of the line to the station.

    ``flash`` has its files; None: it cannot be flashed over the link.
    """

    def __init__(
        self,
        evse: EvseWorld,
        stream: ByteStream,
        epoch: int,
        publish: Publish,
        flash: "Store | None" = None,
    ) -> None:
        self.evse = evse
        self.stream = stream
        settings = Settings()
        settings.phases = evse.spec.phases
        settings.is_socket = int(evse.spec.is_socket)
        settings.has_rcd_test = YES
        settings.has_cp_relay = YES
        settings.has_meter = YES
        self.machine = PilotMachine(settings, epoch, flash)
        self._publish = publish
        self._outputs = Outputs()
        self._incoming = bytearray()
        self._wires = (_wire(evse.random), _wire(evse.random))  # from and to the station
        self._wire_mode = "ok"
        self._seen: dict[str, Any] = {}

    @property
    def board(self) -> PilotBoard:
        """Ring 1 as it runs, or ran until its program was left to be replaced."""
        return self.machine.board

    async def listen(self) -> None:
        """Take what the station sends, until cancelled or the line is destroyed."""
        await self.stream.open()
        while True:
            data = await self.stream.read()  # ended by the station, or by the end of the run
            for chunk in self._wires[0].carry(data):
                if len(self._incoming) + len(chunk) <= INCOMING_BYTES_MAX:
                    self._incoming += chunk

    def step(self, elapsed_ms: int) -> None:
        """Let time pass in the world and on the board."""
        if self.evse.causes.pilot_link != self._wire_mode:
            self._set_wire_mode(self.evse.causes.pilot_link)
        if self.evse.causes.contactor_closings:
            self._tell_closings(self.evse.causes.contactor_closings)
        if self._incoming:
            self.machine.feed(bytes(self._incoming))
            self._incoming.clear()
        inputs = self.evse.step(elapsed_ms, self._outputs)
        self._outputs = self.machine.tick(elapsed_ms, inputs)
        frame = self.machine.to_send()
        if frame:
            for chunk in self._wires[1].carry(frame):
                self.stream.write(chunk)
        self._tell_changes()

    def step_alone(self, elapsed_ms: int) -> None:
        """The same for world and ring 1, but for the line between board and station: it stands."""
        inputs = self.evse.step(elapsed_ms, self._outputs)
        self._outputs = self.board.supervisor.tick(elapsed_ms, inputs)
        self._tell_changes()

    def visible(self) -> tuple[object, ...]:
        """What of world and outputs moves in milliseconds, and what waits to be told."""
        evse, outputs = self.evse, self._outputs
        plant = (evse.contactor.is_closed, evse.contactor._moving_ms, evse.lock.travel_ms)
        car = (evse.car.plugged, evse.car.is_s2_closed, bool(evse.car.s2_seen), evse.car.revision)
        pilot = (evse.high_mv, evse.low_mv, bool(evse.plug.pilot_seen), evse.noise.is_quiet)
        told = (outputs.coil, outputs.duty_ticks, outputs.lock_drive, outputs.cp_connected)
        waiting = (self.board.supervisor.protection.selftests._changed, self.board._read_from)
        return (*plant, *car, *pilot, *told, outputs.rcd_test, outputs.sequence, *waiting)

    def _tell_closings(self, closings: int) -> None:
        """What service does after a contactor was built in that had a life before."""
        self.board.supervisor.protection.wear.restore(closings, 0)

    def _set_wire_mode(self, mode: str) -> None:
        for wire in self._wires:
            wire.set_mode(mode)
        self._wire_mode = mode

    def _tell_changes(self) -> None:
        evse = self.evse
        now = {
            "pilot": state_name(evse.high_mv, evse.duty_ticks),
            "duty": evse.duty_ticks,
            "contactor": "closed" if evse.contactor.is_closed else "open",
            "lock": evse.lock_name(),
        }
        if now == self._seen:
            return
        for kind, value in now.items():
            if self._seen.get(kind) != value:
                self._publish(kind, evse_id=evse.spec.evse_id, **{VALUE_NAMES[kind]: value})
        self._seen = now


VALUE_NAMES = {"pilot": "state", "duty": "duty_ticks", "contactor": "state", "lock": "state"}


class WorldLoop:
    """Steps every ring, in equal steps, as fast as the clock goes."""

    def __init__(self, rings: Iterable[Ring], after_step: Callable[[int], None]) -> None:
        self._rings = tuple(rings)
        self._after_step = after_step

    def step(self, elapsed_ms: int = STEP_MS) -> None:
        """Let one step pass everywhere."""
        for ring in self._rings:
            ring.step(elapsed_ms)
        self._after_step(elapsed_ms)

    async def run(self, clock: Clock) -> None:
        """Follow the clock until cancelled."""
        done_s = clock.now_s()
        while True:
            steps = int((clock.now_s() - done_s) * 1_000 + 1e-6) // STEP_MS
            if steps * STEP_MS > BEHIND_MS_MAX:
                done_s = clock.now_s() - BEHIND_MS_MAX / 1_000
                steps = BEHIND_MS_MAX // STEP_MS
            for _ in range(min(steps, STEPS_PER_TURN)):
                self.step()
                done_s += STEP_MS / 1_000
            await asyncio.sleep(max(0.0, done_s + STEP_MS / 1_000 - clock.now_s()))


def epoch_of_boot(boot_count: int) -> int:
    """A link epoch that differs from all before it; greetings count on from there."""
    return boot_count * GREETINGS_PER_BOOT % BITS_30 + 1


def _wire(random: Random) -> NoisyWire:
    return NoisyWire(random.getrandbits(32))
