"""What an OCPP 2.0.1 station answers: every request, good, to an unknown EVSE, in a bad state."""

import pytest

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.ocpp.dialect import Answer, Follow, Later
from ampkeeper.firmware.ocpp.schemas import schemas_for

TX_ID = "6b1b6a4e-0000-4000-8000-000000000001"
TAG = {"idToken": "04A224B1", "type": "ISO14443"}
START = {"remoteStartId": 5, "idToken": TAG}
OFF = {"operationalStatus": "Inoperative"}

# fmt: off
TABLE = (
    # request                   payload                                 status, reason code
    ("RequestStartTransaction", START,                                  "Accepted", None),
    ("RequestStartTransaction", START | {"evseId": 2},                  "Accepted", None),
    ("RequestStartTransaction", START | {"evseId": 0},                  "Rejected", "UnknownEvse"),
    ("RequestStartTransaction", START | {"evseId": 99},                 "Rejected", "UnknownEvse"),
    ("RequestStartTransaction", START | {"evseId": -1},                 "Rejected", "UnknownEvse"),
    ("RequestStopTransaction",  {"transactionId": TX_ID},               "Accepted", None),
    ("RequestStopTransaction",  {"transactionId": "no such"},           "Rejected", "TxNotFound"),
    ("RequestStopTransaction",  {"transactionId": ""},                  "Rejected", "TxNotFound"),
    ("ChangeAvailability",      OFF,                                    "Accepted", None),
    ("ChangeAvailability",      OFF | {"evse": {"id": 2}},              "Accepted", None),
    ("ChangeAvailability",      OFF | {"evse": {"id": 2, "connectorId": 1}}, "Accepted", None),
    ("ChangeAvailability",      OFF | {"evse": {"id": 0}},              "Rejected", "UnknownEvse"),
    ("ChangeAvailability",      OFF | {"evse": {"id": 99}},             "Rejected", "UnknownEvse"),
    ("ChangeAvailability",      OFF | {"evse": {"id": 2, "connectorId": 2}}, "Rejected",
                                                                        "UnknownConnectorId"),
    ("Reset",                   {"type": "Immediate"},                  "Accepted", None),
    ("Reset",                   {"type": "OnIdle"},                     "Accepted", None),
    ("Reset",                   {"type": "OnIdle", "evseId": 99},       "Rejected", "UnknownEvse"),
    ("UnlockConnector",         {"evseId": 99, "connectorId": 1},       "UnknownConnector", None),
    ("UnlockConnector",         {"evseId": 1, "connectorId": 2},        "UnknownConnector", None),
    ("ClearCache",              {},                                     "Accepted", None),
    ("TriggerMessage",          {"requestedMessage": "BootNotification"},   "Accepted", None),
    ("TriggerMessage",          {"requestedMessage": "Heartbeat",
                                 "evse": {"id": 99}},                   "Accepted", None),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification"}, "Accepted", None),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification",
                                 "evse": {"id": 1, "connectorId": 1}},  "Accepted", None),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification",
                                 "evse": {"id": 9}},                    "Rejected", "UnknownEvse"),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification",
                                 "evse": {"id": 1, "connectorId": 2}},      "Rejected",
                                                                        "UnknownConnectorId"),
    ("TriggerMessage",          {"requestedMessage": "MeterValues"},    "Accepted", None),
    ("TriggerMessage",          {"requestedMessage": "MeterValues",
                                 "evse": {"id": 2}},                    "Rejected", "NotFound"),
    ("TriggerMessage",          {"requestedMessage": "TransactionEvent"},   "Accepted", None),
    ("TriggerMessage",          {"requestedMessage": "TransactionEvent",
                                 "evse": {"id": 2}},                    "Rejected", "TxNotFound"),
    ("TriggerMessage",          {"requestedMessage": "SignV2GCertificate"}, "NotImplemented", None),
    ("GetBaseReport",           {"requestId": 1, "reportBase": "FullInventory"}, "Accepted", None),
    ("DataTransfer",            {"vendorId": "com.example"},            "UnknownVendorId", None),
)
# fmt: on


@pytest.mark.parametrize(("action", "payload", "status", "reason"), TABLE)
def test_every_request_gets_the_standard_s_answer(
    station, ask_new, action, payload, status, reason
):
    station.begin()
    station.measure()
    answer = ask_new(action, payload).payload
    assert answer["status"] == status
    assert answer.get("statusInfo", {}).get("reasonCode") == reason


def test_a_remote_start_carries_its_token_kind_and_its_id(station, ask_new):
    ask_new("RequestStartTransaction", START | {"evseId": 1})
    assert station.asked == [("start", 1, IdToken("04A224B1", "ISO14443"), 5)]


def test_a_remote_start_of_a_running_transaction_names_it(station, ask_new):
    station.starts = (True, TX_ID)
    answer = ask_new("RequestStartTransaction", START)
    assert answer.payload == {"status": "Accepted", "transactionId": TX_ID}


