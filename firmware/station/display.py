"""The display at work: which message is shown at which EVSE, and what a transaction costs.

Pure, as ``station.py`` is. A message is in the books before it is shown and outlives a power cut;
it goes when its time or its transaction is over. What is shown is told to whoever watches, with
every change: a display, the command line, an emulator's listener.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.display_message import DisplayMessage, Moment, Priority, message_of
from ampkeeper.firmware.facts import (
    ConnectorState,
    Fact,
    TransactionEnded,
    TransactionStarted,
)
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.payments import Payments
from ampkeeper.firmware.station.refused import let_in
from ampkeeper.firmware.store.changes import AddFact, DropDisplayMessage, SaveDisplayMessage

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

CYCLE_S = 10.0  # how long one of several messages is shown
ENTRIES_MAX = "DisplayMessageCtrlr.DisplayMessages"
TARIFF_FALLBACK = "TariffCostCtrlr.TariffFallbackMessage"
TOTAL_FALLBACK = "TariffCostCtrlr.TotalCostFallbackMessage"
TARIFFS_MAX = 100  # tokens; the one that was told first is forgotten
MOMENTS = {
    ConnectorState.FAULTED: Moment.FAULTED,
    ConnectorState.UNAVAILABLE: Moment.UNAVAILABLE,
}
ORDER = (Priority.ALWAYS_FRONT, Priority.IN_FRONT, Priority.NORMAL)


class Display:
    """The messages of the central system, by id, and what each running transaction costs."""

    def __init__(self, station: "Station") -> None:
        self.book: dict[int, DisplayMessage] = {}
        self.costs: dict[str, float] = {}
        self.totals: dict[int, float] = {}  # of the last transaction at each EVSE
        self._tariffs: dict[str, str] = {}  # what tokens were told last
        self.payments = Payments(station)
        self._station = station
        self._shown: dict[int, DisplayMessage | None] = {}

    # events

    def on_set(self, message: DisplayMessage, now: datetime, now_s: float) -> Effects:
        """A message is set; the only one that is always in front gives way to the next (O01)."""
        effects = Effects()
        if message.priority is Priority.ALWAYS_FRONT:
            others = [one.id for one in self.book.values() if one.priority is message.priority]
            self._drop([number for number in others if number != message.id], effects)
        self.book[message.id] = message
        effects.changes.append(SaveDisplayMessage(message.id, message.to_text()))
        return self._station.settle(now, now_s, effects)

    def on_clear(self, message_id: int, now: datetime, now_s: float) -> Effects:
        """A message is taken back."""
        effects = Effects()
        self._drop([message_id], effects)
        return self._station.settle(now, now_s, effects)

    def on_cost(self, tx_id: str, cost: float, now: datetime, now_s: float) -> Effects:
        """The central system says what a transaction costs so far (I02)."""
        effects = Effects()
        evse = self._station.evse_of_tx(tx_id)
        if evse is not None:
            self.costs[tx_id] = cost
            effects.notice("running_cost", evse_id=evse.evse_id, tx_id=tx_id, cost=cost)
        return effects

    def on_told(
        self, fact: Fact, cost: float | None, message: str, now: datetime, now_s: float
    ) -> Effects:
        """The central system answered for a fact: the cost so far, or in all (I02, I03, I06)."""
        effects = Effects()
        if message:
            effects.notice("tariff_message", evse_id=fact.evse_id, text=message)
        if cost is None or fact.tx_id is None:
            return effects
        if not isinstance(fact, TransactionEnded):
            return self._joined(effects, self.on_cost(fact.tx_id, cost, now, now_s))
        self.totals[fact.evse_id] = cost
        effects.notice("session_cost", evse_id=fact.evse_id, tx_id=fact.tx_id, cost=cost)
        return effects

    def on_tariff(self, token: str, message: str, now: datetime, now_s: float) -> Effects:
        """The central system says what charging costs this person (I01)."""
        effects = Effects()
        self._tariffs.pop(token, None)
        if not message:
            return effects
        while len(self._tariffs) >= TARIFFS_MAX:
            del self._tariffs[next(iter(self._tariffs))]
        self._tariffs[token] = message
        effects.notice("tariff_message", text=message)
        return effects

    def _joined(self, first: Effects, second: Effects) -> Effects:
        first.notices += second.notices
        return first

    def _note_facts(self, effects: Effects) -> None:
        """Where no price or total is known, the text for that is shown (I04, I05)."""
        variable = self._station.variable
        for change in list(effects.changes):
            fact = change.fact if isinstance(change, AddFact) else None
            token = let_in(fact) if fact is not None else None
            if fact is not None and token is not None:
                text = str(variable(TARIFF_FALLBACK))
                if text and token.value not in self._tariffs:
                    effects.notice("tariff_message", evse_id=fact.evse_id, text=text)
            if isinstance(fact, TransactionStarted):
                self.totals.pop(fact.evse_id, None)
            elif isinstance(fact, TransactionEnded):
                self.costs.pop(fact.tx_id, None)
                text = str(variable(TOTAL_FALLBACK))
                if text and not self._station.entrance.is_online:
                    told = {"evse_id": fact.evse_id, "tx_id": fact.tx_id, "text": text}
                    effects.notice("session_cost", cost=None, **told)

    def settle(self, now: datetime, now_s: float, effects: Effects) -> None:
        """Drop what is over; tell what is shown now."""
        self._note_facts(effects)
        self.payments.follow(now, now_s, effects)
        if not self.book and not any(self._shown.values()):
            return
        running = {evse.transaction.tx_id for evse in self._evses if evse.transaction is not None}
        over = [
            one.id
            for one in self.book.values()
            if (one.ends is not None and now >= one.ends)
            or (one.tx_id is not None and one.tx_id not in running)
        ]
        self._drop(over, effects)
        for evse in self._evses:
            shown = self.shown(evse, now, now_s)
            if shown != self._shown.get(evse.evse_id):
                self._shown[evse.evse_id] = shown
                text = "" if shown is None else shown.content
                number = None if shown is None else shown.id
                effects.notice("display_message", evse_id=evse.evse_id, id=number, text=text)

    def recall(self, texts: Iterable[str]) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        wrong = []
        for text in texts:
            try:
                found = message_of(text)
            except ValueError as error:
                wrong.append(str(error))
            else:
                self.book[found.id] = found
        return wrong

    # what others ask

    def shown(self, evse: "Evse", now: datetime, now_s: float) -> DisplayMessage | None:
        """The message at an EVSE now: of the highest priority there is, each in its turn."""
        fitting = [one for one in self.book.values() if _fits(one, evse, now)]
        for priority in ORDER:
            turn = sorted((one for one in fitting if one.priority is priority), key=_number)
            if turn:
                return turn[int(now_s / CYCLE_S) % len(turn)]
        return None

    def text(self, evse_id: int) -> str:
        """What was told last as shown here; empty: nothing of the central system's."""
        shown = self._shown.get(evse_id)
        return "" if shown is None else shown.content

    @property
    def _evses(self) -> "Iterable[Evse]":
        return self._station.evses.values()

    def _drop(self, numbers: Iterable[int], effects: Effects) -> None:
        for number in numbers:
            if self.book.pop(number, None) is not None:
                effects.changes.append(DropDisplayMessage(number))


