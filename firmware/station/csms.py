"""The way to the central system: what the station owes and asks goes up, its words come down.

Thin: the charge point decides when to speak, the station what it means. An answer to a fact is
in the station's books before the fact leaves the outbox.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ampkeeper.firmware.authorise.decide import ACCEPTED, Known
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.facts import ConnectorReport, Fact, IdToken, MeterSampled
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.dialect import Call, Dialect, FactAnswer, Payload, Verdict
from ampkeeper.firmware.ocpp.link import CUT, DOWN, TRYING, UP
from ampkeeper.firmware.ocpp.outbox import OutboxRow
from ampkeeper.firmware.ocpp.task import OcppTask
from ampkeeper.firmware.station.drivers import DEAUTHORIZE, HANDLE_FAILED
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.homes import Homes
from ampkeeper.firmware.station.owed import Owed
from ampkeeper.firmware.station.rules import VERDICT_S
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.errors import UnreadableFactError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker

BAD_TARIFF = "NotAtThisTime"  # of a token whose tariff cannot be worked out here
NOTHING = FactAnswer()  # as most facts are answered
VERSIONS = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}
LINK_STATES = {DOWN: "waiting", TRYING: "connecting", UP: "connected", CUT: "off"}
Notice = Callable[[str, dict[str, Any]], None]
Word = Callable[[Dialect], Call | None]
Heard = Callable[[Payload | None, bool], None]  # (answer, True: refused, no use saying it again)
Learn = Callable[[str, str], None]  # a setting that the central system implied
Suspicion = Callable[[str, str, datetime, float], Effects]  # as in ``ocpp.outcome``, and a text

log = logging.getLogger(__name__)


class RefusedTransferError(Exception):
    """The central system answered a data transfer with an error."""


class StoredOutbox:
    """The ``OutboxStore`` that the store keeps; while the disk fails, it waits."""

    def __init__(
        self, store: Store, worker: StoreWorker, owed: Owed, homes: Homes | None = None
    ) -> None:
        self.homes = homes or Homes()
        self._store = store
        self._worker = worker
        self._owed = owed
        self._tx_ids: dict[int, str | None] = {}  # of the head, by row

    async def head(self) -> OutboxRow | None:
        while True:
            try:
                homes = self.homes
                row = await self._worker.insist(self._store.outbox_head, homes.here, homes.known)
                self._tx_ids = {} if row is None else {row.id: row.fact.tx_id}
                return row
            except UnreadableFactError as error:
                log.error("a queued message cannot be read and is given up: %s", error)
                await self._worker.insist(self._store.outbox_discard, error.row_id)
                self._owed.load(await self._worker.insist(self._store.outbox_by_tx))

    async def count(self) -> int:
        return await self._worker.insist(self._store.outbox_count)

    async def claim(self, row_id: int) -> None:
        tx_id = self._tx_ids.get(row_id)
        if tx_id is not None and self.homes.must_claim(tx_id):
            await self._worker.insist(self._store.outbox_claim, row_id, self.homes.here)
            self.homes.claim(tx_id)

    async def done(self, row_id: int, csms_tx_id: int | None) -> None:
        await self._worker.insist(self._store.outbox_done, row_id, csms_tx_id)
        self._gone(row_id)

    async def failed(self, row_id: int) -> None:
        await self._worker.insist(self._store.outbox_failed, row_id)

    async def discard(self, row_id: int) -> None:
        await self._worker.insist(self._store.outbox_discard, row_id)
        self._gone(row_id)

    async def mark_offline(self) -> None:
        await self._worker.insist(self._store.outbox_mark_offline)
        self._owed.load(await self._worker.insist(self._store.outbox_by_tx))

    def _gone(self, row_id: int) -> None:
        if row_id in self._tx_ids:
            self._owed.gone(self._tx_ids.pop(row_id))


class CsmsDesk:
    """What the OCPP task hears, told to the station; and what the station wants, told to it."""

    def __init__(self, task: StationTask, notice: Notice, learn: Learn) -> None:
        self.ocpp: OcppTask | None = None  # None: no central system is configured
        self._task = task
        self._notice = notice
        self._learn = learn
        self._is_network_up = True
        self._version: str | None = None
        self._registration = "none"
        self._heard: dict[int, Heard] = {}
        self.on_accepted: list[Callable[[], None]] = []
        self.on_suspicion: Suspicion = _nothing
        self.on_time: Callable[[datetime], None] = lambda time: None
        self._transfers: dict[int, asyncio.Future[fx.DataTransferAnswered]] = {}

    def view(self) -> dict[str, Any]:
        """The link as every face shows it."""
        is_up = self.ocpp is not None and self.ocpp.is_up
        return {
            "link": "up" if is_up else "down",
            "registration": self._registration,
            "ocpp": self._version,
            "queued": self._task.owed.count,
        }

    def link_view(self, now: datetime, now_s: float) -> dict[str, Any]:
        """How the link fares, for who looks for a reason."""
        if self.ocpp is None:
            return {"state": "none"}
        story = self.ocpp.link.story(now_s)
        heard_s, wait_s = story.heard_s, story.next_attempt_s
        return {
            "state": LINK_STATES[story.state],
            "url": self.ocpp.url,
            "since": stamp(now - timedelta(seconds=story.since_s)),
            "heard_s_ago": None if heard_s is None else round(heard_s, 1),
            "unanswered": self.ocpp.unanswered,
            "failures": story.failures,
            "error": story.error or None,
            "next_attempt_s": None if wait_s is None else round(wait_s, 1),
        }

    @property
    def is_accepted(self) -> bool:
        """True while the central system lets us say anything."""
        return self._registration == "accepted"

    # from the station

    def report(self, report: ConnectorReport) -> None:
        """A connector does something else now."""
        if self.ocpp is not None:
            self.ocpp.status_changed(report)

    def ask(self, token: IdToken) -> None:
        """A card waits for a verdict."""
        if self.ocpp is not None:
            self.ocpp.authorize(token, VERDICT_S)

    def outbox_grew(self) -> None:
        """Something is owed."""
        if self.ocpp is not None:
            self.ocpp.outbox_changed()

    def set_network(self, up: bool) -> None:
        """Cut the way to the central system, or restore it."""
        self._is_network_up = up
        if self.ocpp is not None:
            self.ocpp.set_network(up)

    def tell(self, word: Word, heard: Heard) -> None:
        """Say what ``word`` makes of the version spoken; ``heard`` gets the answer, or None.

        It is said once, now: not registered, the link lost or no answer are all None. Whoever
        must not lose it says it again when ``on_accepted`` calls.
        """
        if self.ocpp is None:
            heard(None, False)
            return
        self._heard[self.ocpp.tell(word)] = heard

    def connect(self, ocpp: OcppTask) -> None:
        """Speak through this task from now on."""
        self.ocpp = ocpp
        ocpp.set_network(self._is_network_up)

    async def send_data_transfer(
        self, vendor_id: str, message_id: str | None, data: Any
    ) -> dict[str, Any]:
        """Send one and return the answer; TimeoutError without one, RefusedTransferError."""
        if self.ocpp is None:
            raise TimeoutError("no central system is configured")
        key = self.ocpp.send_data_transfer(vendor_id, message_id, data)
        waiting = asyncio.get_running_loop().create_future()
        self._transfers[key] = waiting
        try:
            answered: fx.DataTransferAnswered = await waiting  # the exchange times it out
        finally:
            del self._transfers[key]
        if answered.is_refused:
            raise RefusedTransferError(answered.error)
        if answered.payload is None:
            raise TimeoutError(answered.error)
        return {"status": answered.payload["status"], "data": answered.payload.get("data")}

    # from the central system

    async def on_event(self, event: fx.Event) -> None:
        """The OCPP task has news."""
        match event:
            case fx.LinkUp(subprotocol):
                self._forget_told()
                self._version = VERSIONS.get(subprotocol, subprotocol)
                self._notice("csms_link", {"link": "up", "ocpp": self._version})
                await self._task.put(partial(self._task.station.on_version, self._version))
            case fx.LinkDown():
                self._forget_told()
                self._registration = "none"
                self._notice("csms_link", {"link": "down"})
                await self._task.put(partial(self._on_online, False))
            case fx.Registered(status, interval_s):
                if status == "accepted" and interval_s > 0:
                    self._learn("OCPPCommCtrlr.HeartbeatInterval", str(interval_s))
                self._registration = status
                self._notice("csms_registration", {"registration": status})
                await self._task.put(partial(self._on_online, status == "accepted"))
                if status == "accepted":
                    for call in self.on_accepted:
                        call()
            case fx.TimeTold(time):
                self.on_time(time)
                await self._task.put(partial(self._task.station.checkup.on_time, time))
            case fx.TokenAnswered(_, token, verdict):
                known = _known(verdict)
                message = "" if verdict is None else verdict.message
                costs = self._task.station.costs
                await self._task.put(partial(costs.on_authorised, token, message))
                known = await self._note_tariff(token, verdict, known)
                await self._task.put(partial(self._task.station.on_verdict, token, known))
            case fx.FactAnswered(fact, answer) if answer != NOTHING:
                await self._write_down(fact, answer)
            case fx.FactGivenUp(fact, reason):
                seq_no = None if isinstance(fact, MeterSampled) else fact.seq_no
                log.error("message %s of %s is given up: %s", seq_no, fact.tx_id, reason)
                self._notice("fact_given_up", {"tx_id": fact.tx_id, "seq_no": seq_no})
            case fx.DataTransferAnswered(key):
                waiting = self._transfers.get(key)
                if waiting is not None and not waiting.done():
                    waiting.set_result(event)
            case fx.ToldAnswered(key, payload, _, is_refused):
                heard = self._heard.pop(key, None)
                if heard is not None:
                    heard(payload, is_refused)
            case fx.Noted(text, suspicion) if suspicion:
                await self._task.put(partial(self.on_suspicion, suspicion, text))
            case _:
                log.debug("%s", event)

    async def _write_down(self, fact: Fact, answer: FactAnswer) -> None:
        """What the answer says is in the books before its fact leaves the outbox."""
        station, known = self._task.station, _known(answer.verdict)
        heard = partial(station.on_fact_answered, fact, answer.csms_tx_id, known)
        await self._task.put(heard)
        await self._task.put(partial(station.costs.on_told, fact, answer.cost, answer.message))
        await self._task.settled()

    async def _note_tariff(
        self, token: IdToken, verdict: Verdict | None, known: Known | None
    ) -> Known | None:
        """What came with a token that is let in; for a bad tariff it may not be (I08.FR.31)."""
        if verdict is None or known is None or known.status != ACCEPTED:
            return known
        station, problem = self._task.station, verdict.tariff_problem
        on_authorised = station.tariffs.drivers.on_authorised
        await self._task.put(partial(on_authorised, token, verdict.tariff, problem))
        is_barred = problem and station.variable(HANDLE_FAILED) == DEAUTHORIZE
        return replace(known, status=BAD_TARIFF) if is_barred else known

    def _forget_told(self) -> None:
        """Whatever was told on another connection is not answered any more."""
        waiting, self._heard = self._heard, {}
        for heard in waiting.values():
            heard(None, False)

    def _on_online(self, is_online: bool, now: datetime, now_s: float) -> Effects:
        self._task.station.entrance.is_online = is_online
        return Effects()


def _nothing(suspicion: str, text: str, now: datetime, now_s: float) -> Effects:
    """Nobody keeps a log."""
    return Effects()


def _known(verdict: Verdict | None) -> Known | None:
    if verdict is None:
        return None
    return Known(verdict.status, verdict.group_id, verdict.expires, verdict.evse_ids)