def test_a_remote_start_that_the_station_refuses_names_no_transaction(station, ask_new):
    station.starts = (False, TX_ID)
    assert ask_new("RequestStartTransaction", START).payload == {"status": "Rejected"}


@pytest.mark.parametrize(
    ("word", "status"),
    [("accepted", "Accepted"), ("scheduled", "Scheduled"), ("rejected", "Rejected")],
)
def test_availability_and_reset_say_what_the_station_says(station, ask_new, word, status):
    station.availability = station.resets = word
    assert ask_new("ChangeAvailability", OFF).payload == {"status": status}
    assert ask_new("Reset", {"type": "OnIdle"}).payload == {"status": status}
    assert ask_new("Reset", {"type": "Immediate"}).payload == {"status": status}
    assert station.asked == [
        ("availability", 0, False),
        ("reset", "on_idle", None),
        ("reset", "soft", None),
    ]


def test_an_evse_that_cannot_be_reset_alone_says_so(station, ask_new):
    station.resets = "rejected"
    answer = ask_new("Reset", {"type": "Immediate", "evseId": 1})
    info = {"reasonCode": "UnsupportedParam"}
    assert answer.payload == {"status": "Rejected", "statusInfo": info}
    assert station.asked == [("reset", "soft", 1)]


def test_a_lock_that_opens_later_is_answered_later(station, ask_new):
    later = ask_new("UnlockConnector", {"evseId": 1, "connectorId": 1})
    assert isinstance(later, Later)
    answers: list[Answer] = []
    later.on_answer = answers.append
    station.lock_moved("unlocked")
    assert answers == [Answer({"status": "Unlocked"})]


@pytest.mark.parametrize(("evse_id", "reason"), [(1, "UnsupportedRequest"), (2, "FixedCable")])
def test_without_a_lock_the_reason_is_told(station, ask_new, evse_id, reason):
    station.lock = "no_lock"
    answer = ask_new("UnlockConnector", {"evseId": evse_id, "connectorId": 1})
    info = {"reasonCode": reason}
    assert answer.payload == {"status": "UnlockFailed", "statusInfo": info}


def test_a_cache_that_is_off_or_absent_is_not_cleared(station, ask_new):
    station.settings.change("AuthCacheCtrlr.Enabled", "false")
    info = {"reasonCode": "NotEnabled"}
    assert ask_new("ClearCache", {}).payload == {"status": "Rejected", "statusInfo": info}
    station.settings.change("AuthCacheCtrlr.Enabled", "true")
    station.has_cache = False
    assert ask_new("ClearCache", {}).payload == {"status": "Rejected"}


def test_a_trigger_names_what_to_send_and_for_which_evse(station, ask_new):
    station.measure(2)
    one = {"requestedMessage": "MeterValues", "evse": {"id": 2}}
    assert ask_new("TriggerMessage", one).follow == (Follow("meter_values", 2),)
    all_of_them = {"requestedMessage": "StatusNotification"}
    assert ask_new("TriggerMessage", all_of_them).follow == (Follow("status", None),)
    irrelevant = {"requestedMessage": "Heartbeat", "evse": {"id": 2}}
    assert ask_new("TriggerMessage", irrelevant).follow == (Follow("heartbeat", None),)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({}, {"messagesInQueue": True}),
        ({"transactionId": TX_ID}, {"messagesInQueue": True, "ongoingIndicator": True}),
        ({"transactionId": "other"}, {"messagesInQueue": False, "ongoingIndicator": False}),
        ({"transactionId": ""}, {"messagesInQueue": False, "ongoingIndicator": False}),
    ],
)
def test_a_transaction_s_status_tells_what_is_still_owed(station, ask_new, payload, expected):
    station.begin()
    station.owed = {TX_ID}
    assert ask_new("GetTransactionStatus", payload).payload == expected


def test_no_local_list_is_version_0(ask_new):
    assert ask_new("GetLocalListVersion", {}).payload == {"versionNumber": 0}


def test_data_goes_through_a_transfer_unchanged(station, ask_new):
    station.transfer = ("Accepted", {"some_key": [1, None]})
    asked = {"vendorId": "com.example", "messageId": "m", "data": {"aKey": 1.5}}
    assert ask_new("DataTransfer", asked).payload["data"] == {"some_key": [1, None]}
    assert station.asked == [("transfer", "com.example", "m", {"aKey": 1.5})]


def test_actions_of_the_standard_that_are_not_served_are_not_supported(new):
    names = "PublishFirmware UnpublishFirmware NotifyReport StatusNotification"
    for action in names.split():
        assert schemas_for("ocpp2.0.1").has(action)
        assert new.handle(action, {}).error == "NotSupported"


@pytest.mark.parametrize("action", ["MakeCoffee", "", "GetConfiguration", "x" * 10_000])
def test_an_action_that_2_0_1_does_not_have_is_not_implemented(new, action):
    answer = new.handle(action, {})
    assert answer.error == "NotImplemented"
    assert len(answer.description) < 255
