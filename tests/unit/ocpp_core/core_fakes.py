"""Fakes below and above the charge point: a station, a small dialect, an outbox, a server."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ampkeeper.firmware.facts import (
    ChargingState,
    ConnectorReport,
    ConnectorState,
    Fact,
    IdToken,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePoint, ChargePointSettings
from ampkeeper.firmware.ocpp.dialect import (
    Answer,
    BootAnswer,
    Call,
    FactAnswer,
    Later,
    TxContext,
    Verdict,
)
from ampkeeper.firmware.ocpp.registration import STATES
from ampkeeper.hal.ports import MeterReading

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOON_TEXT = "2026-11-22T12:00:00Z"
TOKEN = IdToken("04A224B1")
SAMPLE = StampedReading(NOON, MeterReading(1.0, 1000), "Sample.Periodic")


def started(tx_id: str = "t1") -> TransactionStarted:
    return TransactionStarted(
        tx_id, 1, 0, NOON, Trigger.AUTHORIZED, ChargingState.CHARGING, TOKEN, SAMPLE
    )


def updated(tx_id: str = "t1", seq_no: int = 1) -> TransactionUpdated:
    trigger = Trigger.METER_VALUE_PERIODIC
    return TransactionUpdated(tx_id, 1, seq_no, NOON, trigger, ChargingState.CHARGING, SAMPLE)


def ended(tx_id: str = "t1") -> TransactionEnded:
    trigger, reason = Trigger.STOP_AUTHORIZED, StopReason.LOCAL
    return TransactionEnded(tx_id, 1, 9, NOON, trigger, reason, SAMPLE, SAMPLE)


def report(evse_id: int, state: ConnectorState = ConnectorState.AVAILABLE) -> ConnectorReport:
    return ConnectorReport(evse_id, NOON, state)


class CoreStation:
    """What the charge point itself asks of a station."""

    def __init__(self) -> None:
        self.states = {0: ConnectorState.AVAILABLE, 1: ConnectorState.AVAILABLE}

    def evse_ids(self) -> tuple[int, ...]:
        return (1,)

    def report(self, evse_id: int) -> ConnectorReport:
        return report(evse_id, self.states[evse_id])


class CoreDialect:
    """As much of 1.6 or 2.0.1 as makes valid messages; facts go out as DataTransfers.

    ``answers`` says how calls are answered; other actions are NotImplemented.
    """

    def __init__(self, subprotocol: str = "ocpp1.6") -> None:
        self.subprotocol = subprotocol
        self.is_1_6 = subprotocol == "ocpp1.6"
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.contexts: list[TxContext] = []

    def boot(self, reason: str) -> Call:
        if self.is_1_6:
            payload = {"chargePointVendor": "A", "chargePointModel": "B"}
        else:
            payload = {"reason": reason, "chargingStation": {"model": "B", "vendorName": "A"}}
        return Call("BootNotification", payload)

    def read_boot(self, payload: dict[str, Any]) -> BootAnswer:
        return BootAnswer(payload["status"].lower(), payload["interval"], NOON)

    def heartbeat(self) -> Call:
        return Call("Heartbeat", {})

    def read_heartbeat(self, payload: dict[str, Any]) -> datetime:
        return NOON

    def status(self, told: ConnectorReport) -> Call | None:
        if self.is_1_6:
            payload = {"connectorId": told.evse_id, "errorCode": "NoError", "status": told.state}
            return Call("StatusNotification", payload)
        if told.evse_id == 0:
            return None
        is_free = told.state == ConnectorState.AVAILABLE
        return Call(
            "StatusNotification",
            {
                "timestamp": NOON_TEXT,
                "connectorStatus": "Available" if is_free else "Occupied",
                "evseId": told.evse_id,
                "connectorId": 1,
            },
        )

    def meter_values(self, evse_id: int) -> Call | None:
        if not self.is_1_6:
            return None
        value = {"timestamp": NOON_TEXT, "sampledValue": [{"value": "1"}]}
        return Call("MeterValues", {"connectorId": evse_id, "meterValue": [value]})

    def authorize(self, token: IdToken) -> Call:
        if self.is_1_6:
            return Call("Authorize", {"idTag": token.value})
        return Call("Authorize", {"idToken": {"idToken": token.value, "type": token.kind}})

    def read_authorize(self, payload: dict[str, Any]) -> Verdict:
        info = payload["idTagInfo" if self.is_1_6 else "idTokenInfo"]
        return Verdict(info["status"])

    def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> Call:
        payload = {"vendorId": vendor_id, "messageId": message_id or "", "data": data}
        return Call("DataTransfer", payload)

    def fact(self, fact: Fact, context: TxContext) -> Call | None:
        self.contexts.append(context)
        data = f"{type(fact).__name__} {fact.tx_id} {fact.seq_no} {context.csms_tx_id}"
        return Call("DataTransfer", {"vendorId": "fact", "data": data})

    def read_fact(self, fact: Fact, payload: dict[str, Any]) -> FactAnswer:
        data = payload.get("data")
        return FactAnswer(int(data) if data else None)

    def handle(self, action: str, payload: dict[str, Any]) -> Answer | Later:
        self.asked.append((action, payload))
        answer = self.answers.get(action, Answer(error="NotImplemented"))
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass(frozen=True)
class Row:
    """A row of the outbox."""

    id: int
    fact: Fact
    message_id: str
    attempts: int = 0
    is_offline: bool = False
    csms_tx_id: int | None = None
    samples: tuple[StampedReading, ...] = ()


class MemoryOutbox:
    """The store's part of the outbox; it keeps what it was told over restarts."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.delivered: list[str] = []
        self.discarded: list[str] = []
        self._ids = 0
        self._tx_numbers: dict[str, int] = {}

    def append(self, fact: Fact) -> Row:
        self._ids += 1
        row = Row(self._ids, fact, f"m{self._ids}")
        self.rows.append(row)
        return row

    def find_head(self) -> Row | None:
        if not self.rows:
            return None
        head = self.rows[0]
        return replace(head, csms_tx_id=self._tx_numbers.get(head.fact.tx_id))

    def carry_out(self, effect: fx.Effect) -> None:
        """Do what a store effect asks for, but for ``LoadHead``."""
        if isinstance(effect, fx.MarkOffline):
            self.rows = [replace(row, is_offline=True) for row in self.rows]
        elif isinstance(effect, fx.FactFailed):
            self.rows = [
                replace(row, attempts=row.attempts + (row.id == effect.row_id)) for row in self.rows
            ]
        elif isinstance(effect, fx.FactDone):
            row = self._remove(effect.row_id)
            self.delivered.append(row.message_id)
            if effect.csms_tx_id is not None:
                self._tx_numbers[row.fact.tx_id] = effect.csms_tx_id
        elif isinstance(effect, fx.FactDiscarded):
            self.discarded.append(self._remove(effect.row_id).message_id)

    def _remove(self, row_id: int) -> Row:
        row = next(row for row in self.rows if row.id == row_id)
        self.rows.remove(row)
        return row


