"""What an OCPP 1.6 station answers: good requests, unknown connectors, wrong states."""

import pytest

from ampkeeper.firmware.facts import UNSAID, IdToken
from ampkeeper.firmware.ocpp.dialect import Answer, Follow, Later
from ampkeeper.firmware.ocpp.schemas import schemas_for

START = {"connectorId": 1, "idTag": "04A224B1"}

# fmt: off
TABLE = (
    # request                   payload                                         answer
    ("RemoteStartTransaction",  START,                                          "Accepted"),
    ("RemoteStartTransaction",  {"idTag": "04A224B1"},                          "Accepted"),
    ("RemoteStartTransaction",  {"connectorId": 0, "idTag": "04A224B1"},        "Rejected"),
    ("RemoteStartTransaction",  {"connectorId": -1, "idTag": "04A224B1"},       "Rejected"),
    ("RemoteStartTransaction",  {"connectorId": 99, "idTag": "04A224B1"},       "Rejected"),
    ("RemoteStopTransaction",   {"transactionId": 7},                           "Accepted"),
    ("RemoteStopTransaction",   {"transactionId": 8},                           "Rejected"),
    ("RemoteStopTransaction",   {"transactionId": 0},                           "Rejected"),
    ("ChangeAvailability",      {"connectorId": 0, "type": "Inoperative"},      "Accepted"),
    ("ChangeAvailability",      {"connectorId": 2, "type": "Operative"},        "Accepted"),
    ("ChangeAvailability",      {"connectorId": -1, "type": "Operative"},       "Rejected"),
    ("ChangeAvailability",      {"connectorId": 99, "type": "Operative"},       "Rejected"),
    ("UnlockConnector",         {"connectorId": 0},                             "NotSupported"),
    ("UnlockConnector",         {"connectorId": 99},                            "NotSupported"),
    ("Reset",                   {"type": "Soft"},                               "Accepted"),
    ("Reset",                   {"type": "Hard"},                               "Accepted"),
    ("ClearCache",              {},                                             "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "BootNotification"},       "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "Heartbeat"},              "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "Heartbeat",
                                 "connectorId": 99},                            "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification"},     "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification",
                                 "connectorId": 0},                             "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification",
                                 "connectorId": 99},                            "Rejected"),
    ("TriggerMessage",          {"requestedMessage": "MeterValues",
                                 "connectorId": 1},                             "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "MeterValues",
                                 "connectorId": 0},                             "Rejected"),
    ("TriggerMessage",          {"requestedMessage": "FirmwareStatusNotification"},
                                                                                "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "DiagnosticsStatusNotification"},
                                                                                "Accepted"),
    ("ChangeConfiguration",     {"key": "HeartbeatInterval", "value": "60"},    "Accepted"),
    ("ChangeConfiguration",     {"key": "heartbeatinterval", "value": "60"},    "Accepted"),
    ("ChangeConfiguration",     {"key": "HeartbeatInterval", "value": "-1"},    "Rejected"),
    ("ChangeConfiguration",     {"key": "HeartbeatInterval", "value": "soon"},  "Rejected"),
    ("ChangeConfiguration",     {"key": "WebSocketPingInterval", "value": "-5"}, "Rejected"),
    ("ChangeConfiguration",     {"key": "NumberOfConnectors", "value": "3"},    "Rejected"),
    ("ChangeConfiguration",     {"key": "MessageTimeout", "value": "20"},       "Accepted"),
    ("ChangeConfiguration",     {"key": "AuthorizationKey", "value": "A" * 40}, "Accepted"),
    ("ChangeConfiguration",     {"key": "AuthorizationKey", "value": "short"},  "Rejected"),
    ("ChangeConfiguration",     {"key": "NoSuchKey", "value": "1"},             "NotSupported"),
    ("DataTransfer",            {"vendorId": "com.example"},                    "UnknownVendorId"),
)
# fmt: on


@pytest.mark.parametrize(("action", "payload", "status"), TABLE)
def test_every_request_gets_the_standard_s_answer(station, ask_old, action, payload, status):
    station.begin(number=7)
    station.measure()
    assert ask_old(action, payload).payload["status"] == status


def test_a_remote_start_carries_its_connector_and_tag(station, ask_old):
    ask_old("RemoteStartTransaction", START)
    assert station.asked == [("start", 1, IdToken("04A224B1", UNSAID), None)]


def test_a_remote_start_that_the_station_refuses_is_rejected(station, ask_old):
    station.starts = (False, None)
    assert ask_old("RemoteStartTransaction", START).payload == {"status": "Rejected"}


@pytest.mark.parametrize("number", [0, -1, -2147483648])
def test_a_transaction_may_have_any_number(station, ask_old, number):
    station.begin(number=number)
    answer = ask_old("RemoteStopTransaction", {"transactionId": number})
    assert answer.payload == {"status": "Accepted"}


