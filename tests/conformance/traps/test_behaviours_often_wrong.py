"""The behaviours of ocpp.md §4.7 that belong to the exchange, one section per row."""

from typing import Any

import pytest

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.connection import (
    Backoff,
    BackoffSettings,
    EndpointError,
    endpoint_url,
)
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow
from tests.unit.ocpp_core.core_fakes import (
    NOON_TEXT,
    MemoryOutbox,
    Rig,
    ended,
    started,
    updated,
)

BOTH = pytest.mark.parametrize("subprotocol", ["ocpp1.6", "ocpp2.0.1"])
OLD, NEW = "ocpp1.6", "ocpp2.0.1"
ACCEPTED = Answer({"status": "Accepted"})
REMOTE_START = {
    OLD: ("RemoteStartTransaction", {"idTag": "04A224B1"}),
    NEW: (
        "RequestStartTransaction",
        {"idToken": {"idToken": "04A224B1", "type": "ISO14443"}, "remoteStartId": 1},
    ),
}
REMOTE_STOP = {
    OLD: ("RemoteStopTransaction", {"transactionId": 0}),
    NEW: ("RequestStopTransaction", {"transactionId": "t1"}),
}


def waiting(subprotocol: str, status: str, interval: int = 300) -> Rig:
    """Connected, and told to wait."""
    rig = Rig(subprotocol)
    rig.outbox.append(started())
    rig.connect()
    rig.boot(status, interval)
    return rig


def registered(subprotocol: str = OLD, **settings: Any) -> Rig:
    rig = Rig(subprotocol, ChargePointSettings(**settings))
    rig.register()
    return rig


def trigger(rig: Rig, follow: Follow) -> None:
    """Let the central system trigger something."""
    rig.dialect.answers["TriggerMessage"] = Answer({"status": "Accepted"}, follow=(follow,))
    rig.receive(2, "trigger", "TriggerMessage", {"requestedMessage": "Heartbeat"})


# Row 1: until Boot is Accepted.


@BOTH
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_row_1_nothing_but_boot_is_sent_before_accepted(subprotocol: str, status: str) -> None:
    rig = waiting(subprotocol, status)
    rig.change_status(ConnectorState.CHARGING)
    rig.authorize()
    rig.add_fact(updated())
    rig.cp.send_data_transfer("v", "m", "x", rig.now_s)
    rig.wait(299.0)
    assert not rig.sent
    rig.wait(1.0)
    assert [frame[2] for frame in rig.sent] == ["BootNotification"]


@BOTH
def test_row_1_before_the_first_boot_answer_calls_are_answered(subprotocol: str) -> None:
    rig = Rig(subprotocol)
    rig.dialect.answers["ClearCache"] = ACCEPTED
    rig.connect()
    rig.receive(2, "x", "ClearCache", {})
    assert rig.sent[-1] == [3, "x", {"status": "Accepted"}]


@BOTH
def test_row_1_while_pending_calls_are_answered(subprotocol: str) -> None:
    rig = waiting(subprotocol, "Pending")
    rig.dialect.answers["ClearCache"] = ACCEPTED
    rig.receive(2, "x", "ClearCache", {})
    assert rig.next() == [3, "x", {"status": "Accepted"}]


@BOTH
@pytest.mark.parametrize("requests", [REMOTE_START, REMOTE_STOP])
def test_row_1_while_pending_remote_start_and_stop_are_rejected(
    subprotocol: str, requests: dict[str, tuple[str, Any]]
) -> None:
    rig = waiting(subprotocol, "Pending")
    action, payload = requests[subprotocol]
    rig.dialect.answers[action] = ACCEPTED
    rig.receive(2, "x", action, payload)
    assert rig.next() == [3, "x", {"status": "Rejected"}]
    assert rig.dialect.asked == []


@BOTH
def test_row_1_while_pending_only_what_a_trigger_asks_for_is_sent(subprotocol: str) -> None:
    rig = waiting(subprotocol, "Pending")
    trigger(rig, Follow("status", 1))
    assert rig.next()[0] == 3
    assert rig.reply()[2] == "StatusNotification"
    assert not rig.sent


