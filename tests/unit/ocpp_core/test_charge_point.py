"""The charge point: priorities, heartbeats, deadlines, dead peers, limits of its queues."""

from typing import Any

import pytest

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Dialect, Verdict
from ampkeeper.firmware.ocpp.jobs import AUTHORIZATIONS_MAX
from tests.unit.ocpp_core.core_fakes import (
    TOKEN,
    Rig,
    ended,
    started,
    updated,
)

CHARGING, FINISHING = ConnectorState.CHARGING, ConnectorState.FINISHING


def registered(subprotocol: str = "ocpp1.6", **settings: Any) -> Rig:
    rig = Rig(subprotocol, ChargePointSettings(**settings))
    rig.register()
    return rig


# Authorisation.


def test_a_token_gets_its_verdict() -> None:
    rig = registered()
    key = rig.authorize()
    rig.reply()
    assert rig.told(fx.TokenAnswered) == [fx.TokenAnswered(key, TOKEN, Verdict("Accepted"))]


@pytest.mark.parametrize("state", ["never connected", "not registered", "link lost"])
def test_a_token_is_answered_at_once_where_nobody_can_be_asked(state: str) -> None:
    rig = Rig()
    if state != "never connected":
        rig.connect()
    if state == "link lost":
        rig.boot("Accepted")
        rig.disconnect()
    key = rig.authorize()
    assert rig.told(fx.TokenAnswered) == [fx.TokenAnswered(key, TOKEN, None)]


def test_a_token_is_answered_at_its_deadline_and_a_later_answer_is_ignored() -> None:
    rig = registered()
    key = rig.authorize(timeout_s=5.0)
    rig.wait(5.0)
    assert rig.told(fx.TokenAnswered) == [fx.TokenAnswered(key, TOKEN, None)]
    rig.reply()
    assert len(rig.told(fx.TokenAnswered)) == 1


def test_a_token_whose_time_is_over_is_not_asked_about_any_more() -> None:
    rig = registered()
    rig.add_fact(started())
    rig.authorize(timeout_s=5.0)
    rig.wait(6.0)
    rig.reply()
    assert not rig.sent


def test_a_token_that_the_link_takes_with_it_is_answered() -> None:
    rig = registered()
    rig.authorize()
    rig.authorize()
    rig.disconnect()
    assert [event.verdict for event in rig.told(fx.TokenAnswered)] == [None, None]


def test_a_token_refused_with_an_error_is_answered_with_no_verdict() -> None:
    rig = registered()
    rig.authorize()
    rig.refuse("InternalError")
    assert rig.told(fx.TokenAnswered)[0].verdict is None


def test_each_token_is_answered_when_too_many_ask() -> None:
    rig = registered()
    keys = [rig.authorize() for _ in range(AUTHORIZATIONS_MAX + 5)]
    assert len(rig.told(fx.TokenAnswered)) == 4  # one is on the wire
    rig.reply_to_all()
    assert sorted(event.key for event in rig.told(fx.TokenAnswered)) == keys


# Priorities.


def test_authorisations_overtake_status_and_status_overtakes_the_outbox() -> None:
    rig = registered()
    rig.add_fact(started())
    rig.add_fact(ended())
    rig.change_status(CHARGING)
    rig.authorize()
    assert rig.reply_to_all() == [
        "DataTransfer",
        "Authorize",
        "StatusNotification",
        "DataTransfer",
    ]


def test_a_reply_is_not_held_back_by_our_own_call() -> None:
    rig = registered()
    rig.dialect.answers["ClearCache"] = Answer({"status": "Accepted"})
    rig.authorize()
    rig.receive(2, "x", "ClearCache", {})
    assert rig.sent[-1] == [3, "x", {"status": "Accepted"}]


