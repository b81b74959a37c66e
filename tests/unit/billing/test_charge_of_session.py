"""What a closed session of the books cost, whoever told it."""

import json
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ampkeeper.firmware.billing.charge_log import is_of
from ampkeeper.firmware.ocpp.price_reading import final_text
from ampkeeper.firmware.prices import FinalCost
from ampkeeper.firmware.station import charge_log
from ampkeeper.firmware.station.bills import ACCOUNT, FINAL
from ampkeeper.firmware.station.charge_log import charge_of, charges
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.tariff import FIXED
from tests.unit.billing.accounts import NOON, Session, price, tariff
from tests.unit.station.charger import Charger
from tests.unit.store.examples import closed_session

ROW = SessionRow(
    tx_id="tx-1",
    evse_id=1,
    state="",
    started_at=NOON,
    id_token="04A224B1",
    energy_wh_start=0,
    is_open=False,
    ended_at=NOON + timedelta(hours=1),
    energy_wh_end=10_000,
    reason="Local",
    csms_tx_id=None,
    start_discarded=False,
)
LAST_WORD = final_text(FinalCost(0, Decimal("7.5"), ""))


def total(is_own: bool) -> Decimal:
    session = Session(tariff({FIXED: price("2")}, is_own=is_own))
    told = {FINAL: LAST_WORD, ACCOUNT: session.account.to_json()}
    cost = charge_of(ROW, json.dumps(told), None, "EUR").total
    assert cost is not None
    return cost.shown


def test_who_paid_by_the_charger_s_own_price_has_a_receipt_of_that() -> None:
    assert total(is_own=True) == Decimal(2)


def test_by_a_price_of_the_central_system_its_last_word_counts() -> None:
    assert total(is_own=False) == Decimal("7.5")


def test_what_is_shown_of_a_session_is_what_its_receipt_says() -> None:
    session = Session(tariff({FIXED: price("2")}, is_own=True))
    told = {FINAL: LAST_WORD, ACCOUNT: session.account.to_json()}
    shown = Charger().station.costs.shown.shape(json.dumps(told))
    assert shown is not None
    assert (shown["total"], shown["is_final"], shown["tariff"]) == (2.0, True, "T1")


def test_a_charge_that_begins_while_the_log_is_read_doubles_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charge_log, "PAGE", 2)
    store = Store(tmp_path / "ampkeeper.db")
    names = [f"tx-{number}" for number in range(5)]
    store.commit([closed_session(name) for name in names])
    found = charges(store, UTC)
    listed = [next(found).session for _ in range(2)]
    store.commit([closed_session("tx-new")])
    listed += [one.session for one in found]
    store.close()
    assert listed == names[::-1]


@pytest.mark.parametrize(("who", "is_his"), [("04a224b1", True), ("anna", True), ("Bob", False)])
def test_a_user_s_charges_are_found_by_his_name_and_by_the_card_he_had(
    who: str, is_his: bool
) -> None:
    charge = charge_of(replace(ROW, user="Anna"), None, None, "EUR")
    assert is_of(charge, "", who) == is_his
