"""Reads: what can be asked of the store, also of one that is open for reading only.

Every method raises StoreError when it could not do what it says.
"""

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ampkeeper.firmware.local_list import ListEntry
from ampkeeper.firmware.store import (
    audit,
    database,
    deliveries,
    evidence,
    grid_events,
    limit_changes,
    local_list,
    outbox,
    payments,
    security,
    signed_records,
    users,
    writes,
)
from ampkeeper.firmware.store.changes import (
    AddAudit,
    AddDelivery,
    AddGridEvent,
    AddSignedRecord,
    SavePayment,
)
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.facts_codec import time_of, time_text
from ampkeeper.firmware.store.rows import (
    CertificateRow,
    FaultRow,
    Health,
    LimitChangeRow,
    OutboxRow,
    SecurityEventRow,
    SelfTestRow,
    SessionRow,
    TraceRecord,
    VerdictRow,
)
from ampkeeper.firmware.users.book import User

ROWS_MAX = 1_000

SESSION = """
    SELECT tx_id, evse_id, state, started_at, id_token, energy_wh_start, is_open, ended_at,
           energy_wh_end, reason, csms_tx_id, start_discarded,
           (SELECT name FROM local_user WHERE number = user_number) FROM session
"""
COSTS = "SELECT tx_id, told FROM session_cost WHERE tx_id IN (SELECT value FROM json_each(?))"
TOKENS_OF_USER = """
    SELECT DISTINCT upper(id_token) FROM session WHERE user_number = ? AND id_token IS NOT NULL
"""
VERDICT = "SELECT token, status, group_id, expires, at, evse_ids FROM verdict"


Values = tuple[str | int | None, ...]


