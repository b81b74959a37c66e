"""Costs: what people here are shown of prices, and when the central system hears the meter for it.

The central system says what is owed. Between two of its words, and while it is away, the station
counts on, and says of such a sum that it is its own. Pure.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.facts import Trigger
from ampkeeper.firmware.ocpp.declared import prices as keys
from ampkeeper.firmware.ocpp.price_reading import (
    default_price,
    final_cost,
    offset_of,
    read_object,
    running_cost,
    time_of,
    user_price,
)
from ampkeeper.firmware.ocpp.samples import ASKED
from ampkeeper.firmware.prices import (
    DefaultPrice,
    FinalCost,
    RunningCost,
    UserPrice,
    WallClock,
    charged,
    cost_now,
    moved_on,
)
from ampkeeper.firmware.station.cost_triggers import CostTriggers, Moment
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveCost
from ampkeeper.firmware.store.rows import SessionRow

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

BILLS_MAX = 32  # of the newest transactions; of an older one nothing more is taken
PRICES_MAX = 64  # of people who have not begun yet; the oldest goes
PRICE_LASTS = timedelta(hours=1)  # for who has not begun by then, it is asked for anew
PRICE, RUNNING, FINAL = "price", "running", "final"  # what was told, by kind


class Books(Protocol):
    """What the store has of sessions and their costs."""

    def sessions(self, limit: int) -> list[SessionRow]:
        """The newest first."""

    def costs(self, tx_ids: Iterable[str]) -> dict[str, str]:
        """What was told, by session."""


@dataclass(slots=True)
class Bill:
    """What is known of the cost of one transaction; ``told`` is what it is known from."""

    evse_id: int
    csms_tx_id: int | None = None
    is_offline: bool = False  # it began while nobody could be asked
    price: UserPrice | None = None
    running: RunningCost | None = None
    idle_since: datetime | None = None
    final: FinalCost | None = None
    told: dict[str, Any] = field(default_factory=dict)
    triggers: CostTriggers = field(default_factory=CostTriggers)
    is_recalled: bool = False  # its triggers are to be set once the meter is known


class Costs:
    """Prices and costs of the station."""

    def __init__(self, station: "Station") -> None:
        self.knows_number: Callable[[str], bool] = _is_told  # by the system that is connected
        self._station = station
        self._bills: dict[str, Bill] = {}  # by transaction, the newest last
        self._waiting: dict[str, tuple[UserPrice, str, datetime]] = {}  # by token

    @property
    def is_shown(self) -> bool:
        """True where people are shown what they pay."""
        return bool(self._station.variable(keys.COSTS_SHOWN))

    def clock(self) -> WallClock:
        """The clock on the wall, as the settings say."""
        variable = self._station.variable
        clock = WallClock(offset_of(variable(keys.OFFSET)) or WallClock().offset)
        change_at = time_of(variable(keys.NEXT_OFFSET_AT))
        next_offset = offset_of(variable(keys.NEXT_OFFSET))
        if change_at is None or next_offset is None:
            return clock
        return WallClock(clock.offset, next_offset, clock.instant(change_at))

    def tx_of(self, csms_tx_id: int, is_running: bool) -> str | None:
        """The transaction that the central system calls so, if it runs, or is one of the last."""
        for evse in self._station.evses.values():
            running = evse.transaction
            if running is None or evse.csms_tx_id != csms_tx_id:
                continue
            if self.knows_number(running.tx_id):
                return running.tx_id
        for tx_id, bill in reversed(self._bills.items()):
            is_meant = bill.csms_tx_id == csms_tx_id and not is_running
            if is_meant and self.knows_number(tx_id):
                return tx_id
        return None

    # events

    def on_price(self, price: UserPrice, text: str, now: datetime, now_s: float) -> Effects:
        """What a token pays."""
        effects = Effects()
        fields: dict[str, Any] = {"text": price.text}
        evse = self._evse_of(price.token)
        if evse is None:
            self._waiting.pop(price.token.upper(), None)
            if len(self._waiting) >= PRICES_MAX:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[price.token.upper()] = (price, text, now)
        else:
            tx_id, bill = self._bill(evse)
            bill.price = price
            self._note(tx_id, bill, PRICE, text, effects)
            fields = {"evse_id": evse.evse_id, "tx_id": tx_id} | fields
        effects.notice("tariff_message", **fields)
        return effects

    def on_running(
        self, tx_id: str, cost: RunningCost, text: str, now: datetime, now_s: float
    ) -> Effects:
        """What a running transaction costs so far."""
        effects = Effects()
        evse = self._station.evse_of_tx(tx_id)
        if evse is None:
            return effects  # it ended meanwhile
        _, bill = self._bill(evse)
        was_idle = bill.running is not None and bill.running.is_idle
        if not (cost.is_idle and was_idle):
            bill.idle_since = cost.at
        bill.running = cost
        bill.triggers.renew(cost.triggers, _moment(evse, now))
        self._note(tx_id, bill, RUNNING, text, effects)
        state = "idle" if cost.is_idle else "charging"
        effects.notice(
            "running_cost", evse_id=evse.evse_id, tx_id=tx_id, cost=self._money(cost.cost),
            state=state,
        )  # fmt: skip
        return effects

    def on_final(
        self, tx_id: str, cost: FinalCost, text: str, now: datetime, now_s: float
    ) -> Effects:
        """What a transaction cost in the end."""
        effects = Effects()
        evse = self._station.evse_of_tx(tx_id)
        bill = self._bills.get(tx_id) if evse is None else self._bill(evse)[1]
        if bill is None:
            return effects
        bill.final = cost
        bill.csms_tx_id = cost.csms_tx_id
        self._note(tx_id, bill, FINAL, text, effects)
        effects.notice(
            "session_cost", evse_id=bill.evse_id, tx_id=tx_id, cost=self._money(cost.cost),
            text=cost.text, qr_text=cost.qr_text,
        )  # fmt: skip
        return effects

    def tick(self, now: datetime, effects: Effects) -> None:
        """Time passed: prices change, and meter values fall due."""
        if not self.is_shown:
            return
        for evse in self._station.evses.values():
            if evse.transaction is not None:
                self._tick_bill(evse, now, effects)

    def recall(self, books: Books) -> list[str]:
        """Take up what was told of the newest transactions; return what is left out."""
        newest = books.sessions(BILLS_MAX)
        told = books.costs(row.tx_id for row in newest)
        return self.take_up(
            (row.tx_id, row.evse_id, row.csms_tx_id, told.get(row.tx_id, "{}"))
            for row in reversed(newest)
        )

    def take_up(self, rows: Iterable[tuple[str, int, int | None, str]]) -> list[str]:
        """Take up what was told of these transactions, oldest first; return what is left out."""
        problems = []
        for tx_id, evse_id, csms_tx_id, text in rows:
            try:
                self._bills[tx_id] = self._read(evse_id, csms_tx_id, json.loads(text))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                problems.append(f"{tx_id}: {error}")
        return problems

    # what is shown

    def view(self, evse: "Evse", now: datetime) -> dict[str, Any] | None:
        """The cost of what runs here; None: nothing is known, or nobody is shown."""
        running = evse.transaction
        if running is None or not self.is_shown:
            return None
        bill = self._bills.get(running.tx_id) or Bill(evse.evse_id)
        shown = self._told_view(bill)
        if bill.running is not None and bill.idle_since is not None:
            sum_now = cost_now(bill.running, bill.idle_since, _register_wh(evse), now)
            shown |= {"now": self._money(sum_now), "is_idle": bill.running.is_idle}
            following = bill.running.following
            if following is not None:
                shown["prices_change"] = self.clock().local(following.at).isoformat()
        elif bill.is_offline:
            shown |= self._offline_view(evse, now)
        return shown

    def shape(self, text: str) -> dict[str, Any] | None:
        """What a session of the books cost, as far as it was told."""
        try:
            return self._told_view(self._read(0, None, json.loads(text)))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    # helpers

    def _told_view(self, bill: Bill) -> dict[str, Any]:
        """``total`` is the central system's word; ``is_final``: its last one."""
        default = self._default()
        text = default.text if default is not None else ""
        if bill.is_offline and default is not None and default.text_offline:
            text = default.text_offline
        if bill.price is not None and bill.price.text:
            text = bill.price.text
        shown: dict[str, Any] = {"text": text, "total": None, "as_of": None, "is_final": False}
        if bill.running is not None:
            shown |= {"total": self._money(bill.running.cost), "as_of": stamp(bill.running.at)}
        if bill.final is not None:
            shown |= {"total": self._money(bill.final.cost), "is_final": True}
            shown |= {"text": bill.final.text or text, "qr_text": bill.final.qr_text}
        return shown

    def _offline_view(self, evse: "Evse", now: datetime) -> dict[str, Any]:
        """By the default price, as nobody has told another."""
        default, running = self._default(), evse.transaction
        if default is None or default.charging is None or running is None:
            return {}
        taken_wh = max(0, _register_wh(evse) - running.begin.reading.energy_wh)
        price = default.charging
        sum_now = price.flat_fee + charged(price, taken_wh, now - running.begin.at)
        return {"now": self._money(sum_now), "is_idle": False}

    def _default(self) -> DefaultPrice | None:
        return default_price(self._station.variable(keys.DEFAULT_PRICE))

    def _money(self, amount: Decimal) -> float:
        """For JSON and for people: so many decimals as the settings say."""
        return float(round(amount, int(self._station.variable(keys.DECIMALS))))

    def _evse_of(self, token: str) -> "Evse | None":
        for evse in self._station.evses.values():
            running = evse.transaction
            own = running.token if running is not None else None
            if own is not None and own.value.upper() == token.upper():
                return evse
        return None

    def _bill(self, evse: "Evse") -> tuple[str, Bill]:
        """The bill of what runs here, begun where there was none."""
        assert evse.transaction is not None, "the caller looked"
        running = evse.transaction
        bill = self._bills.get(running.tx_id)
        if bill is None:
            bill = self._bills[running.tx_id] = Bill(evse.evse_id)
            while len(self._bills) > BILLS_MAX:
                del self._bills[next(iter(self._bills))]
        bill.csms_tx_id = evse.csms_tx_id if evse.csms_tx_id is not None else bill.csms_tx_id
        return running.tx_id, bill

    def _tick_bill(self, evse: "Evse", now: datetime, effects: Effects) -> None:
        assert evse.transaction is not None, "the caller looked"
        is_new = evse.transaction.tx_id not in self._bills
        tx_id, bill = self._bill(evse)
        if is_new:
            self._begin(tx_id, bill, evse, now, effects)
        if bill.running is None or bill.idle_since is None:
            return
        moment, register_wh = _moment(evse, now), _register_wh(evse)
        if bill.is_recalled:
            bill.is_recalled = False
            bill.triggers.renew(bill.running.triggers, moment)
        bill.running = moved_on(bill.running, bill.idle_since, register_wh, now)
        if bill.triggers.fires(moment):
            evse.sample(now, ASKED, Trigger.TRIGGER, effects)

    def _begin(self, tx_id: str, bill: Bill, evse: "Evse", now: datetime, effects: Effects) -> None:
        """A transaction that nothing was told of yet, but perhaps its person's price."""
        bill.is_offline = not self._station.entrance.is_online
        token = evse.transaction.token if evse.transaction is not None else None
        price = self._waiting.pop(token.value.upper(), None) if token is not None else None
        if price is not None and now - price[2] < PRICE_LASTS:
            bill.price = price[0]
            self._note(tx_id, bill, PRICE, price[1], effects)

    def _note(self, tx_id: str, bill: Bill, kind: str, text: str, effects: Effects) -> None:
        bill.told[kind] = text
        bill.told["offline"] = bill.is_offline
        if bill.idle_since is not None:
            bill.told["idle_since"] = bill.idle_since.isoformat()
        effects.changes.append(SaveCost(tx_id, json.dumps(bill.told, ensure_ascii=False)))

    def _read(self, evse_id: int, csms_tx_id: int | None, told: dict[str, Any]) -> Bill:
        """The bill that ``told`` makes; raises what a damaged row raises."""
        language = self._station.variable(keys.LANGUAGE)
        bill = Bill(evse_id, csms_tx_id, is_offline=bool(told.get("offline")), told=told)
        if PRICE in told:
            bill.price = user_price(read_object(told[PRICE]), language)
        if RUNNING in told:
            bill.running = running_cost(read_object(told[RUNNING]), self.clock())
            bill.is_recalled = True
        if "idle_since" in told:
            bill.idle_since = datetime.fromisoformat(told["idle_since"])
        if FINAL in told:
            bill.final = final_cost(read_object(told[FINAL]), language)
        return bill


def _is_told(tx_id: str) -> bool:
    """There is one central system, whose numbers all are."""
    return True


def _register_wh(evse: "Evse") -> int:
    assert evse.transaction is not None, "the caller looked"
    return (evse.register.latest() or evse.transaction.last.reading).energy_wh


def _moment(evse: "Evse", now: datetime) -> Moment:
    assert evse.transaction is not None, "the caller looked"
    latest = evse.register.latest() if evse.register.is_fresh else None
    return Moment(
        now=now,
        energy_wh=_register_wh(evse) - evse.transaction.begin.reading.energy_wh,
        power_w=latest.power_w if latest is not None else None,
        state=str(evse.state),
    )
