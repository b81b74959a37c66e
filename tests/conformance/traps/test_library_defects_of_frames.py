"""Defects 1 to 8 of ocpp.md §3.4, each shown not to be ours: frames, words, names."""

import json
from typing import Any

import pytest

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp.dialect import Answer, Call
from tests.conformance.traps.trap_rigs import BOTH, NEW, OLD, bench, frames_of, real_rig
from tests.unit.ocpp_core.core_fakes import NOON_TEXT

ALL = pytest.mark.parametrize("subprotocol", [OLD, NEW, "ocpp2.1"])


# 1 and 6: no reply; NotImplemented and NotSupported swapped.


@ALL
def test_defects_1_and_6_an_unknown_action_is_not_implemented(subprotocol: str) -> None:
    exchange, outputs = bench(subprotocol)
    exchange.receive('[2,"a","MakeCoffee",{}]', 0.0)
    assert frames_of(outputs)[0][:3] == [4, "a", "NotImplemented"]


@ALL
def test_defects_1_and_6_a_known_action_without_handler_is_not_supported(subprotocol: str) -> None:
    exchange, outputs = bench(subprotocol)
    exchange.receive('[2,"a","ClearCache",{}]', 0.0)
    assert frames_of(outputs)[0][:3] == [4, "a", "NotSupported"]


@BOTH
def test_defect_6_the_shipped_dialects_say_the_same(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.receive(2, "a", "MakeCoffee", {})
    assert rig.next()[2] == "NotImplemented"
    rig.receive(2, "b", "Heartbeat", {})  # known, and not ours to answer
    assert rig.next()[2] == "NotSupported"


# 2 and 13: names and free content changed.


def test_defect_2_names_cross_as_they_are() -> None:
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [
            {
                "id": 1,
                "startSchedule": NOON_TEXT,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 16.0, "limit_L2": 10.0, "setpoint_L3": 1.0}
                ],
            }
        ],
    }
    payload = {"evseId": 1, "chargingProfile": profile}
    seen: list[Any] = []
    exchange, outputs = bench("ocpp2.1")

    def look(action: str, given: dict[str, Any]) -> Answer:
        seen.append(given)
        return Answer({"status": "Accepted"})

    exchange._handle = look
    exchange.receive(json.dumps([2, "a", "SetChargingProfile", payload]), 0.0)
    assert seen == [payload]
    assert frames_of(outputs) == [[3, "a", {"status": "Accepted"}]]


def test_defect_13_free_content_crosses_untouched_both_ways() -> None:
    data = {"snake_case": 1, "camelCase": 2, "UPPER-kebab": [{"a b": None, "ä": 8.125}]}
    rig = real_rig(NEW)
    rig.station.transfer = ("Accepted", data)
    rig.receive(2, "a", "DataTransfer", {"vendorId": "v", "messageId": "m", "data": data})
    assert rig.station.asked[-1] == ("transfer", "v", "m", data)
    assert rig.next() == [3, "a", {"status": "Accepted", "data": data}]
    rig.cp.send_data_transfer("v", "m", data, rig.now_s)
    rig.carry_out()
    assert rig.reply({"status": "Accepted", "data": data})[3]["data"] == data
    assert rig.told(fx.DataTransferAnswered)[0].payload["data"] == data


def test_defect_13_text_in_1_6_crosses_untouched_both_ways() -> None:
    text = '{"snake_case": 8.125, "x": "\\u00e4"}'
    rig = real_rig(OLD)
    rig.station.transfer = ("Accepted", text)
    rig.receive(2, "a", "DataTransfer", {"vendorId": "v", "data": text})
    assert rig.next()[2]["data"] == text
    rig.cp.send_data_transfer("v", None, text, rig.now_s)
    rig.carry_out()
    assert rig.reply()[3]["data"] == text


# 3: frame types 5 and 6.


def test_defect_3_2_1_sends_without_waiting_and_reports_bad_results() -> None:
    exchange, outputs = bench("ocpp2.1")
    data = [{"t": 0.0, "v": "1"}]
    stream = {"id": 1, "pending": 0, "basetime": NOON_TEXT, "data": data}
    assert exchange.send(Call("NotifyPeriodicEventStream", stream), "s")
    exchange.call(Call("Heartbeat", {}), "h", "key", 0.0)
    exchange.receive('[3,"h",{"currentTime":"soon"}]', 0.0)
    assert [frame[0] for frame in frames_of(outputs)] == [6, 2, 5]


# 4 and 5: frames that kill, frames that are dropped.