def test_row_1_while_pending_the_pages_of_a_report_are_sent() -> None:
    rig = waiting(NEW, "Pending")
    pages = tuple(
        Call(
            "NotifyReport",
            {"requestId": 1, "generatedAt": NOON_TEXT, "seqNo": number, "tbc": number < 1},
        )
        for number in range(2)
    )
    answer = Answer({"status": "Accepted"}, follow=(Follow("report", calls=pages),))
    rig.dialect.answers["GetBaseReport"] = answer
    rig.receive(2, "x", "GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    assert rig.next()[0] == 3
    assert [rig.reply()[3]["seqNo"], rig.reply()[3]["seqNo"]] == [0, 1]


def test_row_1_while_rejected_1_6_does_not_even_respond() -> None:
    rig = waiting(OLD, "Rejected")
    rig.dialect.answers["ClearCache"] = ACCEPTED
    rig.receive(2, "x", "ClearCache", {})
    rig.receive_text('[2,"x"]')
    assert not rig.sent
    assert rig.dialect.asked == []


def test_row_1_while_rejected_2_0_1_answers_security_error() -> None:
    rig = waiting(NEW, "Rejected")
    rig.receive(2, "x", "ClearCache", {})
    assert rig.next()[:3] == [4, "x", "SecurityError"]
    assert rig.dialect.asked == []


# Row 2: Boot retry.


@BOTH
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_row_2_boot_is_retried_after_the_interval(subprotocol: str, status: str) -> None:
    rig = waiting(subprotocol, status, interval=40)
    rig.wait(39.9)
    assert not rig.sent
    rig.wait(0.1)
    rig.boot("Accepted")
    assert rig.state == "ACCEPTED"


@BOTH
def test_row_2_an_interval_of_zero_uses_the_own_back_off(subprotocol: str) -> None:
    rig = waiting(subprotocol, "Rejected", interval=0)
    waits = []
    for _ in range(4):
        before_s = rig.now_s
        while not rig.sent:
            rig.wait(1.0)
        waits.append(round(rig.now_s - before_s))
        rig.boot("Rejected", interval=0)
    assert waits == [10, 20, 40, 80]


@BOTH
def test_row_2_a_boot_answered_with_an_error_is_retried(subprotocol: str) -> None:
    rig = Rig(subprotocol)
    rig.connect()
    rig.refuse("InternalError")
    rig.wait(10.0)
    rig.boot("Accepted")
    assert rig.state == "ACCEPTED"


@BOTH
def test_row_2_a_trigger_forces_boot(subprotocol: str) -> None:
    rig = waiting(subprotocol, "Pending")
    trigger(rig, Follow("boot"))
    assert rig.next()[0] == 3
    call = rig.boot("Accepted")
    assert call[2] == "BootNotification"
    assert subprotocol == OLD or call[3]["reason"] == "Triggered"
    assert rig.state == "ACCEPTED"


# Row 3: after Accepted.


def test_row_3_after_accepted_connector_0_and_every_connector_is_reported() -> None:
    rig = Rig(OLD)
    rig.connect()
    rig.boot("Accepted", interval=50)
    assert [rig.reply()[3]["connectorId"], rig.reply()[3]["connectorId"]] == [0, 1]
    assert rig.told(fx.TimeTold)
    rig.wait(50.0)
    assert rig.reply()[2] == "Heartbeat"


def test_row_3_status_changes_while_offline_are_not_replayed() -> None:
    rig = registered()
    rig.change_status(ConnectorState.PREPARING)
    rig.disconnect()
    rig.sent.clear()
    for state in (ConnectorState.CHARGING, ConnectorState.FINISHING, ConnectorState.AVAILABLE):
        rig.change_status(state)
    rig.wait(60.0)
    rig.connect()
    said = [rig.reply()[3], rig.reply()[3]]
    assert not rig.sent
    assert [(each["connectorId"], each["status"]) for each in said] == [
        (0, "Available"),
        (1, "Available"),
    ]


# Row 4: reconnect without reboot.


@BOTH
def test_row_4_a_reconnect_needs_no_boot(subprotocol: str) -> None:
    rig = registered(subprotocol)
    rig.disconnect()
    rig.wait(5.0)
    rig.connect()
    assert "BootNotification" not in rig.reply_to_all()
    assert rig.state == "ACCEPTED"


def test_row_4_another_version_needs_a_boot() -> None:
    rig = Rig(OLD)
    rig.cp._dialects = {OLD: rig.dialect, NEW: Rig(NEW).dialect}
    rig.register()
    rig.disconnect()
    rig.subprotocol = NEW
    rig.connect()
    assert rig.next()[2] == "BootNotification"


@BOTH
def test_row_4_after_a_long_absence_all_are_reported_and_after_a_short_one_the_changed(
    subprotocol: str,
) -> None:
    count = {OLD: 2, NEW: 1}[subprotocol]  # 2.0.1 does not report the station as a whole
    rig = registered(subprotocol, offline_threshold_s=60.0)
    rig.disconnect()
    rig.wait(59.0)
    rig.connect()
    assert not rig.sent
    rig.disconnect()
    rig.wait(60.0)
    rig.connect()
    assert len(rig.reply_to_all()) == count
    rig.disconnect()
    rig.change_status(ConnectorState.CHARGING)
    rig.connect()
    assert len(rig.reply_to_all()) == 1


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


# Row 25: trigger order.


@BOTH
@pytest.mark.parametrize(
    ("follow", "actions"),
    [
        (Follow("heartbeat"), ["Heartbeat"]),
        (Follow("status", 1), ["StatusNotification"]),
        (Follow("report", calls=(Call("Heartbeat", {}),)), ["Heartbeat"]),
    ],
)
def test_row_25_the_reply_goes_first_and_then_what_was_triggered(
    subprotocol: str, follow: Follow, actions: list[str]
) -> None:
    rig = registered(subprotocol)
    trigger(rig, follow)
    assert rig.next() == [3, "trigger", {"status": "Accepted"}]
    assert rig.reply_to_all() == actions


def test_row_25_no_connector_means_all_and_status_has_connector_0() -> None:
    rig = registered()
    trigger(rig, Follow("status"))
    rig.next()
    assert [rig.reply()[3]["connectorId"], rig.reply()[3]["connectorId"]] == [0, 1]
    rig.dialect.answers["TriggerMessage"] = Answer(
        {"status": "Accepted"}, follow=(Follow("meter_values"),)
    )
    rig.receive_text('[2,"z","TriggerMessage",{"requestedMessage":"MeterValues"}]')
    rig.next()
    assert [call[3]["connectorId"] for call in [rig.reply()]] == [1]


def test_row_25_connector_0_alone_may_be_triggered() -> None:
    rig = registered()
    trigger(rig, Follow("status", 0))
    rig.next()
    assert rig.reply()[3]["connectorId"] == 0
    assert not rig.sent


@BOTH
def test_row_25_boot_is_rejected_after_accepted(subprotocol: str) -> None:
    rig = registered(subprotocol)
    trigger(rig, Follow("boot"))
    assert rig.next() == [3, "trigger", {"status": "Rejected"}]
    rig.wait(100.0)
    assert not rig.sent


def test_row_25_what_is_triggered_waits_for_our_outstanding_call() -> None:
    rig = registered()
    rig.authorize()
    trigger(rig, Follow("heartbeat"))
    assert rig.next()[2] == "Authorize"
    assert rig.next()[0] == 3
    assert not rig.sent
    rig.receive(3, "id-4", {"idTagInfo": {"status": "Accepted"}})
    assert rig.reply()[2] == "Heartbeat"


# Row 31: heartbeats and other traffic.


@BOTH
def test_row_31_any_call_restarts_the_heartbeat(subprotocol: str) -> None:
    rig = registered(subprotocol)
    rig.wait(200.0)
    rig.add_fact(started())
    rig.reply()
    rig.wait(299.0)
    assert not rig.sent
    rig.wait(1.0)
    assert rig.reply()[2] == "Heartbeat"


# Row 32: the URL.


def test_row_32_the_id_is_percent_encoded_and_the_query_kept() -> None:
    url = endpoint_url("wss://h/a?key=v%20w", "A B/Ü", ["2.0.1"])
    assert url == "wss://h/a/A%20B%2F%C3%9C?key=v%20w"


def test_row_32_a_colon_or_49_characters_are_refused_for_2_x() -> None:
    for identity in ("A:B", "x" * 49):
        with pytest.raises(EndpointError):
            endpoint_url("wss://h", identity, ["2.0.1", "1.6"])
    assert endpoint_url("wss://h", "A:B", ["1.6"])
