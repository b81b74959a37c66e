"""Customers: what the station knows of one person is gathered, told, and forgotten where asked.

OCPP 2.0.1 N09 and N10. What stays: the local list, which is the central system's (N10.FR.03), a
transaction that runs, and messages that are owed; they hold the token until they are delivered.
A report whose page is not answered ends: whoever wants it asks anew.
"""

import asyncio
import logging
from datetime import datetime
from functools import partial

from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.ocpp.dialect import Payload
from ampkeeper.firmware.ocpp.ports.customer import DATA_CHARS_MAX, CustomerOrder, CustomerPage
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.statuses import Teller
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.changes import Change, DropVerdict, ForgetToken
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker

WAITING_MAX = 4
NOTHING, FORGOTTEN = "no data", "nothing is kept but the local list"

log = logging.getLogger(__name__)


class Customers:
    """Implements ``CustomerPort``."""

    def __init__(self, task: StationTask, books: tuple[Store, StoreWorker], teller: Teller) -> None:
        self._task = task
        self._station = task.station
        self._store, self._worker = books
        self._teller = teller
        self._orders: asyncio.Queue[CustomerOrder] = asyncio.Queue(WAITING_MAX)

    def can_take(self) -> bool:
        return not self._orders.full()

    def order(self, order: CustomerOrder) -> None:
        if not self._orders.full():
            self._orders.put_nowait(order)

    async def run(self) -> None:
        """Carry out orders until cancelled."""
        while True:
            order = await self._orders.get()  # ended by an order
            try:
                lines = await self._gather(order.token)
            except StoreError as error:
                log.error("what is known of a customer cannot be read: %s", error)
                continue
            if order.is_cleared and order.token is not None:
                await self._task.put(partial(self._on_forget, order.token))
                await self._task.settled()
            told = (lines or [NOTHING]) if order.is_reported else [FORGOTTEN]
            pages = pages_of(order.request_id, told)
            while pages and await self._tell(pages[0]):
                del pages[0]

    async def _gather(self, token: str | None) -> list[str]:
        """One line for each thing that is known."""
        if token is None:
            return []
        name, station = token.upper(), self._station
        lines = []
        for key, listed in station.listed.list.entries.items():
            if is_of_token(key, name):
                lines.append(f"local list: {listed.status}, {_group(listed.group_id)}")
        for key, cached in station.entrance.known.items():
            if is_of_token(key, name):
                lines.append(f"cache: {cached.status}, {_group(cached.group_id)}")
        lines += [
            f"reservation {kept.id}: EVSE {kept.evse_id} until {stamp(kept.expires_at)}"
            for kept in station.reservations.book.values()
            if kept.token.value.upper() == name
        ]
        sessions = await self._worker.run(self._store.sessions_of, name)
        return lines + [_session_line(row) for row in sessions]

    async def _tell(self, page: CustomerPage) -> bool:
        """True once the page is answered."""
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def heard(answer: Payload | None, is_refused: bool) -> None:
            if not answered.done():
                answered.set_result(answer is not None)

        self._teller.tell(lambda dialect: dialect.customer_page(page), heard)
        return await answered  # the exchange times it out

    def _on_forget(self, token: str, now: datetime, now_s: float) -> Effects:
        effects = Effects()
        forget_token(self._station, token.upper(), effects)
        effects.notice("customer_forgotten")
        return effects


def forget_token(station: Station, name: str, effects: Effects) -> None:
    """What is known of a token, in upper case, is not known any more."""
    effects.changes.append(ForgetToken(name))
    forget_verdicts(station, name, effects)


def forget_verdicts(station: Station, name: str, effects: Effects) -> None:
    """What was told of a token, in upper case, is not known any more; its sessions stay its."""
    changes: list[Change] = []
    known = station.entrance.known
    for key in [key for key in known if is_of_token(key, name)]:
        del known[key]
        changes.append(DropVerdict(key))
    is_of = partial(is_of_token, name=name)
    station.costs.forget(is_of)
    station.tariffs.drivers.forget(is_of, effects)
    station.reservations.forget(is_of, effects)
    for evse in station.evses.values():
        if evse.last_token is not None and evse.last_token.value.upper() == name:
            evse.last_token = None
    effects.changes += changes


def pages_of(request_id: int, lines: list[str]) -> list[CustomerPage]:
    """Lines on as few pages as they need; a longer one is cut."""
    texts: list[str] = []
    for line in lines:
        line = line[:DATA_CHARS_MAX]
        if texts and len(texts[-1]) + 1 + len(line) <= DATA_CHARS_MAX:
            texts[-1] += "\n" + line
        else:
            texts.append(line)
    last = len(texts) - 1
    return [CustomerPage(request_id, no, text, no < last) for no, text in enumerate(texts)]


def is_of_token(key: str, name: str) -> bool:
    """True for a token of this value, of whatever kind."""
    return key.split(" ")[0] == name


def _session_line(row: SessionRow) -> str:
    begin = f"session {row.tx_id}: EVSE {row.evse_id} from {stamp(row.started_at)}"
    if row.ended_at is None:
        return f"{begin}, running"
    used = "energy not known"
    if row.energy_wh_end is not None:
        used = f"{row.energy_wh_end - row.energy_wh_start} Wh"
    return f"{begin} to {stamp(row.ended_at)}, {used}"


def _group(name: str | None) -> str:
    return "no group" if name is None else f"group {name}"
