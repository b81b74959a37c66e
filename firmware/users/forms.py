"""Forms: what people write of a user, as values, and back. UsersRefused says what is allowed.

A day is one in UTC: "from" is its beginning, "until" its end. Energy is written in kWh.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from ampkeeper.firmware.users.book import BUDGET_WH_MAX, User, UsersRefused

OFF = ("", "off")
WH_OF_KWH = 1_000
DAY_CHARS, TEXT_CHARS_MAX = 10, 40


def time_of(name: str, value: object) -> datetime | None:
    """A bound of the validity; "" or "off": there is none."""
    if value in OFF:
        return None
    text = value.strip() if isinstance(value, str) else ""
    try:
        if len(text) > TEXT_CHARS_MAX:
            raise ValueError(text)
        at = datetime.fromisoformat(text)
        if at.tzinfo is None and len(text) != DAY_CHARS:
            raise ValueError(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        is_last_day = name == "until" and len(text) == DAY_CHARS
        return at + timedelta(days=1) if is_last_day else at
    except (ValueError, OverflowError) as error:
        allowed = 'a day such as 2026-12-31, a time with its zone, or "off" is allowed'
        raise UsersRefused(f"{name} {value!r:.50}: {allowed}") from error


def budget_wh_of(value: object) -> int | None:
    """The energy of a month, from kWh; "" or "off": any."""
    if value in OFF:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(value)
        energy_wh = Decimal(str(value).strip()[:TEXT_CHARS_MAX]) * WH_OF_KWH
        if not energy_wh.is_finite() or energy_wh != int(energy_wh):
            raise ValueError(value)
        if not 1 <= energy_wh <= BUDGET_WH_MAX:
            raise ValueError(value)
    except (ValueError, InvalidOperation, OverflowError) as error:
        allowed = f'0.001 to {BUDGET_WH_MAX // WH_OF_KWH} kWh, or "off", is allowed'
        raise UsersRefused(f"budget_kwh {value!r:.50}: {allowed}") from error
    return int(energy_wh)


def shape(user: User, used_wh: int, why_not: str) -> dict[str, Any]:
    """A user as every face shows him."""
    return {
        "number": user.number,
        "name": user.name,
        "cards": list(user.cards),
        "from": _text(user.valid_from),
        "until": _text(user.valid_until),
        "budget_wh": user.budget_wh,
        "used_wh": used_wh,
        "may_charge": not why_not,
        "why_not": why_not or None,
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
