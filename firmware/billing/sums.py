"""Sums: from what was used to money, exactly; rounded once, at the very end (2.1 I12).

What was used is whole Wh and ms, a sum is a fraction: so it does not matter in how many steps a
session was counted, nor where it was interrupted. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    RESERVED,
    RESERVED_FIXED,
    Amount,
    Price,
    Tax,
)

DECIMALS = 6  # of an amount: no currency has more
KWH, MINUTE_MS = 1_000, 60_000
UNITS = {
    FIXED: 1,
    ENERGY: KWH,
    CHARGING: MINUTE_MS,
    IDLE: MINUTE_MS,
    RESERVED: MINUTE_MS,
    RESERVED_FIXED: 1,
}  # how much of what is used one price is for


@dataclass(frozen=True, slots=True)
class Sum:
    """Exact money, without and with its taxes."""

    without_tax: Fraction = Fraction(0)
    with_tax: Fraction = Fraction(0)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.without_tax + other.without_tax, self.with_tax + other.with_tax)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.without_tax - other.without_tax, self.with_tax - other.with_tax)

    def times(self, factor: Fraction) -> "Sum":
        """So much of it."""
        return Sum(self.without_tax * factor, self.with_tax * factor)

    def rounded(self) -> Amount:
        """As it is told."""
        return Amount(_rounded(self.without_tax), _rounded(self.with_tax))


def cost(part: str, price: Price, used: Mapping[int, int]) -> Sum:
    """What the use of each of a part's prices comes to, with taxes."""
    net = sum(
        (Fraction(price.elements[number].amount) * volume for number, volume in used.items()),
        Fraction(0),
    )
    return taxed(net / UNITS[part], price.taxes)


def taxed(net: Fraction, taxes: Sequence[Tax]) -> Sum:
    """Each stack is counted on the sum of those below it (I12.FR.13)."""
    gross = net
    for stack in sorted({tax.stack for tax in taxes}):
        percent = sum(Fraction(tax.percent) for tax in taxes if tax.stack == stack)
        gross += gross * percent / 100
    return Sum(net, gross)


def total(parts: Mapping[str, Amount]) -> Amount:
    """The sum of the parts as they are told (I12.FR.17)."""
    without = sum((one.without_tax or Decimal(0) for one in parts.values()), Decimal(0))
    return Amount(without, sum((one.with_tax or Decimal(0) for one in parts.values()), Decimal(0)))


def minus(whole: Amount, others: Amount) -> Amount:
    """What is left of the whole; both are told."""
    zero = Decimal(0)
    return Amount(
        (whole.without_tax or zero) - (others.without_tax or zero),
        (whole.with_tax or zero) - (others.with_tax or zero),
    )


def share_below(most: Amount, before: Sum, after: Sum) -> Fraction | None:
    """How far from ``before`` to ``after`` the most is reached; None: it is not (I12.FR.39)."""
    pairs = (
        (most.without_tax, before.without_tax, after.without_tax),
        (most.with_tax, before.with_tax, after.with_tax),
    )
    shares = [
        (Fraction(limit) - low) / (high - low) if high > low else Fraction(0)
        for limit, low, high in pairs
        if limit is not None and high >= limit
    ]
    return max(Fraction(0), min(shares)) if shares else None


def is_below(sums: Amount, least: Amount) -> bool:
    """True if either amount is below its bound (I12.FR.38)."""
    pairs = ((sums.without_tax, least.without_tax), (sums.with_tax, least.with_tax))
    return any(
        amount is not None and bound is not None and amount < bound for amount, bound in pairs
    )


def _rounded(exact: Fraction) -> Decimal:
    """Half to even, as banks do."""
    return Decimal(round(exact * 10**DECIMALS)).scaleb(-DECIMALS)
