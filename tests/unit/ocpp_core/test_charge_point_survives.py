"""The charge point when something breaks: our own code, the peer, the task, the queues."""

import json
from typing import Any

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Later
from ampkeeper.firmware.ocpp.jobs import MESSAGES_MAX
from tests.unit.ocpp_core.core_fakes import Rig, ended, started

CHARGING, FINISHING = ConnectorState.CHARGING, ConnectorState.FINISHING


def registered(subprotocol: str = "ocpp1.6", **settings: Any) -> Rig:
    rig = Rig(subprotocol, ChargePointSettings(**settings))
    rig.register()
    return rig


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


def test_a_fact_whose_answer_our_own_code_cannot_read_is_delivered() -> None:
    rig = registered()
    rig.dialect.read_fact = lambda fact, payload: payload["missing"]
    rig.add_fact(started())
    rig.reply()
    assert rig.outbox.delivered == ["m1"]
    assert "missing" in rig.told(fx.Noted)[-1].text


def test_a_flood_of_data_transfers_is_refused_one_by_one() -> None:
    rig = registered()
    for _ in range(MESSAGES_MAX + 4):
        rig.cp.send_data_transfer("v", "m", "text", rig.now_s)
    rig.carry_out()
    answers = rig.told(fx.DataTransferAnswered)
    assert [answer.error for answer in answers] == ["too many messages wait"] * 3
    rig.reply_to_all(1000)
    assert len(rig.told(fx.DataTransferAnswered)) == MESSAGES_MAX + 4


def test_the_late_answer_to_a_fact_that_is_gone_changes_nothing() -> None:
    rig = registered(fact_attempts=1)
    rig.add_fact(started())
    rig.add_fact(ended())
    rig.next()
    rig.wait(30.0)
    rig.reply()  # the probe: the start is given up, and the end goes out
    assert rig.outbox.discarded == ["m1"]
    rig.receive(3, "m1", {"status": "Accepted"})
    assert rig.outbox.delivered == []
    rig.reply()
    assert rig.outbox.delivered == ["m2"]


def test_what_was_told_before_the_task_began_is_still_answered() -> None:
    rig = Rig()
    key = rig.cp.tell(lambda dialect: None, 0.0)
    rig.cp.restart(0.0)
    assert [effect for effect in rig.cp.take_effects() if isinstance(effect, fx.ToldAnswered)] == [
        fx.ToldAnswered(key, None, "not registered")
    ]