class Reads:
    """What can be asked of a store; also of one that is open for reading only."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def open_sessions(self) -> list[SessionRow]:
        """Sessions that have not ended, oldest first."""
        return self._sessions("WHERE is_open = 1 ORDER BY number", ())

    def sessions(self, limit: int = 20, offset: int = 0) -> list[SessionRow]:
        """Sessions, newest first; at most ROWS_MAX at a time."""
        page = (max(0, min(limit, ROWS_MAX)), max(0, offset))
        return self._sessions("ORDER BY number DESC LIMIT ? OFFSET ?", page)

    def sessions_before(self, tx_id: str, limit: int) -> list[SessionRow]:
        """Those older than this one, newest first, at most ROWS_MAX; what begins moves no page."""
        order = "WHERE number < (SELECT number FROM session WHERE tx_id = ?) ORDER BY number DESC"
        return self._sessions(f"{order} LIMIT ?", (tx_id, max(0, min(limit, ROWS_MAX))))

    def sessions_since(self, since: datetime, limit: int) -> list[SessionRow]:
        """Those that began since then, newest first."""
        order = "WHERE started_at >= ? ORDER BY number DESC LIMIT ?"
        return self._sessions(order, (time_text(since), limit))

    def session(self, tx_id: str) -> SessionRow | None:
        """One session."""
        found = self._sessions("WHERE tx_id = ?", (tx_id,))
        return found[0] if found else None

    def delivery(self, way: str, later: Sequence[str] = ()) -> AddDelivery | None:
        """The oldest receipt that is owed by this way, but for those that are sent ``later``."""
        with self._errors():
            return deliveries.head(self._connection, way, later)

    def payments(self, limit: int) -> list[SavePayment]:
        """What the payment terminal was asked for, newest first; at most ``ROWS_MAX``."""
        with self._errors():
            return payments.rows(self._connection, min(limit, ROWS_MAX))

    def open_payments(self) -> list[SavePayment]:
        """Those that are neither claimed nor given back yet, oldest first."""
        with self._errors():
            return payments.open_ones(self._connection)

    def sessions_of(self, token: str) -> list[SessionRow]:
        """The sessions of a token, in upper case; newest first, at most ``ROWS_MAX``."""
        order = "WHERE upper(id_token) = ? ORDER BY number DESC LIMIT ?"
        return self._sessions(order, (writes.storable(token), ROWS_MAX))

    def sessions_of_person(self, number: int | None, cards: Iterable[str]) -> list[SessionRow]:
        """The sessions of a user, and of these cards what is of nobody else.

        Newest first, at most ``ROWS_MAX``.
        """
        order = f"WHERE {users.OF_PERSON} ORDER BY number DESC LIMIT ?"
        return self._sessions(order, (*users.of_person(number, cards), ROWS_MAX))

    def tokens_of_user(self, number: int) -> list[str]:
        """By which tokens a user's sessions were, in upper case, also those he has no more."""
        rows = self._rows(TOKENS_OF_USER, (number,))
        return [str(row[0]) for row in rows]

    def tx_by_csms_id(self, csms_tx_id: int) -> str | None:
        """The transaction that the central system knows by this number, a running one first."""
        order = "WHERE csms_tx_id = ? ORDER BY is_open DESC, number DESC LIMIT 1"
        found = self._sessions(order, (str(csms_tx_id),))
        return found[0].tx_id if found else None

    def costs(self, tx_ids: Iterable[str]) -> dict[str, str]:
        """What was told of the cost of these sessions, as SaveCost saved it."""
        asked = json.dumps(list(tx_ids)[:ROWS_MAX])
        return dict(self._rows(COSTS, (asked,)))

    def settings(self) -> dict[str, str]:
        """What was changed at run time."""
        return dict(self._rows("SELECT name, value FROM setting ORDER BY name"))

    def verdict(self, token: str) -> VerdictRow | None:
        """The cached answer for a token."""
        rows = self._rows(f"{VERDICT} WHERE token = ?", (writes.storable(token),))
        return _verdict(*rows[0]) if rows else None

    def verdicts(self) -> list[VerdictRow]:
        """The whole authorisation cache, newest first."""
        return [_verdict(*row) for row in self._rows(f"{VERDICT} ORDER BY at DESC, token")]

    def charging_profiles(self) -> list[str]:
        """The installed charging profiles, as their ``to_text`` wrote them."""
        return [str(row[0]) for row in self._rows("SELECT profile FROM charging_profile")]

    def transfers(self) -> dict[str, str]:
        """Where transfers stand, by name, as SaveTransfer saved them."""
        return dict(self._rows("SELECT name, text FROM transfer"))

    def local_list(self) -> tuple[int, list[ListEntry]]:
        """The local authorisation list: its version and its entries."""
        with self._errors():
            return local_list.load(self._connection)

    def users(self) -> list[User]:
        """The users of this charger, with who was removed."""
        with self._errors():
            return users.load(self._connection)

    def used_by_users(self, since: datetime) -> list[tuple[int, datetime, int]]:
        """(user, begin, Wh) of the sessions that began since then and are over."""
        with self._errors():
            return list(users.used(self._connection, since))

    def reservations(self) -> list[str]:
        """The reservations, as their ``to_text`` wrote them."""
        return [str(row[0]) for row in self._rows("SELECT reservation FROM reservation")]

    def display_messages(self) -> list[str]:
        """The messages for the display, as their ``to_text`` wrote them."""
        return [str(row[0]) for row in self._rows("SELECT message FROM display_message")]

    def evses(self) -> dict[int, bool]:
        """Which EVSEs are in service, as far as anybody ever said; 0 is the station."""
        rows = self._rows("SELECT evse_id, in_service FROM evse ORDER BY evse_id")
        return {evse_id: bool(in_service) for evse_id, in_service in rows}

    def faults(self, active_only: bool = False) -> list[FaultRow]:
        """Active faults first, then the history; newest first in each."""
        query = (
            "SELECT evse_id, fault, raised_at, cleared_at FROM fault"
            " WHERE cleared_at IS NULL OR NOT ? ORDER BY cleared_at IS NULL DESC, number DESC"
        )
        return [_fault(*row) for row in self._rows(query, (active_only,))]

    def fault_counts(self) -> dict[tuple[int, str], int]:
        """How often each fault came since ever, by EVSE and name; these only grow."""
        with self._errors():
            return evidence.fault_counts(self._connection)

    def newest_results(self) -> list[SelfTestRow]:
        """The newest result of each self-test, by EVSE and number."""
        with self._errors():
            return evidence.newest_results(self._connection)

    def results(self, evse_id: int, test: int) -> list[SelfTestRow]:
        """All kept results of one self-test, newest first."""
        with self._errors():
            return evidence.results(self._connection, evse_id, test)

    def traces(self, evse_id: int | None = None) -> list[TraceRecord]:
        """The traces of one EVSE, or all, newest first, without their rows."""
        with self._errors():
            return evidence.traces(self._connection, evse_id)

    def trace(self, number: int) -> TraceRecord | None:
        """One trace with its rows."""
        with self._errors():
            return evidence.trace(self._connection, number)

    def limit_changes(self, since: datetime, limit: int) -> list[LimitChangeRow]:
        """Which limits bound since then, newest first."""
        with self._errors():
            return limit_changes.rows(self._connection, since, limit)

    def grid_events(self, since: datetime, until: datetime) -> list[AddGridEvent]:
        """What happened to the orders of the grid operator, in order."""
        with self._errors():
            return grid_events.rows(self._connection, since, until)

    def audit(self, limit: int) -> list[AddAudit]:
        """Who asked for which change, newest first; at most 10,000 at a time."""
        with self._errors():
            return audit.rows(self._connection, limit)

    def signed_records(self, tx_id: str) -> list[AddSignedRecord]:
        """What was signed of a session, in order."""
        with self._errors():
            return signed_records.rows(self._connection, tx_id)

    def security_events(self, limit: int) -> list[SecurityEventRow]:
        """The security log, newest first; at most 10,000 at a time."""
        with self._errors():
            return security.events(self._connection, limit)

    def security_events_owed(self) -> list[SecurityEventRow]:
        """The security events that the central system has not heard of, oldest first."""
        with self._errors():
            return security.owed(self._connection)

    def certificates(self) -> list[CertificateRow]:
        """All certificates, in the order in which they came."""
        with self._errors():
            return security.certificates(self._connection)

    def health(self) -> Health:
        """Look through the whole database, and at the room that is left."""
        found = [str(row[0]) for row in self._rows("PRAGMA quick_check(5)")]
        problems = () if found == ["ok"] else tuple(found)
        try:
            disk = os.statvfs(self.path.parent)
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror}") from error
        return Health(disk.f_bavail * disk.f_frsize, problems)

    def meta(self, key: str) -> str | None:
        """A value saved with SaveMeta."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def outbox_count(self) -> int:
        """How many messages are owed to the central system."""
        with self._errors():
            return outbox.count(self._connection)

    def outbox_by_tx(self) -> dict[str | None, int]:
        """How many messages of each transaction are owed; None: of no transaction."""
        return dict(self._rows("SELECT tx_id, COUNT(*) FROM outbox GROUP BY tx_id"))

    def outbox_head(self, here: str = "", known: Collection[str] = ()) -> OutboxRow | None:
        """The oldest message owed; UnreadableFactError (a StoreError) names its row.

        ``here``: owed to the system with these books, of those ``known``; "": to anybody.
        """
        with self._errors():
            return outbox.head(self._connection, here, known)

    def homes(self) -> dict[str, str]:
        """In whose books each transaction stands that runs or owes messages."""
        with self._errors():
            return outbox.homes(self._connection)

    def systems(self) -> dict[int, str]:
        """The central systems that were changed at run time, as SaveSystem saved them."""
        return dict(self._rows("SELECT slot, system FROM central_system ORDER BY slot"))

    def close(self) -> None:
        """Release the file; safe twice."""
        with self._errors():
            self._connection.close()

    def _sessions(self, tail: str, values: Values) -> list[SessionRow]:
        return [_session(*row) for row in self._rows(SESSION + tail, values)]

    def _rows(self, query: str, values: Values = ()) -> list[Any]:
        with self._errors():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OverflowError) as error:
            raise StoreError(f"{self.path}: {error}") from error


def open_read_only(path: str | Path) -> Reads:
    """The store of a station that may be running, for reading; StoreError when there is none."""
    file = Path(path)
    return Reads(file, database.open_read_only(file))


def _session(
    tx_id: str,
    evse_id: int,
    state: str,
    started_at: str,
    id_token: str | None,
    energy_wh_start: int,
    is_open: int,
    ended_at: str | None,
    energy_wh_end: int | None,
    reason: str | None,
    csms_tx_id: str | None,
    start_discarded: int,
    user: str | None,
) -> SessionRow:
    return SessionRow(
        tx_id=tx_id,
        evse_id=evse_id,
        state=state,
        started_at=time_of(started_at),
        id_token=id_token,
        energy_wh_start=energy_wh_start,
        is_open=bool(is_open),
        ended_at=None if ended_at is None else time_of(ended_at),
        energy_wh_end=energy_wh_end,
        reason=reason,
        csms_tx_id=None if csms_tx_id is None else int(csms_tx_id),
        start_discarded=bool(start_discarded),
        user=user,
    )


def _verdict(
    token: str, status: str, group_id: str | None, expires: str | None, at: str, evse_ids: str
) -> VerdictRow:
    until = None if expires is None else time_of(expires)
    where = local_list.evse_ids_of(evse_ids)
    return VerdictRow(token, status, group_id, until, time_of(at), where)


def _fault(evse_id: int, fault: str, raised_at: str, cleared_at: str | None) -> FaultRow:
    cleared = None if cleared_at is None else time_of(cleared_at)
    return FaultRow(evse_id, fault, time_of(raised_at), cleared)