UNREADABLE = ["", "{", "null", "{}", "[]", "[" * 100_000, '{"a":' * 100_000, "\ud800", "[1e400]"]
UNREADABLE.append("x" * 10_000_000)
UNREADABLE_BY_NUMBER = pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))


@BOTH
def test_defect_4_an_unhashable_action_is_answered(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.receive(2, "a", {}, {})
    code = {OLD: "FormationViolation", NEW: "RpcFrameworkError"}[subprotocol]
    assert rig.next()[:3] == [4, "a", code]


@UNREADABLE_BY_NUMBER
def test_defects_4_and_5_2_0_1_answers_what_it_cannot_read_with_minus_1(text: str) -> None:
    rig = real_rig(NEW)
    rig.receive_text(text)
    assert rig.next()[:3] == [4, "-1", "RpcFrameworkError"]
    rig.receive(2, "after", "ClearCache", {})
    assert rig.next()[0] == 3


@UNREADABLE_BY_NUMBER
def test_defects_4_and_5_1_6_has_no_answer_for_what_it_cannot_read(text: str) -> None:
    rig = real_rig(OLD)
    rig.receive_text(text)
    assert not rig.sent
    assert rig.told(fx.Noted)
    rig.receive(2, "after", "ClearCache", {})
    assert rig.next()[0] == 3


@BOTH
def test_defect_5_a_call_with_a_missing_element_is_answered(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.receive(2, "a", "ClearCache")
    assert rig.next()[:2] == [4, "a"]


@BOTH
@pytest.mark.parametrize("payload", [[], "text", 5, True])
def test_defect_5_a_payload_that_is_no_object_is_answered(subprotocol: str, payload: Any) -> None:
    rig = real_rig(subprotocol)
    rig.receive(2, "a", "ClearCache", payload)
    code = {OLD: "FormationViolation", NEW: "FormatViolation"}[subprotocol]
    assert rig.next()[:3] == [4, "a", code]


def test_defect_5_an_unknown_message_type_is_answered_by_2_0_1_and_ignored_by_1_6() -> None:
    new, old = real_rig(NEW), real_rig(OLD)
    for rig in (new, old):
        rig.receive(9, "a", "ClearCache", {})
        rig.receive("2", "b", "ClearCache", {})
    assert [frame[:3] for frame in new.sent] == [
        [4, "a", "MessageTypeNotSupported"],
        [4, "b", "MessageTypeNotSupported"],
    ]
    assert not old.sent


@BOTH
def test_defect_5_a_bad_reply_is_never_answered(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    for text in ("[3]", '[3,"a"]', "[3,7,{}]", "[4]", "[4,{}]", '[3,"nobody",{}]', '[4,"nobody"]'):
        rig.receive_text(text)
    assert not rig.sent


# 7: the version's own words.


@pytest.mark.parametrize(
    ("payload", "old", "new"),
    [
        ({}, "OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
        ({"vendorId": "v", "x": 1}, "FormationViolation", "FormatViolation"),
        ({"vendorId": 5}, "TypeConstraintViolation", "TypeConstraintViolation"),
        ({"vendorId": "v" * 256}, "PropertyConstraintViolation", "PropertyConstraintViolation"),
    ],
)
def test_defect_7_each_version_complains_in_its_own_spelling(
    payload: dict[str, Any], old: str, new: str
) -> None:
    for subprotocol, code in ((OLD, old), (NEW, new)):
        rig = real_rig(subprotocol)
        rig.receive(2, "a", "DataTransfer", payload)
        assert rig.next()[:3] == [4, "a", code]


@BOTH
def test_a_name_twice_in_one_object_is_refused_in_the_version_s_words(subprotocol: str) -> None:
    rig = real_rig(subprotocol)
    rig.receive_text('[2,"a","DataTransfer",{"vendorId":"v","vendorId":"w"}]')
    code = {OLD: "FormationViolation", NEW: "FormatViolation"}[subprotocol]
    assert rig.next()[:3] == [4, "a", code]


# 8: null payload.


def test_defect_8_1_6_takes_null_for_an_empty_payload_both_ways() -> None:
    rig = real_rig(OLD)
    rig.receive(2, "a", "ClearCache", None)
    assert rig.next()[0] == 3
    rig.change_status(ConnectorState.CHARGING)
    call = rig.next()
    rig.receive(3, call[1], None)
    assert not any("dropped" in note.text for note in rig.told(fx.Noted))


def test_defect_8_2_0_1_does_not() -> None:
    rig = real_rig(NEW)
    rig.receive(2, "a", "ClearCache", None)
    assert rig.next()[:3] == [4, "a", "FormatViolation"]
