"""Soak: people, cars, faults, the network and the power, drawn from a seed, for as long as asked.

The far side only: what is done to the charger. ``Soak.run`` leaves it with everything mended,
no car and nothing owed, so that the whole can be judged.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from ampkeeper.hal.errors import AbsentError
from tests.support.rig import CARD, OTHER_CARD
from tests.support.virtual import STATION, Charger

LIFE_S = 1_500.0  # mean time between power cuts
ACT_S = 9.0  # mean time between acts
CALL_S = 3.0
SERVICE_S = 60.0  # for a person to clear what is latched

# fmt: off
BREAKS: tuple[tuple[str, Any, Any], ...] = (
    # cause                broken   mended
    ("pe_open",            True,    False),
    ("emergency_stop",     True,    False),
    ("supply_lost",        True,    False),
    ("temperature_c",      85.0,    25.0),
    ("temperature_c",      110.0,   25.0),
    ("pilot_noise",        2_000,   0),
    ("pp_short",           True,    False),
    ("pilot_link",         "silent", "ok"),
    ("pilot_link",         "noisy", "ok"),
)
# fmt: on


class Soak:
    """One charger and everything that happens to it."""

    def __init__(self, made: Charger, seed: int) -> None:
        self.made = made
        self.random = Random(f"soak/{made.is_16}/{seed}")
        self.done: Counter[str] = Counter()
        self._acts: tuple[tuple[int, Callable[[], Any]], ...] = (
            (8, self._session),
            (12, self._plug),
            (8, self._unplug),
            (14, self._swipe),
            (4, self._remote_start),
            (4, self._remote_stop),
            (3, self._limit),
            (2, self._unlock),
            (2, self._availability),
            (1, self._reset),
            (4, self._pause_car),
            (3, self._break),
            (10, self._mend),
            (3, self._drop),
            (2, self._network),
            (3, self._central_system),
            (2, self._reader),
            (1, self._weld),
        )

    async def run(self, seconds: float) -> None:
        """Let it happen for so many virtual seconds; then mend everything and settle."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + seconds
        while loop.time() < end_s:
            async with self.made.running():
                life_s = self.random.expovariate(1 / LIFE_S)
                await self._live(min(end_s, loop.time() + life_s))
            self.done["power cut"] += 1
            await asyncio.sleep(self.random.uniform(0.1, 30.0))
        self._mend_all()
        async with self.made.running():
            await self._serve()
            await self.made.settle()

    async def _live(self, until_s: float) -> None:
        loop = asyncio.get_running_loop()
        weights = [weight for weight, _ in self._acts]
        while loop.time() < until_s:
            await asyncio.sleep(min(self.random.expovariate(1 / ACT_S), until_s - loop.time()))
            _, act = self.random.choices(self._acts, weights)[0]
            self.done[act.__name__.strip("_")] += 1
            result = act()
            if result is not None:
                await result

    # people and cars

    def _plug(self) -> None:
        random = self.random
        self.made.plug(
            soc_percent=random.uniform(0.0, 99.9),
            capacity_wh=random.choice((2_000, 50_000)),
            max_a=random.choice((6.0, 16.0, 32.0)),
            phases=random.choice((1, 3)),
            cable_a=random.choice((13, 20, 32)),
            reaction_ms=random.choice((100, 500, 4_000)),
            sleepy=random.random() < 0.1,
            obeys_limit=random.random() < 0.9,
        )

    async def _session(self) -> None:
        """A good moment: all is mended, and somebody comes to charge."""
        self._mend()
        self.made.world.reader = "ok"
        self.made.app.csms.set_network(True)
        await self._operate()
        self.made.unplug()
        await asyncio.sleep(3)
        self._plug()
        self.made.car.change_car({"ready": True, "soc_percent": 20.0})
        self.made.world.cards[1].present(bytes.fromhex(CARD))
        await asyncio.sleep(self.random.uniform(1.0, 60.0))

    def _unplug(self) -> None:
        self.made.unplug()

    def _swipe(self) -> None:
        uid = CARD if self.random.random() < 0.8 else OTHER_CARD
        self.made.world.cards[1].present(bytes.fromhex(uid))

    def _pause_car(self) -> None:
        self.made.car.change_car({"ready": self.random.random() < 0.6})

    # the central system

    async def _call(self, of_16: tuple[str, Any], of_201: tuple[str, Any]) -> None:
        action, payload = of_16 if self.made.is_16 else of_201
        if STATION not in self.made.csms.links:
            return
        with contextlib.suppress(TimeoutError, AbsentError):
            async with asyncio.timeout(CALL_S):
                await self.made.csms.call(STATION, action, payload)

    async def _remote_start(self) -> None:
        token = {"idToken": CARD, "type": "ISO14443"}
        await self._call(
            ("RemoteStartTransaction", {"connectorId": 1, "idTag": CARD}),
            ("RequestStartTransaction", {"evseId": 1, "remoteStartId": 1, "idToken": token}),
        )

    async def _remote_stop(self) -> None:
        running = [each for each in self.made.told if not each.is_over and " " not in each.key]
        if not running:
            return
        key = running[0].key
        number = {"transactionId": int(key) if self.made.is_16 else key}
        await self._call(("RemoteStopTransaction", number), ("RequestStopTransaction", number))

    async def _limit(self) -> None:
        value = str(self.random.choice((0, 6, 10, 16, 80, 80, 80, 80)))
        variable = {
            "component": {"name": "LimitCtrlr"},
            "variable": {"name": "MaxCurrent"},
            "attributeValue": value,
        }
        await self._call(
            ("ChangeConfiguration", {"key": "MaxCurrent", "value": value}),
            ("SetVariables", {"setVariableData": [variable]}),
        )

    async def _unlock(self) -> None:
        evse = {"evseId": 1, "connectorId": 1}
        await self._call(("UnlockConnector", {"connectorId": 1}), ("UnlockConnector", evse))

    async def _availability(self) -> None:
        word = self.random.choice(("Operative",) * 5 + ("Inoperative",))
        await self._call(
            ("ChangeAvailability", {"connectorId": self.random.randrange(2), "type": word}),
            ("ChangeAvailability", {"operationalStatus": word}),
        )

    async def _operate(self) -> None:
        await self._call(
            ("ChangeAvailability", {"connectorId": 0, "type": "Operative"}),
            ("ChangeAvailability", {"operationalStatus": "Operative"}),
        )

    async def _reset(self) -> None:
        await self._call(
            ("Reset", {"type": self.random.choice(("Hard", "Soft"))}),
            ("Reset", {"type": self.random.choice(("Immediate", "OnIdle"))}),
        )

    def _central_system(self) -> None:
        late_s = self.random.choice((0.0, 0.0, 0.2, 2.0))
        self.made.watched.answer_s = lambda: late_s
        self.made.watched.copies = self.random.choice((1, 1, 2))

    # lines and parts

    def _drop(self) -> None:
        if STATION in self.made.csms.links:
            self.made.watched.drop(STATION)

    def _network(self) -> None:
        self.made.app.csms.set_network(self.random.random() < 0.8)

    def _reader(self) -> None:
        self.made.world.reader = self.random.choice(("ok", "ok", "ok", "silent"))

    def _break(self) -> None:
        cause, broken, _ = self.random.choice(BREAKS)
        setattr(self.made.car.causes, cause, broken)
        self.done[f"broken: {cause}"] += 1

    def _mend(self) -> None:
        self.made.car.contactor.is_welded = False
        for cause, _, mended in BREAKS:
            setattr(self.made.car.causes, cause, mended)
        self._clear()

    def _weld(self) -> None:
        self.made.car.contactor.is_welded = True

    def _clear(self) -> None:
        """Somebody clears what is latched; ring 1 decides."""
        for code in self.made.app.station.evses[1].faults:
            clear = partial(self.made.app.station.on_clear_fault, 1, code)
            with contextlib.suppress(asyncio.QueueFull):
                self.made.app.task.post(clear)

    # the end

    def _mend_all(self) -> None:
        made = self.made
        for cause, _, mended in BREAKS:
            setattr(made.car.causes, cause, mended)
        made.car.contactor.is_welded = False
        made.world.reader = "ok"
        made.watched.answer_s = lambda: 0.0
        made.watched.copies = 1
        made.unplug()

    async def _serve(self) -> None:
        """The line is up, the station in service, and somebody clears until nothing is left."""
        made = self.made
        made.app.csms.set_network(True)
        await made.until(lambda: made.registered, 300)
        await self._operate()
        for _ in range(round(SERVICE_S)):
            self._clear()
            await asyncio.sleep(1)
        assert made.seen()["faults"] == [], made.seen()
