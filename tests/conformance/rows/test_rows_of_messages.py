"""Behaviours of OCPP commonly got wrong, as far as the dialects decide them: what is said.

The row numbers are those of the project's list of subtle behaviours; each test names its rule.
"""

import pytest

from ampkeeper.firmware.facts import MeterSampled
from ampkeeper.firmware.ocpp.dialect import TxContext
from ampkeeper.firmware.store.stop_samples import SAMPLES_MAX
from tests.conformance.rows.asking import ask, change, keys_of
from tests.unit.ocpp_dialects import station_fake as fake

ENERGY = "Energy.Active.Import.Register"


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


IDLE = MeterSampled(2, fake.NOON, fake.stamped(context="Sample.Clock"))


def test_row_12_a_sample_of_no_transaction_names_none(station, old, new):
    station.settings.change("AlignedDataCtrlr.Measurands", "Frequency")
    for dialect, place in ((old, "connectorId"), (new, "evseId")):
        call = dialect.fact(IDLE, TxContext(-1, False))
        assert call.action == "MeterValues"
        assert call.payload.keys() == {place, "meterValue"}
        assert call.payload[place] == 2


def test_row_12_without_measurands_nothing_is_said_of_a_free_connector(station, old, new):
    station.settings.change("AlignedDataCtrlr.Measurands", "")
    assert [dialect.fact(IDLE, TxContext(-1, False)) for dialect in (old, new)] == [None, None]


def test_row_12_2_0_1_does_not_tell_afterwards_what_was_no_transaction(station, old, new):
    station.settings.change("AlignedDataCtrlr.Measurands", "Frequency")
    assert new.fact(IDLE, TxContext(-1, True)) is None
    assert old.fact(IDLE, TxContext(-1, True)) is not None


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
