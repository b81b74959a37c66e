"""Statement: what a transaction cost by a tariff, part by part, as it goes with a fact (2.1 I12).

Values, and how the books keep them. ``billing/`` makes it, a dialect tells it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ampkeeper.firmware.tariff import (
    Amount,
    Tax,
    amount_json,
    amount_of,
    taxes_json,
    taxes_of,
)

NORMAL, LEAST, MOST = "NormalCost", "MinCost", "MaxCost"  # 2.1 TariffCostEnumType
NOTHING = Amount(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used in all; ``reserved_s`` None: nothing was paid for a reservation's time."""

    energy_wh: int = 0
    charging_s: int = 0
    idle_s: int = 0
    reserved_s: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """What was used while the same prices held; a range of W or A only where prices ask for it."""

    tariff_id: str
    begins_ms: int  # Unix time
    energy_wh: int = 0
    charging_ms: int = 0
    idle_ms: int = 0
    power_w: tuple[float, float] | None = None
    current_a: tuple[float, float] | None = None

    def to_json(self) -> list[Any]:
        """As the books keep it."""
        used = [self.energy_wh, self.charging_ms, self.idle_ms]
        return [self.tariff_id, self.begins_ms, *used, self.power_w, self.current_a]


@dataclass(frozen=True, slots=True)
class Statement:
    """``parts`` by the names of ``tariff.PARTS``; ``failure``: why it could not be worked out."""

    currency: str
    kind: str = NORMAL
    parts: Mapping[str, Amount] = field(default_factory=dict)
    taxes: Mapping[str, tuple[Tax, ...]] = field(default_factory=dict)
    total: Amount = NOTHING
    usage: Usage = Usage()
    periods: tuple[Period, ...] = ()
    failure: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the books keep it."""
        usage = self.usage
        return {
            "currency": self.currency,
            "kind": self.kind,
            "parts": {part: amount_json(amount) for part, amount in self.parts.items()},
            "taxes": {part: taxes_json(taxes) for part, taxes in self.taxes.items()},
            "total": amount_json(self.total),
            "usage": [usage.energy_wh, usage.charging_s, usage.idle_s, usage.reserved_s],
            "periods": [period.to_json() for period in self.periods],
            "failure": self.failure,
        }


def statement_of(told: Mapping[str, Any]) -> Statement:
    """What ``to_json`` wrote; ValueError for anything else."""
    try:
        return Statement(
            currency=str(told["currency"]),
            kind=str(told["kind"]),
            parts={part: amount_of(amount) for part, amount in told["parts"].items()},
            taxes={part: taxes_of(taxes) for part, taxes in told["taxes"].items()},
            total=amount_of(told["total"]),
            usage=Usage(*told["usage"]),
            periods=tuple(period_of(row) for row in told["periods"]),
            failure=str(told["failure"]),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a statement: {str(told)[:80]}") from error


def period_of(row: list[Any]) -> Period:
    """What ``Period.to_json`` wrote; raises what a damaged row raises."""
    tariff_id, begins_ms, energy_wh, charging_ms, idle_ms, power_w, current_a = row
    used = (int(energy_wh), int(charging_ms), int(idle_ms))
    return Period(str(tariff_id), int(begins_ms), *used, _range(power_w), _range(current_a))


def _range(told: list[float] | None) -> tuple[float, float] | None:
    if told is None:
        return None
    low, high = told
    return float(low), float(high)
