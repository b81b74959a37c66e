"""Cases of certification, B: variables and reports."""

import pytest

from ampkeeper.board.emulated.faults import apply
from tests.conformance.ocpp201.bench201 import Bench201, Payload, variable

THRESHOLD, OFFLINE = "OCPPCommCtrlr.OfflineThreshold", "AuthCtrlr.LocalAuthorizeOffline"
LISTS = ("OptionList", "MemberList", "SequenceList")
STATE = "AvailabilityState"
STATES = {"Available", "Occupied", "Reserved", "Unavailable", "Faulted"}
REQUIRED = """
    AlignedDataCtrlr.Interval AlignedDataCtrlr.Measurands AlignedDataCtrlr.TxEndedInterval
    AlignedDataCtrlr.TxEndedMeasurands AuthCtrlr.AuthorizeRemoteStart
    AuthCtrlr.LocalAuthorizeOffline AuthCtrlr.LocalPreAuthorize ChargingStation.AvailabilityState
    ChargingStation.Available ChargingStation.SupplyPhases EVSE.AvailabilityState EVSE.Available
    EVSE.Power EVSE.SupplyPhases Connector.Available Connector.ConnectorType
    Connector.SupplyPhases ClockCtrlr.DateTime ClockCtrlr.TimeSource
    DeviceDataCtrlr.ItemsPerMessage[GetReport] DeviceDataCtrlr.BytesPerMessage[GetReport]
    DeviceDataCtrlr.ItemsPerMessage[GetVariables] DeviceDataCtrlr.BytesPerMessage[GetVariables]
    DeviceDataCtrlr.ItemsPerMessage[SetVariables] DeviceDataCtrlr.BytesPerMessage[SetVariables]
    LocalAuthListCtrlr.Entries LocalAuthListCtrlr.ItemsPerMessage
    LocalAuthListCtrlr.BytesPerMessage OCPPCommCtrlr.FileTransferProtocols
    OCPPCommCtrlr.MessageTimeout[Default] OCPPCommCtrlr.MessageAttempts[TransactionEvent]
    OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]
    OCPPCommCtrlr.NetworkConfigurationPriority OCPPCommCtrlr.NetworkProfileConnectionAttempts
    OCPPCommCtrlr.OfflineThreshold OCPPCommCtrlr.ResetRetries
    OCPPCommCtrlr.UnlockOnEVSideDisconnect OCPPCommCtrlr.RetryBackOffRepeatTimes
    OCPPCommCtrlr.RetryBackOffRandomRange OCPPCommCtrlr.RetryBackOffWaitMinimum
    SampledDataCtrlr.TxStartedMeasurands SampledDataCtrlr.TxUpdatedInterval
    SampledDataCtrlr.TxUpdatedMeasurands SampledDataCtrlr.TxEndedInterval
    SampledDataCtrlr.TxEndedMeasurands SecurityCtrlr.CertificateEntries
    SecurityCtrlr.OrganizationName SecurityCtrlr.SecurityProfile
    SmartChargingCtrlr.Entries[ChargingProfiles] SmartChargingCtrlr.LimitChangeSignificance
    SmartChargingCtrlr.PeriodsPerSchedule SmartChargingCtrlr.ProfileStackLevel
    SmartChargingCtrlr.RateUnit TxCtrlr.EVConnectionTimeOut
    TxCtrlr.StopTxOnEVSideDisconnect TxCtrlr.StopTxOnInvalidId TxCtrlr.TxStartPoint
    TxCtrlr.TxStopPoint
"""


def name_of(row: Payload) -> str:
    """ "Component.Variable[instance]"."""
    instance = row["variable"].get("instance")
    word = row["variable"]["name"] + (f"[{instance}]" if instance else "")
    return f"{row['component']['name']}.{word}"


def test_tc_b_06_one_variable_is_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(OCPPCommCtrlr__OfflineThreshold=300)
        (result,) = await made.get(THRESHOLD, attributeType="Actual")
        assert result == variable(THRESHOLD) | {
            "attributeType": "Actual",
            "attributeStatus": "Accepted",
            "attributeValue": "300",
        }

    bench.play(case)


def test_tc_b_07_two_variables_are_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(
            OCPPCommCtrlr__OfflineThreshold=300, AuthCtrlr__LocalAuthorizeOffline=True
        )
        results = await made.get(THRESHOLD, OFFLINE)
        assert [each["attributeValue"] for each in results] == ["300", "true"]

    bench.play(case)


