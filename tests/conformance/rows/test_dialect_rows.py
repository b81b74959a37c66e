"""Behaviours of OCPP commonly got wrong, as far as the dialects decide them: one test or more each.

The row numbers are those of the project's list of subtle behaviours; each test names its rule.
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.charging_profile import Period
from ampkeeper.firmware.facts import ConnectorReport, ConnectorState, IdToken
from ampkeeper.firmware.ocpp.dialect import Answer, Follow, TxContext
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v16 import Dialect16
from ampkeeper.firmware.ocpp.v201 import Dialect201
from ampkeeper.firmware.store.stop_samples import SAMPLES_MAX

FAKE = Path(__file__).parents[2] / "unit" / "ocpp_dialects" / "station_fake.py"
ENERGY = "Energy.Active.Import.Register"


def load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("ampkeeper_station_fake_for_rows", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fake = load(FAKE)


@pytest.fixture
def station():
    return fake.FakeStation()


@pytest.fixture
def old(station):
    return Dialect16(station)


@pytest.fixture
def new(station):
    return Dialect201(station)


def ask(dialect, action, payload):
    schemas = schemas_for(dialect.subprotocol)
    assert schemas.check_request(action, payload) is None
    answer = dialect.handle(action, payload)
    if isinstance(answer, Answer) and answer.error is None:
        assert schemas.check_response(action, answer.payload) is None
    return answer


def change(dialect, key, value):
    return ask(dialect, "ChangeConfiguration", {"key": key, "value": value}).payload["status"]


def keys_of(dialect, *asked):
    return ask(dialect, "GetConfiguration", {"key": list(asked)} if asked else {})


# Row 7: a retry may reuse the id, so it has to be the same message.


def test_row_07_a_fact_sent_again_is_the_same_message(old, new):
    for dialect in (old, new):
        for fact in (fake.started(), fake.updated(), fake.ended()):
            context = TxContext(7, True)
            assert dialect.fact(fact, context) == dialect.fact(fact, context)


# Row 8: offline is what happened offline or was still queued then (E11.FR.02, FR.07).


@pytest.mark.parametrize("is_offline", [True, False])
def test_row_08_every_kind_of_event_says_whether_it_was_offline(new, is_offline):
    for fact in (fake.started(), fake.updated(), fake.ended()):
        event = new.fact(fact, TxContext(None, is_offline)).payload
        assert event["offline"] is is_offline
        assert event["seqNo"] == fact.seq_no


# Row 10: 1.6 gets its number from the central system; 2.0.1 brings its own.


def test_row_10_the_number_of_the_central_system_is_put_in_when_sent(old):
    for number in (7, 0, -5):
        for fact in (fake.updated(), fake.ended()):
            payload = old.fact(fact, TxContext(number, False)).payload
            assert payload["transactionId"] == number


def test_row_10_a_transaction_whose_start_was_given_up_is_minus_1(old):
    for fact in (fake.updated(), fake.ended()):
        assert old.fact(fact, TxContext(None, False)).payload["transactionId"] == -1


def test_row_10_in_2_0_1_the_station_s_own_id_is_sent(new):
    for fact in (fake.started(), fake.updated(), fake.ended()):
        info = new.fact(fact, TxContext(None, False)).payload["transactionInfo"]
        assert info["transactionId"] == fake.TX_ID


def test_row_10_number_0_and_negative_ones_are_read_as_numbers(old):
    for number in (0, -1):
        payload = {"transactionId": number, "idTagInfo": {"status": "Invalid"}}
        assert old.read_fact(fake.started(), payload).csms_tx_id == number


# Row 12: sampled and clock-aligned are two lists and two contexts (1.6 errata 3.14).


def test_row_12_a_sample_has_the_list_and_context_of_its_kind(station, old, new):
    station.settings.change("SampledDataCtrlr.TxUpdatedMeasurands", "Voltage.L1")
    station.settings.change("AlignedDataCtrlr.Measurands", "Frequency")
    for context, measurand in (("Sample.Periodic", "Voltage"), ("Sample.Clock", "Frequency")):
        fact = fake.updated(sample=fake.stamped(context=context))
        for dialect in (old, new):
            (value,) = dialect.fact(fact, TxContext(7, False)).payload["meterValue"]
            sampled = [(s["measurand"], s["context"]) for s in value["sampledValue"]]
            assert sampled == [(measurand, context)]


def test_row_12_an_interval_of_0_is_a_value_that_may_be_set(old):
    assert change(old, "MeterValueSampleInterval", "0") == "Accepted"
    assert change(old, "ClockAlignedDataInterval", "0") == "Accepted"


# Row 13: what goes with a stop (errata 3.14.5, 3.16.6; 2.0.1 E06, E07).


def test_row_13_a_stop_has_begin_and_end_of_every_measurand_configured(station, old, new):
    station.settings.change("SampledDataCtrlr.TxEndedMeasurands", ENERGY)
    station.settings.change("AlignedDataCtrlr.TxEndedMeasurands", "Frequency")
    first = old.fact(fake.ended(), TxContext(7, False)).payload["transactionData"]
    second = new.fact(fake.ended(), TxContext(None, False)).payload["meterValue"]
    for values in (first, second):
        assert [[s["context"] for s in value["sampledValue"]] for value in values] == [
            ["Transaction.Begin"] * 2,
            ["Transaction.End"] * 2,
        ]
        assert [s["measurand"] for s in values[0]["sampledValue"]] == [ENERGY, "Frequency"]


def test_row_13_empty_lists_put_no_meter_values_into_a_stop(station, old, new):
    station.settings.change("SampledDataCtrlr.TxEndedMeasurands", "")
    station.settings.change("AlignedDataCtrlr.TxEndedMeasurands", "")
    assert "transactionData" not in old.fact(fake.ended(), TxContext(7, False)).payload
    assert "meterValue" not in new.fact(fake.ended(), TxContext(None, False)).payload


def test_row_13_samples_go_between_begin_and_end_each_by_its_own_list(station, old):
    station.settings.change("SampledDataCtrlr.TxEndedMeasurands", ENERGY)
    station.settings.change("AlignedDataCtrlr.TxEndedMeasurands", "Frequency")
    samples = (fake.stamped(), fake.stamped(context="Sample.Clock"))
    values = old.fact(fake.ended(), TxContext(7, False, samples)).payload["transactionData"]
    first = [(value["sampledValue"][0]["context"], len(value["sampledValue"])) for value in values]
    assert first == [
        ("Transaction.Begin", 2),
        ("Sample.Periodic", 1),
        ("Sample.Clock", 1),
        ("Transaction.End", 2),
    ]
    assert values[2]["sampledValue"][0]["measurand"] == "Frequency"


def test_row_13_no_more_values_go_with_a_stop_than_the_key_says(old):
    answer = keys_of(old, "StopTransactionMaxMeterValues").payload["configurationKey"]
    samples = (fake.stamped(),) * SAMPLES_MAX
    values = old.fact(fake.ended(), TxContext(7, False, samples)).payload["transactionData"]
    assert len(values) == int(answer[0]["value"])


# Row 14: one unsupported measurand rejects the list, and nothing changes (errata 3.14.4).

LISTS_16 = (
    "MeterValuesSampledData",
    "MeterValuesAlignedData",
    "StopTxnSampledData",
    "StopTxnAlignedData",
)


@pytest.mark.parametrize("key", LISTS_16)
def test_row_14_one_unsupported_measurand_rejects_the_whole_key(old, key):
    assert change(old, key, "Voltage") == "Accepted"
    for value in ("Voltage,RPM", f"{ENERGY},", "energy.active.import.register", "Voltage;SoC"):
        assert change(old, key, value) == "Rejected"
        assert keys_of(old, key).payload["configurationKey"][0]["value"] == "Voltage"
    assert change(old, key, "") == "Accepted"


def test_row_14_set_variables_rejects_it_too(station, new):
    item = {
        "component": {"name": "SampledDataCtrlr"},
        "variable": {"name": "TxUpdatedMeasurands"},
        "attributeValue": "Voltage,RPM",
    }
    answer = ask(new, "SetVariables", {"setVariableData": [item]})
    assert answer.payload["setVariableResult"][0]["attributeStatus"] == "Rejected"
    assert station.variable("SampledDataCtrlr.TxUpdatedMeasurands") == (ENERGY,)


# Row 15: registers are the meter's own (errata 3.9, J02.FR.16 and 17).


def test_row_15_registers_are_not_counted_from_the_transaction_s_start(old, new):
    assert old.fact(fake.started(), TxContext(None, False)).payload["meterStart"] == 12345
    stop = old.fact(fake.ended(), TxContext(7, False)).payload
    assert stop["meterStop"] == 12345
    assert stop["transactionData"][0]["sampledValue"][0]["value"] == "12000"
    end = new.fact(fake.ended(), TxContext(None, False)).payload["meterValue"]
    assert [value["sampledValue"][0]["value"] for value in end] == [12000, 12345]


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
    assert station.asked == [("start", None, IdToken("04A224B1", "ISO14443"), 9)]


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


def test_row_25_messages_that_are_not_implemented_say_so(old, new):
    asked = {"requestedMessage": "FirmwareStatusNotification"}
    for dialect in (old, new):
        assert ask(dialect, "TriggerMessage", asked) == Answer({"status": "NotImplemented"})


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
