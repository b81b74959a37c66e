"""Tariffs at work: the default of each EVSE, and the account of each transaction (2.1 block I).

A transaction gets its tariff when somebody is let in: the one that came with the token, or else
the default. From then on it is counted, and what it comes to goes with its facts. All of it is in
the books before anything follows from it. Times count while the station runs: an interruption
costs nobody time. Pure.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.billing.account import Account
from ampkeeper.firmware.billing.conditions import Payment
from ampkeeper.firmware.facts import (
    ChargingState,
    Fact,
    IdToken,
    MeterSampled,
    TransactionEnded,
    TransactionFact,
    TransactionStarted,
    Trigger,
)
from ampkeeper.firmware.ocpp.declared import tariffs as keys
from ampkeeper.firmware.session.session import Transaction
from ampkeeper.firmware.statement import Statement
from ampkeeper.firmware.station.bills import Bill
from ampkeeper.firmware.station.drivers import Drivers, loaded
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.signed_records import SignedRecords
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.tariff import Tariff, tariff_of
from ampkeeper.hal.ports import MeterReading

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

KEY = "tariffs"
VERSION = "2.1"  # of OCPP, the first to know tariffs
SAVE_S = 60.0  # a power cut loses at most so much of the times
TEXT_CHARS_MAX = 60_000  # of what one row of the books takes: one default more is refused
BRAND, RECOGNITION = "PaymentBrand", "PaymentRecognition"  # 2.1, additional information of a token


class Tariffs:
    """Part of the station."""

    def __init__(self, station: "Station") -> None:
        self.defaults: dict[int, list[Tariff]] = {evse_id: [] for evse_id in station.evses}
        self.drivers = Drivers(station)
        self._station = station
        self._bills = station.costs.shown.bills
        self._decided: set[str] = set()  # running transactions that have a tariff, or will not
        self._new: set[str] = set()  # accounts that were opened since time was counted last
        self._told_at: dict[str, datetime] = {}  # when the cost of each was told last
        self._read_s: dict[int, float] = {}  # which reading of each meter was counted last
        self._seen_ms: int | None = None
        self._next_save_s = 0.0
        self.has_failed = False  # a cost could not be worked out
        self.records: SignedRecords | None = None  # of what is told
        self.own: Tariff | None = None  # of the configuration, where nobody else tells a price
        self.zone: tzinfo | None = None  # of its hours; None: that of the system

    @property
    def is_enabled(self) -> bool:
        """True if tariffs are taken and costs worked out here (I12.FR.01)."""
        variable = self._station.variable
        return bool(variable(keys.TARIFF) and variable(keys.COST))

    def recall(self, read: Callable[[str], str | None]) -> list[str]:
        """Take up what the books hold; return what of it is left out, in words."""
        kept, wrong = loaded(read(KEY)), self.drivers.recall(read)
        for evse_id, rows in self.defaults.items():
            try:
                for tariff_id in kept.get("places", {}).get(str(evse_id), ()):
                    rows.append(tariff_of(kept["tariffs"][tariff_id]))
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                wrong.append(f"default tariffs of EVSE {evse_id}: {error!r}")
        return wrong

    def valid(self, evse_id: int, now: datetime) -> Tariff | None:
        """The default tariff that holds (I07.FR.19 to FR.23): the newest that has begun."""
        begun = [one for one in self.defaults[evse_id] if begins_s(one) <= now.timestamp()]
        return max(begun, key=begins_s, default=None)

    def take_up(self, running: Transaction) -> None:
        """A transaction goes on that began before: no tariff of now is for whoever charges."""
        if running.token is not None:
            self._decided.add(running.tx_id)

    def account(self, tx_id: str | None) -> Account | None:
        """The account of a transaction."""
        bill = self._bills.get(tx_id)
        return None if bill is None else bill.account

    # events

    def on_default(
        self, evse_ids: tuple[int, ...], tariff: Tariff, now: datetime, now_s: float
    ) -> Effects:
        """A default tariff is set; the one with its beginning goes (I07.FR.22)."""
        for evse_id in evse_ids:
            self.defaults[evse_id] = self.with_default(evse_id, tariff, now)
        return self._station.settle(now, now_s, self._saved_defaults())

    def on_clear(
        self, tariff_ids: frozenset[str], evse_ids: tuple[int, ...], now: datetime, now_s: float
    ) -> Effects:
        """Default tariffs go; what runs keeps its own (I10.FR.07)."""
        for evse_id in evse_ids:
            kept = [one for one in self.defaults[evse_id] if one.id not in tariff_ids]
            self.defaults[evse_id] = kept
        return self._station.settle(now, now_s, self._saved_defaults())

    def on_change(self, tx_id: str, tariff: Tariff, now: datetime, now_s: float) -> Effects:
        """A running transaction has another tariff from now on (I11.FR.07, FR.08)."""
        effects = Effects()
        evse = self._station.evse_of_tx(tx_id)
        if evse is not None and evse.transaction is not None:
            _, bill = self._bills.of(evse)
            if bill.account is None:
                self._open(evse, evse.transaction, tariff.for_driver(), now, None)
            else:
                bill.account.change(tariff.for_driver(), now, self._local)
            assert bill.account is not None, "it was opened just now"
            bill.account.is_driver = True
            self._decided.add(tx_id)
            if tariff.text:
                place = {"evse_id": evse.evse_id, "tx_id": tx_id}
                effects.notice("tariff_message", **place, text=tariff.text)
            evse.note(now, Trigger.TARIFF_CHANGED, effects)
        return self._station.settle(now, now_s, effects)

    def follow(self, now: datetime, now_s: float, effects: Effects) -> None:
        """Count what runs; tell and keep what it comes to, every so often."""
        now_ms = round(now_s * 1000)
        passed_ms = 0 if self._seen_ms is None else max(0, now_ms - self._seen_ms)
        self._seen_ms = now_ms
        is_due = now_s >= self._next_save_s
        running = set()
        for evse in self._station.evses.values():
            charge = evse.session.charge
            bill = None if charge is None else self._bills.get(charge.tx_id)
            if charge is None or bill is None or bill.account is None:
                continue
            running.add(charge.tx_id)
            is_new = charge.tx_id in self._new
            self._count(evse, bill.account, 0 if is_new else passed_ms, now)
            self._tell(evse, charge, bill.account, now, effects)
            if is_due:
                self._bills.save(charge.tx_id, bill, effects)
        if is_due:
            self._next_save_s = now_s + SAVE_S
        self._new.clear()
        self._told_at = {tx: at for tx, at in self._told_at.items() if tx in running}
        self.drivers.forget_unused(effects)

    def dress(self, evse: "Evse", running: Transaction, fact: Fact, effects: Effects) -> Fact:
        """The fact with what is to be told of it; begin and end are signed."""
        told = self._costed(evse, running, fact, effects)
        return told if self.records is None else self.records.dress(evse, running, told, effects)

    def closed(self, running: Transaction, fact: TransactionEnded, effects: Effects) -> Fact:
        """The end of what no EVSE can take up any more, with what it cost."""
        told: Fact = fact
        bill = self._bills.get(fact.tx_id)
        if bill is not None and bill.account is not None:
            told = self._dressed(fact.tx_id, bill, fact, effects)
        return told if self.records is None else self.records.dress(None, running, told, effects)

    # helpers

    def _costed(self, evse: "Evse", running: Transaction, fact: Fact, effects: Effects) -> Fact:
        """With what is to be told of tariff and cost (I07.FR.32, I12.FR.01, FR.02)."""
        if isinstance(fact, MeterSampled):
            return fact
        is_new = running.token is not None and running.tx_id not in self._decided
        if is_new and not isinstance(fact, TransactionEnded):
            self._decide(evse, running, fact, effects)
        bill = self._bills.get(running.tx_id)
        if isinstance(fact, TransactionEnded):
            self._decided.discard(running.tx_id)
        if isinstance(fact, TransactionEnded) and bill is not None and bill.failure:
            self.has_failed = True  # I12.FR.14, FR.18
            return replace(fact, cost=self._failed(bill.failure))
        if bill is None or bill.account is None:
            return fact
        return self._dressed(running.tx_id, bill, fact, effects)

    def _decide(self, evse: "Evse", running: Transaction, fact: Fact, effects: Effects) -> None:
        """Which tariff whoever was let in pays by (I07.FR.14, I08.FR.04)."""
        assert running.token is not None, "the caller looked"
        self._decided.add(running.tx_id)
        is_driver, tariff = False, None
        if self.is_enabled and self._station.version == VERSION:
            is_driver, tariff = self.drivers.of(running.token)
            tariff = tariff if is_driver else self.valid(evse.evse_id, fact.at)
        if not is_driver and self._is_own(running.tx_id):
            tariff = tariff or self.own
        if tariff is None:
            return
        number = getattr(fact, "reservation_id", None)
        kept = None if number is None else self._station.reservations.book.get(number)
        since = None if kept is None else kept.made_at or fact.at
        account = self._open(evse, running, tariff, fact.at, since)
        account.is_driver = is_driver
        if tariff.text and not is_driver:
            place = {"evse_id": evse.evse_id, "tx_id": running.tx_id}
            effects.notice("tariff_message", **place, text=tariff.text)

    def _is_own(self, tx_id: str) -> bool:
        """True where the central system has told no price of a transaction."""
        bill = self._bills.get(tx_id)
        return bill is None or (bill.price is None and bill.running is None)

    def _open(
        self,
        evse: "Evse",
        running: Transaction,
        tariff: Tariff,
        now: datetime,
        reserved_since: datetime | None,
    ) -> Account:
        latest = evse.register.latest() or running.last.reading
        begin_wh = running.begin.reading.energy_wh
        register_wh = max(begin_wh, latest.energy_wh)
        account = Account(
            tariff,
            register_wh,
            payment=_payment(running.token),
            began_ms=max(0, (now - running.begin.at) // timedelta(milliseconds=1)),
            began_wh=register_wh - begin_wh,
        )
        reserved_ms = None
        if reserved_since is not None:
            reserved_ms = max(0, (now - reserved_since) // timedelta(milliseconds=1))
        account.open(now, self._clock(account), reserved_ms)
        bill = self._bills.get(running.tx_id) or self._bills.begin(running.tx_id, evse.evse_id)
        bill.account = account
        self._new.add(running.tx_id)
        return account

    def _dressed(self, tx_id: str, bill: Bill, fact: TransactionFact, effects: Effects) -> Fact:
        account = bill.account
        assert account is not None, "the caller looked"
        tariff_id = None if account.told_id == account.tariff.id else account.tariff.id
        account.told_id = account.tariff.id
        cost: Statement | None = None
        if isinstance(fact, TransactionEnded):
            self._read(account, fact.end.reading, fact.at)
            cost = account.statement(is_final=True)
            self.has_failed = False  # I12.FR.43
            self._notice("session_cost", fact.evse_id, tx_id, cost, effects, text="", qr_text="")
        elif self._is_told(fact, tx_id):
            cost = account.statement(is_final=False)
            self._told_at[tx_id] = fact.at
        self._bills.save(tx_id, bill, effects)
        if account.tariff.is_own:  # no central system knows of it
            return fact
        return replace(fact, tariff_id=tariff_id, cost=cost)

    def _is_told(self, fact: TransactionFact, tx_id: str) -> bool:
        """True if the cost so far goes with this fact (I12.FR.02)."""
        if not self._station.variable(keys.RUNNING_COST):
            return False
        is_first = isinstance(fact, TransactionStarted)
        return is_first or self._is_due(tx_id, fact.at)

    def _is_due(self, tx_id: str, now: datetime) -> bool:
        told_at = self._told_at.setdefault(tx_id, now)
        every_s = int(self._station.variable(keys.COST_INTERVAL))
        return now - told_at >= timedelta(seconds=every_s)

    def _tell(
        self, evse: "Evse", charge: Transaction, account: Account, now: datetime, effects: Effects
    ) -> None:
        """Show the cost so far, and tell it, if nothing else was (I12.FR.03)."""
        if evse.transaction is None or not self._is_due(charge.tx_id, now):
            return
        state = "charging" if account.is_charging else "idle"
        cost = account.statement(is_final=False)
        self._notice("running_cost", evse.evse_id, charge.tx_id, cost, effects, state=state)
        is_online = self._station.entrance.is_online
        is_told = self._station.variable(keys.RUNNING_COST) and not account.tariff.is_own
        if is_told and is_online:
            evse.note(now, Trigger.RUNNING_COST, effects)
        self._told_at[charge.tx_id] = now

    def _notice(
        self,
        kind: str,
        evse_id: int,
        tx_id: str,
        cost: Statement,
        effects: Effects,
        **fields: Any,
    ) -> None:
        amount = self._station.costs.shown.money(cost.total.shown)
        effects.notice(kind, evse_id=evse_id, tx_id=tx_id, cost=amount, **fields)

    def _count(self, evse: "Evse", account: Account, passed_ms: int, now: datetime) -> None:
        account.pass_time(passed_ms, now, self._clock(account))
        account.flow(evse.session.charging_state is ChargingState.CHARGING)
        latest = evse.register.latest() if evse.register.is_fresh else None
        if latest is not None and self._read_s.get(evse.evse_id) != latest.taken_s:
            self._read_s[evse.evse_id] = latest.taken_s
            self._read(account, latest, now)

    def _read(self, account: Account, reading: MeterReading, now: datetime) -> None:
        told = (reading.energy_wh, reading.power_w, _current_a(reading))
        every_s = int(self._station.variable(keys.TARIFF_INTERVAL))
        account.read(*told, now, self._clock(account), every_s)

    def _clock(self, account: Account) -> Callable[[datetime], datetime]:
        """Hours of the configuration are in its time zone, others as the central system says."""
        return self._in_zone if account.tariff.is_own else self._local

    def _in_zone(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _local(self, at: datetime) -> datetime:
        return self._station.costs.shown.clock().local(at)

    def _failed(self, why: str) -> Statement:
        currency = str(self._station.variable(keys.CURRENCY))
        return Statement(currency, failure=why)

    def with_default(self, evse_id: int, tariff: Tariff, now: datetime) -> list[Tariff]:
        """The defaults here with one more, but without what it replaces and what is over."""
        holds = self.valid(evse_id, now)
        over_s = float("-inf") if holds is None else begins_s(holds)
        kept = [
            one
            for one in self.defaults[evse_id]
            if begins_s(one) >= over_s and one.valid_from_s != tariff.valid_from_s
        ]
        return [*kept, tariff]

    def text_with(self, defaults: dict[int, list[Tariff]]) -> str:
        """As the books keep them."""
        found = {one.id: one for rows in defaults.values() for one in rows}
        kept = {
            "tariffs": {tariff_id: one.to_json() for tariff_id, one in found.items()},
            "places": {str(place): [one.id for one in rows] for place, rows in defaults.items()},
        }
        return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)

    def _saved_defaults(self) -> Effects:
        return Effects(changes=[SaveMeta(KEY, self.text_with(self.defaults))])


def begins_s(tariff: Tariff) -> float:
    """From when on it holds, Unix time."""
    return float("-inf") if tariff.valid_from_s is None else tariff.valid_from_s


def _current_a(reading: MeterReading) -> float | None:
    """Of all phases together; None: the meter does not say."""
    known = [one for one in reading.current_a if one is not None]
    return sum(known) if known else None


def _payment(token: IdToken | None) -> Payment:
    """What a central system said of how a token pays."""
    said = dict(token.extra) if token is not None else {}
    return Payment(said.get(BRAND, ""), said.get(RECOGNITION, ""))
