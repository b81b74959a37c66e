"""Rig: a charger as a process and a watched central system in the test's own, on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.demo.csms import Frame
from ampkeeper.firmware.update.launch import SLOT
from ampkeeper.firmware.update.slots import FACTORY
from tests.support.csms import WatchedCsms
from tests.support.emulator import LOOK_S, WAIT_S, Emulator, State
from tests.support.images import factory_file
from tests.support.record import ANSWER_S, CALLRESULT, breaches
from tests.support.transactions import MOST, Transaction, transaction_breaches, transactions

VERSIONS = ("1.6", "2.0.1")
ALL_VERSIONS = (*VERSIONS, "2.1")
STATION = "AK0001"
CARD = "04A224B1"
OTHER_CARD = "04FFFFFF"
CAR = {"soc_percent": 50.0, "capacity_wh": 50_000, "max_a": 16.0, "phases": 3, "cable_a": 20}
CONFIG = """\
[station]
vendor = "Ampkeeper"
model = "Emulated"
serial = "AK-0001"

[board]
name = "emulated"

[[evse]]
id = 1
max_a = 32
phases = 3
socket = true

[ocpp]
url = "{url}"
id = "AK0001"
versions = ["{version}"]

[ocpp.keys]
MeterValueSampleInterval = 10

[ocpp.variables]
"OCPPCommCtrlr.RetryBackOffWaitMinimum" = 2
"OCPPCommCtrlr.RetryBackOffRandomRange" = 1

