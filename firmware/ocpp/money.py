"""Money on the wire: the one place where a JSON number becomes an amount, and an amount a number.

A number of JSON arrives as a binary float; its shortest decimal is what was sent. Amounts are
decimal everywhere else.
"""

from decimal import Decimal

AMOUNT_MAX = Decimal(10) ** 9  # whatever the currency: nobody pays that for a charge
DECIMALS_MAX = 9  # that an amount keeps
TOLD_DECIMALS = 6  # that are told: no currency has more


def amount_of(number: float | Decimal) -> Decimal | None:
    """The amount that was sent; None: none that anybody would pay."""
    amount = Decimal(str(number)) if isinstance(number, float) else Decimal(number)
    if not amount.is_finite() or not -AMOUNT_MAX <= amount <= AMOUNT_MAX:
        return None
    return round(amount, DECIMALS_MAX)


def number_of(amount: Decimal) -> float:
    """The JSON number of an amount."""
    return float(round(amount, TOLD_DECIMALS))
