"""Behaviours of OCPP commonly got wrong, as far as the dialects decide them: states and requests.

The row numbers are those of the project's list of subtle behaviours; each test names its rule.
"""

import json

import pytest

from ampkeeper.firmware.charging_profile import Period
from ampkeeper.firmware.facts import ConnectorReport, ConnectorState, IdToken
from ampkeeper.firmware.ocpp.dialect import Answer, Follow, TxContext
from tests.conformance.rows.asking import ask, change, keys_of
from tests.unit.ocpp_dialects import station_fake as fake

ENERGY = "Energy.Active.Import.Register"


# Row 16: nine states in 1.6, five in 2.0.1.


@pytest.mark.parametrize("state", list(ConnectorState))
def test_row_16_2_0_1_knows_five_states_and_1_6_nine(old, new, state):
    report = ConnectorReport(1, fake.NOON, state)
    assert old.status(report).payload["status"] == state.value
    said = new.status(report).payload["connectorStatus"]
    plain = ("Available", "Reserved", "Unavailable", "Faulted")
    assert said == (state.value if state.value in plain else "Occupied")


def test_row_16_connector_0_has_only_three_states_and_none_in_2_0_1(old, new):
    busy = ConnectorReport(0, fake.NOON, ConnectorState.CHARGING)
    assert old.status(busy).payload["status"] == "Available"
    off = ConnectorReport(0, fake.NOON, ConnectorState.UNAVAILABLE)
    assert old.status(off).payload["status"] == "Unavailable"
    assert new.status(off) is None


# Row 17: Scheduled while charging, connector 0 covers all (5.2; G03, G04).


def test_row_17_a_running_transaction_makes_it_scheduled(station, old, new):
    station.availability = "scheduled"
    first = ask(old, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
    second = ask(new, "ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert first.payload == second.payload == {"status": "Scheduled"}
    assert station.asked == [("availability", 0, False)] * 2


# Row 21: a profile in a remote start is for the transaction to come (5.11). 2.0.1 ignores it as
# long as it has no smart charging (F01.FR.12).


def test_row_21_a_profile_comes_with_the_start(station, old, new):
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}],
    }
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }
    asked = {"idTag": "04A224B1", "connectorId": 1, "chargingProfile": profile}
    assert ask(old, "RemoteStartTransaction", asked).payload == {"status": "Accepted"}
    (brought,) = station.asked.pop()[4:]
    assert (brought.evse_id, brought.tx_id, brought.periods) == (1, None, (Period(0, 8.1),))
    bound = asked | {"chargingProfile": profile | {"transactionId": 7}}
    assert ask(old, "RemoteStartTransaction", bound).payload == {"status": "Rejected"}
    profile_2 = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule | {"id": 1}],
    }
    token = {"idToken": "04A224B1", "type": "ISO14443"}
    asked_2 = {"remoteStartId": 9, "idToken": token, "chargingProfile": profile_2}
    assert ask(new, "RequestStartTransaction", asked_2).payload == {"status": "Accepted"}
    *asked_for, brought_2 = station.asked.pop()
    assert asked_for == ["start", None, IdToken("04A224B1", "ISO14443"), 9]
    assert (brought_2.tx_id, brought_2.periods) == (None, brought.periods)


def test_row_21_whether_to_authorise_first_is_a_setting(old):
    assert change(old, "AuthorizeRemoteTxRequests", "true") == "Accepted"


# Row 25: the answer, then the message; no connector means all (5.17; F06.FR.04, FR.11).


def test_row_25_the_message_follows_the_answer_and_is_not_in_it(station, old, new):
    station.measure(1)
    station.measure(2)
    for dialect in (old, new):
        for message, kind in (
            ("BootNotification", "boot"),
            ("Heartbeat", "heartbeat"),
            ("StatusNotification", "status"),
            ("MeterValues", "meter_values"),
        ):
            answer = ask(dialect, "TriggerMessage", {"requestedMessage": message})
            assert answer == Answer({"status": "Accepted"}, follow=(Follow(kind, None),))


def test_row_25_connector_0_may_be_asked_for_its_status(old):
    asked = {"requestedMessage": "StatusNotification", "connectorId": 0}
    assert ask(old, "TriggerMessage", asked).follow == (Follow("status", 0),)


def test_row_25_a_message_that_is_not_implemented_says_so(new):
    asked = {"requestedMessage": "PublishFirmwareStatusNotification"}
    assert ask(new, "TriggerMessage", asked) == Answer({"status": "NotImplemented"})


# Row 28: 1.6 ends the transaction, 2.0.1 leaves it (5.18, errata 3.87; F05.FR.02, FR.03).


