"""Prices: what a session costs, as the central system tells it, and what it comes to since.

OCA, "OCPP & California Pricing Requirements": the central system alone says what is owed; between
two of its words the station counts on with the unit prices it was given, to have something to
show. Money is decimal, never binary. Pure: the time is an argument.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

WH = Decimal(1000)  # in a kWh
HOUR_S = Decimal(3600)
CENTS = 9  # decimals that a sum keeps; far finer than any currency


@dataclass(frozen=True, slots=True)
class ChargingPrice:
    """What charging costs; ``flat_fee`` is in every sum that the central system tells."""

    per_kwh: Decimal = Decimal(0)
    per_hour: Decimal = Decimal(0)
    flat_fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class IdlePrice:
    """What standing there costs, once ``grace_min`` have passed."""

    grace_min: int = 0
    per_hour: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class NextPeriod:
    """Prices from ``at`` on."""

    at: datetime
    charging: ChargingPrice
    idle: IdlePrice | None = None


@dataclass(frozen=True, slots=True)
class Triggers:
    """When the central system wants to know the meter; None and empty: not for that.

    ``energy_wh`` is what the session has taken; ``power_w`` is crossed, up or down; ``states`` are
    entered, by the names of ``ConnectorState``.
    """

    at: datetime | None = None
    energy_wh: Decimal | None = None
    power_w: Decimal | None = None
    states: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RunningCost:
    """What a transaction cost at ``at``, when its meter showed ``meter_wh``."""

    csms_tx_id: int
    at: datetime
    meter_wh: int
    cost: Decimal
    is_idle: bool
    charging: ChargingPrice = field(default_factory=ChargingPrice)
    idle: IdlePrice | None = None
    following: NextPeriod | None = None
    triggers: Triggers = field(default_factory=Triggers)


@dataclass(frozen=True, slots=True)
class FinalCost:
    """What a transaction cost in the end; ``text`` is for the person, ``qr_text`` for a QR code."""

    csms_tx_id: int
    cost: Decimal
    text: str
    qr_text: str = ""


@dataclass(frozen=True, slots=True)
class UserPrice:
    """What one person is to be shown before charging."""

    token: str
    text: str


@dataclass(frozen=True, slots=True)
class DefaultPrice:
    """What everybody is shown; ``charging`` counts while nobody can be asked."""

    text: str
    text_offline: str = ""
    charging: ChargingPrice | None = None


def cost_now(told: RunningCost, idle_since: datetime, meter_wh: int, now: datetime) -> Decimal:
    """``told``, counted on to now; less never, whatever clock or meter say."""
    if told.is_idle:
        return told.cost + _idle_cost(told, idle_since, now)
    taken_wh = max(0, meter_wh - told.meter_wh)
    return told.cost + charged(told.charging, taken_wh, now - told.at)


def charged(price: ChargingPrice, taken_wh: int, lasting: timedelta) -> Decimal:
    """What so much energy and time cost, without the flat fee."""
    hours = Decimal(max(0.0, lasting.total_seconds())) / HOUR_S
    return _rounded(price.per_kwh * taken_wh / WH + price.per_hour * hours)


def moved_on(told: RunningCost, idle_since: datetime, meter_wh: int, now: datetime) -> RunningCost:
    """``told`` with the prices of its next period, once that has begun."""
    following = told.following
    if following is None or now < following.at:
        return told
    return replace(
        told,
        at=max(told.at, following.at),
        meter_wh=max(told.meter_wh, meter_wh),
        cost=cost_now(told, idle_since, meter_wh, following.at),
        charging=following.charging,
        idle=following.idle,
        following=None,
    )


def _idle_cost(told: RunningCost, idle_since: datetime, now: datetime) -> Decimal:
    if told.idle is None:
        return Decimal(0)
    from_at = max(told.at, idle_since + timedelta(minutes=told.idle.grace_min))
    return charged(ChargingPrice(per_hour=told.idle.per_hour), 0, now - from_at)


def _rounded(amount: Decimal) -> Decimal:
    return round(amount, CENTS)


# The clock on the wall.


@dataclass(frozen=True, slots=True)
class WallClock:
    """How far local time is from UTC, and from when on it is another."""

    offset: timedelta = timedelta(0)
    next_offset: timedelta | None = None
    next_at: datetime | None = None

    def offset_at(self, now: datetime) -> timedelta:
        """The offset at ``now``, aware."""
        has_changed = self.next_at is not None and now >= self.next_at
        return self.next_offset if has_changed and self.next_offset is not None else self.offset

    def local(self, at: datetime) -> datetime:
        """The same instant as the clock on the wall shows it."""
        return at.astimezone(timezone(self.offset_at(at)))

    def instant(self, at: datetime) -> datetime:
        """What ``at`` means: without an offset of its own it is local."""
        if at.tzinfo is None:
            at = at.replace(tzinfo=timezone(self.offset_at(at.replace(tzinfo=UTC))))
        return at.astimezone(UTC)