class DisplayDesk:
    """Implements ``DisplayPort``."""

    def __init__(
        self,
        station: "Station",
        clock_now: Callable[[], datetime],
        post: Callable[[Callable[[datetime, float], Effects]], bool],
    ) -> None:
        self._station = station
        self._display = station.display
        self._now = clock_now
        self._post = post

    def payment_started(self, evse_id: int, timeout_s: int) -> None:
        self._post(partial(self._display.payments.on_started, evse_id, timeout_s))

    def messages(self) -> tuple[DisplayMessage, ...]:
        return tuple(sorted(self._display.book.values(), key=_number))

    def set_message(self, message: DisplayMessage) -> str:
        if message.tx_id is not None and self._station.evse_of_tx(message.tx_id) is None:
            return "unknown_transaction"
        book = self._display.book
        gives_way = message.priority is Priority.ALWAYS_FRONT and any(
            one.priority is message.priority for one in book.values()
        )
        is_new = message.id not in book and not gives_way
        if is_new and len(book) >= int(self._station.variable(ENTRIES_MAX)):
            return "rejected"
        if message.ends is not None and message.ends <= max(self._now(), message.starts or NEVER):
            return "rejected"
        return "accepted" if self._post(partial(self._display.on_set, message)) else "rejected"

    def clear_message(self, message_id: int) -> bool:
        if message_id not in self._display.book:
            return False
        return self._post(partial(self._display.on_clear, message_id))

    def tell_cost(self, tx_id: str, cost: float) -> bool:
        if self._station.evse_of_tx(tx_id) is None:
            return False
        return self._post(partial(self._display.on_cost, tx_id, cost))


NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _fits(message: DisplayMessage, evse: "Evse", now: datetime) -> bool:
    """True if it is for this EVSE, its state and this time."""
    running = evse.transaction
    if message.tx_id is not None and (running is None or running.tx_id != message.tx_id):
        return False
    if message.starts is not None and now < message.starts:
        return False
    usual = Moment.IDLE if running is None else Moment.CHARGING
    return message.moment in (None, MOMENTS.get(evse.state, usual))


def _number(message: DisplayMessage) -> int:
    return message.id