WRONG = [
    ("UnknownComponent.OfflineThreshold", {}, "UnknownComponent"),
    ("OCPPCommCtrlr.UnknownVariable", {}, "UnknownVariable"),
    (THRESHOLD, {"attributeType": "Target"}, "NotSupportedAttributeType"),
]


@pytest.mark.parametrize(("name", "fields", "status"), WRONG)
def test_tc_b_32_tc_b_33_and_tc_b_34_what_is_not_there_is_not_told(
    bench: Bench201, name: str, fields: Payload, status: str
) -> None:
    async def case(made: Bench201) -> None:
        (result,) = await made.get(name, **fields)
        asked = variable(name) | {"attributeType": "Actual"} | fields
        assert result == asked | {"attributeStatus": status}

    bench.play(case)


def test_tc_b_09_one_variable_is_set(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        (result,) = await made.put({THRESHOLD: 300}, attributeType="Actual")
        assert result == variable(THRESHOLD) | {
            "attributeType": "Actual",
            "attributeStatus": "Accepted",
        }
        assert await made.value(THRESHOLD) == "300"

    bench.play(case)


def test_tc_b_10_two_variables_are_set(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        results = await made.put({THRESHOLD: 300, OFFLINE: True})
        assert [each["attributeStatus"] for each in results] == ["Accepted", "Accepted"]
        told = await made.get(THRESHOLD, OFFLINE)
        assert [each["attributeValue"] for each in told] == ["300", "true"]

    bench.play(case)


@pytest.mark.parametrize(("name", "fields", "status"), WRONG)
def test_tc_b_35_tc_b_36_and_tc_b_37_what_is_not_there_is_not_set(
    bench: Bench201, name: str, fields: Payload, status: str
) -> None:
    async def case(made: Bench201) -> None:
        (result,) = await made.put({name: 300}, **fields)
        asked = variable(name) | {"attributeType": "Actual"} | fields
        assert result == asked | {"attributeStatus": status}

    bench.play(case)


def test_tc_b_11_a_value_of_the_wrong_kind_is_rejected(bench: Bench201) -> None:
    accepted = {
        THRESHOLD: {"300"},
        "SmartChargingCtrlr.LimitChangeSignificance": {"30", "30.1"},
        "AuthCtrlr.AuthorizeRemoteStart": {"true"},
    }

    async def case(made: Bench201) -> None:
        now = made.at(0)
        accepted["ClockCtrlr.NextTimeOffsetTransitionDateTime"] = {now}
        for name, fine in accepted.items():
            for value in ("30", "300", "30.1", "300.1", "true", now, "abc"):
                (result,) = await made.put({name: value})
                is_fine = value in fine or (name == THRESHOLD and value == "30")
                assert result["attributeStatus"] == ("Accepted" if is_fine else "Rejected"), value

    bench.play(case)


def test_tc_b_39_what_is_read_only_is_not_set(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        name = "OCPPCommCtrlr.MessageTimeout[Default]"
        before = await made.value(name)
        (result,) = await made.put({name: 12})
        assert result["attributeStatus"] == "Rejected"
        assert result["variable"] == {"name": "MessageTimeout", "instance": "Default"}
        assert await made.value(name) == before

    bench.play(case)


def test_tc_b_12_the_configuration_is_reported(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        rows = await made.report("GetBaseReport", reportBase="ConfigurationInventory")
        for row in rows:
            assert row["variableAttribute"][0]["mutability"] in ("ReadWrite", "WriteOnly")
            assert_has_list(row)
        full = await made.report("GetBaseReport", reportBase="FullInventory")
        names = {name_of(row) for row in rows}
        settable = {
            name_of(row)
            for row in full
            if any(each["mutability"] != "ReadOnly" for each in row["variableAttribute"])
        }
        assert names == settable
        assert names >= {THRESHOLD, OFFLINE, "SecurityCtrlr.BasicAuthPassword"}

    bench.play(case)


def assert_has_list(row: Payload) -> None:
    """What may be chosen is told, and what is chosen is of it."""
    given = row["variableCharacteristics"]
    if given["dataType"] not in LISTS:
        return
    possible = given["valuesList"].split(",")
    assert possible != [""]
    told = row["variableAttribute"][0]["value"]
    assert set(filter(None, told.split(","))) <= set(possible), row


def test_tc_b_13_and_tc_b_53_everything_is_reported(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        rows = await made.report("GetBaseReport", reportBase="FullInventory")
        assert {name_of(row) for row in rows} >= set(REQUIRED.split())
        for row in rows:
            attribute = row["variableAttribute"][0]
            assert ("value" in attribute) == (attribute["mutability"] != "WriteOnly")
            assert_has_list(row)

    bench.play(case)


def test_tc_b_14_the_state_of_everything_is_reported(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        rows = await made.report("GetBaseReport", reportBase="SummaryInventory")
        assert {name_of(row) for row in rows} == {
            f"{component}.{STATE}" for component in ("ChargingStation", "EVSE", "Connector")
        }
        apply(made.world, made.car, {"emergency_stop": True})
        await made.wait_status("Faulted")
        rows = await made.report("GetBaseReport", reportBase="SummaryInventory")
        told = {name_of(row): row["variableAttribute"][0]["value"] for row in rows}
        assert told[f"EVSE.{STATE}"] == "Faulted"
        assert told["EmergencyStopSensor.Tripped"] == told["EVSE.Problem"] == "true"

    bench.play(case)


def test_tc_b_16_a_report_has_what_is_enabled(bench: Bench201) -> None:
    """All of a component that is: B08.FR.09, which wins over "only Enabled" of the case."""

    async def case(made: Bench201) -> None:
        rows = await made.report("GetReport", componentCriteria=["Enabled"])
        full = await made.report("GetBaseReport", reportBase="FullInventory")
        told = {name_of(row) for row in rows if row["variable"]["name"] == "Enabled"}
        switches = [row for row in full if row["variable"]["name"] == "Enabled"]
        on = [row for row in switches if row["variableAttribute"][0]["value"] == "true"]
        components = [row["component"] for row in on]
        assert told == {name_of(row) for row in switches if row["component"] in components}
        for row in on:
            assert await made.value(name_of(row)) == "true"

    bench.play(case)


def is_state_of_evse(row: Payload) -> bool:
    attribute, given = row["variableAttribute"][0], row["variableCharacteristics"]
    assert (attribute["type"], attribute["mutability"]) == ("Actual", "ReadOnly")
    assert given["dataType"] == "OptionList"
    assert set(given["valuesList"].split(",")) == STATES
    return bool(row["component"] == {"name": "EVSE", "evse": {"id": 1}})


def test_tc_b_17_a_report_has_the_one_variable_that_is_asked_for(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        rows = await made.report("GetReport", componentVariable=[variable(f"EVSE@1.{STATE}")])
        assert [is_state_of_evse(row) for row in rows] == [True]

    bench.play(case)


def test_tc_b_18_criteria_and_variables_both_hold(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        asked = {"componentVariable": [variable(f"EVSE@1.{STATE}")]}
        rows = await made.report("GetReport", componentCriteria=["Available"], **asked)
        assert [is_state_of_evse(row) for row in rows] == [True]
        mark = made.mark()
        problem = {"requestId": 99, "componentCriteria": ["Problem"]} | asked
        answer = await made.ask("GetReport", problem)
        assert answer["status"] == "EmptyResultSet"
        assert answer["statusInfo"]["reasonCode"] == "NotFound"
        await made.until(lambda: made.status() == "Available")
        assert made.since(mark, "NotifyReport") == []

    bench.play(case)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("DeviceDataCtrlr.ItemsPerMessage", ["GetReport", "GetVariables", "SetVariables"]),
        ("DeviceDataCtrlr.ItemsPerMessage[GetReport]", ["GetReport"]),
    ],
)
def test_tc_b_54_and_tc_b_55_a_report_has_each_instance_or_the_one(
    bench: Bench201, name: str, found: list[str]
) -> None:
    async def case(made: Bench201) -> None:
        rows = await made.report("GetReport", componentVariable=[variable(name)])
        assert {row["component"]["name"] for row in rows} == {"DeviceDataCtrlr"}
        assert [row["variable"]["instance"] for row in rows] == found

    bench.play(case)


def test_tc_b_56_without_a_number_every_evse_is_reported(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        rows = await made.report("GetReport", componentVariable=[variable(f"EVSE.{STATE}")])
        assert [is_state_of_evse(row) for row in rows] == [True]  # one EVSE

    bench.play(case)
