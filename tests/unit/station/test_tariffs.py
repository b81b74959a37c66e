"""Tariffs at the station: which holds, what a transaction used, what outlives a power cut."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from ampkeeper.firmware.facts import StopReason, Trigger
from ampkeeper.firmware.session.session import Stop
from ampkeeper.firmware.station.tariffs import (
    DEFAULTS_KEY,
    DEFAULTS_MAX,
    KEPT_MAX,
    USED_KEY,
    Leg,
    TariffDesk,
    Used,
)
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.tariff import CHARGING, ENERGY, FIXED, IDLE, Price, Tariff
from tests.unit.station.charger import START, Charger
from tests.unit.station.test_station_returns import running

NOON_S = int(START.timestamp())
ONE = Decimal(1)
FIRST = Tariff("T1", "EUR", {ENERGY: Price(ONE), CHARGING: Price(ONE), IDLE: Price(ONE)})
SECOND = replace(FIRST, id="T2", prices={ENERGY: Price(Decimal(2)), FIXED: Price(ONE)})
REMOTE = Stop(StopReason.REMOTE, Trigger.REMOTE_STOP)


def desk(charger: Charger) -> TariffDesk:
    def post(event: Any) -> bool:
        charger.do(event)
        return True

    return TariffDesk(charger.station, post, lambda: charger.now)


def kept(charger: Charger, key: str) -> str:
    found = [one.value for one in charger.changes if isinstance(one, SaveMeta) and one.key == key]
    return found[-1] if found else ""


def at(tariff: Tariff, tariff_id: str, passed_s: int | None) -> Tariff:
    valid_from_s = None if passed_s is None else NOON_S + passed_s
    return replace(tariff, id=tariff_id, valid_from_s=valid_from_s)


def test_the_newest_tariff_that_has_begun_holds() -> None:
    """I07.FR.19 to FR.23."""
    charger = Charger(2)
    set_it, tariffs = desk(charger).set_default, charger.station.tariffs
    assert set_it(0, FIRST) == "accepted"
    assert set_it(1, at(FIRST, "later", 60)) == "accepted"
    assert set_it(1, at(FIRST, "later", 90)) == "duplicate"
    assert [tariffs.valid(evse_id, charger.now) for evse_id in (1, 2)] == [FIRST, FIRST]
    charger.wait(60.0)
    found = [tariffs.valid(evse_id, charger.now) for evse_id in (1, 2)]
    assert [each.id for each in found if each] == ["later", "T1"]
    assert set_it(2, SECOND) == "accepted", "one from the same time is replaced"
    assert [each.id for each in tariffs.defaults[2]] == ["T2"]
    assert set_it(1, at(FIRST, "much later", 3600)) == "accepted"
    assert [each.id for each in tariffs.defaults[1]] == ["later", "much later"]


def test_too_many_tariffs_to_come_are_refused() -> None:
    charger = Charger()
    answers = [
        desk(charger).set_default(1, at(FIRST, str(number), 60 + number))
        for number in range(DEFAULTS_MAX + 1)
    ]
    assert answers == ["accepted"] * DEFAULTS_MAX + ["full"]


def test_tariffs_are_listed_by_place_and_cleared_by_name_and_place() -> None:
    charger = Charger(2)
    made = desk(charger)
    made.set_default(0, FIRST)
    made.set_default(2, at(SECOND, "T2", 60))
    found = [(each.tariff.id, each.evse_ids) for each in made.assigned(0)]
    assert found == [("T1", (1, 2)), ("T2", (2,))]
    assert made.clear(("T2", "unheard"), 1) == ()
    assert made.clear(("T1",), 1) == ("T1",)
    assert [each.evse_ids for each in made.assigned(0)] == [(2,), (2,)]
    assert made.clear((), 0) == ("T1", "T2")
    assert made.assigned(0) == ()


def test_a_transaction_pays_by_the_tariff_it_began_with() -> None:
    """I07.FR.14, FR.24, I10.FR.07."""
    charger = Charger()
    made = desk(charger)
    made.set_default(0, FIRST)
    charger.start()
    tx_id = charger.evse.transaction.tx_id
    made.set_default(0, SECOND)
    made.clear((), 0)
    charger.wait(60.0)
    charger.energy_wh += 3_000
    charger.offer()
    charger.wait(30.0)
    bill = made.bill(tx_id, 10_000, 13_000)
    assert bill is not None
    assert made.tariff_id(tx_id, is_newest=False) == "T1"
    assert bill.parts[ENERGY].without_tax == 3
    assert (round(bill.usage.charging_s), round(bill.usage.idle_s)) == (60, 30)
    charger.do(charger.station.on_stop, tx_id, REMOTE)
    charger.wait(60.0)
    assert charger.evse.transaction is None
    ended = made.bill(tx_id, 10_000, 13_000)
    charger.wait(600.0, step_s=10.0)
    assert made.bill(tx_id, 10_000, 13_000) == ended, "what is over costs no more"


def test_another_tariff_counts_from_then_on_and_is_told() -> None:
    """I11.FR.07, FR.08."""
    charger = Charger()
    made = desk(charger)
    made.set_default(0, FIRST)
    charger.start()
    tx_id = charger.evse.transaction.tx_id
    charger.energy_wh += 1_000
    charger.wait(2.0)
    assert made.change("another", SECOND) == "no_transaction"
    assert made.change(tx_id, replace(SECOND, currency="SEK")) == "other_currency"
    assert made.change(tx_id, SECOND) == "accepted"
    assert charger.facts[-1].trigger is Trigger.TARIFF_CHANGED
    ids = [made.tariff_id(tx_id, is_newest=newest) for newest in (False, True)]
    assert ids == ["T1", "T2"]
    bill = made.bill(tx_id, 10_000, 13_000)
    assert bill is not None
    assert bill.parts[ENERGY].without_tax == 1 * 1 + 2 * 2
    assert FIXED not in bill.parts or bill.parts[FIXED].without_tax == 0


def test_a_transaction_without_a_tariff_may_get_one() -> None:
    charger = Charger()
    made = desk(charger)
    charger.start()
    tx_id = charger.evse.transaction.tx_id
    assert made.bill(tx_id, 0, 0) is None
    assert kept(charger, USED_KEY) == ""
    assert made.change(tx_id, SECOND) == "accepted"
    assert made.tariff_id(tx_id, is_newest=True) == "T2"


def test_tariffs_and_what_was_used_outlive_a_power_cut() -> None:
    """I07.FR.13."""
    charger = Charger()
    made = desk(charger)
    made.set_default(0, FIRST)
    charger.start()
    tx_id = charger.evse.transaction.tx_id
    charger.wait(120.0)
    books = {key: kept(charger, key) for key in (DEFAULTS_KEY, USED_KEY)}
    after = Charger()
    after.station.resumption.recall(books.get, lambda: 0.0)
    assert after.station.tariffs.valid(1, after.now) == FIRST
    bill = desk(after).bill(tx_id, 10_000, 11_000)
    assert bill is not None
    assert bill.usage.energy_wh == 1_000
    assert 60 <= bill.usage.charging_s <= 120, "a minute may be lost"


def test_what_began_without_a_tariff_has_none_after_a_power_cut_either() -> None:
    charger = Charger()
    desk(charger).set_default(0, FIRST)
    charger.do(charger.station.on_restore, [(running("tx-1"), None)], False)
    charger.wait(60.0)
    assert desk(charger).bill("tx-1", 9_000, 9_500) is None


def test_nothing_is_remembered_of_transactions_without_a_tariff() -> None:
    charger = Charger()
    for _ in range(3):
        charger.start()
        charger.do(charger.station.on_stop, charger.evse.transaction.tx_id, REMOTE)
        charger.wait(60.0)
    assert charger.station.tariffs.used == {}
    assert kept(charger, USED_KEY) == ""


def test_only_the_newest_of_what_is_over_are_kept() -> None:
    charger = Charger()
    desk(charger).set_default(0, FIRST)
    tariffs = charger.station.tariffs
    for number in range(KEPT_MAX + 20):
        tariffs.used[f"old-{number}"] = Used([Leg(FIRST, 0)])
    charger.start()
    charger.wait(120.0)
    assert len(tariffs.used) == KEPT_MAX + 1
    assert "old-0" not in tariffs.used


def test_what_cannot_be_read_is_forgotten() -> None:
    for text in ("", "{", "[]", '{"x": []}'):
        charger = Charger()
        charger.station.tariffs.recall({DEFAULTS_KEY: text, USED_KEY: "[]"}.get)
        assert charger.station.tariffs.defaults == {1: []}
        assert charger.station.tariffs.used == {}
