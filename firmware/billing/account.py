"""Account: what one transaction has used by its tariff, price by price and period by period.

Fed with the time that passed and the meter's readings. Time is split exactly where a price changes,
to the millisecond; energy to the Wh where a price asks for energy, or else it belongs to the moment
at which the meter told it. Power and current are looked at every so often (TariffInterval). What
was used while the station had no power costs nobody time. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from ampkeeper.firmware.billing import sums
from ampkeeper.firmware.billing.conditions import (
    MINUTE_MS,
    NO_PAYMENT,
    SECOND_MS,
    Bounds,
    Moment,
    Payment,
    bounds_of,
    first,
    until,
)
from ampkeeper.firmware.billing.sums import Sum
from ampkeeper.firmware.statement import LEAST, MOST, NORMAL, Period, Statement, Usage, period_of
from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    PARTS,
    RESERVED,
    RESERVED_FIXED,
    Amount,
    Tariff,
    tariff_of,
)

PERIODS_MAX = 100  # that are told; the last one takes what follows
FLOWING = (ENERGY, CHARGING, IDLE)  # parts whose price may change as it goes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Local = Callable[[datetime], datetime]  # an instant, as the clock on the wall shows it


@dataclass(slots=True)
class Usages:
    """Everything that was used since the account was opened; ``idle_ms`` is the present pause."""

    energy_wh: int = 0
    charging_ms: int = 0
    paused_ms: int = 0
    idle_ms: int = 0
    reserved_ms: int | None = None


@dataclass(slots=True)
class Account:
    """The account of one transaction; ``used`` is of its tariff, ``past`` of those before it."""

    tariff: Tariff
    register_wh: int
    payment: Payment = NO_PAYMENT
    began_ms: int = 0  # how long the transaction had lasted when the account was opened
    began_wh: int = 0  # and what it had taken
    usage: Usages = field(default_factory=Usages)
    used: dict[str, dict[int, int]] = field(default_factory=dict)
    past: dict[str, Sum] = field(default_factory=dict)
    frozen: dict[str, Sum] | None = None  # all parts, once the most was reached
    reached_by: str = ""  # the part that reached it
    periods: list[Period] = field(default_factory=list)
    is_charging: bool = False
    power_w: float | None = None
    current_a: float | None = None
    seen_ms: int | None = None  # the age of these two
    is_driver: bool = False  # its tariff is of one person, or of this transaction alone
    told_id: str = ""  # the tariff that the central system was told of
    _bounds: Bounds | None = None
    _prices: tuple[int | None, ...] | None = None  # that hold now

    # what happens

    def open(self, now: datetime, local: Local, reserved_ms: int | None) -> None:
        """What is paid once, at the beginning (I12.FR.06 to FR.08, FR.30)."""
        self.usage.reserved_ms = reserved_ms
        once = {FIXED: 1}
        if reserved_ms is not None:
            once |= {RESERVED: reserved_ms, RESERVED_FIXED: 1}
        moment = self._moment(local(now))
        for part, volume in once.items():
            price = self.tariff.prices.get(part)
            if price is not None:
                self._use(part, first(price, moment), volume)
        self._choose(_ms(now), local)

    def change(self, tariff: Tariff, now: datetime, local: Local) -> None:
        """From now on another tariff; what was used is paid by the one before (I11.FR.08)."""
        self.past = self._sums()
        self.tariff, self.used, self._bounds, self._prices = tariff, {}, None, None
        self._choose(_ms(now), local)

    def pass_time(self, passed_ms: int, now: datetime, local: Local) -> None:
        """So much time passed until now, charging or not as it was before."""
        at_ms = _ms(now) - passed_ms
        while passed_ms > 0:
            self._choose(at_ms, local)
            step_ms = min(passed_ms, self._until_change_ms(at_ms))
            self._note_time(step_ms)
            at_ms += step_ms
            passed_ms -= step_ms

    def read(
        self,
        register_wh: int,
        power_w: float | None,
        current_a: float | None,
        now: datetime,
        local: Local,
        interval_s: int,
    ) -> None:
        """The meter told this; power and current count every ``interval_s`` (I12.FR.31, FR.32)."""
        left_wh = register_wh - self.register_wh
        self.register_wh = max(register_wh, self.register_wh)
        while left_wh > 0:
            self._choose(_ms(now), local)
            bounds = self._limits().energy_wh
            step_wh = min(left_wh, until(bounds, self._taken_wh()) or left_wh)
            self._note_energy(step_wh)
            left_wh -= step_wh
        age_ms = self._lasting_ms()
        if self.seen_ms is None or age_ms - self.seen_ms >= interval_s * SECOND_MS:
            self.power_w, self.current_a, self.seen_ms = power_w, current_a, age_ms
        self._choose(_ms(now), local)

    def flow(self, is_charging: bool) -> None:
        """From now on the car charges, or pauses."""
        if is_charging and not self.is_charging:
            self.usage.idle_ms = 0
        self.is_charging = is_charging

    # what it comes to

    def statement(self, is_final: bool) -> Statement:
        """What it costs: by part, and in all. The least counts at the end only (I12.FR.38)."""
        exact = self._sums() if self.frozen is None else self.frozen
        parts = {part: exact[part].rounded() for part in PARTS if part in exact}
        if self.frozen is not None:
            parts[self.reached_by] = self._adjusted(parts, exact)
        amount, kind = sums.total(parts), NORMAL if self.frozen is None else MOST
        if is_final and self.frozen is None and sums.is_below(amount, self.tariff.least):
            kind, amount, parts = LEAST, self.tariff.least, {FIXED: self.tariff.least}
        usage, reserved_ms = self.usage, self.usage.reserved_ms
        is_reserved = reserved_ms is not None and RESERVED in self.tariff.prices
        return Statement(
            currency=self.tariff.currency,
            kind=kind,
            parts=parts,
            taxes={
                part: price.taxes
                for part, price in self.tariff.prices.items()
                if part in parts and kind != LEAST and not self.past
            },
            total=amount,
            usage=Usage(
                usage.energy_wh,
                usage.charging_ms // SECOND_MS,
                usage.paused_ms // SECOND_MS,
                (reserved_ms or 0) // SECOND_MS if is_reserved else None,
            ),
            periods=tuple(self.periods) if is_final else (),
        )

    # helpers of use

    def _note_time(self, step_ms: int) -> None:
        part, usage, period = CHARGING if self.is_charging else IDLE, self.usage, self.periods[-1]
        if self.is_charging:
            usage.charging_ms += step_ms
            self.periods[-1] = replace(period, charging_ms=period.charging_ms + step_ms)
        else:
            usage.paused_ms += step_ms
            usage.idle_ms += step_ms
            self.periods[-1] = replace(period, idle_ms=period.idle_ms + step_ms)
        self._use(part, self._price_of(part), step_ms)

    def _note_energy(self, step_wh: int) -> None:
        period = self.periods[-1]
        self.usage.energy_wh += step_wh
        self.periods[-1] = replace(period, energy_wh=period.energy_wh + step_wh)
        self._use(ENERGY, self._price_of(ENERGY), step_wh)

    def _use(self, part: str, number: int | None, volume: int) -> None:
        """Pay for it, unless it is free or the most is reached (I12.FR.39, FR.40)."""
        if number is None or self.frozen is not None:
            return
        before = self._sums() if self.tariff.most != Amount() else None
        used = self.used.setdefault(part, {})
        used[number] = used.get(number, 0) + volume
        if before is not None:
            self._freeze(part, before, self._sums())

    def _freeze(self, part: str, before: Mapping[str, Sum], after: Mapping[str, Sum]) -> None:
        """Where the most is reached on the way from one to the other, the costs stay there."""
        ends = [sum(parts.values(), Sum()) for parts in (before, after)]
        share = sums.share_below(self.tariff.most, *ends)
        if share is None:
            return
        begun = before.get(part, Sum())
        self.frozen = {**after, part: begun + (after[part] - begun).times(share)}
        self.reached_by = part

    def _adjusted(self, parts: Mapping[str, Amount], exact: Mapping[str, Sum]) -> Amount:
        """The part that reached the most, so that all together are the most to the last digit."""
        whole = sum(exact.values(), Sum()).rounded()
        others = sums.total({name: one for name, one in parts.items() if name != self.reached_by})
        return sums.minus(whole, others)

    def _sums(self) -> dict[str, Sum]:
        """Every part that has a price, exactly."""
        found = dict(self.past)
        for part, price in self.tariff.prices.items():
            own = sums.cost(part, price, self.used.get(part, {}))
            if part in (RESERVED, RESERVED_FIXED) and self.usage.reserved_ms is None:
                continue
            found[part] = found.get(part, Sum()) + own
        return found

    # helpers of the prices that hold

    def _choose(self, at_ms: int, local: Local) -> None:
        """Find the prices that hold; where they are others, a period ends (I12.FR.33 to FR.36)."""
        bounds, prices = self._limits(), self.tariff.prices
        moment = self._moment(local(EPOCH + timedelta(milliseconds=at_ms)))
        chosen = tuple(first(prices[part], moment) if part in prices else None for part in FLOWING)
        is_room = len(self.periods) < PERIODS_MAX
        if not self.periods or (chosen != self._prices and is_room):
            self._begin_period(at_ms)
        self._prices = chosen
        period = self.periods[-1]
        power_w = _widened(period.power_w, self.power_w) if bounds.asks_power else None
        current_a = _widened(period.current_a, self.current_a) if bounds.asks_current else None
        if (power_w, current_a) != (period.power_w, period.current_a):
            self.periods[-1] = replace(period, power_w=power_w, current_a=current_a)

    def _begin_period(self, at_ms: int) -> None:
        """One in which nothing was used gives way."""
        new = Period(self.tariff.id, at_ms)
        last = self.periods[-1] if self.periods else None
        if last is not None and not (last.energy_wh or last.charging_ms or last.idle_ms):
            self.periods[-1] = new
        else:
            self.periods.append(new)

    def _price_of(self, part: str) -> int | None:
        assert self._prices is not None, "they were chosen"
        return self._prices[FLOWING.index(part)]

    def _moment(self, local: datetime) -> Moment:
        return Moment(
            local=local,
            energy_wh=self._taken_wh(),
            power_w=self.power_w,
            current_a=self.current_a,
            lasting_ms=self._lasting_ms(),
            charging_ms=self.usage.charging_ms,
            idle_ms=self.usage.idle_ms,
            payment=self.payment,
        )

    def _until_change_ms(self, at_ms: int) -> int:
        """How long the prices hold at least, if only time passes."""
        bounds, usage = self._limits(), self.usage
        ways = [until(bounds.lasting_ms, self._lasting_ms())]
        if self.is_charging:
            ways.append(until(bounds.charging_ms, usage.charging_ms))
        else:
            ways.append(until(bounds.idle_ms, usage.idle_ms))
        if bounds.by_clock:
            ways.append(MINUTE_MS - at_ms % MINUTE_MS)
        return min((way for way in ways if way is not None), default=MAX_STEP_MS)

    def _limits(self) -> Bounds:
        if self._bounds is None:
            self._bounds = bounds_of(self.tariff)
        return self._bounds

    def _taken_wh(self) -> int:
        return self.began_wh + self.usage.energy_wh

    def _lasting_ms(self) -> int:
        return self.began_ms + self.usage.charging_ms + self.usage.paused_ms

    # the books

    def to_json(self) -> dict[str, Any]:
        """All but what is found anew."""
        usage = self.usage
        return {
            "tariff": self.tariff.to_json(),
            "register_wh": self.register_wh,
            "payment": [self.payment.brand, self.payment.recognition],
            "began": [self.began_ms, self.began_wh],
            "usage": [
                usage.energy_wh,
                usage.charging_ms,
                usage.paused_ms,
                usage.idle_ms,
                usage.reserved_ms,
            ],
            "used": {part: sorted(volumes.items()) for part, volumes in self.used.items()},
            "past": _sums_json(self.past),
            "frozen": None if self.frozen is None else _sums_json(self.frozen),
            "reached_by": self.reached_by,
            "periods": [period.to_json() for period in self.periods],
            "prices": self._prices,
            "is_charging": self.is_charging,
            "seen": [self.power_w, self.current_a, self.seen_ms],
            "is_driver": self.is_driver,
            "told_id": self.told_id,
        }


MAX_STEP_MS = 24 * 60 * MINUTE_MS  # in one step, if nothing changes


def account_of(told: Mapping[str, Any]) -> Account:
    """What ``to_json`` wrote; ValueError for anything else."""
    try:
        power_w, current_a, seen_ms = told["seen"]
        frozen, prices = told["frozen"], told["prices"]
        return Account(
            tariff=tariff_of(told["tariff"]),
            register_wh=int(told["register_wh"]),
            payment=Payment(*told["payment"]),
            began_ms=int(told["began"][0]),
            began_wh=int(told["began"][1]),
            usage=Usages(*told["usage"]),
            used={part: {int(n): int(v) for n, v in rows} for part, rows in told["used"].items()},
            past=_sums_of(told["past"]),
            frozen=None if frozen is None else _sums_of(frozen),
            reached_by=str(told["reached_by"]),
            periods=[period_of(row) for row in told["periods"]],
            is_charging=bool(told["is_charging"]),
            power_w=power_w,
            current_a=current_a,
            seen_ms=seen_ms,
            is_driver=bool(told["is_driver"]),
            told_id=str(told["told_id"]),
            _prices=None if prices is None else tuple(prices),
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"not an account: {str(told)[:80]}") from error


def _sums_json(parts: Mapping[str, Sum]) -> dict[str, list[str]]:
    return {part: [str(one.without_tax), str(one.with_tax)] for part, one in parts.items()}


def _sums_of(told: Mapping[str, list[str]]) -> dict[str, Sum]:
    return {part: Sum(*map(Fraction, amounts)) for part, amounts in told.items()}


def _widened(known: tuple[float, float] | None, value: float | None) -> tuple[float, float] | None:
    if value is None:
        return known
    return (value, value) if known is None else (min(known[0], value), max(known[1], value))


def _ms(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
