"""The display at work: which text is shown at which EVSE.

Pure, as ``station.py`` is. A message is in the books before it is shown and outlives a power cut;
it goes when its time or its transaction is over. What is shown is told to whoever watches, with
every change: a display, the command line, an emulator's listener. Where there is no message, it is
the price for whoever comes.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.display_message import DisplayMessage, Moment, Priority, message_of
from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.payments import Payments
from ampkeeper.firmware.store.changes import DropDisplayMessage, SaveDisplayMessage

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

CYCLE_S = 10.0  # how long one of several messages is shown
ENTRIES_MAX = "DisplayMessageCtrlr.DisplayMessages"
MOMENTS = {
    ConnectorState.FAULTED: Moment.FAULTED,
    ConnectorState.UNAVAILABLE: Moment.UNAVAILABLE,
}
Shown = tuple[int | None, str]  # the number of a message, if it is one, and the text
NOTHING: Shown = (None, "")
ORDER = (Priority.ALWAYS_FRONT, Priority.IN_FRONT, Priority.NORMAL)


class Display:
    """The messages of the central system, by id."""

    def __init__(self, station: "Station") -> None:
        self.book: dict[int, DisplayMessage] = {}
        self.payments = Payments(station)
        self._station = station
        self._shown: dict[int, Shown] = {}

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

    def settle(self, now: datetime, now_s: float, effects: Effects) -> None:
        """Drop what is over; tell what is shown now."""
        self.payments.follow(now, now_s, effects)
        running = {evse.transaction.tx_id for evse in self._evses if evse.transaction is not None}
        over = [
            one.id
            for one in self.book.values()
            if (one.ends is not None and now >= one.ends)
            or (one.tx_id is not None and one.tx_id not in running)
        ]
        self._drop(over, effects)
        for evse in self._evses:
            message = self.shown(evse, now, now_s)
            price = (
                "" if message is not None else self._station.costs.shown.standing_text(evse, now)
            )
            shown = (None, price) if message is None else (message.id, message.content)
            if shown != self._shown.get(evse.evse_id, NOTHING):
                self._shown[evse.evse_id] = shown
                effects.notice("display_message", evse_id=evse.evse_id, id=shown[0], text=shown[1])

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
        """What was told last as shown here; empty: nothing."""
        return self._shown.get(evse_id, NOTHING)[1]

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