def test_row_28_unlocking_ends_a_transaction_in_1_6_only(station, old, new):
    ask(old, "UnlockConnector", {"connectorId": 1})
    ask(new, "UnlockConnector", {"evseId": 1, "connectorId": 1})
    assert station.asked == [("unlock", 1, True), ("unlock", 1, False)]


def test_row_28_a_running_transaction_keeps_the_lock_shut_in_2_0_1(station, new):
    station.lock = "ongoing"
    answer = ask(new, "UnlockConnector", {"evseId": 1, "connectorId": 1})
    assert answer.payload == {"status": "OngoingAuthorizedTransaction"}


@pytest.mark.parametrize("number", [0, -1, 3, 99])
def test_row_28_an_unknown_connector_is_never_unlock_failed(station, old, new, number):
    first = ask(old, "UnlockConnector", {"connectorId": number})
    second = ask(new, "UnlockConnector", {"evseId": number, "connectorId": 1})
    assert first.payload == {"status": "NotSupported"}
    assert second.payload == {"status": "UnknownConnector"}
    assert station.asked == []


# Row 29: GetConfiguration and GetVariables.


def test_row_29_unknown_keys_are_listed_and_known_ones_answered(old):
    answer = keys_of(old, "HeartbeatInterval", "NoSuchKey", "AlsoNot").payload
    assert answer["unknownKey"] == ["NoSuchKey", "AlsoNot"]
    known = [{"key": "HeartbeatInterval", "readonly": False, "value": "3600"}]
    assert answer["configurationKey"] == known


def test_row_29_without_keys_all_are_answered(old):
    for answer in (keys_of(old), ask(old, "GetConfiguration", {"key": []})):
        keys = [row["key"] for row in answer.payload["configurationKey"]]
        assert len(keys) == len(set(keys))
        assert {"NumberOfConnectors", "SupportedFeatureProfiles", "MessageTimeout"} <= set(keys)
        assert "unknownKey" not in answer.payload


def test_row_29_a_write_only_key_is_hidden(old):
    assert change(old, "AuthorizationKey", "0123456789abcdef0123") == "Accepted"
    assert "0123456789abcdef0123" not in json.dumps(keys_of(old).payload)
    asked = keys_of(old, "AuthorizationKey").payload
    assert asked == {"configurationKey": [], "unknownKey": ["AuthorizationKey"]}


def test_row_29_keys_are_compared_without_case_and_answered_once(old):
    answer = keys_of(old, "heartbeatINTERVAL", "HeartbeatInterval").payload
    assert [row["key"] for row in answer["configurationKey"]] == ["HeartbeatInterval"]


def test_row_29_more_keys_than_allowed_are_refused_as_a_whole(old):
    limit = int(keys_of(old, "GetConfigurationMaxKeys").payload["configurationKey"][0]["value"])
    many = [f"Key{number}" for number in range(limit + 1)]
    assert keys_of(old, *many).error == "OccurenceConstraintViolation"
    assert len(keys_of(old, *many[1:]).payload["unknownKey"]) == limit


def test_row_29_what_is_read_only_is_said_to_be(old):
    rows = {row["key"]: row["readonly"] for row in keys_of(old).payload["configurationKey"]}
    assert rows["NumberOfConnectors"]
    assert rows["UnlockConnectorOnEVSideDisconnect"]
    assert not rows["MessageTimeout"]
    for key, is_read_only in rows.items():
        if is_read_only:
            assert change(old, key, "1") == "Rejected"


# Row 33: decimals.


def test_row_33_numbers_of_2_0_1_have_no_noise_of_binary_fractions(station, new):
    station.settings.change("SampledDataCtrlr.TxUpdatedMeasurands", "Current.Import.L1")
    for current_a, said in ((0.1 + 0.2, "0.3"), (16.000000001, "16"), (8.1, "8.1")):
        reading = fake.MeterReading(1.0, 5, current_a=(current_a, None, None))
        event = new.fact(fake.updated(sample=fake.stamped(reading)), TxContext(None, False))
        sampled = event.payload["meterValue"][0]["sampledValue"][0]
        assert json.dumps(sampled["value"]) == said


# Row 36: reports in parts.


def test_row_36_a_report_counts_from_0_and_ends_once(new):
    answer = ask(new, "GetBaseReport", {"requestId": -7, "reportBase": "FullInventory"})
    assert answer.payload == {"status": "Accepted"}
    (follow,) = answer.follow
    pages = [call.payload for call in follow.calls]
    assert len(pages) > 1
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    assert [page["tbc"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert {page["requestId"] for page in pages} == {-7}
    assert {call.action for call in follow.calls} == {"NotifyReport"}