[update]
allow_unsigned_orders = true
"""


@dataclass(slots=True)
class Rig:
    """Both sides, and what tests ask of them."""

    version: str
    csms: WatchedCsms
    charger: Emulator

    @property
    def is_16(self) -> bool:
        return self.version == "1.6"

    async def cut(self) -> None:
        """Cut the charger's power; what comes next is another life of it."""
        await self.charger.cut()
        self.csms.record.power_cut()

    async def registered(self) -> None:
        """Wait until the station is accepted."""

        async def is_accepted() -> bool:
            return bool((await self.charger.state())["csms"]["registration"] == "accepted")

        await self._until("the station registers", is_accepted)

    async def connected(self) -> None:
        """Wait until the station is on the line."""

        async def is_there() -> bool:
            return STATION in self.csms.links

        await self._until("the station connects", is_there)

    async def reconnected(self, known: int) -> None:
        """Wait until the station is back after so many connections."""

        async def is_back() -> bool:
            return len(self.csms.record.lives) > known and STATION in self.csms.links

        await self._until("the station comes back", is_back)

    async def until_books(self, what: str, is_so: Callable[[list[Transaction]], bool]) -> None:
        """Wait until the transactions on the wire are so."""

        async def look() -> bool:
            return is_so(transactions(self.csms.record))

        await self._until(what, look)

    async def over(self, count: int = 1) -> list[Transaction]:
        """Wait until so many transactions are told to their end; return them, checked."""

        def is_over(found: list[Transaction]) -> bool:
            return sum(each.is_over for each in found) >= count

        await self.until_books(f"{count} transactions are over", is_over)
        await self.until_queue_empty()
        found = transactions(self.csms.record)
        assert len(found) == count, [each.key for each in found]
        self.check()
        for each in found:
            found_in_it = transaction_breaches(each)
            assert found_in_it == [], f"{found_in_it}\n{self.csms.record.tail(60)}"
        return found

    async def until_queue_empty(self) -> None:
        """Wait until the station owes nothing, for as long as it owes less and less."""
        loop = asyncio.get_running_loop()
        least, deadline_s = None, loop.time() + WAIT_S
        while queued := int((await self.charger.state())["csms"]["queued"]):
            if least is None or queued < least:
                least, deadline_s = queued, loop.time() + WAIT_S
            elif loop.time() >= deadline_s:
                said = f"{self.csms.record.tail()}\n{self.charger.said()}"
                raise AssertionError(f"{queued} in the queue, not less in {WAIT_S} s\n{said}")
            await asyncio.sleep(LOOK_S)

    async def until_told(self, statuses: list[str]) -> None:
        """Wait until the statuses of connector 1 are these, no more and no less."""

        async def is_told() -> bool:
            return self.csms.record.statuses() == statuses

        await self._until(f"statuses {statuses}", is_told)

    def check(self) -> None:
        """The wire keeps the standards' rules so far."""
        assert self.csms.rejected == []
        found = breaches(self.csms.record, ANSWER_S / self.charger.speed)
        assert found == [], f"{found}\n{self.csms.record.tail()}"

    async def only(self, before: State) -> Transaction:
        """The one transaction there was, whose energy is all that the meter counted."""
        (transaction,) = await self.over()
        await self.billed_is_metered(before, [transaction])
        return transaction

    async def billed_is_metered(self, before: State, billed: list[Transaction]) -> None:
        """What was told as energy is what the meter counted since ``before``."""
        now = await self.charger.evse()
        assert now["contactor"] == "open"
        metered_wh = now["energy_wh"] - before["energy_wh"]
        billed_wh = sum(each.energy_wh for each in billed)
        assert abs(metered_wh - billed_wh) <= MOST * len(billed), (metered_wh, billed_wh)

    # requests of the central system, in the words of either version

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Call the station; it must answer with a result."""
        answer: Frame = await self.csms.call(STATION, action, payload)
        assert answer[0] == CALLRESULT, answer
        return dict(answer[2])

    async def remote_start(self, token: str = CARD) -> dict[str, Any]:
        """Ask for a session on EVSE 1."""
        if self.is_16:
            payload: dict[str, Any] = {"connectorId": 1, "idTag": token}
            return await self.call("RemoteStartTransaction", payload)
        id_token = {"idToken": token, "type": "ISO14443"}
        payload = {"evseId": 1, "remoteStartId": 77, "idToken": id_token}
        return await self.call("RequestStartTransaction", payload)

    async def remote_stop(self) -> dict[str, Any]:
        """Ask for the end of the one transaction that runs."""
        (running,) = [each for each in transactions(self.csms.record) if not each.is_over]
        if self.is_16:
            number = {"transactionId": int(running.key)}
            return await self.call("RemoteStopTransaction", number)
        return await self.call("RequestStopTransaction", {"transactionId": running.key})

    async def set_current(self, current_a: int) -> str:
        """Let the central system limit the current; return the status it got."""
        if self.is_16:
            pair = {"key": "MaxCurrent", "value": str(current_a)}
            return str((await self.call("ChangeConfiguration", pair))["status"])
        variable = {
            "component": {"name": "LimitCtrlr"},
            "variable": {"name": "MaxCurrent"},
            "attributeValue": str(current_a),
        }
        answer = await self.call("SetVariables", {"setVariableData": [variable]})
        return str(answer["setVariableResult"][0]["attributeStatus"])

    async def _until(self, what: str, is_so: Callable[[], Any]) -> None:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + WAIT_S
        while not await is_so():
            if loop.time() >= deadline_s:
                said = f"{self.csms.record.tail()}\n{self.charger.said()}"
                raise AssertionError(f"{what}: not within {WAIT_S} s\n{said}")
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def rig(
    folder: Path,
    version: str,
    sets: Sequence[str] = (),
    speed: float = 5.0,
    seed: int = 1,
    *,
    more: str = "",
    has_launcher: bool = False,
) -> AsyncIterator[Rig]:
    """Both sides, running; the station is registered. ``more`` is configuration."""
    csms = WatchedCsms()
    url = await csms.start()
    config = CONFIG.format(url=url, version=version) + more
    made_with = factory_file(folder / "made")
    sets = [f'update.factory_file="{made_with}"', *sets]
    charger = Emulator(folder / "charger", config, speed, seed, sets)
    if has_launcher:
        charger.factory_file = made_with
    else:
        charger.environment[SLOT] = FACTORY
    made = Rig(version, csms, charger)
    try:
        await charger.start()
        await made.registered()
        yield made
        if charger.is_running:
            assert await charger.end() == 0, charger.said()
    finally:
        await charger.kill()
        await csms.stop()
