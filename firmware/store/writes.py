"""Writes: what each change does to the tables, and what is deleted so that the disk stays small."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from ampkeeper.firmware.store import (
    audit,
    deliveries,
    evidence,
    grid_events,
    limit_changes,
    local_list,
    payments,
    security,
    signed_records,
    users,
)
from ampkeeper.firmware.store.changes import (
    AddAudit,
    AddDelivery,
    AddFact,
    AddGridEvent,
    AddLimitChange,
    AddSecurityEvent,
    AddSignedRecord,
    AddStopSample,
    Change,
    ClearFault,
    ClearSecurityLog,
    ClearVerdicts,
    DeliveryDone,
    DropCertificate,
    DropDisplayMessage,
    DropProfile,
    DropReservation,
    DropSession,
    DropSetting,
    DropSystem,
    DropVerdict,
    ForgetToken,
    SaveCertificate,
    SaveCost,
    SaveDisplayMessage,
    SaveEvse,
    SaveFault,
    SaveLocalList,
    SaveMeta,
    SaveNumber,
    SavePayment,
    SaveProfile,
    SaveReservation,
    SaveSelfTest,
    SaveSession,
    SaveSetting,
    SaveSystem,
    SaveTrace,
    SaveTransfer,
    SaveVerdict,
    SecurityEventTold,
)
from ampkeeper.firmware.store.facts_codec import time_text
from ampkeeper.firmware.users.changes import ForgetPerson, SaveUsers

VERDICTS_MAX = 1_000
FAULTS_MAX = 1_000
TECH_INFO_CHARS_MAX = 255

SAVE_SESSION = """
    INSERT INTO session (tx_id, evse_id, state, started_at, id_token, energy_wh_start, is_open,
                         ended_at, energy_wh_end, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tx_id) DO UPDATE SET
        evse_id = excluded.evse_id, state = excluded.state, started_at = excluded.started_at,
        id_token = excluded.id_token, energy_wh_start = excluded.energy_wh_start,
        is_open = excluded.is_open, ended_at = excluded.ended_at,
        energy_wh_end = excluded.energy_wh_end, reason = excluded.reason
"""
SAVE_SETTING = """
    INSERT INTO setting (name, value) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
SAVE_NUMBER = "UPDATE session SET csms_tx_id = ? WHERE tx_id = ?"
SAVE_COST = """
    INSERT INTO session_cost (tx_id, told) SELECT tx_id, ? FROM session WHERE tx_id = ?
    ON CONFLICT (tx_id) DO UPDATE SET told = excluded.told
"""
ADD_COST = """
    INSERT INTO session_cost (tx_id, told) SELECT tx_id, ? FROM session WHERE tx_id = ?
    ON CONFLICT (tx_id) DO UPDATE SET told = CASE WHEN json_valid(told)
        THEN json_patch(told, excluded.told) ELSE excluded.told END
"""
SAVE_META = """
    INSERT INTO meta (key, value) VALUES (?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
SAVE_VERDICT = """
    INSERT INTO verdict (token, status, group_id, expires, at, evse_ids)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (token) DO UPDATE SET status = excluded.status, group_id = excluded.group_id,
        expires = excluded.expires, at = excluded.at, evse_ids = excluded.evse_ids
"""
SAVE_EVSE = """
    INSERT INTO evse (evse_id, in_service) VALUES (?, ?)
    ON CONFLICT (evse_id) DO UPDATE SET in_service = excluded.in_service
"""
SAVE_PROFILE = """
    INSERT INTO charging_profile (id, profile) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET profile = excluded.profile
"""
SAVE_RESERVATION = """
    INSERT INTO reservation (id, reservation) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET reservation = excluded.reservation
"""
FORGET_OWNER = """
    UPDATE session SET id_token = NULL, state = '{}' WHERE is_open = 0 AND upper(id_token) = ?
"""
SAVE_MESSAGE = """
    INSERT INTO display_message (id, message) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET message = excluded.message