def test_a_data_transfer_is_answered() -> None:
    rig = registered()
    key = rig.cp.send_data_transfer("v", "m", {"raw_Key": [1]}, rig.now_s)
    rig.carry_out()
    # 1.6 allows text only, and this dialect does not make text of it
    assert rig.told(fx.DataTransferAnswered) == [fx.DataTransferAnswered(key, None, "not valid")]
    key = rig.cp.send_data_transfer("v", "m", "text", rig.now_s)
    rig.carry_out()
    rig.reply({"status": "Accepted", "data": "back"})
    answer = rig.told(fx.DataTransferAnswered)[-1]
    assert answer == fx.DataTransferAnswered(key, {"status": "Accepted", "data": "back"})


def test_a_data_transfer_is_answered_where_it_cannot_be_sent() -> None:
    rig = Rig()
    key = rig.cp.send_data_transfer("v", "m", "text", rig.now_s)
    rig.carry_out()
    expected = [fx.DataTransferAnswered(key, None, "not registered")]
    assert rig.told(fx.DataTransferAnswered) == expected


def test_a_refused_data_transfer_says_why() -> None:
    rig = registered()
    rig.cp.send_data_transfer("v", "m", "text", rig.now_s)
    rig.carry_out()
    rig.refuse("NotSupported")
    answer = rig.told(fx.DataTransferAnswered)[0]
    assert (answer.error, answer.is_refused) == ("NotSupported", True)


def test_a_data_transfer_without_an_answer_was_not_refused() -> None:
    rig = registered()
    rig.cp.send_data_transfer("v", "m", "text", rig.now_s)
    rig.carry_out()
    rig.wait(rig.cp.settings.call_timeout_s + 1)
    answer = rig.told(fx.DataTransferAnswered)[0]
    assert (answer.error, answer.is_refused) == ("no answer", False)


# What somebody tells.


def word(dialect: Dialect) -> Call:
    return dialect.data_transfer("v", "m", "text")


def told(rig: Rig) -> list[fx.ToldAnswered]:
    rig.carry_out()
    return rig.told(fx.ToldAnswered)


def test_what_is_told_is_worded_for_the_version_and_answered() -> None:
    rig = registered()
    key = rig.cp.tell(word, rig.now_s)
    rig.carry_out()
    assert rig.sent[-1][2:] == ["DataTransfer", {"vendorId": "v", "messageId": "m", "data": "text"}]
    rig.reply({"status": "Accepted"})
    assert told(rig) == [fx.ToldAnswered(key, {"status": "Accepted"})]


def test_what_cannot_be_told_now_may_be_told_again() -> None:
    rig = Rig()
    key = rig.cp.tell(word, rig.now_s)
    assert told(rig) == [fx.ToldAnswered(key, None, "not registered")]


def test_what_the_link_took_with_it_may_be_told_again() -> None:
    rig = registered()
    key = rig.cp.tell(word, rig.now_s)
    rig.carry_out()
    rig.cp.disconnected(rig.now_s)
    assert told(rig) == [fx.ToldAnswered(key, None, "the link was lost")]


def test_what_has_no_words_or_wrong_ones_is_not_worth_telling_again() -> None:
    rig = registered()
    none = rig.cp.tell(lambda dialect: None, rig.now_s)
    wrong = rig.cp.tell(lambda dialect: Call("DataTransfer", {"vendor": 1}), rig.now_s)
    assert [(answer.key, answer.is_refused) for answer in told(rig)] == [
        (none, True),
        (wrong, True),
    ]


def test_what_was_told_and_refused_says_why() -> None:
    rig = registered()
    key = rig.cp.tell(word, rig.now_s)
    rig.carry_out()
    rig.refuse("NotSupported")
    assert told(rig) == [fx.ToldAnswered(key, None, "NotSupported", True)]


# A busy peer.


@pytest.mark.parametrize("kind", ["authorize", "status"])
def test_a_busy_peer_is_asked_again_a_little_later(kind: str) -> None:
    rig = registered()
    if kind == "authorize":
        rig.authorize()
    else:
        rig.change_status(CHARGING)
    action = rig.refuse("RpcFrameworkError")[2]
    assert not rig.sent
    rig.wait(2.0)
    assert rig.reply()[2] == action
    assert kind == "status" or rig.told(fx.TokenAnswered)[0].verdict == Verdict("Accepted")