class Rig:
    """A charge point whose effects are carried out at once; the test is the central system."""

    def __init__(
        self,
        subprotocol: str = "ocpp1.6",
        settings: ChargePointSettings | None = None,
        outbox: MemoryOutbox | None = None,
        dialect: Any = None,
        station: Any = None,
    ) -> None:
        self.now_s = 1000.0
        self.station: Any = station or CoreStation()
        self.dialect: Any = dialect or CoreDialect(subprotocol)
        self.subprotocol = subprotocol
        self.outbox = outbox or MemoryOutbox()
        self.sent: deque[Any] = deque()
        self.events: list[Any] = []
        self.order: list[str] = []
        self._ids = 0
        self.cp = ChargePoint(
            {subprotocol: self.dialect},
            self.station,
            settings or ChargePointSettings(),
            self._new_id,
        )

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    @property
    def state(self) -> str:
        return STATES[self.cp.registration.state]

    def carry_out(self) -> None:
        while effects := self.cp.take_effects():
            for effect in effects:
                self._do(effect)

    def _do(self, effect: fx.Effect) -> None:
        self.order.append(type(effect).__name__)
        if isinstance(effect, fx.Send):
            self.sent.append(json.loads(effect.text))
        elif isinstance(effect, fx.Run):
            effect.action()
        elif isinstance(effect, fx.LoadHead):
            self.cp.head_loaded(self.outbox.find_head(), self.now_s)
        elif isinstance(effect, fx.StoreWork):
            self.outbox.carry_out(effect)
        else:
            self.events.append(effect)

    # Driving it.

    def connect(self) -> None:
        self.cp.connected(self.subprotocol, self.now_s)
        self.carry_out()

    def disconnect(self) -> None:
        self.cp.disconnected(self.now_s)
        self.carry_out()

    def wait(self, seconds: float) -> None:
        """Let time pass, stopping at every deadline on the way."""
        end_s = self.now_s + seconds
        for _ in range(10_000):
            deadline_s = self.cp.deadline_s
            if deadline_s is None or deadline_s > end_s:
                break
            self.now_s = max(self.now_s, deadline_s)
            self.tick()
        else:
            raise AssertionError("a deadline never passes")
        self.now_s = end_s
        self.tick()

    def tick(self) -> None:
        self.cp.tick(self.now_s)
        self.carry_out()

    def add_fact(self, fact: Fact) -> Row:
        row = self.outbox.append(fact)
        self.cp.outbox_changed(self.now_s)
        self.carry_out()
        return row

    def authorize(self, timeout_s: float = 20.0) -> int:
        key = self.cp.authorize(TOKEN, self.now_s, timeout_s)
        self.carry_out()
        return key

    def change_status(self, state: ConnectorState, evse_id: int = 1) -> None:
        self.station.states[evse_id] = state
        self.cp.status_changed(report(evse_id, state), self.now_s)
        self.carry_out()

    # The central system.

    def receive(self, *parts: Any) -> None:
        self.receive_text(json.dumps(list(parts)))

    def receive_text(self, text: str | bytes) -> None:
        self.cp.received(text, self.now_s)
        self.carry_out()

    def next(self) -> Any:
        """The oldest frame that was sent and not looked at."""
        return self.sent.popleft()

    def reply(self, payload: dict[str, Any] | None = None) -> Any:
        """Answer the next call with a result; return the call."""
        call = self.next()
        assert call[0] == 2, call
        self.receive(3, call[1], payload if payload is not None else GOOD[call[2]])
        return call

    def refuse(self, code: str = "InternalError") -> Any:
        """Answer the next call with an error; return the call."""
        call = self.next()
        assert call[0] == 2, call
        self.receive(4, call[1], code, "", {})
        return call

    def reply_to_all(self, count_max: int = 100) -> list[str]:
        """Answer calls until there are none; return their actions."""
        actions = []
        while self.sent and len(actions) < count_max:
            actions.append(self.reply()[2])
        return actions

    def register(self) -> None:
        """Connect, be accepted, and report the connectors."""
        self.connect()
        self.boot("Accepted")
        self.reply_to_all()
        assert self.state == "ACCEPTED"

    def boot(self, status: str, interval: int = 300) -> Any:
        return self.reply({"status": status, "currentTime": NOON_TEXT, "interval": interval})

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


GOOD: dict[str, dict[str, Any]] = {
    "StatusNotification": {},
    "MeterValues": {},
    "Heartbeat": {"currentTime": NOON_TEXT},
    "DataTransfer": {"status": "Accepted"},
    "Authorize": {"idTagInfo": {"status": "Accepted"}},
    "StartTransaction": {"transactionId": 5, "idTagInfo": {"status": "Accepted"}},
    "StopTransaction": {},
    "TransactionEvent": {},
    "NotifyReport": {},
}

MakeRig = Callable[..., Rig]
