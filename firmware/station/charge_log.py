"""Charge log: what the books have of closed sessions, as charges that can be billed. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Protocol

from ampkeeper.firmware.billing.account import account_of
from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.ocpp.price_reading import final_cost, read_object
from ampkeeper.firmware.station.bills import ACCOUNT, DAMAGED, FINAL
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.firmware.tariff import CHARGING, ENERGY, IDLE, Amount

PAGE = 1_000  # rows at a time
CHARGES_MAX = 10_000  # as many as the books keep


class Books(Protocol):
    """What the store has of sessions and their costs."""

    def sessions(self, limit: int) -> list[SessionRow]:
        """The newest first."""

    def sessions_before(self, tx_id: str, limit: int) -> list[SessionRow]:
        """Those that are older than this one, the newest first."""

    def costs(self, tx_ids: Sequence[str]) -> dict[str, str]:
        """What was told, by session."""


def charges(books: Books, zone: tzinfo | None, currency: str = "") -> Iterator[Charge]:
    """All closed sessions, the newest first; times in ``zone``, None: the system's.

    ``currency`` is that of the sums that a central system told without one.
    """
    rows: list[SessionRow] = []
    for _ in range(0, CHARGES_MAX, PAGE):
        rows = books.sessions_before(rows[-1].tx_id, PAGE) if rows else books.sessions(PAGE)
        told = books.costs([row.tx_id for row in rows])
        for row in rows:
            if not row.is_open and row.ended_at is not None and row.energy_wh_end is not None:
                yield charge_of(row, told.get(row.tx_id), zone, currency)
        if len(rows) < PAGE:
            return


def charge_of(row: SessionRow, told: str | None, zone: tzinfo | None, currency: str) -> Charge:
    """One closed session; a cost that cannot be read is not known."""
    assert row.ended_at is not None, "it is closed"
    assert row.energy_wh_end is not None, "it is closed"
    known: dict[str, Any] = {}
    try:
        known = _cost(json.loads(told), currency) if told else {}
    except (*DAMAGED, ArithmeticError):
        known = {}
    return Charge(
        session=row.tx_id,
        evse_id=row.evse_id,
        user=row.user or row.id_token or "",
        started=_in_zone(row.started_at, zone),
        ended=_in_zone(row.ended_at, zone),
        begin_wh=row.energy_wh_start,
        end_wh=row.energy_wh_end,
        reason=row.reason or "",
        card=row.id_token or "",
        **known,
    )


def _cost(told: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The last word of a central system goes before what was worked out here by its price.

    Where the charger's own price holds, it never counts: whoever is debited has paid by then, and
    the receipt says the same whenever it is made.
    """
    account = account_of(told[ACCOUNT]) if ACCOUNT in told else None
    is_own = account is not None and account.tariff.is_own
    if FINAL in told and not is_own:
        cost = final_cost(read_object(told[FINAL]), "").cost
        return {"currency": currency, "total": Amount(None, cost), "is_settled": True}
    if account is None:
        return {}
    found = account.statement(is_final=True)
    usage = found.usage
    return {
        "currency": found.currency,
        "total": found.total,
        "parts": found.parts,
        "used": {
            ENERGY: usage.energy_wh,
            CHARGING: usage.charging_s,
            IDLE: usage.idle_s,
        },
        "tariff": account.tariff.text,
        "is_settled": is_own,
    }


def _in_zone(at: datetime, zone: tzinfo | None) -> datetime:
    return at.astimezone(zone)
