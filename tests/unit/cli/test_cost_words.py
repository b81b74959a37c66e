"""What a session costs, as people read it: in whole coins where the currency is known."""

from typing import Any

import pytest

from ampkeeper.firmware.faces.cli.cost_words import cost_now, cost_sum, cost_words


def cost(total: float, currency: str | None, **more: Any) -> dict[str, Any]:
    return {"text": "", "total": total, "is_final": True, "currency": currency, **more}


@pytest.mark.parametrize(
    ("total", "currency", "shown"),
    [
        (0.85425, "EUR", "0.85 EUR"),
        (1.0, "EUR", "1.00 EUR"),
        (1234.5, "JPY", "1234 JPY"),
        (0.85425, None, "0.85425"),
    ],
)
def test_a_sum_is_in_whole_coins_of_its_currency(
    total: float, currency: str | None, shown: str
) -> None:
    told = cost(total, currency)
    assert cost_sum(told) == shown
    assert cost_words(told) == [f"cost {shown}"]
    assert cost_now({"cost": total, "session": {"cost": told}}) == shown


def test_of_what_ran_here_last_the_sum_is_as_it_was_told() -> None:
    assert cost_now({"cost": 0.85425, "session": None}) == "0.85425"
    assert cost_now({"cost": None, "session": None}) == "-"
