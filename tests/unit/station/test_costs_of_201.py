"""Costs in the words of 2.x: the same bills, events and books as those of 1.6."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ampkeeper.firmware.facts import IdToken, TransactionEnded
from ampkeeper.firmware.prices import RunningCost, UserPrice
from ampkeeper.firmware.store.changes import SaveCost
from tests.unit.station.charger import Charger

CARD = "0BCAFE01"


def notices(charger: Charger, kind: str) -> list[dict[str, Any]]:
    return [told for effects in charger.effects for name, told in effects.notices if name == kind]


def saved(charger: Charger) -> Iterator[tuple[str, int, None, str]]:
    """What the books have of costs in the end."""
    rows = {one.tx_id: one.told for one in charger.changes if isinstance(one, SaveCost)}
    return ((tx_id, 1, None, told) for tx_id, told in rows.items())


def started(**rules: Any) -> tuple[Charger, str]:
    charger = Charger(**rules)
    charger.start(CARD)
    charger.wait(1)
    assert charger.evse.transaction is not None
    return charger, charger.evse.transaction.tx_id


def finish(charger: Charger) -> None:
    charger.unplug()
    charger.wait(3)


def test_the_running_cost_is_told_and_shown_until_the_end() -> None:
    """I02.FR.03."""
    charger, tx_id = started()
    charger.do(charger.station.costs.on_cost, tx_id, Decimal("1.25"))
    told = {"evse_id": 1, "tx_id": tx_id, "cost": 1.25, "state": "charging"}
    assert notices(charger, "running_cost") == [told]
    assert charger.station.costs.shown.total(charger.evse) == 1.25
    finish(charger)
    assert charger.station.costs.shown.total(charger.evse) is None, "nobody said what it was in all"


def test_what_does_not_run_has_no_running_cost() -> None:
    charger = Charger()
    charger.do(charger.station.costs.on_cost, "none", Decimal(1))
    assert notices(charger, "running_cost") == []


def test_the_running_cost_outlives_a_power_cut() -> None:
    charger, tx_id = started()
    charger.do(charger.station.costs.on_cost, tx_id, Decimal("1.25"))
    after = Charger()
    assert after.station.costs.take_up(saved(charger)) == []
    running = charger.evse.transaction
    assert running is not None
    after.read()
    after.do(after.station.on_restore, [(running, None)], False)
    after.wait(1)
    assert after.station.costs.shown.total(after.evse) == 1.25
    view = after.station.costs.shown.view(after.evse, after.now)
    assert view is not None
    assert (view["total"], view["now"], view["is_final"]) == (1.25, 1.25, False)


def test_what_the_answers_to_events_say_of_costs_is_shown() -> None:
    """I02.FR.04, I03.FR.03, I06.FR.03."""
    charger, tx_id = started()
    costs = charger.station.costs
    charger.do(costs.on_told, charger.facts[0], Decimal("0.5"), "now 40 ct")
    assert costs.shown.total(charger.evse) == 0.5
    told = {"evse_id": 1, "tx_id": tx_id, "text": "now 40 ct"}
    assert notices(charger, "tariff_message") == [told]
    finish(charger)
    charger.do(costs.on_told, charger.facts[-1], Decimal(2), "")
    assert costs.shown.total(charger.evse) == 2.0
    told = {"evse_id": 1, "tx_id": tx_id, "cost": 2.0, "text": "", "qr_text": ""}
    assert notices(charger, "session_cost") == [told]
    ((_, _, _, text),) = saved(charger)
    shape = costs.shown.shape(text)
    assert shape is not None
    assert (shape["total"], shape["is_final"], shape["text"]) == (2.0, True, "now 40 ct")


def test_a_total_that_comes_after_a_restart_is_written_down() -> None:
    charger, tx_id = started()
    charger.do(charger.station.costs.on_told, charger.facts[0], Decimal(1), "40 ct")
    finish(charger)
    ended = charger.facts[-1]
    assert isinstance(ended, TransactionEnded)
    after = Charger()
    after.station.costs.take_up(saved(charger))
    after.do(after.station.costs.on_told, ended, Decimal(3), "")
    ((name, _, _, text),) = saved(after)
    shape = after.station.costs.shown.shape(text)
    assert shape is not None
    assert (name, shape["total"], shape["text"]) == (tx_id, 3.0, "40 ct")


def test_a_total_of_what_is_long_over_is_put_to_what_the_books_have_of_it() -> None:
    charger, _ = started()
    costs = charger.station.costs
    finish(charger)
    ended = charger.facts[-1]
    assert isinstance(ended, TransactionEnded)
    charger.do(costs.on_told, ended, Decimal(7), "")
    charger.do(costs.on_told, replace(ended, tx_id="long-over"), Decimal(3), "")
    last = [one for one in charger.changes if isinstance(one, SaveCost)][-1]
    assert (last.tx_id, last.is_more) == ("long-over", True)
    shape = costs.shown.shape(last.told)
    assert shape is not None
    assert (shape["total"], shape["is_final"]) == (3.0, True)
    assert [one["cost"] for one in notices(charger, "session_cost")] == [7.0, 3.0]
    assert costs.shown.total(charger.evse) == 7.0, "what ran here last is another"


def test_a_number_that_comes_after_the_end_makes_the_total_known() -> None:
    """1.6: the answer to a start that waited offline comes when all is over."""
    charger, tx_id = started(version="1.6")
    finish(charger)
    after = Charger(version="1.6")
    after.station.costs.take_up([(tx_id, 1, None, "{}")])
    assert after.station.costs.tx_of(77, is_running=False) is None
    after.do(after.station.on_fact_answered, charger.facts[0], 77, None)
    assert after.station.costs.tx_of(77, is_running=False) == tx_id


def test_a_price_is_shown_to_whom_it_is_told_and_to_others_the_text_for_that() -> None:
    """I01.FR.03, I04.FR.01."""
    charger = Charger()
    charger.variables["TariffCostCtrlr.TariffFallbackMessage"] = "see the app"
    charger.do(charger.station.costs.on_authorised, IdToken(CARD), "30 ct")
    charger.start(CARD)
    charger.wait(1)
    assert [told["text"] for told in notices(charger, "tariff_message")] == ["30 ct"]
    view = charger.station.costs.shown.view(charger.evse, charger.now)
    assert view is not None
    assert view["text"] == "30 ct"
    other = Charger()
    other.variables["TariffCostCtrlr.TariffFallbackMessage"] = "see the app"
    other.start()
    assert [told["text"] for told in notices(other, "tariff_message")] == ["see the app"]


@pytest.mark.parametrize(("is_online", "text"), [(True, "see the app"), (False, "50 ct")])
def test_while_the_central_system_is_away_another_text_may_be_shown(
    is_online: bool, text: str
) -> None:
    """2.1, 2.12.8."""
    charger = Charger()
    charger.variables["TariffCostCtrlr.TariffFallbackMessage"] = "see the app"
    charger.variables["TariffCostCtrlr.OfflineTariffFallbackMessage"] = "50 ct"
    charger.station.entrance.is_online = is_online
    charger.start()
    assert [told["text"] for told in notices(charger, "tariff_message")] == [text]


def test_who_is_told_no_price_any_more_has_none() -> None:
    charger = Charger()
    charger.do(charger.station.costs.on_authorised, IdToken(CARD), "30 ct")
    charger.do(charger.station.costs.on_authorised, IdToken(CARD), "")
    charger.start(CARD)
    charger.wait(1)
    view = charger.station.costs.shown.view(charger.evse, charger.now)
    assert view is not None
    assert view["text"] == ""


def test_an_answer_of_16_says_nothing_of_prices() -> None:
    charger = Charger(version="1.6")
    charger.variables["OCPP16.CustomDisplayCostAndPrice"] = True
    charger.do(charger.station.costs.on_price, UserPrice(CARD, "30 ct"))
    charger.do(charger.station.costs.on_authorised, IdToken(CARD), "")
    charger.start(CARD)
    charger.wait(1)
    view = charger.station.costs.shown.view(charger.evse, charger.now)
    assert view is not None
    assert view["text"] == "30 ct"


def test_without_the_central_system_the_total_is_the_text_for_that() -> None:
    """I05.FR.02."""
    charger, _ = started()
    charger.variables["TariffCostCtrlr.TotalCostFallbackMessage"] = "ask us"
    charger.station.entrance.is_online = False
    finish(charger)
    (told,) = notices(charger, "session_cost")
    assert (told["cost"], told["text"]) == (None, "ask us")


def test_where_neither_is_enabled_neither_is_shown() -> None:
    charger, tx_id = started()
    switches = ("TariffCostCtrlr.Enabled[Tariff]", "TariffCostCtrlr.Enabled[Cost]")
    charger.variables |= dict.fromkeys(switches, False)
    charger.do(charger.station.costs.on_cost, tx_id, Decimal(1))
    charger.do(charger.station.costs.on_told, charger.facts[0], Decimal(1), "40 ct")
    charger.do(charger.station.costs.on_authorised, IdToken(CARD), "30 ct")
    kinds = {kind for effects in charger.effects for kind, _ in effects.notices}
    assert kinds.isdisjoint({"running_cost", "tariff_message", "session_cost"})


def test_a_free_evse_shows_the_price_for_everybody() -> None:
    """1.6 DefaultPrice, as 2.x shows a message."""
    charger = Charger(version="1.6")
    charger.variables |= {
        "OCPP16.CustomDisplayCostAndPrice": True,
        "OCPP16.DefaultPrice": '{"priceText": "40 ct", "priceTextOffline": "50 ct"}',
    }
    charger.wait(1)
    charger.station.entrance.is_online = False
    charger.wait(1)
    charger.start(CARD)
    texts = [told["text"] for told in notices(charger, "display_message")]
    assert texts == ["40 ct", "50 ct", ""]


def test_both_versions_tell_costs_with_the_same_fields() -> None:
    seen = []
    for version in ("1.6", "2.0.1"):
        charger = Charger(version=version)
        charger.variables["OCPP16.CustomDisplayCostAndPrice"] = True
        charger.start(CARD)
        charger.wait(1)
        costs, running = charger.station.costs, charger.evse.transaction
        assert running is not None
        cost = RunningCost(7, charger.now, 10_000, Decimal("1.25"), is_idle=False)
        if version == "1.6":
            charger.do(costs.on_running, running.tx_id, cost, "{}")
        else:
            charger.do(costs.on_cost, running.tx_id, cost.cost)
        seen.append([told | {"tx_id": ""} for told in notices(charger, "running_cost")])
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_what_the_books_have_of_a_price_does_not_say_whose_it_was() -> None:
    """Who is to be forgotten is not in the costs of sessions."""
    charger = Charger()
    charger.do(charger.station.costs.on_authorised, IdToken(CARD), "30 ct")
    charger.start(CARD)
    charger.wait(1)
    ((_, _, _, text),) = saved(charger)
    assert "30 ct" in text
    assert CARD not in text
    other = Charger()
    other.do(other.station.costs.on_authorised, IdToken(CARD), "30 ct")
    other.station.costs.forget(lambda key: key == CARD)
    other.start(CARD)
    other.wait(1)
    assert notices(other, "tariff_message") == [{"text": "30 ct"}]
    assert list(saved(other)) == []
