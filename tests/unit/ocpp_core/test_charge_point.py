"""The charge point: priorities, heartbeats, deadlines, dead peers, limits of its queues."""

import json
from typing import Any

import pytest

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Later, Verdict
from ampkeeper.firmware.ocpp.jobs import AUTHORIZATIONS_MAX, MESSAGES_MAX
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
    assert rig.told(fx.DataTransferAnswered)[0].error == "NotSupported"


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


# Robustness.


def test_a_status_that_fails_is_dropped_with_a_note() -> None:
    rig = registered()
    rig.change_status(CHARGING)
    rig.refuse("InternalError")
    assert "StatusNotification dropped" in rig.told(fx.Noted)[-1].text
    rig.wait(10.0)
    assert not rig.sent


def test_a_flood_of_status_keeps_the_newest() -> None:
    rig = registered()
    rig.authorize()
    for number in range(MESSAGES_MAX + 50):
        rig.change_status(CHARGING if number % 2 else FINISHING)
    rig.change_status(ConnectorState.FAULTED)
    rig.next()
    rig.receive(4, "id-4", "InternalError", "", {})
    assert len(rig.sent) == 1
    sent = []
    while rig.sent:
        sent.append(rig.reply()[3]["status"])
    assert len(sent) == MESSAGES_MAX
    assert sent[-1] == "Faulted"


def test_an_answer_that_our_own_code_cannot_read_is_survived() -> None:
    rig = registered()
    rig.dialect.read_authorize = lambda payload: payload["missing"]
    rig.authorize()
    rig.reply()
    assert rig.told(fx.TokenAnswered)[0].verdict is None
    assert "missing" in rig.told(fx.Noted)[-1].text


def test_a_fact_that_our_own_code_cannot_word_is_given_up_and_the_next_goes() -> None:
    rig = registered()
    word = rig.dialect.fact

    def fails_at_one(fact: Any, context: Any) -> Any:
        if fact.seq_no == 0:
            raise KeyError("our bug")
        return word(fact, context)

    rig.dialect.fact = fails_at_one
    rig.add_fact(started())
    rig.add_fact(ended())
    assert "our bug" in rig.told(fx.FactGivenUp)[0].reason
    rig.reply()
    assert rig.outbox.delivered == ["m2"]


def test_a_fact_whose_message_is_not_valid_is_given_up() -> None:
    rig = registered()
    rig.dialect.fact = lambda fact, context: Call("DataTransfer", {})
    rig.add_fact(started())
    assert rig.outbox.discarded == ["m1"]
    assert not rig.sent


def test_a_fact_that_a_version_has_no_message_for_counts_as_delivered() -> None:
    rig = registered()
    rig.dialect.fact = lambda fact, context: None
    rig.add_fact(started())
    rig.add_fact(ended())
    assert rig.outbox.delivered == ["m1", "m2"]
    assert not rig.sent


def test_an_invalid_boot_is_retried_with_the_back_off_and_not_in_a_loop() -> None:
    rig = Rig()
    rig.dialect.boot = lambda reason: Call("BootNotification", {})
    rig.connect()
    rig.wait(9.0)
    assert len([event for event in rig.events if "not valid" in str(event)]) == 2
    rig.wait(3600.0)
    assert not rig.sent


def test_frames_after_the_connection_is_gone_are_ignored() -> None:
    rig = registered()
    rig.disconnect()
    rig.disconnect()
    rig.receive(2, "x", "ClearCache", {})
    assert not rig.sent


def test_a_subprotocol_that_we_did_not_offer_is_left() -> None:
    rig = Rig()
    rig.cp.connected("ocpp1.5", rig.now_s)
    rig.carry_out()
    assert len(rig.told(fx.Reconnect)) == 1


def test_a_restarted_task_reads_the_outbox_again() -> None:
    rig = registered()
    rig.outbox.append(started())
    rig.cp.outbox_changed(rig.now_s)
    assert [type(effect) for effect in rig.cp.take_effects()] == [fx.LoadHead]  # and it crashes
    rig.cp.restart(rig.now_s)
    rig.carry_out()
    rig.connect()
    rig.reply_to_all()
    assert rig.outbox.delivered == ["m1"]


def test_the_answer_to_a_later_call_goes_out_and_wakes_the_task() -> None:
    rig = registered()
    later = Later()
    rig.dialect.answers["UnlockConnector"] = later
    woken: list[bool] = []
    rig.cp.on_effect = lambda: woken.append(True)
    rig.receive(2, "x", "UnlockConnector", {"connectorId": 1})
    assert not rig.sent
    woken.clear()
    later.answer(Answer({"status": "Unlocked"}, follow=(Follow("status", 1),)))
    assert woken
    rig.tick()
    assert rig.next() == [3, "x", {"status": "Unlocked"}]
    assert rig.reply()[2] == "StatusNotification"


def test_a_handlers_work_runs_after_its_reply() -> None:
    rig = registered()
    rig.dialect.answers["Reset"] = Answer({"status": "Accepted"}, then=lambda: None)
    rig.order.clear()
    rig.receive(2, "x", "Reset", {"type": "Soft"})
    assert rig.order == ["Send", "Run"]


def test_a_follow_for_an_evse_that_is_not_there_is_ignored() -> None:
    rig = registered()
    answer = Answer({"status": "Accepted"}, follow=(Follow("status", 7),))
    rig.dialect.answers["TriggerMessage"] = answer
    rig.receive(2, "x", "TriggerMessage", {"requestedMessage": "StatusNotification"})
    assert [frame[0] for frame in rig.sent] == [3]


def test_the_station_hears_an_answer_before_its_row_is_deleted() -> None:
    rig = registered()
    rig.add_fact(started())
    rig.order.clear()
    rig.reply({"status": "Accepted", "data": "42"})
    assert rig.order[:2] == ["FactAnswered", "FactDone"]
    assert rig.told(fx.FactAnswered)[0].answer.csms_tx_id == 42


def test_frames_are_compact_json() -> None:
    rig = Rig()
    rig.cp.connected("ocpp1.6", 0.0)
    texts = [effect.text for effect in rig.cp.take_effects() if isinstance(effect, fx.Send)]
    assert texts == [json.dumps(json.loads(texts[0]), separators=(",", ":"))]


def test_nothing_is_due_while_offline() -> None:
    rig = registered()
    rig.add_fact(started())
    rig.disconnect()
    assert rig.cp.deadline_s is None


def test_a_whole_day_of_quiet_needs_few_turns() -> None:
    rig = registered(heartbeat_interval_s=300)
    turns = 0
    for _ in range(288):
        rig.wait(300.0)
        turns += len(rig.reply_to_all())
    assert turns == 288
