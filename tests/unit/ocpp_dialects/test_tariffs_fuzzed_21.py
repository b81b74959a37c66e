"""Whatever a tariff says, it is refused, or worked out, kept and told; nothing raises.

``OCPP21_EXAMPLES`` is how many are tried.
"""

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.billing.account import account_of
from ampkeeper.firmware.ocpp.dialect import TxContext
from ampkeeper.firmware.ocpp.v21.dialect import Dialect21
from ampkeeper.firmware.ocpp.v21.tariff_reading import BadTariffError, read_tariff
from ampkeeper.firmware.statement import statement_of
from tests.unit.billing.accounts import Session
from tests.unit.ocpp_dialects.conftest import is_valid
from tests.unit.ocpp_dialects.test_requests_fuzzed_21 import EXAMPLES, request_of

TEXTS = {
    "currency": st.sampled_from(["EUR", "SEK", "eur", ""]),
    "startTimeOfDay": st.sampled_from(["00:00", "08:00", "12:05", "24:00", "8:00", "x"]),
    "endTimeOfDay": st.sampled_from(["00:00", "12:03", "23:59", "23:60", ""]),
    "validFromDate": st.sampled_from(["2026-11-23", "2026-02-30", "9999-12-31", "today"]),
    "validToDate": st.sampled_from(["2026-11-24", "1000-01-01", "26-1-1"]),
}
NUMBERS = st.sampled_from([0, 1, -1, 0.1, 1e-9, 12.345678, 1e9, 1e12, 1e308, -1e308])


def spoiled(draw: st.DrawFn, part: Any) -> Any:
    """The same with other texts and numbers in it, level by level."""
    levels: list[Any] = [part]
    while levels:
        found = levels.pop()
        rows = found.items() if isinstance(found, dict) else enumerate(found)
        for name, value in list(rows):
            if isinstance(value, dict | list):
                levels.append(value)
            elif name in TEXTS:
                found[name] = draw(TEXTS[name])
            elif isinstance(value, float):
                found[name] = draw(NUMBERS)
    return part


@st.composite
def tariffs(draw: st.DrawFn) -> dict[str, Any]:
    asked = dict(draw(request_of("SetDefaultTariff"))["tariff"])
    asked.pop("validFrom", None)
    return dict(spoiled(draw, json.loads(json.dumps(asked))))


@settings(
    max_examples=EXAMPLES * 5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(asked=tariffs())
def test_any_tariff_is_refused_or_worked_out(
    fake: Any, newest: Dialect21, asked: dict[str, Any]
) -> None:
    with contextlib.suppress(BadTariffError):
        session = Session(read_tariff(asked, 10), reserved_ms=60_000)
        session.charge(130, 900, 11_000.0).pause(700).charge(65, 300, None)
        account = session.account
        assert account_of(json.loads(json.dumps(account.to_json()))).to_json() == account.to_json()
        for is_final in (False, True):
            statement = account.statement(is_final)
            assert statement_of(json.loads(json.dumps(statement.to_json()))) == statement
            fact = replace(fake.ended(), cost=statement)
            call = newest.fact(fact, TxContext(None, is_offline=False))
            assert call is not None
            assert is_valid("ocpp2.1", call)


@pytest.fixture
def newest(station: Any) -> Dialect21:
    return Dialect21(station)
