"""Tariffs at the station: which holds, who pays by which, and how it changes."""

from dataclasses import replace
from decimal import Decimal

from ampkeeper.firmware.facts import Trigger
from ampkeeper.firmware.station.tariff_desk import DEFAULTS_MAX
from ampkeeper.firmware.tariff import (
    ENERGY,
    FIXED,
)
from tests.unit.station.tariff_bench import (
    FIRST,
    SECOND,
    at,
    costs,
    desk,
    made,
    notices,
    stop,
    told,
    use,
)


def test_the_newest_tariff_that_has_begun_holds() -> None:
    """I07.FR.19 to FR.23."""
    charger = made(2)
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
    charger = made()
    answers = [
        desk(charger).set_default(1, at(FIRST, str(number), 60 + number))
        for number in range(DEFAULTS_MAX + 1)
    ]
    assert answers == ["accepted"] * DEFAULTS_MAX + ["full"]


def test_more_than_the_books_take_is_refused() -> None:
    charger = made(9)
    long = replace(FIRST, text="x" * 15_000)
    answers = [desk(charger).set_default(n, replace(long, id=str(n))) for n in range(1, 6)]
    assert answers == ["accepted"] * 3 + ["full"] * 2


def test_tariffs_are_listed_by_place_and_cleared_by_name_and_place() -> None:
    charger = made(2, FIRST)
    asked = desk(charger)
    asked.set_default(2, at(SECOND, "T2", 60))
    found = [(each.tariff.id, each.evse_ids) for each in asked.assigned(0)]
    assert found == [("T1", (1, 2)), ("T2", (2,))]
    assert asked.clear(("T2", "unheard"), 1) == ()
    assert asked.clear(("T1",), 1) == ("T1",)
    assert [each.evse_ids for each in asked.assigned(0)] == [(2,), (2,)]
    assert asked.clear((), 0) == ("T1", "T2")
    assert asked.assigned(0) == ()


def test_a_free_evse_shows_the_tariff_that_holds() -> None:
    """I07, scenario 1."""
    charger = made(1, FIRST)
    assert charger.station.display.text(1) == "1 each"
    charger.start()
    assert charger.station.display.text(1) == ""


def test_a_transaction_pays_by_the_tariff_it_began_with() -> None:
    """I07.FR.14, FR.24, FR.32, I10.FR.07."""
    charger = made(1, FIRST)
    charger.start()
    desk(charger).set_default(0, SECOND)
    desk(charger).clear((), 0)
    use(charger, 60)
    charger.offer()
    charger.wait(30)
    assert told(charger) == [(charger.facts[0].trigger, "T1")]
    cost = stop(charger)
    assert cost is not None
    assert cost.parts[ENERGY].without_tax == Decimal("0.3")
    assert 59 <= cost.usage.charging_s <= 61
    assert 29 <= cost.usage.idle_s <= 32
    assert sum(one.energy_wh for one in cost.periods) == 300
    (shown,) = notices(charger, "session_cost")
    assert shown["cost"] == round(float(cost.total.with_tax or 0), 6)


def test_who_is_let_in_later_pays_from_then_on() -> None:
    """I07.FR.32, I08 scenario 2: the car waits for nothing."""
    charger = made(1, FIRST)
    charger.variables["TxCtrlr.TxStartPoint"] = ("EVConnected",)
    charger.variables["TxCtrlr.TxStopPoint"] = ("EVConnected",)
    charger.read()
    charger.plug()
    charger.wait(600, step_s=10)
    assert told(charger) == []
    charger.swipe("0BCAFE01")
    charger.wait(1)
    assert told(charger) == [(Trigger.AUTHORIZED, "T1")]
    account = charger.station.tariffs.account(charger.facts[0].tx_id)
    assert account is not None
    assert account.usage.paused_ms + account.usage.charging_ms <= 1_000, "not a tick more"
    assert account.began_ms >= 600_000


def test_another_tariff_counts_from_then_on_and_is_told() -> None:
    """I11.FR.04, FR.05, FR.07, FR.08; the note to I08: it is of one driver."""
    charger = made(1, FIRST)
    charger.start()
    tx_id = charger.facts[0].tx_id
    use(charger, 10)
    asked = desk(charger)
    assert asked.change("another", SECOND) == "no_transaction"
    assert asked.change(tx_id or "", replace(SECOND, currency="SEK")) == "other_currency"
    assert asked.change(tx_id or "", SECOND) == "accepted"
    assert told(charger)[1:] == [(Trigger.TARIFF_CHANGED, "T2")]
    kinds = [(one.tariff.id, one.is_driver, one.evse_ids) for one in asked.assigned(1)]
    assert kinds == [("T1", False, (1,)), ("T2", True, (1,))]
    use(charger, 20)
    cost = stop(charger)
    assert cost is not None
    assert cost.parts[ENERGY].without_tax == Decimal("0.05") * 1 + Decimal("0.1") * 2
    assert cost.parts[FIXED].without_tax == 0
    assert [one.tariff_id for one in cost.periods] == ["T1", "T2"]


def test_a_change_is_told_although_the_meter_is_silent() -> None:
    charger = made(1, FIRST)
    charger.start()
    charger.wait(20, with_meter=False)
    desk(charger).change(charger.facts[0].tx_id or "", SECOND)
    assert told(charger)[1:] == [(Trigger.TARIFF_CHANGED, "T2")]


def test_a_transaction_without_a_tariff_may_get_one() -> None:
    charger = made()
    charger.start()
    desk(charger).set_default(0, FIRST)
    use(charger, 5)
    assert costs(charger) == []
    tx_id = charger.facts[0].tx_id
    assert desk(charger).change(tx_id or "", SECOND) == "accepted"
    use(charger, 10)
    cost = stop(charger)
    assert cost is not None
    assert cost.parts[ENERGY].without_tax == Decimal("0.1")
