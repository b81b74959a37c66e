"""Bench for the cases of certification: a charger in virtual time and a central system by hand.

``Bench.play`` runs a case from an accepted station that is free to its end, and then judges the
wire and the world: no frame that breaks the schemas, no rule of the wire broken, no energy outside
of a transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.demo.csms import Frame, StationLink
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.memory_socket import MemoryDialer
from tests.support.csms import WatchedCsms
from tests.support.record import ANSWER_S, CALLERROR, CALLRESULT, IN, breaches
from tests.support.rig import CAR
from tests.support.virtual import STATION, Charger
from tests.support.watch import Watch

CARD = "04A224B1"
OTHER = "04FFFFFF"
FAMILY = "FAMILY"

Payload = dict[str, Any]
Script = Callable[["Bench"], Coroutine[Any, Any, None]]


class FamilyCsms(WatchedCsms):
    """A central system whose verdicts carry the parents of tokens: ``groups``."""

    groups: dict[str, str]

    def _answer(self, link: StationLink, message_id: str, action: str, payload: Any) -> Frame:
        frame = super()._answer(link, message_id, action, payload)
        group = self.groups.get(payload.get("idTag", ""))
        if group is None or "idTagInfo" not in frame[2]:
            return frame
        info = frame[2]["idTagInfo"] | {"parentIdTag": group}
        return [*frame[:2], frame[2] | {"idTagInfo": info}]


class Bench(Charger):
    """The charger of one case."""

    version = "1.6"
    kind: type[FamilyCsms] = FamilyCsms
    answer_s = ANSWER_S  # after which it may give a call up

    def __init__(self, folder: Path, **sets: str) -> None:
        super().__init__(folder, self.version, **sets)
        self.groups: dict[str, str] = {}  # parents of tokens, told with each verdict

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Bench"]:
        """Power on; at the end power off, as a cut would."""
        if not hasattr(self, "csms"):
            self.csms = self.kind(now=LoopClock().now)
            self.csms.groups = self.groups
            self.dialer = MemoryDialer(self._accept)
            self.watch = Watch(self._running_tx, asyncio.get_running_loop().time)
        async with super().running():
            yield self

    def play(self, script: Script) -> None:
        """Run a case on a free station."""

        async def whole() -> None:
            async with self.running():
                await self.free()
                await script(self)

        self.play_lives(whole())

    def play_lives(self, story: Coroutine[Any, Any, None]) -> None:
        """Run a case that switches the power itself; judge it."""
        run_virtual(story)
        assert self.csms.rejected == []
        assert self.watch.breaches == []
        assert breaches(self.watched.record, self.answer_s) == [], self.watched.record.tail(40)

    async def free(self) -> None:
        """Wait until it is accepted, free, and has told what there is to tell."""
        await self.until(lambda: self.registered and STATION in self.csms.links, 200)
        await self.until(lambda: self.status() in ("Available", "Unavailable"))
        await self.until(lambda: self.statuses() != [])
        await asyncio.sleep(1)

    # the central system's half

    async def ask(self, action: str, payload: Payload) -> Payload:
        """Call the station; it must answer with a result."""
        await self.until(lambda: STATION in self.csms.links, 200)
        frame = await self.csms.call(STATION, action, payload)
        assert frame[0] == CALLRESULT, frame
        return dict(frame[2])

    async def status_of(self, action: str, payload: Payload) -> str:
        """Call the station; the status it answers with, or the code of an error."""
        await self.until(lambda: STATION in self.csms.links, 200)
        frame = await self.csms.call(STATION, action, payload)
        return str(frame[2] if frame[0] == CALLERROR else frame[2]["status"])

    async def set_keys(self, **keys: Any) -> None:
        """Change configuration keys, each of which must be accepted."""
        for key, value in keys.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            asked = {"key": key, "value": text}
            assert await self.status_of("ChangeConfiguration", asked) == "Accepted", key

    async def key(self, name: str) -> Payload:
        """One configuration key as it is told."""
        (row,) = (await self.ask("GetConfiguration", {"key": [name]}))["configurationKey"]
        return dict(row)

    async def remote_start(self, token: str = CARD, **fields: Any) -> str:
        """Ask for a session at connector 1; the answer."""
        asked = {"connectorId": 1, "idTag": token} | fields
        return await self.status_of("RemoteStartTransaction", asked)

    async def remote_stop(self) -> str:
        """Ask for the end of the newest transaction; the answer."""
        number = {"transactionId": int(self.told[-1].key)}
        return await self.status_of("RemoteStopTransaction", number)

    def at(self, seconds: float) -> str:
        """A time so far from now, as it is written."""
        return (self.app.clock.now() + timedelta(seconds=seconds)).isoformat()

    def judge(self, token: str, status: str, group: str = "") -> None:
        """What the central system says of a token from now on."""
        self.csms.tokens[token] = status
        if group:
            self.groups[token] = group

    # the street's half

    async def lose(self, reconnects: bool = True) -> None:
        """The connection goes."""
        self.dialer.is_up = reconnects
        self.watched.drop(STATION)
        await self.until(lambda: not self.registered or STATION not in self.csms.links)

    async def back(self) -> None:
        """The network is there again; wait for the station."""
        self.dialer.is_up = True
        await self.until(lambda: self.registered and STATION in self.csms.links, 300)

    async def charging(self) -> None:
        """Wait for energy."""
        await self.until(lambda: self.status() == "Charging")
        await self.until(lambda: sum(self.car.power_uw) > 0)

    async def begin(self, token: str = CARD, **car: Any) -> None:
        """A whole start by card: plug, card, energy, told."""
        self.plug(**(CAR | car))
        await self.until(lambda: self.status() == "Preparing")
        self.swipe(token)
        await self.charging()
        await self.until(lambda: self.statuses()[-1] == "Charging")

    async def ask_to_start(self, is_remote: bool) -> None:
        """A start from afar, or by card."""
        if is_remote:
            assert await self.remote_start() == "Accepted"
        else:
            self.swipe(CARD)

    async def end(self, count: int = 1) -> None:
        """The card ends the newest of so many transactions, and the car leaves."""
        self.swipe(CARD)
        await self.gone(count)
        await self.settle()

    async def gone(self, count: int = 1) -> None:
        """Wait until so many transactions are over and told."""
        await self.until(lambda: sum(each.is_over for each in self.told) >= count, 300)
        await self.until(lambda: self.app.task.owed.count == 0, 300)

    async def wait_status(self, status: str, seconds: float = 60) -> None:
        """Wait until this status of connector 1 is the newest on the wire."""
        await self.until(lambda: self.statuses()[-1:] == [status], seconds)

    # what is on the wire

    def calls(self, action: str) -> list[Payload]:
        """Payloads of the station's calls."""
        return [dict(payload) for payload in self.watched.record.calls(action)]

    def statuses(self, connector: int = 1) -> list[str]:
        """What StatusNotification said of a connector, repeats left out."""
        told: list[str] = []
        for payload in self.calls("StatusNotification"):
            if payload["connectorId"] == connector and told[-1:] != [payload["status"]]:
                told.append(payload["status"])
        return told

    def actions(self) -> list[str]:
        """The actions of the station's calls so far, in order."""
        return [seen.parts[2] for seen in self.watched.record.frames if seen.is_call]

    def mark(self) -> int:
        """Where the record stands now, for ``actions_since``."""
        return len(self.watched.record.frames)

    def since(self, mark: int, action: str) -> list[Payload]:
        """Payloads of the station's calls after a mark."""
        return [
            seen.parts[3]
            for seen in self.watched.record.frames[mark:]
            if seen.direction == IN and seen.is_call and seen.parts[2] == action
        ]
