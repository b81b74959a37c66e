"""Accounts for tests: a tariff, a clock in the test's hands, and a session in a few words."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ampkeeper.firmware.billing.account import Account
from ampkeeper.firmware.tariff import Conditions, Element, Price, Span, Tariff, Tax

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
VAT, CITY = Tax("VAT", Decimal(20)), Tax("City", Decimal(10), stack=1)


def price(*elements: Any, taxes: tuple[Tax, ...] = ()) -> Price:
    """Prices as texts, or with conditions as pairs."""
    made = []
    for one in elements:
        amount, conditions = one if isinstance(one, tuple) else (one, None)
        made.append(Element(Decimal(amount), conditions))
    return Price(tuple(made), taxes)


def tariff(prices: dict[str, Price], **fields: Any) -> Tariff:
    return Tariff(**({"id": "T1", "currency": "EUR", "prices": prices} | fields))


def span(least: int | None = None, most: int | None = None) -> Span:
    return Span(None if least is None else Decimal(least), None if most is None else Decimal(most))


def when(**fields: Any) -> Conditions:
    return Conditions(**fields)


class Session:
    """Drives an ``Account``; the wall is at ``offset`` from UTC."""

    def __init__(self, made: Tariff, began: datetime = NOON, **fields: Any) -> None:
        self.now = began
        self.offset = timedelta()
        reserved_ms = fields.pop("reserved_ms", None)
        self.account = Account(made, register_wh=10_000, **fields)
        self.account.open(self.now, self.local, reserved_ms)
        self.interval_s = 0

    def local(self, at: datetime) -> datetime:
        return at.astimezone(timezone(self.offset))

    def wait(self, seconds: float) -> "Session":
        passed = timedelta(seconds=seconds)
        self.now += passed
        self.account.pass_time(passed // timedelta(milliseconds=1), self.now, self.local)
        return self

    def charge(self, seconds: float, energy_wh: int = 0, power_w: float | None = None) -> "Session":
        """The car charges; the meter is read at the beginning and at the end."""
        self.account.flow(is_charging=True)
        self.read(0, power_w)
        return self.wait(seconds).read(energy_wh, power_w)

    def pause(self, seconds: float) -> "Session":
        self.account.flow(is_charging=False)
        return self.wait(seconds)

    def read(
        self, energy_wh: int, power_w: float | None = None, current_a: float | None = None
    ) -> "Session":
        register_wh = self.account.register_wh + energy_wh
        told = (register_wh, power_w, current_a)
        self.account.read(*told, self.now, self.local, self.interval_s)
        return self

    def part(self, name: str) -> Decimal | None:
        return self.account.statement(is_final=True).parts[name].without_tax
