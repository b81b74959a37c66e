"""From the books to the paper: what is printed sums to the coin, however a session was counted."""

import json
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.billing import payments
from ampkeeper.firmware.billing.charge_log import Charge, coin, money, total_of
from ampkeeper.firmware.billing.receipt import Letterhead, receipt, statement
from ampkeeper.firmware.station.bills import ACCOUNT
from ampkeeper.firmware.station.charge_log import charge_of
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.firmware.tariff import Amount, Tariff
from tests.unit.billing.accounts import NOON, Session
from tests.unit.billing.test_account_properties import BOUNDS, STEPS, TARIFFS, Step, play

CURRENCIES = st.sampled_from(("EUR", "JPY", "KWD"))
LANGUAGES = st.sampled_from(("en", "de"))
CUTS = st.lists(st.integers(1, 2_400), max_size=4)


def charged(tariff: Tariff, steps: list[Step], cuts: list[int], tx_id: str = "tx-1") -> Charge:
    """As the books have it after the session, read as for a bill."""
    account = play(Session(tariff), steps, cuts).account
    end = NOON + timedelta(seconds=sum(step.seconds for step in steps))
    taken_wh = sum(step.energy_wh for step in steps)
    times: dict[str, Any] = {"started_at": NOON, "ended_at": end}
    row = SessionRow(
        tx_id=tx_id, evse_id=1, state="", id_token="04A224B1", energy_wh_start=0, is_open=False,
        energy_wh_end=taken_wh, reason="Local", csms_tx_id=None, start_discarded=False, **times,
    )  # fmt: skip
    return charge_of(row, json.dumps({ACCOUNT: account.to_json()}), UTC, "EUR")


def printed(price: str, language: str) -> Decimal:
    """The number of an amount such as "6,60 EUR"."""
    number = price.split(" ")[0]
    return Decimal(number.replace(",", ".") if language == "de" else number)


@settings(deadline=None, max_examples=30)
@given(TARIFFS, BOUNDS, BOUNDS, STEPS, CUTS, CURRENCIES, LANGUAGES)
def test_what_is_printed_sums_to_what_is_debited_wherever_it_was_cut(
    tariff: Tariff,
    least: Amount,
    most: Amount,
    steps: list[Step],
    cuts: list[int],
    currency: str,
    language: str,
) -> None:
    bounded = Tariff(tariff.id, currency, tariff.prices, least, most)
    charge, cut = charged(bounded, steps, []), charged(bounded, steps, cuts)
    assert cut == charge
    known = money(charge)
    assert known is not None
    paper = receipt(charge, Letterhead(language=language), "AK-0001", NOON)
    lines = [printed(line.price, language) for line in paper.lines if line.price]
    parts, (total, *taxes) = lines[: len(known.parts)], lines[len(known.parts) :]
    assert total == known.total == total.quantize(coin(currency))
    assert sum(parts, Decimal(0)) == total or not parts
    assert not taxes or sum(taxes, Decimal(0)) == total
    claim = payments.claim(charge, 10**9, currency)
    assert claim.amount * coin(currency) == max(total, Decimal(0))


@settings(deadline=None, max_examples=15)
@given(TARIFFS, st.lists(STEPS, min_size=1, max_size=4), LANGUAGES)
def test_the_sum_of_a_log_is_the_sum_of_its_receipts(
    tariff: Tariff, sessions: list[list[Step]], language: str
) -> None:
    found = [charged(tariff, steps, [], f"tx-{at}") for at, steps in enumerate(sessions)]
    paper = statement(found, Letterhead(language=language), "AK-0001", "", NOON)
    *rows, by_user, everything = [printed(line.price, language) for line in paper.lines]
    receipts = [receipt(one, Letterhead(language=language), "AK-0001", NOON) for one in found]
    totals = [
        next(printed(line.price, language) for line in one.lines if line.is_strong)
        for one in receipts
    ]
    assert rows == totals
    assert by_user == everything == sum(totals, Decimal(0)) == total_of(found)