@pytest.mark.parametrize(
    ("word", "status"),
    [("accepted", "Accepted"), ("scheduled", "Scheduled"), ("rejected", "Rejected")],
)
def test_availability_says_what_the_station_says(station, ask_old, word, status):
    station.availability = word
    answer = ask_old("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    assert answer.payload == {"status": status}
    assert station.asked == [("availability", 1, False)]


@pytest.mark.parametrize(
    ("kind", "asked", "word", "status"),
    [
        ("Soft", "soft", "accepted", "Accepted"),
        ("Soft", "soft", "scheduled", "Accepted"),
        ("Hard", "hard", "accepted", "Accepted"),
        ("Hard", "hard", "rejected", "Rejected"),
    ],
)
def test_a_reset_is_asked_of_the_station(station, ask_old, kind, asked, word, status):
    station.resets = word
    assert ask_old("Reset", {"type": kind}).payload == {"status": status}
    assert station.asked == [("reset", asked, None)]


@pytest.mark.parametrize(
    ("word", "status"),
    [("accepted", "Accepted"), ("reboot_required", "RebootRequired"), ("rejected", "Rejected")],
)
def test_a_changed_key_says_when_it_holds(station, ask_old, word, status):
    station.setting_answer = word
    answer = ask_old("ChangeConfiguration", {"key": "ResetRetries", "value": "2"})
    assert answer.payload == {"status": status}
    assert station.asked == [("set", "OCPPCommCtrlr.ResetRetries", "2")]


def test_without_a_cache_clearing_it_is_rejected(station, ask_old):
    station.has_cache = False
    assert ask_old("ClearCache", {}).payload == {"status": "Rejected"}


def test_a_lock_that_opens_later_is_answered_later(station, ask_old):
    later = ask_old("UnlockConnector", {"connectorId": 1})
    assert isinstance(later, Later)
    answers: list[Answer] = []
    later.on_answer = answers.append
    station.lock_moved("unlocked")
    assert answers == [Answer({"status": "Unlocked"})]


def test_a_lock_that_jams_is_unlock_failed(station, ask_old):
    later = ask_old("UnlockConnector", {"connectorId": 1})
    answers: list[Answer] = []
    later.on_answer = answers.append
    station.lock_moved("failed")
    assert answers == [Answer({"status": "UnlockFailed"})]


def test_a_lock_that_is_open_already_is_answered_at_once(station, ask_old):
    station.lock_ends_at_once = "unlocked"
    assert ask_old("UnlockConnector", {"connectorId": 1}).payload == {"status": "Unlocked"}


def test_an_error_of_the_lock_passes_through(station, ask_old):
    later = ask_old("UnlockConnector", {"connectorId": 1})
    answers: list[Answer] = []
    later.on_answer = answers.append
    station.laters[0].answer(Answer(error="InternalError"))
    assert answers == [Answer(error="InternalError")]


def test_a_connector_without_a_lock_is_not_supported(station, ask_old):
    station.lock = "no_lock"
    assert ask_old("UnlockConnector", {"connectorId": 2}).payload == {"status": "NotSupported"}


def test_a_trigger_without_connector_means_all(station, ask_old):
    station.measure()
    for message, kind in (("StatusNotification", "status"), ("MeterValues", "meter_values")):
        answer = ask_old("TriggerMessage", {"requestedMessage": message})
        assert answer.follow == (Follow(kind, None),)


def test_a_trigger_for_values_that_no_meter_has_is_rejected(ask_old):
    answer = ask_old("TriggerMessage", {"requestedMessage": "MeterValues"})
    assert answer.payload == {"status": "Rejected"}
    assert answer.follow == ()


def test_the_station_s_own_answer_to_a_data_transfer_goes_back_as_text(station, ask_old):
    station.transfer = ("Accepted", {"a": 1})
    asked = {"vendorId": "com.example", "messageId": "hello", "data": "text"}
    assert ask_old("DataTransfer", asked).payload == {"status": "Accepted", "data": '{"a": 1}'}
    assert station.asked == [("transfer", "com.example", "hello", "text")]


def test_actions_of_the_standard_that_are_not_served_are_not_supported(old):
    names = "BootNotification FirmwareStatusNotification MeterValues"
    for action in names.split():
        assert schemas_for("ocpp1.6").has(action)
        assert old.handle(action, {}).error == "NotSupported"


@pytest.mark.parametrize("action", ["MakeCoffee", "", "GetVariables", "../secret", "x" * 10_000])
def test_an_action_that_1_6_does_not_have_is_not_implemented(old, action):
    answer = old.handle(action, {})
    assert answer.error == "NotImplemented"
    assert len(answer.description) < 255
