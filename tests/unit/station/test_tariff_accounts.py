"""The cost of a transaction at work: shown, told, and kept over a power cut."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest

from ampkeeper.firmware.facts import Trigger
from ampkeeper.firmware.statement import MOST
from ampkeeper.firmware.station.bills import BILLS_MAX
from ampkeeper.firmware.station.drivers import KEY as DRIVERS_KEY
from ampkeeper.firmware.station.tariffs import KEY
from ampkeeper.firmware.store.changes import SaveCost, SaveSession
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.firmware.tariff import (
    ENERGY,
    Amount,
)
from tests.unit.station.tariff_bench import FIRST, costs, desk, kept, made, notices, stop, told, use
from tests.unit.station.test_station_returns import running


def test_the_cost_so_far_is_shown_and_where_wanted_told() -> None:
    """I12.FR.02, FR.03."""
    charger = made(1, FIRST)
    charger.variables["TariffCostCtrlr.Enabled[RunningCost]"] = True
    charger.variables["SampledDataCtrlr.TxUpdatedInterval"] = 0
    charger.start()
    first = charger.facts[0]
    assert [cost.periods for cost in costs(charger)] == [()], "with the begin"
    charger.wait(150)
    triggers = [fact.trigger for fact in charger.facts if fact.tx_id and fact is not first]
    assert triggers.count(Trigger.RUNNING_COST) == 2
    shown = notices(charger, "running_cost")
    assert [one["state"] for one in shown] == ["charging"] * 2
    assert 0.9 < shown[0]["cost"] < 1.1
    view = charger.station.costs.shown.view(charger.evse, charger.now)
    assert view is not None
    assert (view["tariff"], view["currency"], view["text"]) == ("T1", "EUR", "1 each")
    assert 2.4 < view["now"] < 2.6


def test_a_cost_that_nobody_hears_is_shown_only() -> None:
    charger = made(1, FIRST)
    charger.variables["TariffCostCtrlr.Enabled[RunningCost]"] = True
    charger.start()
    charger.station.entrance.is_online = False
    charger.wait(150)
    assert Trigger.RUNNING_COST not in [fact.trigger for fact in charger.facts if fact.tx_id]
    assert len(notices(charger, "running_cost")) == 2


def test_another_event_takes_the_cost_along() -> None:
    charger = made(1, FIRST)
    charger.variables["TariffCostCtrlr.Enabled[RunningCost]"] = True
    charger.variables["TariffCostCtrlr.Interval[Cost]"] = 30
    charger.variables["SampledDataCtrlr.TxUpdatedInterval"] = 15
    charger.start()
    charger.wait(100)
    periodic = [fact for fact in charger.facts if fact.tx_id and fact.trigger.endswith("Periodic")]
    assert len(periodic) == 6
    assert len(costs(charger)) == 1 + 3


def test_a_session_that_reached_the_most_goes_on_without_costing_more() -> None:
    """I12.FR.39."""
    charger = made(1, replace(FIRST, most=Amount(Decimal("1.5"))))
    charger.start()
    use(charger, 60)
    use(charger, 60)
    cost = stop(charger)
    assert cost is not None
    assert (cost.kind, cost.total.without_tax) == (MOST, Decimal("1.5"))
    assert cost.usage.energy_wh == 600


def test_tariffs_and_what_was_used_outlive_a_power_cut() -> None:
    """I07.FR.13: at most a minute of its times is lost, and no energy."""
    charger = made(1, FIRST)
    charger.start()
    use(charger, 120)
    after = made()
    after.station.tariffs.recall({KEY: kept(charger, KEY)}.get)
    assert after.station.tariffs.valid(1, after.now) == FIRST
    saved = [one for one in charger.changes if isinstance(one, SaveCost)]
    transaction = charger.evse.transaction
    assert transaction is not None
    assert after.station.costs.take_up([(transaction.tx_id, 1, None, saved[-1].told)]) == []
    after.now_s, after.energy_wh = charger.now_s + 900, charger.energy_wh + 100
    after.read()
    after.do(after.station.on_restore, [(transaction, None)], False)
    after.draw()
    after.wait(10)
    account = after.station.tariffs.account(transaction.tx_id)
    assert account is not None
    assert account.usage.energy_wh == 700
    assert 70 <= account.usage.charging_ms / 1_000 + account.usage.paused_ms / 1_000 <= 132
    cost = stop(after)
    assert cost is not None
    assert cost.parts[ENERGY].without_tax == Decimal("0.7")
    assert told(after) == [], "the tariff was told before"


def test_who_charges_long_is_told_the_cost_however_many_came_and_went_meanwhile() -> None:
    charger = made(2, FIRST)
    charger.start()
    use(charger, 10)
    bills = charger.station.costs.shown.bills
    for number in range(2 * BILLS_MAX):
        bills.begin(f"short-{number}", 2)
    assert bills.get(f"short-{BILLS_MAX}") is not None
    assert bills.get(f"short-{BILLS_MAX - 1}") is None, "of what is over only the newest are kept"
    use(charger, 10)
    cost = stop(charger)
    assert cost is not None
    assert cost.usage.energy_wh == 100


class Books:
    """One session that is open, and many newer ones that are over."""

    def __init__(self, tx_id: str, told: str) -> None:
        at = made().now
        self._open = SessionRow(tx_id, 1, "", at, None, 0, True, None, None, None, None, False)
        self._told = {tx_id: told}

    def sessions(self, limit: int) -> list[SessionRow]:
        over = replace(self._open, evse_id=2, is_open=False)
        return [replace(over, tx_id=f"short-{number}") for number in reversed(range(limit))]

    def open_sessions(self) -> list[SessionRow]:
        return [self._open]

    def costs(self, tx_ids: Iterable[str]) -> dict[str, str]:
        return {tx_id: self._told[tx_id] for tx_id in tx_ids if tx_id in self._told}


def test_who_charges_long_is_told_the_cost_after_a_power_cut_too() -> None:
    charger = made(1, FIRST)
    charger.start()
    use(charger, 120)
    running = charger.evse.transaction
    assert running is not None
    saved = [one for one in charger.changes if isinstance(one, SaveCost)]
    after = made(2)
    assert after.station.costs.recall(Books(running.tx_id, saved[-1].told)) == []
    account = after.station.tariffs.account(running.tx_id)
    assert account is not None
    assert account.usage.energy_wh > 0
    bills = after.station.costs.shown.bills
    assert bills.get(f"short-{BILLS_MAX - 1}") is bills.last_at(2)


def test_the_cost_is_written_after_the_session_it_is_of() -> None:
    charger = made(1, FIRST)
    charger.start()
    kinds = [type(one) for one in charger.changes if isinstance(one, SaveCost | SaveSession)]
    assert kinds[:2] == [SaveSession, SaveCost]


def test_what_began_without_a_tariff_has_none_after_a_power_cut_either() -> None:
    charger = made(1, FIRST)
    charger.do(charger.station.on_restore, [(running("tx-1"), None)], False)
    charger.wait(60.0)
    assert charger.station.tariffs.account("tx-1") is None


def test_an_account_that_cannot_be_read_is_a_failure_that_is_told() -> None:
    """I12.FR.14, FR.18, FR.43."""
    charger = made(1, FIRST)
    charger.station.costs.take_up([("tx-1", 1, None, '{"account": {}}')])
    charger.do(charger.station.on_restore, [(running("tx-1"), None)], False)
    charger.draw()
    charger.wait(2)
    cost = stop(charger)
    assert cost is not None
    assert cost.failure.startswith("not an account")
    assert desk(charger).has_problem()
    charger.start()
    charger.wait(1)
    assert stop(charger) is not None
    assert not desk(charger).has_problem()


@pytest.mark.parametrize("name", ["Enabled[Tariff]", "Enabled[Cost]"])
def test_where_it_is_switched_off_nothing_is_worked_out(name: str) -> None:
    """I12.FR.01."""
    charger = made(1, FIRST)
    charger.variables[f"TariffCostCtrlr.{name}"] = False
    charger.start()
    charger.wait(1)
    assert stop(charger) is None


def test_no_other_version_knows_tariffs() -> None:
    charger = made(1, FIRST)
    charger.station.version = "2.0.1"
    charger.start()
    charger.wait(1)
    assert stop(charger) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": []}'])
def test_books_in_which_there_is_no_tariff_have_none(text: str) -> None:
    charger = made()
    assert charger.station.tariffs.recall({KEY: text, DRIVERS_KEY: "[]"}.get) == []
    assert charger.station.tariffs.defaults == {1: []}
    assert charger.station.tariffs.drivers.tariffs == {}


@pytest.mark.parametrize(
    "text",
    [
        '{"places": []}',
        '{"places": {"1": 5}, "tariffs": {}}',
        '{"places": {"1": ["T1"]}}',
        '{"places": {"1": ["T1"]}, "tariffs": {"T1": {"id": "T1"}}}',
    ],
)
def test_a_default_tariff_that_nobody_understands_stops_no_start(text: str) -> None:
    charger = made()
    wrong = charger.station.tariffs.recall({KEY: text}.get)
    assert [one.partition(":")[0] for one in wrong] == ["default tariffs of EVSE 1"]
    assert charger.station.tariffs.defaults == {1: []}


def test_a_tariff_of_a_token_that_nobody_understands_is_left_out_alone() -> None:
    charger = made()
    text = '{"A ISO14443": {"id": "T1"}, "B ISO14443": null, "C ISO14443": 5}'
    wrong = charger.station.tariffs.recall({DRIVERS_KEY: text}.get)
    assert [one.partition(":")[0] for one in wrong] == ["tariff of a token"] * 2
    assert charger.station.tariffs.drivers.tariffs == {"B ISO14443": None}
