"""Behaviours of ocpp.md §4.7 often got wrong: delivery. Rows 5-10 and 14."""

import pytest

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.connection import (
    Backoff,
    BackoffSettings,
)
from ampkeeper.firmware.ocpp.dialect import Answer
from tests.conformance.traps.trap_rigs import BOTH, NEW, registered
from tests.unit.ocpp_core.core_fakes import (
    MemoryOutbox,
    Rig,
    ended,
    started,
    updated,
)

ACCEPTED = Answer({"status": "Accepted"})


# Row 5: back-off.


def test_row_5_waits_double_with_a_new_random_part_and_then_stay() -> None:
    draws = iter([0.5, 0.1, 0.9])
    backoff = Backoff(BackoffSettings(10.0, 10.0, 2), lambda: next(draws))
    assert [backoff.next_wait_s() for _ in range(4)] == [15.0, 21.0, 49.0, 49.0]


# Row 6: one outstanding call.


@BOTH
def test_row_6_one_call_of_ours_is_outstanding_and_theirs_may_cross(subprotocol: str) -> None:
    rig = registered(subprotocol)
    rig.dialect.answers["ClearCache"] = ACCEPTED
    rig.authorize()
    rig.change_status(ConnectorState.CHARGING)
    rig.add_fact(started())
    for number in range(8):
        rig.receive(2, f"x{number}", "ClearCache", {})
    assert [frame[0] for frame in rig.sent] == [2] + [3] * 8


# Row 7: message ids.


@BOTH
def test_row_7_ids_are_unique_over_connections_and_a_fact_keeps_its_own(subprotocol: str) -> None:
    rig = registered(subprotocol)
    row = rig.add_fact(started())
    first = rig.next()
    rig.disconnect()
    rig.connect()
    ids = []
    again = None
    while rig.sent:
        call = rig.reply()
        ids.append(call[1])
        again = call if call[2] == "DataTransfer" else again
    assert again is not None
    assert again[1] == first[1] == row.message_id
    assert len(ids) == len(set(ids))


def test_row_7_an_id_is_at_most_36_characters_of_text() -> None:
    rig = registered(NEW)
    for bad in ("x" * 37, 7, None, ["x"]):
        rig.receive(2, bad, "ClearCache", {})
        assert rig.next()[2] == "RpcFrameworkError"
    assert rig.dialect.asked == []


# Row 8: the transaction queue.


@BOTH
def test_row_8_facts_go_in_order_one_by_one_and_others_overtake(subprotocol: str) -> None:
    rig = registered(subprotocol)
    for fact in (started(), updated(), ended()):
        rig.add_fact(fact)
    assert len(rig.sent) == 1
    rig.change_status(ConnectorState.FINISHING)
    names = [rig.reply()[3] for _ in range(4)]
    data = [each["data"].split()[0] for each in names if "data" in each]
    assert data == ["TransactionStarted", "TransactionUpdated", "TransactionEnded"]
    assert "data" not in names[1]


@BOTH
def test_row_8_the_queue_survives_a_restart(subprotocol: str) -> None:
    outbox = MemoryOutbox()
    before = Rig(subprotocol, outbox=outbox)
    before.register()
    before.add_fact(started())
    before.add_fact(ended())
    after = Rig(subprotocol, outbox=outbox)
    after.register()
    assert outbox.delivered == ["m1", "m2"]


def test_row_8_what_waited_offline_says_so_and_what_did_not_does_not() -> None:
    rig = registered(NEW)
    rig.add_fact(started())  # on the wire when the link goes
    rig.disconnect()
    rig.add_fact(updated())
    rig.sent.clear()
    rig.connect()
    rig.reply_to_all()
    rig.add_fact(ended())
    rig.reply_to_all()
    assert [context.is_offline for context in rig.dialect.contexts] == [False, True, True, False]


# Row 9: retry.


@BOTH
@pytest.mark.parametrize("failure", ["error", "busy", "silence"])
def test_row_9_waits_grow_with_the_sends_and_then_the_next_one_goes(
    subprotocol: str, failure: str
) -> None:
    rig = registered(subprotocol, heartbeat_interval_s=100_000, call_timeout_s=10.0)
    rig.add_fact(started())
    rig.add_fact(ended())
    waits = []
    for _ in range(2):
        fail(rig, failure)
        before_s = rig.now_s
        while not any(frame[2] == "DataTransfer" for frame in rig.sent):
            rig.wait(1.0)
            while rig.sent and rig.sent[0][2] != "DataTransfer":
                rig.reply()
        waits.append(round(rig.now_s - before_s))
    assert waits == [60, 120]
    fail(rig, failure)
    assert rig.outbox.discarded == ["m1"]
    assert rig.told(fx.FactGivenUp)[0].fact == started()
    rig.reply()
    assert rig.outbox.delivered == ["m2"]