"""
DROP_MESSAGE = "DELETE FROM display_message WHERE id = ?"
DROP_RESERVATION = "DELETE FROM reservation WHERE id = ?"
DROP_PROFILE = "DELETE FROM charging_profile WHERE id = ?"
FORGIVE_EVENT = "UPDATE security_event SET is_owed = 0 WHERE id = ?"
DROP_CERTIFICATE = "DELETE FROM certificate WHERE fingerprint = ?"
SAVE_TRANSFER = """
    INSERT INTO transfer (name, text) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET text = excluded.text
"""
SAVE_SYSTEM = """
    INSERT INTO central_system (slot, system) VALUES (?, ?)
    ON CONFLICT (slot) DO UPDATE SET system = excluded.system
"""
CLEAR_FAULT = """
    UPDATE fault SET cleared_at = ? WHERE evse_id = ? AND fault = ? AND cleared_at IS NULL
"""
# A session that still owes messages stays, however old it is.
PRUNE_SESSIONS = """
    DELETE FROM session WHERE is_open = 0
        AND number <= (SELECT number FROM session WHERE is_open = 0
                       ORDER BY number DESC LIMIT 1 OFFSET ?)
        AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.tx_id = session.tx_id)
"""
PRUNE_VERDICTS = """
    DELETE FROM verdict WHERE token IN
        (SELECT token FROM verdict ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)
"""
PRUNE_FAULTS = """
    DELETE FROM fault WHERE number IN
        (SELECT number FROM fault WHERE cleared_at IS NOT NULL
         ORDER BY number DESC LIMIT -1 OFFSET ?)
"""


def write(connection: sqlite3.Connection, change: Change) -> None:
    """Carry out one change inside the caller's transaction, but for those that need room."""
    assert not isinstance(change, AddFact | AddStopSample), "who adds it hears what had to go"
    if isinstance(change, ClearVerdicts):
        connection.execute("DELETE FROM verdict")
    elif isinstance(change, SaveLocalList):
        local_list.save(connection, change)
    elif isinstance(change, SaveFault):
        evidence.add_fault(connection, change, str(storable(change.fault)))
    elif isinstance(change, AddSecurityEvent):
        text = str(storable(change.tech_info))[:TECH_INFO_CHARS_MAX]
        security.add_event(connection, change, text)
    elif isinstance(change, ClearSecurityLog):
        connection.execute("DELETE FROM security_event WHERE is_owed = 0")
    elif isinstance(change, SaveSystem):
        connection.execute(SAVE_SYSTEM, (change.slot, storable(change.system)))
    elif isinstance(change, SaveNumber):
        connection.execute(SAVE_NUMBER, (str(change.csms_tx_id), change.tx_id))
    elif isinstance(change, DropSystem):
        connection.execute("DELETE FROM central_system WHERE slot = ?", (change.slot,))
    elif isinstance(change, DropSession):
        connection.execute("DELETE FROM session WHERE tx_id = ?", (change.tx_id,))
    elif isinstance(change, DropSetting):
        connection.execute("DELETE FROM setting WHERE name = ?", (change.name,))
    elif isinstance(change, SaveCertificate):
        security.save_certificate(connection, change)
    elif isinstance(change, SaveSelfTest):
        evidence.add_result(connection, change)
    elif isinstance(change, SaveTrace):
        evidence.add_trace(connection, change)
    elif isinstance(change, AddLimitChange):
        limit_changes.add(connection, change)
    elif isinstance(change, AddGridEvent):
        grid_events.add(connection, change)
    elif isinstance(change, AddAudit):
        audit.add(connection, change)
    elif isinstance(change, AddSignedRecord):
        signed_records.add(connection, change)
    elif isinstance(change, AddDelivery):
        deliveries.add(connection, change)
    elif isinstance(change, DeliveryDone):
        deliveries.done(connection, change.message_id)
    elif isinstance(change, SavePayment):
        payments.save(connection, change)
    elif isinstance(change, SaveUsers):
        users.save(connection, change)
    elif isinstance(change, ForgetPerson):
        signed_records.forget_person(connection, change)  # while it is known whose they were
        payments.forget_person(connection, change)
        users.forget(connection, change)
    else:
        if isinstance(change, ForgetToken):  # while it is known whose sessions were
            signed_records.forget(connection, change.token)
            payments.forget(connection, change.token)
        statement, values = _statement(change)
        connection.execute(statement, [storable(value) for value in values])


