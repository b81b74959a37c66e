"""Defects 9 to 19 of ocpp.md §3.4, each shown not to be ours: calls, checks, replies."""

import asyncio
import json
from typing import Any

import pytest

from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.dialect import Answer, Later
from ampkeeper.firmware.ocpp.schemas import round_decimals, schemas_for
from tests.conformance.traps.trap_rigs import BOTH, NEW, OLD, bench, frames_of, real_rig
from tests.unit.ocpp_core.core_fakes import Rig
from tests.unit.ocpp_dialects.station_fake import ended, started

# 9: a call out of a handler.


@BOTH
def test_defect_9_a_call_made_while_handling_waits_for_nothing(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    handle = rig.dialect.handle

    def speak_and_answer(action: str, payload: dict[str, Any]) -> Answer | Later:
        rig.cp.authorize(started().token, rig.now_s, 20.0)
        answer = handle(action, payload)
        assert isinstance(answer, Answer | Later)
        return answer

    rig.dialect.handle = speak_and_answer
    rig.receive(2, "a", "ClearCache", {})
    assert sorted(frame[0] for frame in rig.sent) == [2, 3]


# 10: the socket dies while a call is pending.


@BOTH
def test_defect_10_a_lost_socket_ends_the_call_at_once(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.authorize()
    rig.disconnect()
    assert rig.told(fx.TokenAnswered)[0].verdict is None


# 11: an error that becomes nothing.


@BOTH
def test_defect_11_an_error_to_a_transaction_message_does_not_lose_it(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.add_fact(started())
    refused = rig.refuse("InternalError")
    rig.wait(60.0)
    again = rig.next()
    assert again[1:3] == refused[1:3]


# 12: CALLERROR with three elements, and with no id.


@BOTH
def test_defect_12_an_error_of_three_elements_ends_the_call(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.authorize()
    call = rig.next()
    rig.receive(4, call[1], "InternalError")
    assert rig.told(fx.TokenAnswered)[0].verdict is None


@BOTH
@pytest.mark.parametrize("message_id", [None, "-1"])
def test_defect_12_an_error_without_id_ends_no_call(
    subprotocol: str, message_id: str | None
) -> None:
    rig = real_rig(subprotocol)
    rig.authorize()
    rig.receive(4, message_id, "RpcFrameworkError", "", {})
    assert not rig.told(fx.TokenAnswered)
    assert len(rig.sent) == 1


# 14: formats.


def test_defect_14_a_date_that_is_none_reaches_nobody() -> None:
    rig = real_rig(OLD)
    rig.authorize()
    info = {"status": "Accepted", "expiryDate": "yesterday-ish"}
    call = rig.next()
    rig.receive(3, call[1], {"idTagInfo": info})
    assert rig.told(fx.TokenAnswered)[0].verdict is None


# 15: message ids.


@pytest.mark.parametrize("message_id", ["x" * 37, "", 5, 5.5, None, True, [], {}])
def test_defect_15_ids_are_text_of_1_to_36_characters(message_id: Any) -> None:
    for subprotocol in (OLD, NEW):
        rig = real_rig(subprotocol)
        rig.receive(2, message_id, "Reset", {"type": "Soft"})
        assert all(frame[0] == 4 for frame in rig.sent)
        assert rig.station.asked == []
    assert rig.next()[2] == "RpcFrameworkError"


# 16: decimals.


def test_defect_16_decimals_stay_floats_and_go_out_with_one_digit() -> None:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0}]}
    for tenths in range(401):
        schedule["chargingSchedulePeriod"][0]["limit"] = tenths * 0.1
        payload = {"status": "Accepted", "chargingSchedule": schedule}
        rounded = round_decimals(payload)
        assert schemas_for(OLD).check_response("GetCompositeSchedule", rounded) is None
        exchange, outputs = bench(OLD, Answer(payload))
        text = json.dumps([2, "a", "GetCompositeSchedule", {"connectorId": 1, "duration": 60}])
        exchange.receive(text, 0.0)
        assert frames_of(outputs)[0][0] == 3


# 17: work after the reply.


def test_defect_17_what_follows_a_reply_is_not_swallowed() -> None:
    rig = Rig(OLD)
    rig.register()

    def fail() -> None:
        raise KeyError("seen")

    rig.dialect.answers["ClearCache"] = Answer({"status": "Accepted"}, then=fail)
    with pytest.raises(KeyError, match="seen"):
        rig.receive(2, "a", "ClearCache", {})
    assert rig.next() == [3, "a", {"status": "Accepted"}]


# 18: validation in threads.


async def test_defect_18_validation_uses_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a thread was asked for")

    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", refuse)
    rig = real_rig(NEW)
    rig.add_fact(started())
    rig.reply()
    assert rig.outbox.delivered == ["m1"]


# 19: late replies.


@BOTH
def test_defect_19_a_late_reply_delivers_its_fact_and_no_other(subprotocol: str) -> None:
    rig = real_rig(subprotocol, ChargePointSettings(call_timeout_s=10.0))
    rig.add_fact(started())
    rig.add_fact(ended())
    late = rig.next()
    rig.wait(10.0)
    rig.reply()  # the probe
    number = {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}
    rig.receive(3, late[1], number if subprotocol == OLD else {})
    assert rig.outbox.delivered == ["m1"]
    second = rig.reply()
    assert second[1] != late[1]
    assert rig.outbox.delivered == ["m1", "m2"]
    assert subprotocol == NEW or second[3]["transactionId"] == 7


@BOTH
def test_defect_19_a_double_reply_changes_nothing(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.authorize()
    info = "idTagInfo" if subprotocol == OLD else "idTokenInfo"
    call = rig.reply({info: {"status": "Accepted"}})
    rig.authorize()
    rig.receive(3, call[1], {info: {"status": "Blocked"}})
    assert len(rig.told(fx.TokenAnswered)) == 1
