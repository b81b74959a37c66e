"""What both dialects say: every fact, with full, sparse and absurd readings, fits the schemas."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.facts import (
    ChargingState,
    ConnectorReport,
    ConnectorState,
    IdToken,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.ocpp.dialect import TxContext, Verdict
from ampkeeper.firmware.ocpp.samples import MEASURANDS_ALLOWED
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v16.names import REASONS as REASONS_16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from ampkeeper.firmware.ocpp.v201.names import REASONS as REASONS_201
from ampkeeper.firmware.ocpp.wire import fitted_token, read_time, timestamp
from ampkeeper.hal.ports import MeterReading

IDLE = ChargingState.IDLE
CONTEXTS = ("Sample.Periodic", "Sample.Clock", "Trigger", "Transaction.Begin", "Other")
LISTS = (
    "SampledDataCtrlr.TxStartedMeasurands",
    "SampledDataCtrlr.TxUpdatedMeasurands",
    "SampledDataCtrlr.TxEndedMeasurands",
    "AlignedDataCtrlr.Measurands",
    "AlignedDataCtrlr.TxEndedMeasurands",
)
KINDS = ("ISO14443", "NoAuthorization", "eMAID", "DirectPayment")

quantity = st.none() | st.floats(allow_nan=True, allow_infinity=True)
phases = st.tuples(quantity, quantity, quantity)
readings = st.builds(
    MeterReading,
    taken_s=st.just(1.0),
    energy_wh=st.integers(0, 2**40),
    power_w=quantity,
    current_a=phases,
    voltage_v=phases,
    power_phase_w=phases,
    frequency_hz=quantity,
    power_factor=quantity,
    energy_export_wh=st.none() | st.integers(0, 2**40),
)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
stampings = st.builds(
    StampedReading, moments, readings, st.sampled_from(CONTEXTS), quantity, quantity
)
tokens = st.none() | st.builds(IdToken, st.text(max_size=60), st.sampled_from(KINDS))
common = {
    "tx_id": st.uuids().map(str),
    "evse_id": st.integers(1, 2),
    "seq_no": st.integers(0, 2**31),
    "at": moments,
    "trigger": st.sampled_from(Trigger),
    "token": tokens,
}
facts = st.one_of(
    st.builds(
        TransactionStarted,
        charging_state=st.sampled_from(ChargingState),
        begin=stampings,
        remote_start_id=st.none() | st.integers(0, 2**31),
        reservation_id=st.none() | st.integers(0, 2**31),
        **common,
    ),
    st.builds(
        TransactionUpdated,
        charging_state=st.sampled_from(ChargingState),
        sample=st.none() | stampings,
        **common,
    ),
    st.builds(
        TransactionEnded,
        reason=st.sampled_from(StopReason),
        begin=stampings,
        end=stampings,
        **common,
    ),
)
lists = st.lists(st.sampled_from(MEASURANDS_ALLOWED), unique=True)


INFOS = (
    ("Call service.", "Call service."),
    ("", None),
    ("x" * 50, "x" * 50),
    ("The meter is silent. Charging goes on when it answers again.", "The meter is silent."),
    ("A first. A second. Then more than fits into one message at all.", "A first. A second."),
    (
        "This one sentence is longer than fifty characters are.",
        "This one sentence is longer than fifty...",
    ),
    ("x" * 51, "x" * 47 + "..."),
)


@pytest.mark.parametrize(("text", "expected"), INFOS)
def test_an_info_too_long_for_1_6_ends_where_a_reader_would_stop(fake, text, expected):
    report = ConnectorReport(1, fake.NOON, ConnectorState.FAULTED, "OtherError", text)
    assert Dialect16(fake.FakeStation()).status(report).payload.get("info") == expected


@given(fact=facts, chosen=lists, number=st.none() | st.integers(), is_offline=st.booleans())
def test_every_fact_fits_the_schemas_whatever_the_meter_says(
    fake, fact, chosen, number, is_offline
):
    station = fake.FakeStation()
    for name in LISTS:
        assert station.settings.change(name, ",".join(chosen)) == "accepted"
    for dialect in (Dialect16(station), Dialect201(station)):
        call = dialect.fact(fact, TxContext(number, is_offline))
        if call is not None:
            schemas = schemas_for(dialect.subprotocol)
            payload = json.loads(json.dumps(call.payload, allow_nan=False))
            assert schemas.check_request(call.action, payload) is None, call


@given(
    state=st.sampled_from(ConnectorState),
    error=st.text(max_size=60) | st.just("GroundFailure"),
    info=st.text(max_size=80),
    evse_id=st.integers(0, 2),
)
def test_every_report_fits_the_schemas(fake, state, error, info, evse_id):
    station = fake.FakeStation()
    report = ConnectorReport(evse_id, fake.NOON, state, error, info, info)
    for dialect in (Dialect16(station), Dialect201(station)):
        call = dialect.status(report)
        if call is not None:
            assert schemas_for(dialect.subprotocol).check_request(call.action, call.payload) is None


@given(who=st.dictionaries(st.sampled_from(("vendor", "model", "serial", "meter_type")), st.text()))
def test_every_identity_fits_the_schemas(fake, who):
    station = fake.FakeStation()
    station.who = who
    for dialect in (Dialect16(station), Dialect201(station)):
        for call in (dialect.boot("PowerUp"), dialect.boot("Whim"), dialect.heartbeat()):
            assert schemas_for(dialect.subprotocol).check_request(call.action, call.payload) is None


@given(token=tokens.filter(lambda token: token is not None))
def test_every_token_fits_the_schemas(fake, token):
    station = fake.FakeStation()
    for dialect in (Dialect16(station), Dialect201(station)):
        call = dialect.authorize(token)
        assert schemas_for(dialect.subprotocol).check_request(call.action, call.payload) is None


def test_every_stop_reason_has_a_word_in_both_versions():
    assert set(REASONS_16) == set(REASONS_201) == set(StopReason)


def test_a_full_sample_in_1_6_is_text_with_units(fake, station, old, valid_16):
    measurands = "Energy.Active.Import.Register,Current.Import,Voltage.L1,Frequency,SoC"
    station.settings.change("SampledDataCtrlr.TxUpdatedMeasurands", measurands)
    call = old.fact(fake.updated(), TxContext(7, False))
    assert valid_16(call)
    assert call.payload["transactionId"] == 7
    (value,) = call.payload["meterValue"]
    assert value["timestamp"] == "2026-11-22T12:00:00.123Z"
    common = {"context": "Sample.Periodic", "location": "Outlet"}
    current = {"measurand": "Current.Import", "unit": "A"} | common
    assert value["sampledValue"] == [
        {"value": "12345", "measurand": "Energy.Active.Import.Register", "unit": "Wh"} | common,
        {"value": "16", "phase": "L1"} | current,
        {"value": "16", "phase": "L2"} | current,
        {"value": "16.1", "phase": "L3"} | current,
        {"value": "230", "measurand": "Voltage", "phase": "L1-N", "unit": "V"} | common,
        {"value": "50.01", "measurand": "Frequency"} | common,
        {"value": "55.5", "measurand": "SoC", "unit": "Percent"} | common | {"location": "EV"},
    ]


def test_a_full_sample_in_2_0_1_is_numbers_with_units(fake, station, new, valid_201):
    station.settings.change("SampledDataCtrlr.TxUpdatedMeasurands", "Power.Active.Import,Frequency")
    call = new.fact(fake.updated(), TxContext(None, True))
    assert valid_201(call)
    assert call.payload["offline"] is True
    assert call.payload["seqNo"] == 1
    assert call.payload["triggerReason"] == "MeterValuePeriodic"
    (value,) = call.payload["meterValue"]
    assert [sampled["value"] for sampled in value["sampledValue"]] == [
        11040,
        3680,
        3679.9,
        3680.1,
        50.01,
    ]
    assert value["sampledValue"][-1]["unitOfMeasure"] == {"unit": "Hz"}


def test_an_update_without_a_sample_is_nothing_in_1_6_and_an_event_in_2_0_1(fake, old, new):
    fact = fake.updated(sample=None, trigger=Trigger.CHARGING_STATE_CHANGED)
    assert old.fact(fact, TxContext(7, False)) is None
    event = new.fact(fact, TxContext(None, False)).payload
    assert event["transactionInfo"]["chargingState"] == "Charging"
    assert "meterValue" not in event


def test_a_sample_without_any_measurand_wanted_is_nothing_in_1_6(fake, station, old):
    station.settings.change("SampledDataCtrlr.TxUpdatedMeasurands", "")
    assert old.fact(fake.updated(), TxContext(7, False)) is None


def test_a_clock_aligned_sample_takes_the_aligned_list(fake, station, old, new):
    station.settings.change("AlignedDataCtrlr.Measurands", "Frequency")
    fact = fake.updated(sample=fake.stamped(context="Sample.Clock"))
    for dialect in (old, new):
        (value,) = dialect.fact(fact, TxContext(7, False)).payload["meterValue"]
        assert [s["measurand"] for s in value["sampledValue"]] == ["Frequency"]
        assert value["sampledValue"][0]["context"] == "Sample.Clock"


def test_a_start_in_1_6_has_the_tag_and_the_register(fake, old, valid_16):
    call = old.fact(fake.started(reservation_id=3), TxContext(None, False))
    assert valid_16(call)
    assert call.action == "StartTransaction"
    assert call.payload == {
        "connectorId": 1,
        "idTag": "04A224B1",
        "meterStart": 12345,
        "timestamp": "2026-11-22T12:00:00.123Z",
        "reservationId": 3,
    }


@pytest.mark.parametrize("token", [None, IdToken("", "NoAuthorization")])
def test_a_start_that_nobody_authorised_still_has_a_tag_in_1_6(fake, old, token):
    call = old.fact(fake.started(token=token), TxContext(None, False))
    assert call.payload["idTag"] == "NoAuthorization"


def test_a_start_in_2_0_1_names_the_remote_start(fake, new, valid_201):
    call = new.fact(fake.started(remote_start_id=5, reservation_id=3), TxContext(None, False))
    assert valid_201(call)
    event = call.payload
    assert event["eventType"] == "Started"
    assert event["transactionInfo"] == {
        "transactionId": fake.TX_ID,
        "chargingState": "EVConnected",
        "remoteStartId": 5,
    }
    assert event["idToken"] == {"idToken": "04A224B1", "type": "ISO14443"}
    assert event["reservationId"] == 3
    assert event["meterValue"][0]["sampledValue"][0]["context"] == "Transaction.Begin"


def test_a_free_charge_in_2_0_1_says_that_nobody_was_asked(fake, new, valid_201):
    fact = fake.started(token=IdToken("", "NoAuthorization"))
    call = new.fact(fact, TxContext(None, False))
    assert valid_201(call)
    assert call.payload["idToken"] == {"idToken": "", "type": "NoAuthorization"}


def test_a_stop_in_1_6_has_reason_register_and_who_stopped_it(fake, old, valid_16):
    call = old.fact(fake.ended(), TxContext(7, False))
    assert valid_16(call)
    assert call.payload["transactionId"] == 7
    assert call.payload["meterStop"] == 12345
    assert call.payload["reason"] == "Local"
    assert call.payload["idTag"] == "04A224B1"


def test_unplugging_names_nobody_and_leaves_the_evse_idle(fake, old, new):
    fact = fake.ended(reason=StopReason.EV_DISCONNECTED, token=None, charging_state=IDLE)
    assert "idTag" not in old.fact(fact, TxContext(7, False)).payload
    info = new.fact(fact, TxContext(None, False)).payload["transactionInfo"]
    assert (info["stoppedReason"], info["chargingState"]) == ("EVDisconnected", "Idle")


def test_answers_to_facts_are_read(fake, old, new):
    info = {"status": "Accepted", "parentIdTag": "G", "expiryDate": "2026-12-01T00:00:00+02:00"}
    answer = old.read_fact(fake.started(), {"transactionId": 0, "idTagInfo": info})
    assert answer.csms_tx_id == 0
    expires = datetime(2026, 11, 30, 22, tzinfo=UTC)
    assert answer.verdict == Verdict("Accepted", "G", expires)
    assert old.read_fact(fake.updated(), {}).verdict is None
    newer = {
        "status": "Blocked",
        "groupIdToken": {"idToken": "G", "type": "Central"},
        "cacheExpiryDateTime": "2026-12-01T00:00:00.123456+02:00",
    }
    verdict = new.read_fact(fake.started(), {"idTokenInfo": newer}).verdict
    assert not verdict.is_accepted
    assert verdict.group_id == "G"
    assert verdict.expires == expires.replace(microsecond=123456)
    assert new.read_fact(fake.started(), {}).verdict is None


def test_answers_to_authorize_are_read(old, new):
    assert old.read_authorize({"idTagInfo": {"status": "Expired"}}) == Verdict("Expired")
    assert new.read_authorize({"idTokenInfo": {"status": "Unknown"}}) == Verdict("Unknown")


def test_answers_to_boot_and_heartbeat_are_read(old, new):
    payload = {"status": "Pending", "interval": -3, "currentTime": "2026-11-22T12:00:00Z"}
    for dialect in (old, new):
        answer = dialect.read_boot(payload)
        noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
        assert (answer.status, answer.interval_s, answer.time) == ("pending", 0, noon)
        assert dialect.read_heartbeat({"currentTime": "2026-11-22T12:00:00Z"}) == noon
        assert dialect.read_heartbeat({"currentTime": "later"}) is None


def test_boot_says_who_the_station_is(old, new, valid_16, valid_201):
    first, second = old.boot("PowerUp"), new.boot("PowerUp")
    assert valid_16(first)
    assert valid_201(second)
    assert first.payload["chargePointSerialNumber"] == "AK-0001"
    assert first.payload["meterSerialNumber"] == "1234567"
    assert second.payload["reason"] == "PowerUp"
    assert second.payload["chargingStation"]["firmwareVersion"] == "0.1.0"


def test_data_transfer_goes_as_text_in_1_6_and_as_it_is_in_2_0_1(old, new, valid_16, valid_201):
    data = {"a": [1]}
    first, second = old.data_transfer("v", None, data), new.data_transfer("v", "m", data)
    assert valid_16(first)
    assert valid_201(second)
    assert first.payload == {"vendorId": "v", "data": '{"a": [1]}'}
    assert second.payload == {"vendorId": "v", "messageId": "m", "data": data}


def test_a_status_in_1_6_names_our_fault(fake, old, valid_16):
    report = ConnectorReport(1, fake.NOON, ConnectorState.FAULTED, "GroundFailure", "x", "RcdDc")
    call = old.status(report)
    assert valid_16(call)
    assert call.payload["vendorErrorCode"] == "RcdDc"
    assert call.payload["vendorId"] == "Ampkeeper"
    odd = replace(report, error="Unheard")
    assert old.status(odd).payload["errorCode"] == "OtherError"


def test_meter_values_on_request_are_the_newest_reading(fake, station, old, new):
    assert old.meter_values(1) is None
    assert new.meter_values(1) is None
    station.begin(number=-1)
    station.measure()
    first, second = old.meter_values(1), new.meter_values(1)
    assert schemas_for("ocpp1.6").check_request(first.action, first.payload) is None
    assert schemas_for("ocpp2.0.1").check_request(second.action, second.payload) is None
    assert first.payload["transactionId"] == -1
    assert first.payload["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    assert second.payload["evseId"] == 1


def test_without_a_transaction_requested_values_name_none(station, old):
    station.measure()
    assert "transactionId" not in old.meter_values(1).payload


def test_clock_aligned_values_outside_a_transaction_take_the_aligned_list(fake, station, old):
    station.settings.change("AlignedDataCtrlr.Measurands", "Voltage.L2")
    call = old.meter_values(2, fake.stamped(context="Sample.Clock"))
    (value,) = call.payload["meterValue"]
    assert [(s["phase"], s["value"]) for s in value["sampledValue"]] == [("L2-N", "230")]


def test_a_token_too_long_for_the_version_becomes_nobody_s():
    assert fitted_token("A" * 20, 20) == "A" * 20
    assert fitted_token("A" * 21, 20) == "A" * 19 + "~"


def test_times_are_written_in_utc_with_milliseconds():
    east = timezone(timedelta(hours=2))
    assert timestamp(datetime(2026, 11, 22, 14, tzinfo=east)) == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22T12:00:00.000000+00:00",
        "2026-11-22T12:00:00",
    ],
)
def test_times_are_read_in_every_form_that_is_seen(text):
    assert read_time(text) == datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "noon", "2026-13-22T12:00:00Z", None, 12])
def test_what_is_no_time_is_none(text):
    assert read_time(text) is None
