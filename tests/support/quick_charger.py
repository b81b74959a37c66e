"""A whole station without a world: its program, store and central system, and parts that obey.

The car charges while it is permitted, in steps of nothing; so hours pass in seconds. Power can be
cut at any instant or around any access to the store (``CuttingLoop``), and every message of a
transaction can meet a fate of its own at the central system.
"""

import asyncio
import contextlib
import json
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from websockets.exceptions import ConnectionClosed

from ampkeeper.board.emulated.demo.csms import CALL, CALLERROR, StationLink
from ampkeeper.board.emulated.virtual_time import LoopClock, until
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.config.load import parse
from ampkeeper.firmware.safety import contactor, lock, pilot, sequence
from ampkeeper.firmware.station.view import evse_view
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeReader
from ampkeeper.hal.memory_socket import MemoryDialer, MemorySocket
from ampkeeper.hal.ports import (
    MeterIdentity,
    MeterReading,
    Permit,
    PilotIdentity,
    PilotStatus,
)
from tests.support.csms import WatchedCsms
from tests.support.reports import FREE_SOCKET
from tests.support.rig import CONFIG, STATION

POWER_W = 11_040
CURRENT_A = 16.0
BEGIN_WH = 10_000  # on the meter
DUTY_16_A = 16_666
REPORT_S = 0.9  # a pilot board is silent after 1 s
RESTART_S = 0.5
OF_TRANSACTIONS = ("StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent")

# What becomes of a message of a transaction. What is heard is in the books, answered or not.
ANSWERED, DOUBLED, LATE, UNSAID, GARBLED, REFUSED, UNHEARD = range(7)
FATES = ("answered", "doubled", "late", "unsaid", "garbled", "refused", "unheard")
HEARD = (ANSWERED, DOUBLED, LATE, UNSAID, GARBLED)


class Plant:
    """Car, contactor and meter: what stays when the station has no power."""

    def __init__(self) -> None:
        self.is_plugged = False
        self.energy_wh = float(BEGIN_WH)
        self.is_closed = False
        self.changed = asyncio.Event()
        self._at_s = 0.0

    def flow(self, now_s: float) -> None:
        """Count what has flowed until now."""
        if self.is_closed:
            self.energy_wh += POWER_W * (now_s - self._at_s) / 3_600
        self._at_s = now_s

    def set_closed(self, is_closed: bool, now_s: float) -> None:
        """Move the contactor."""
        self.flow(now_s)
        self.is_closed = is_closed

    def set_plugged(self, is_plugged: bool) -> None:
        """The car comes, or leaves."""
        self.is_plugged = is_plugged
        self.changed.set()


class ObedientPilot:
    """Ring 1 that does at once what it is permitted."""

    can_switch_phases = False

    def __init__(self, plant: Plant, clock: LoopClock) -> None:
        self._plant = plant
        self._clock = clock
        self._permit = Permit(0.0, 3, keep_locked=False)

    async def open(self) -> PilotIdentity:
        return PilotIdentity("obedient", "1", 3)

    def permit(self, permit: Permit) -> None:
        if permit != self._permit:
            self._permit = permit
            self._plant.changed.set()

    async def next_status(self) -> PilotStatus:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REPORT_S):
                await self._plant.changed.wait()
        self._plant.changed.clear()
        now_s = self._clock.now_s()
        self._plant.set_closed(self._plant.is_plugged and self._permit.current_a > 0, now_s)
        return replace(FREE_SOCKET, taken_s=now_s, uptime_ms=round(now_s * 1_000), **self._told())

    def _told(self) -> dict[str, Any]:
        if not self._plant.is_plugged:
            return {}
        bolt = lock.LOCKED if self._permit.keep_locked else lock.UNLOCKED
        told = {"pilot": pilot.B, "sequence": sequence.CONNECTED, "lock": bolt, "cable_a": 20.0}
        if not self._plant.is_closed:
            return told
        charges = {"pilot": pilot.C, "sequence": sequence.CHARGING, "duty_ticks": DUTY_16_A}
        closed = {"contactor": contactor.CLOSED, "is_coil_on": True, "is_mirror_made": True}
        return told | charges | closed

    def take_tests(self) -> tuple[()]:
        return ()

    def take_trace(self) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        """Whatever else the station says is heard and needs nothing."""
        return lambda *args: None