def prune(connection: sqlite3.Connection, changes: Sequence[Change], keep_sessions: int) -> None:
    """Delete the oldest of what these changes may have made too much of."""
    kinds = {type(change) for change in changes}
    if any(isinstance(change, SaveSession) and not change.is_open for change in changes):
        connection.execute(PRUNE_SESSIONS, (keep_sessions,))
    if SaveVerdict in kinds:
        connection.execute(PRUNE_VERDICTS, (VERDICTS_MAX,))
    if AddSecurityEvent in kinds:
        security.prune(connection)
    if ClearFault in kinds:
        connection.execute(PRUNE_FAULTS, (FAULTS_MAX,))


def storable(value: str | int | None) -> str | int | None:
    """``value``, with lone surrogates, which JSON from outside may hold, replaced by "?"."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


Values = tuple[str | int | None, ...]


def _statement(
    change: SaveSession
    | SaveCost
    | SaveSetting
    | SaveVerdict
    | DropVerdict
    | SaveEvse
    | ClearFault
    | SaveProfile
    | DropProfile
    | SaveReservation
    | DropReservation
    | ForgetToken
    | SaveDisplayMessage
    | DropDisplayMessage
    | SecurityEventTold
    | DropCertificate
    | SaveTransfer
    | SaveMeta,
) -> tuple[str, Values]:
    match change:
        case SaveSession():
            return SAVE_SESSION, _session_values(change)
        case SaveCost(tx_id, told, is_more):
            return ADD_COST if is_more else SAVE_COST, (told, tx_id)
        case SaveSetting(name, value):
            return SAVE_SETTING, (name, value)
        case SaveMeta(key, value):
            return SAVE_META, (key, value)
        case SaveTransfer(name, text):
            return SAVE_TRANSFER, (name, text)
        case SaveProfile(profile_id, profile):
            return SAVE_PROFILE, (str(profile_id), profile)
        case SecurityEventTold(row_id):
            return FORGIVE_EVENT, (row_id,)
        case DropCertificate(fingerprint):
            return DROP_CERTIFICATE, (fingerprint,)
        case DropProfile(profile_id):
            return DROP_PROFILE, (str(profile_id),)
        case SaveReservation(reservation_id, reservation):
            return SAVE_RESERVATION, (str(reservation_id), reservation)
        case DropReservation(reservation_id):
            return DROP_RESERVATION, (str(reservation_id),)
        case ForgetToken(token):
            return FORGET_OWNER, (token,)
        case SaveDisplayMessage(message_id, message):
            return SAVE_MESSAGE, (str(message_id), message)
        case DropDisplayMessage(message_id):
            return DROP_MESSAGE, (str(message_id),)
        case SaveEvse(evse_id, in_service):
            return SAVE_EVSE, (evse_id, in_service)
        case ClearFault(evse_id, fault, cleared_at):
            return CLEAR_FAULT, (time_text(cleared_at), evse_id, fault)
        case DropVerdict(token):
            return "DELETE FROM verdict WHERE token = ?", (token,)
        case SaveVerdict(token, status, group_id, expires, at, evse_ids):
            until, where = _time(expires), local_list.evse_text(evse_ids)
            return SAVE_VERDICT, (token, status, group_id, until, time_text(at), where)


def _session_values(session: SaveSession) -> Values:
    return (
        session.tx_id,
        session.evse_id,
        session.state,
        time_text(session.started_at),
        session.id_token,
        session.energy_wh_start,
        session.is_open,
        _time(session.ended_at),
        session.energy_wh_end,
        session.reason,
    )


def _time(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)