def test_a_peer_that_stays_busy_is_asked_three_times() -> None:
    rig = registered()
    rig.change_status(CHARGING)
    for _ in range(3):
        rig.refuse("RpcFrameworkError")
        rig.wait(2.0)
    assert not rig.sent


def test_an_old_status_is_not_repeated_over_a_newer_one() -> None:
    rig = registered()
    rig.change_status(CHARGING)
    rig.change_status(FINISHING)
    rig.refuse("RpcFrameworkError")
    rig.wait(2.0)
    assert rig.reply()[3]["status"] == "Finishing"
    assert not rig.sent


# Heartbeats.


def test_the_heartbeat_keeps_the_interval_of_the_boot_answer() -> None:
    rig = Rig()
    rig.connect()
    rig.boot("Accepted", interval=60)
    rig.reply_to_all()
    rig.wait(59.9)
    assert not rig.sent
    rig.wait(0.1)
    assert rig.reply()[2] == "Heartbeat"
    assert len(rig.told(fx.TimeTold)) == 2


def test_an_interval_of_zero_leaves_the_configured_one() -> None:
    rig = Rig(settings=ChargePointSettings(heartbeat_interval_s=100))
    rig.connect()
    rig.boot("Accepted", interval=0)
    rig.reply_to_all()
    rig.wait(100.0)
    assert rig.reply()[2] == "Heartbeat"


def test_a_changed_interval_is_in_force_at_once() -> None:
    rig = registered()
    rig.cp.configure(ChargePointSettings(heartbeat_interval_s=20))
    rig.wait(20.0)
    assert rig.reply()[2] == "Heartbeat"


def test_a_heartbeat_interval_of_zero_still_asks_the_time_once_a_day() -> None:
    rig = registered()
    rig.cp.configure(ChargePointSettings(heartbeat_interval_s=0))
    rig.wait(86_399.0)
    assert not rig.sent
    rig.wait(1.0)
    assert rig.reply()[2] == "Heartbeat"


def test_other_traffic_does_not_put_the_daily_heartbeat_off() -> None:
    rig = registered()
    heartbeats = 0
    for number in range(2 * 24 * 15):
        rig.add_fact(updated(seq_no=number))
        heartbeats += rig.reply_to_all().count("Heartbeat")
        rig.wait(240.0)
        heartbeats += rig.reply_to_all().count("Heartbeat")
    assert heartbeats in (1, 2)


# A dead peer.


def test_two_calls_without_any_sign_of_life_end_the_connection_once() -> None:
    rig = registered(heartbeat_interval_s=60, call_timeout_s=10.0)
    rig.authorize(timeout_s=100.0)
    rig.wait(10.0)
    assert [call[2] for call in rig.sent] == ["Authorize", "Heartbeat"]
    assert not rig.told(fx.Reconnect)
    rig.wait(10.0)
    assert len(rig.told(fx.Reconnect)) == 1
    rig.wait(1000.0)
    assert len(rig.told(fx.Reconnect)) == 1
    assert len(rig.sent) == 2


def test_any_sign_of_life_keeps_the_connection() -> None:
    rig = registered(call_timeout_s=10.0)
    rig.authorize(timeout_s=100.0)
    rig.wait(10.0)
    rig.receive(2, "x", "Nonsense", {})
    rig.wait(10.0)
    assert not rig.told(fx.Reconnect)


def test_a_boot_that_nobody_answers_twice_ends_the_connection() -> None:
    rig = Rig()
    rig.connect()
    rig.wait(30.0 + 10.0 + 30.0)
    assert [call[2] for call in rig.sent] == ["BootNotification", "BootNotification"]
    assert len(rig.told(fx.Reconnect)) == 1