def fail(rig: Rig, failure: str) -> None:
    """Let the central system fail at the fact that is on the wire, while it is alive."""
    if failure == "silence":
        rig.next()
        rig.wait(10.0)
        rig.reply()  # the probe: a heartbeat
    else:
        rig.refuse("RpcFrameworkError" if failure == "busy" else "InternalError")


@BOTH
def test_row_9_a_lost_connection_is_no_failed_attempt(subprotocol: str) -> None:
    rig = registered(subprotocol)
    rig.add_fact(started())
    for _ in range(10):
        rig.disconnect()
        rig.sent.clear()
        rig.connect()
    rig.reply_to_all()
    assert rig.outbox.delivered == ["m1"]


@BOTH
def test_row_9_a_silence_that_ends_the_connection_is_no_failed_attempt(subprotocol: str) -> None:
    rig = registered(subprotocol)
    rig.add_fact(started())
    for _ in range(10):
        rig.wait(60.0)  # the fact and its probe
        assert rig.events[-1] != fx.LinkDown()
        rig.disconnect()
        rig.sent.clear()
        rig.connect()
        while rig.sent[0][2] != "DataTransfer":
            rig.reply()
    rig.reply()
    assert rig.outbox.rows == []
    assert rig.outbox.delivered == ["m1"]


@BOTH
def test_row_9_attempts_survive_a_restart(subprotocol: str) -> None:
    outbox = MemoryOutbox()
    outbox.append(started())
    for _ in range(3):
        rig = Rig(subprotocol, outbox=outbox)
        rig.connect()
        rig.boot("Accepted")
        while rig.sent[0][2] != "DataTransfer":
            rig.reply()
        rig.refuse()
    assert outbox.discarded == ["m1"]


def test_row_9_a_late_answer_is_taken_and_the_fact_not_sent_again() -> None:
    rig = registered()
    rig.add_fact(started())
    rig.next()
    rig.wait(30.0)
    rig.reply()  # the probe
    rig.receive(3, "m1", {"status": "Accepted", "data": "42"})
    rig.wait(200.0)
    assert not rig.sent
    assert rig.outbox.delivered == ["m1"]


# Row 10: ids while offline.


def test_row_10_the_id_of_the_answered_start_is_put_into_what_follows() -> None:
    rig = Rig()
    for fact in (started(), updated(), ended()):
        rig.outbox.append(fact)
    rig.connect()
    rig.boot("Accepted")
    rig.reply()
    rig.reply()
    rig.reply({"status": "Accepted", "data": "0"})  # 0 is an id like any other (errata 3.54)
    assert rig.reply()[3]["data"].endswith(" 0")
    assert rig.reply()[3]["data"].endswith(" 0")


def test_row_10_after_a_discarded_start_the_rest_goes_with_minus_1() -> None:
    rig = registered(fact_attempts=1)
    for fact in (started(), updated(), ended()):
        rig.add_fact(fact)
    rig.refuse()
    assert rig.reply()[3]["data"].endswith(" -1")
    assert rig.reply()[3]["data"].endswith(" -1")


def test_row_10_two_transactions_keep_their_ids_apart() -> None:
    rig = registered()
    for fact in (started("a"), started("b"), ended("a"), ended("b")):
        rig.add_fact(fact)
    rig.reply({"status": "Accepted", "data": "11"})
    rig.reply({"status": "Accepted", "data": "22"})
    assert rig.reply()[3]["data"] == "TransactionEnded a 9 11"
    assert rig.reply()[3]["data"] == "TransactionEnded b 9 22"


# Row 14, the part of the exchange: what breaks the schema changes nothing.


@BOTH
def test_row_14_an_invalid_call_never_reaches_the_station(subprotocol: str) -> None:
    rig = registered(subprotocol)
    for action, payload in (
        ("ClearCache", {"more": 1}),
        ("DataTransfer", {}),
        ("DataTransfer", {"vendorId": 5}),
        ("DataTransfer", {"vendorId": "x" * 256}),
        ("ChangeAvailability", {}),
        ("Reset", {"type": "Warm"}),
    ):
        rig.receive(2, f"{action}{payload}"[:36], action, payload)
        assert rig.next()[0] == 4
    assert rig.dialect.asked == []
