"""Costs: what people here are shown of prices, and when the central system hears the meter for it.

The central system says what is owed, in whichever version of OCPP. Between two of its words, and
while it is away, the station counts on, and says of such a sum that it is its own. All of it is
in the books before anybody sees it. Pure.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.facts import ChargingState, Fact, IdToken, TransactionEnded, Trigger
from ampkeeper.firmware.ocpp.declared import tariffs as keys_2x
from ampkeeper.firmware.ocpp.price_reading import final_text, price_text, running_text
from ampkeeper.firmware.ocpp.samples import ASKED
from ampkeeper.firmware.prices import FinalCost, RunningCost, UserPrice, moved_on
from ampkeeper.firmware.station.bills import FINAL, PRICE, RUNNING, Bill, Books
from ampkeeper.firmware.station.cost_triggers import Moment
from ampkeeper.firmware.station.cost_view import CLASSIC, CostView, register_wh
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.refused import let_in
from ampkeeper.firmware.store.changes import AddFact

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

PRICES_MAX = 64  # of people who have not begun yet; the oldest goes
PRICE_LASTS = timedelta(hours=1)  # for who has not begun by then, it is asked for anew
NO_NUMBER = 0  # of a transaction that no central system numbers (2.x)


class Costs:
    """Prices and costs of the station."""

    def __init__(self, station: "Station") -> None:
        self.knows_number: Callable[[str], bool] = _is_told  # by the system that is connected
        self.shown = CostView(station)
        self._station = station
        self._bills = self.shown.bills
        self._waiting: dict[str, tuple[UserPrice, datetime]] = {}  # by token

    def tx_of(self, csms_tx_id: int, is_running: bool) -> str | None:
        """The transaction that the central system calls so, if it runs, or is one of the last."""
        for evse in self._station.evses.values():
            running = evse.transaction
            if running is None or evse.csms_tx_id != csms_tx_id:
                continue
            if self.knows_number(running.tx_id):
                return running.tx_id
        past = [] if is_running else self._bills.numbered(csms_tx_id)
        return next((tx_id for tx_id in past if self.knows_number(tx_id)), None)

    # what is told

    def on_price(self, price: UserPrice, now: datetime, now_s: float) -> Effects:
        """What a token pays (2.x I01, 1.6 SetUserPrice)."""
        effects = Effects()
        evse = self._evse_of(price.token)
        if evse is not None:
            self._set_price(evse, price, effects)
            return effects
        self._waiting.pop(price.token.upper(), None)
        while len(self._waiting) >= PRICES_MAX:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[price.token.upper()] = (price, now)
        effects.notice("tariff_message", text=price.text)
        return effects

    def on_authorised(self, token: IdToken, text: str, now: datetime, now_s: float) -> Effects:
        """The answer for a token says what it pays, or nothing: what it paid before is over."""
        if self._station.version == CLASSIC:
            return Effects()  # whose answer has no words for it
        if text and self._is_tariff_shown:
            return self.on_price(UserPrice(token.key, text), now, now_s)
        self._waiting.pop(token.key, None)
        return Effects()

    def on_running(
        self, tx_id: str, cost: RunningCost, text: str, now: datetime, now_s: float
    ) -> Effects:
        """What a running transaction costs so far."""
        effects = Effects()
        evse = self._station.evse_of_tx(tx_id)
        if evse is None:
            return effects  # it ended meanwhile
        _, bill = self._bills.of(evse)
        was_idle = bill.running is not None and bill.running.is_idle
        if not (cost.is_idle and was_idle):
            bill.idle_since = cost.at
        bill.running = cost
        bill.triggers.renew(cost.triggers, _moment(evse, now))
        self._bills.note(tx_id, bill, RUNNING, text, effects)
        self._tell_running(evse, tx_id, cost, effects)
        return effects

    def on_cost(self, tx_id: str, cost: Decimal, now: datetime, now_s: float) -> Effects:
        """The same in words of 2.x, which tell the sum alone (I02)."""
        evse = self._station.evse_of_tx(tx_id)
        if evse is None or not self.shown.is_shown:
            return Effects()
        is_idle = evse.session.charging_state is not ChargingState.CHARGING
        told = RunningCost(NO_NUMBER, now, register_wh(evse), cost, is_idle)
        return self.on_running(tx_id, told, running_text(told), now, now_s)

    def on_final(
        self, tx_id: str, cost: FinalCost, text: str, now: datetime, now_s: float
    ) -> Effects:
        """What a transaction cost in the end."""
        effects = Effects()
        evse = self._station.evse_of_tx(tx_id)
        bill = self._bills.get(tx_id) if evse is None else self._bills.of(evse)[1]
        if bill is None:
            return effects
        bill.final = cost
        self._bills.note(tx_id, bill, FINAL, text, effects)
        self._tell_final(bill.evse_id, tx_id, cost, effects)
        return effects

    def on_told(
        self, fact: Fact, cost: Decimal | None, message: str, now: datetime, now_s: float
    ) -> Effects:
        """The answer for a fact: the cost so far, or in all, and prices (I02, I03, I06)."""
        effects = Effects()
        evse = self._station.evse_of_tx(fact.tx_id)
        if message and evse is not None and self._is_tariff_shown:
            token = evse.transaction.token if evse.transaction is not None else None
            price = UserPrice(token.value if token is not None else "", message)
            self._set_price(evse, price, effects)
        if cost is None or fact.tx_id is None or not self.shown.is_shown:
            return effects
        if isinstance(fact, TransactionEnded):
            final = FinalCost(NO_NUMBER, cost, "")
            if evse is None and self._bills.get(fact.tx_id) is None:
                self._bills.note_late(fact.tx_id, FINAL, final_text(final), effects)
                self._tell_final(fact.evse_id, fact.tx_id, final, effects)
                return effects
            more = self.on_final(fact.tx_id, final, final_text(final), now, now_s)
        else:
            more = self.on_cost(fact.tx_id, cost, now, now_s)
        effects.changes += more.changes
        effects.notices += more.notices
        return effects

    def forget(self, is_of: Callable[[str], bool]) -> None:
        """What somebody was told of prices, who has not begun yet, is not known any more."""
        for key in [key for key in self._waiting if is_of(key)]:
            del self._waiting[key]

    def note_number(self, tx_id: str | None, csms_tx_id: int | None) -> None:
        """The central system says how it calls a transaction, which may be over already."""
        bill = self._bills.get(tx_id)
        if bill is not None and csms_tx_id is not None:
            bill.csms_tx_id = csms_tx_id

    # time and events

    def tick(self, now: datetime, effects: Effects) -> None:
        """Time passed: prices change, and meter values fall due."""
        if not self.shown.is_shown:
            return
        for evse in self._station.evses.values():
            if evse.transaction is not None:
                self._tick_bill(evse, now, effects)

    def settle(self, effects: Effects) -> None:
        """Where no price or total is known, the text for that is shown (2.x I04, I05)."""
        for change in list(effects.changes):
            fact = change.fact if isinstance(change, AddFact) else None
            if fact is not None and self._station.version != CLASSIC:
                self._fall_back(fact, effects)

    def recall(self, books: Books) -> list[str]:
        """Take up what was told of the newest transactions; return what is left out."""
        return self._bills.recall(books)

    def take_up(self, rows: Iterable[tuple[str, int, int | None, str]]) -> list[str]:
        """Take up what was told of these transactions, oldest first; return what is left out."""
        return self._bills.take_up(rows)

    # helpers

    @property
    def _is_tariff_shown(self) -> bool:
        return bool(self._station.variable(keys_2x.TARIFF))

    def _set_price(self, evse: "Evse", price: UserPrice, effects: Effects) -> None:
        tx_id, bill = self._bills.of(evse)
        bill.price = price
        self._bills.note(tx_id, bill, PRICE, price_text(price.text), effects)
        effects.notice("tariff_message", evse_id=evse.evse_id, tx_id=tx_id, text=price.text)

    def _tell_running(self, evse: "Evse", tx_id: str, cost: RunningCost, effects: Effects) -> None:
        fields: dict[str, Any] = {"evse_id": evse.evse_id, "tx_id": tx_id}
        state = "idle" if cost.is_idle else "charging"
        effects.notice("running_cost", **fields, cost=self.shown.money(cost.cost), state=state)

    def _tell_final(self, evse_id: int, tx_id: str, cost: FinalCost, effects: Effects) -> None:
        fields: dict[str, Any] = {"evse_id": evse_id, "tx_id": tx_id}
        words = {"text": cost.text, "qr_text": cost.qr_text}
        effects.notice("session_cost", **fields, cost=self.shown.money(cost.cost), **words)

    def _fall_back(self, fact: Fact, effects: Effects) -> None:
        variable, token = self._station.variable, let_in(fact)
        is_online, bill = self._station.entrance.is_online, self._bills.get(fact.tx_id)
        has_tariff = bill is not None and bill.account is not None
        if token is not None and not has_tariff and self._key(token) not in self._waiting:
            away = "" if is_online else str(variable(keys_2x.OFFLINE_FALLBACK))
            text = away or str(variable(keys_2x.TARIFF_FALLBACK))
            fields = {"evse_id": fact.evse_id, "tx_id": fact.tx_id}
            if text:
                effects.notice("tariff_message", **fields, text=text)
        text = str(variable(keys_2x.TOTAL_FALLBACK)) if isinstance(fact, TransactionEnded) else ""
        if text and not has_tariff and not is_online:
            fields = {"evse_id": fact.evse_id, "tx_id": fact.tx_id}
            effects.notice("session_cost", **fields, cost=None, text=text, qr_text="")

    def _key(self, token: IdToken) -> str:
        """1.6 names a token by its value alone."""
        return token.value.upper() if self._station.version == CLASSIC else token.key

    def _evse_of(self, token: str) -> "Evse | None":
        for evse in self._station.evses.values():
            running = evse.transaction
            own = running.token if running is not None else None
            if own is not None and self._key(own) == token.upper():
                return evse
        return None

    def _tick_bill(self, evse: "Evse", now: datetime, effects: Effects) -> None:
        assert evse.transaction is not None, "the caller looked"
        is_new = self._bills.get(evse.transaction.tx_id) is None
        tx_id, bill = self._bills.of(evse)
        if is_new:
            bill.is_offline = not self._station.entrance.is_online
        self._take_price(tx_id, bill, evse, now, effects)
        if bill.running is None or bill.idle_since is None:
            return
        moment = _moment(evse, now)
        if bill.is_recalled:
            bill.is_recalled = False
            bill.triggers.renew(bill.running.triggers, moment)
        bill.running = moved_on(bill.running, bill.idle_since, register_wh(evse), now)
        if bill.triggers.fires(moment):
            evse.sample(now, ASKED, Trigger.TRIGGER, effects)

    def _take_price(
        self, tx_id: str, bill: Bill, evse: "Evse", now: datetime, effects: Effects
    ) -> None:
        """A person was told a price, and now charges here."""
        token = evse.transaction.token if evse.transaction is not None else None
        price = self._waiting.pop(self._key(token), None) if token is not None else None
        if price is not None and now - price[1] < PRICE_LASTS:
            bill.price = price[0]
            self._bills.note(tx_id, bill, PRICE, price_text(price[0].text), effects)


def _is_told(tx_id: str) -> bool:
    """There is one central system, whose numbers all are."""
    return True


def _moment(evse: "Evse", now: datetime) -> Moment:
    assert evse.transaction is not None, "the caller looked"
    latest = evse.register.latest() if evse.register.is_fresh else None
    return Moment(
        now=now,
        energy_wh=register_wh(evse) - evse.transaction.begin.reading.energy_wh,
        power_w=latest.power_w if latest is not None else None,
        state=str(evse.state),
    )
