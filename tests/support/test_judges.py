"""The judges of the wire and of the world find what they are there to find."""

import json
from random import Random
from typing import Any

import pytest

from ampkeeper.board.emulated.grid import Grid
from ampkeeper.board.emulated.plant import LOCK_TRAVEL_MS
from ampkeeper.board.emulated.world import EvseSpec, EvseWorld
from tests.support.record import IN, OUT, Record, breaches
from tests.support.transactions import transaction_breaches, transactions
from tests.support.watch import BLANK_MS, STEP_MS, Watch

AT = "2026-11-22T12:00:0{}Z"


class Wire:
    """A record that is spoken into."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.record = Record(lambda: self.now_s)
        self.link = self.record.connected()
        self.ids = 0

    def call(self, action: str, payload: Any, message_id: str = "") -> str:
        self.ids += 1
        name = message_id or f"m{self.ids}"
        self.record.note(self.link, IN, json.dumps([2, name, action, payload]))
        return name

    def answer(self, message_id: str, payload: Any) -> None:
        self.record.note(self.link, OUT, json.dumps([3, message_id, payload]))

    def boot(self, status: str = "Accepted") -> None:
        self.answer(self.call("BootNotification", {}), {"status": status})

    def say(self, action: str, payload: Any, answer: Any = None, message_id: str = "") -> None:
        self.answer(self.call(action, payload, message_id), answer or {})

    def event(self, kind: str, seq_no: int, energy_wh: int, second: int = 0, **more: Any) -> None:
        context = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}.get(kind)
        sample: dict[str, Any] = {"value": energy_wh, "context": context or "Sample.Periodic"}
        at = AT.format(second)
        payload = {
            "eventType": kind,
            "timestamp": at,
            "triggerReason": "Trigger",
            "seqNo": seq_no,
            "offline": False,
            "transactionInfo": {"transactionId": "t1"},
            "meterValue": [{"timestamp": at, "sampledValue": [sample]}],
        }
        self.say("TransactionEvent", payload | more)


@pytest.fixture
def wire() -> Wire:
    made = Wire()
    made.boot()
    return made


def test_a_lawful_exchange_breaks_nothing(wire: Wire) -> None:
    wire.say("Heartbeat", {})
    wire.say("Heartbeat", {})
    assert breaches(wire.record) == []


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_talking_before_it_is_accepted_is_found(status: str) -> None:
    wire = Wire()
    wire.boot(status)
    wire.say("Heartbeat", {})
    assert len(breaches(wire.record)) == 1


def test_talking_after_a_power_cut_without_a_new_boot_is_found(wire: Wire) -> None:
    wire.record.power_cut()
    wire.link = wire.record.connected()
    wire.say("Heartbeat", {})
    assert len(breaches(wire.record)) == 1


def test_two_open_calls_are_found_unless_the_first_may_be_given_up(wire: Wire) -> None:
    wire.call("Heartbeat", {})
    wire.now_s = 31.0
    wire.call("Heartbeat", {})
    assert breaches(wire.record) == []
    wire.now_s = 40.0
    wire.call("Heartbeat", {})
    assert len(breaches(wire.record)) == 1


def test_a_repeat_may_say_that_it_was_offline_and_nothing_else(wire: Wire) -> None:
    wire.say("TransactionEvent", {"seqNo": 1, "offline": False}, message_id="same")
    wire.say("TransactionEvent", {"seqNo": 1, "offline": True}, message_id="same")
    assert breaches(wire.record) == []
    wire.say("TransactionEvent", {"seqNo": 2, "offline": True}, message_id="same")
    assert len(breaches(wire.record)) == 1


def judged(wire: Wire) -> list[str]:
    (found,) = transactions(wire.record)
    return transaction_breaches(found)


def test_a_whole_transaction_is_put_together(wire: Wire) -> None:
    wire.event("Started", 0, 100)
    wire.event("Updated", 1, 150, 1)
    wire.event("Ended", 2, 160, 2)
    assert judged(wire) == []
    (found,) = transactions(wire.record)
    assert (found.energy_wh, found.reason, found.is_over) == (60, "Local", True)


def test_messages_of_1_6_belong_to_the_number_that_the_start_was_given(wire: Wire) -> None:
    start = {"idTag": "A", "meterStart": 5, "timestamp": AT.format(0)}
    wire.say("StartTransaction", start, {"transactionId": 7})
    stop = {"transactionId": 7, "meterStop": 9, "timestamp": AT.format(1), "reason": "Remote"}
    wire.say("StopTransaction", stop)
    (found,) = transactions(wire.record)
    assert (found.key, found.energy_wh, found.reason) == ("7", 4, "Remote")
    assert transaction_breaches(found) == []


def test_what_is_missing_or_told_twice_is_found(wire: Wire) -> None:
    wire.event("Started", 0, 100)
    assert "does not end with its one stop" in str(judged(wire))
    wire.event("Ended", 2, 160, 1)
    assert "gaps" in str(judged(wire))
    wire.event("Ended", 3, 160, 1)
    assert "does not end with its one stop" in str(judged(wire))


def test_energy_and_time_that_run_back_are_found(wire: Wire) -> None:
    wire.event("Started", 0, 100, 5)
    wire.event("Updated", 1, 90, 4)
    wire.event("Ended", 2, 160, 6)
    assert "times run back" in str(judged(wire))
    assert "energy runs back" in str(judged(wire))


@pytest.fixture
def evse() -> EvseWorld:
    made = EvseWorld(EvseSpec(1), Grid(), Random(1))
    made.lock.travel_ms = LOCK_TRAVEL_MS
    made.contactor.is_closed = True
    made.car.plugged = True
    made.car.is_s2_closed = True
    return made


def looked(evse: EvseWorld, tx_id: str | None = "t1", steps: int = 30) -> str:
    watch = Watch(lambda: tx_id, lambda: 0.0)
    for _ in range(steps):
        watch.step(evse)
    return " ".join(watch.breaches)


def test_a_lawful_charge_is_seen_as_one(evse: EvseWorld) -> None:
    assert looked(evse) == ""


def test_a_contactor_that_is_closed_without_reason_is_seen(evse: EvseWorld) -> None:
    assert "no transaction" in looked(evse, None)
    evse.car.is_s2_closed = False
    assert "after the car let go" in looked(evse, steps=90)
    blind = BLANK_MS // STEP_MS  # the first steps after a change of the duty
    assert looked(evse, steps=blind + 12) == "", "for a tenth of a second it may be"


def test_a_plug_that_is_free_under_power_is_seen(evse: EvseWorld) -> None:
    evse.lock.travel_ms -= 10
    assert "not locked" in looked(evse)


def test_energy_is_counted_by_transaction(evse: EvseWorld) -> None:
    watch = Watch(lambda: "t1", lambda: 0.0)
    watch.step(evse)
    evse.register.energy_mwh += 2_500
    watch.step(evse)
    assert watch.metered_wh("t1") == 2.5