class PlantMeter:
    """Shows what has flowed."""

    def __init__(self, plant: Plant, clock: LoopClock) -> None:
        self._plant = plant
        self._clock = clock

    async def open(self) -> MeterIdentity:
        return MeterIdentity("Ampkeeper", "PlantMeter", "1")

    async def read(self) -> MeterReading:
        now_s = self._clock.now_s()
        self._plant.flow(now_s)
        current_a = CURRENT_A if self._plant.is_closed else 0.0
        energy_wh = int(self._plant.energy_wh)
        return MeterReading(now_s, energy_wh, None, (current_a,) * 3, (230.0,) * 3)

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message of a transaction at the central system."""

    message_id: str
    action: str
    payload: dict[str, Any]
    fate: int


class FatefulCsms(WatchedCsms):
    """Each message of a transaction meets the next of ``fates``; then all are answered."""

    def __init__(self, now: Any) -> None:
        super().__init__(now=now)
        self.fates: deque[int] = deque()
        self.late_s = 40.37
        self.arrivals: list[Arrival] = []
        self.numbers: dict[str, int] = {}  # of 1.6 transactions, by the start's message id
        self._later: set[asyncio.Task[None]] = set()

    async def _receive(self, link: StationLink, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame[0] != CALL or frame[2] not in OF_TRANSACTIONS:
            await super()._receive(link, text)
            return
        _, message_id, action, payload = frame
        fate = self.fates.popleft() if self.fates else ANSWERED
        self.arrivals.append(Arrival(message_id, action, payload, fate))
        if fate == REFUSED:
            await self._send(link, [CALLERROR, message_id, "InternalError", "not today", {}])
        elif fate in HEARD:
            await self._hear(link, fate, self._answer(link, message_id, action, payload))

    async def _hear(self, link: StationLink, fate: int, answer: list[Any]) -> None:
        _, message_id, told = answer
        if "transactionId" in told:
            self.numbers[message_id] = told["transactionId"]
        if fate == LATE:
            later = asyncio.ensure_future(self._send_late(link, answer))
            self._later.add(later)
            later.add_done_callback(self._later.discard)
        elif fate == GARBLED:
            await self._send(link, [*answer[:2], "no object"])
        elif fate != UNSAID:
            for _ in range(2 if fate == DOUBLED else 1):
                await self._send(link, answer)

    async def _send_late(self, link: StationLink, answer: list[Any]) -> None:
        await asyncio.sleep(self.late_s)
        with contextlib.suppress(AbsentError, ConnectionClosed):
            await self._send(link, answer)


class QuickCharger:
    """``power_on`` and ``power_off`` as often as liked; all else while it is on."""

    def __init__(self, folder: Path, version: str, sets: Iterable[tuple[str, str]] = ()) -> None:
        config = CONFIG.format(url="ws://memory/ocpp", version=version)
        self.config = parse(config, list(sets))
        self.folder = folder
        self.plant = Plant()
        self.csms = FatefulCsms(LoopClock().now)
        self.dialer = MemoryDialer(self._accept)
        self.app: App
        self.reader: FakeReader
        self._random = Random(1)
        self._life: asyncio.Task[None] | None = None
        self._talks: dict[asyncio.Task[None], MemorySocket] = {}

    @property
    def is_on(self) -> bool:
        return self._life is not None

    async def power_on(self) -> None:
        """Begin a life."""
        assert self._life is None
        self._make_app()
        self._life = asyncio.ensure_future(self._live())
        await asyncio.sleep(0)

    async def power_off(self) -> None:
        """End it at once; the contactor falls, and nothing more is written or said."""
        if self._life is None:
            return
        life, self._life = self._life, None
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        self.plant.set_closed(False, asyncio.get_running_loop().time())
        for socket in self._talks.values():
            socket.abort()
        await asyncio.gather(*self._talks, return_exceptions=True)
        self.csms.record.power_cut()

    def swipe(self, uid: str) -> None:
        """Hold a card to the reader."""
        self.reader.remove()
        self.reader.hold(uid)

    @property
    def is_registered(self) -> bool:
        return bool(self.app.csms.view()["registration"] == "accepted")

    @property
    def status(self) -> str:
        return str(self.seen()["status"])

    def seen(self) -> dict[str, Any]:
        """EVSE 1 as the station shows it."""
        station = self.app.station
        return evse_view(station.evses[1], self.app.clock.now(), station.costs.shown)

    async def until(self, is_so: Any, seconds: float = 120.0) -> None:
        await until(is_so, seconds, self.seen)

    async def ask(self, action: str, payload: dict[str, Any]) -> None:
        """Call the station, if it is there; whatever it says is its business."""
        if STATION in self.csms.links:
            with contextlib.suppress(TimeoutError, AbsentError, ConnectionClosed):
                async with asyncio.timeout(3):
                    await self.csms.call(STATION, action, payload)

    def drop(self) -> None:
        """The connection goes without a word."""
        if STATION in self.csms.links:
            self.csms.drop(STATION)

    def _make_app(self) -> None:
        clock = LoopClock()
        self.reader = FakeReader()
        pilots: Any = {1: ObedientPilot(self.plant, clock)}
        parts = Hardware(pilots, {1: PlantMeter(self.plant, clock)}, {1: self.reader})
        around = Surroundings(
            new_id=lambda: str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            random=self._random.random,
            make_dialer=lambda access: self.dialer,
            has_local_door=False,
        )
        self.app = App(self.config, self.folder, parts, clock, around)

    async def _live(self) -> None:
        while True:
            await self.app.run()
            self.plant.set_closed(False, asyncio.get_running_loop().time())
            await asyncio.sleep(RESTART_S)
            self.csms.record.power_cut()
            self._make_app()

    def _accept(self, socket: MemorySocket, url: str, subprotocols: Sequence[str]) -> str | None:
        chosen = subprotocols[0]
        talk = asyncio.ensure_future(self.csms.serve(socket, STATION, chosen))
        self._talks[talk] = socket
        talk.add_done_callback(self._talks.pop)
        return chosen
