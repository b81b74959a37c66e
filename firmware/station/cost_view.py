"""Cost view: what people see of prices and costs, as JSON.

``total`` is the central system's word, ``is_final`` its last one; ``now`` is what the station
counted on by itself, and never called the total. Pure.
"""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.billing.account import Account
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.ocpp.declared import prices as keys
from ampkeeper.firmware.ocpp.declared import tariffs as keys_2x
from ampkeeper.firmware.ocpp.price_reading import default_price, offset_of, time_of
from ampkeeper.firmware.prices import DefaultPrice, FinalCost, WallClock, charged, cost_now
from ampkeeper.firmware.station.bills import DAMAGED, Bill, Bills

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

CLASSIC = "1.6"
DIGITS = 6  # decimals of an amount, where no setting says how many are shown
_read_default = lru_cache(maxsize=4)(default_price)  # asked for with every event


class CostView:
    """What is shown of the station's bills."""

    def __init__(self, station: "Station") -> None:
        self._station = station
        self.bills = Bills(station.variable, self.clock, self._is_running)

    @property
    def is_shown(self) -> bool:
        """True where people are shown what they pay; each version has its setting for that."""
        if self._station.tariffs.own is not None:
            return True
        is_classic = self._station.version == CLASSIC
        return bool(self._station.variable(keys.COSTS_SHOWN if is_classic else keys_2x.COST))

    def clock(self) -> WallClock:
        """The clock on the wall, as the settings say."""
        variable = self._station.variable
        told = (variable(keys.OFFSET), variable(keys.NEXT_OFFSET), variable(keys.NEXT_OFFSET_AT))
        return _wall_clock(*told)

    def money(self, amount: Decimal) -> float:
        """For JSON and for people: so many decimals as the settings of 1.6 say."""
        is_classic = self._station.version == CLASSIC
        return float(round(amount, self._station.variable(keys.DECIMALS) if is_classic else DIGITS))

    def view(self, evse: "Evse", now: datetime) -> dict[str, Any] | None:
        """The cost of what runs here; None: nothing is known, or nobody is shown."""
        running = evse.transaction
        if running is None or not self.is_shown:
            return None
        bill = self.bills.get(running.tx_id) or Bill(evse.evse_id)
        shown = self._told(bill)
        if bill.running is not None and bill.idle_since is not None:
            sum_now = cost_now(bill.running, bill.idle_since, register_wh(evse), now)
            shown |= {"now": self.money(sum_now), "is_idle": bill.running.is_idle}
            following = bill.running.following
            if following is not None:
                shown["prices_change"] = self.clock().local(following.at).isoformat()
        elif bill.account is not None:
            cost = bill.account.statement(is_final=False)
            is_idle = not bill.account.is_charging
            shown |= {"now": self.money(cost.total.shown), "is_idle": is_idle}
        elif bill.is_offline:
            shown |= self._offline(evse, now)
        return shown

    def shape(self, text: str, *, is_over: bool = True) -> dict[str, Any] | None:
        """What a session of the books cost, as far as it was told."""
        try:
            bill = self.bills.read(0, None, text)
        except DAMAGED:
            return None
        shown = self._told(bill)
        if bill.account is not None:
            cost = bill.account.statement(is_final=True)
            shown["now"] = self.money(cost.total.shown)
            if is_over and bill.account.tariff.is_own:
                shown |= {"total": shown["now"], "is_final": True}  # nobody else tells one
        return shown

    def total(self, evse: "Evse") -> float | None:
        """What runs here costs, as it was told last; or else what ran here last cost in all."""
        running = evse.transaction
        bill = self.bills.get(running.tx_id) if running else self.bills.last_at(evse.evse_id)
        if bill is None or not self.is_shown:
            return None
        told = _last_word(bill) or (bill.running if running else None)
        if told is not None:
            return self.money(told.cost)
        if bill.account is None:
            return None
        cost = bill.account.statement(is_final=running is None)
        return self.money(cost.total.shown)

    def standing_text(self, evse: "Evse", now: datetime) -> str:
        """The price that everybody is shown who comes; empty: none, or somebody charges."""
        is_free = evse.transaction is None
        holds = self._station.tariffs.valid(evse.evse_id, now) if is_free else None
        if holds is not None and self._station.tariffs.is_enabled:
            return holds.text  # I07, scenario 1
        default = self._default() if is_free and self.is_shown else None
        own = self._station.tariffs.own if is_free else None
        if default is None or not default.text:
            return own.text if own is not None else ""
        is_away = not self._station.entrance.is_online
        return default.text_offline if is_away and default.text_offline else default.text

    # helpers

    def _is_running(self, tx_id: str) -> bool:
        charges = (evse.session.charge for evse in self._station.evses.values())
        return any(charge is not None and charge.tx_id == tx_id for charge in charges)

    def _told(self, bill: Bill) -> dict[str, Any]:
        default = self._default()
        text = default.text if default is not None else ""
        if bill.is_offline and default is not None and default.text_offline:
            text = default.text_offline
        text = bill.text or text
        shown: dict[str, Any] = {"text": text, "total": None, "as_of": None, "is_final": False}
        if bill.running is not None:
            shown |= {"total": self.money(bill.running.cost), "as_of": stamp(bill.running.at)}
        if bill.account is not None:
            shown |= {"text": bill.account.tariff.text or text} | self._worked_out(bill.account)
        final = _last_word(bill)
        if final is not None:
            shown |= {"total": self.money(final.cost), "is_final": True}
            shown |= {"text": final.text or text, "qr_text": final.qr_text}
        return shown

    def _worked_out(self, account: Account) -> dict[str, Any]:
        """What the station itself says of it, by its tariff."""
        tariff = account.tariff
        return {"tariff": tariff.id, "currency": tariff.currency, "is_local": True}

    def _offline(self, evse: "Evse", now: datetime) -> dict[str, Any]:
        """By the default price, as nobody has told another."""
        default, running = self._default(), evse.transaction
        if default is None or default.charging is None or running is None:
            return {}
        taken_wh = max(0, register_wh(evse) - running.begin.reading.energy_wh)
        price = default.charging
        sum_now = price.flat_fee + charged(price, taken_wh, now - running.begin.at)
        return {"now": self.money(sum_now), "is_idle": False}

    def _default(self) -> DefaultPrice | None:
        """Only 1.6 has a default price in words."""
        if self._station.version != CLASSIC:
            return None
        return _read_default(self._station.variable(keys.DEFAULT_PRICE))


def _last_word(bill: Bill) -> FinalCost | None:
    """Of a central system; by the charger's own price it has none, as on the receipt."""
    is_own = bill.account is not None and bill.account.tariff.is_own
    return None if is_own else bill.final


def register_wh(evse: "Evse") -> int:
    """The newest that the meter of a running transaction showed."""
    assert evse.transaction is not None, "the caller looked"
    return (evse.register.latest() or evse.transaction.last.reading).energy_wh


@lru_cache(maxsize=4)
def _wall_clock(offset: str, next_offset: str, next_at: str) -> WallClock:
    """Asked for wherever a price may depend on local time."""
    clock = WallClock(offset_of(offset) or WallClock().offset)
    change_at, then = time_of(next_at), offset_of(next_offset)
    if change_at is None or then is None:
        return clock
    return WallClock(clock.offset, then, clock.instant(change_at))
