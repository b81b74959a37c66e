"""Behaviours of ocpp.md §4.7 often got wrong: when to speak. Rows 1-4, 25, 31, 32."""

from typing import Any

import pytest

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.connection import (
    EndpointError,
    endpoint_url,
)
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow
from ampkeeper.firmware.ocpp.wire import INTERVAL_S_MAX
from tests.conformance.traps.trap_rigs import BOTH, NEW, OLD, real_rig, registered
from tests.unit.ocpp_core.core_fakes import (
    NOON_TEXT,
    Rig,
    started,
    updated,
)

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
@pytest.mark.parametrize("status", ["Accepted", "Pending", "Rejected"])
@pytest.mark.parametrize("interval", [10**20, 10**400], ids=["20 digits", "400 digits"])
def test_row_2_an_interval_beyond_all_bounds_is_bounded(
    subprotocol: str, status: str, interval: int
) -> None:
    rig = Rig(subprotocol, dialect=real_rig(subprotocol).dialect)
    rig.connect()
    rig.reply({"status": status, "currentTime": NOON_TEXT, "interval": interval})
    assert rig.state == status.upper()
    assert rig.told(fx.Registered)[-1].interval_s == INTERVAL_S_MAX
    assert rig.cp.deadline_s is not None
    assert rig.cp.deadline_s <= rig.now_s + INTERVAL_S_MAX


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
