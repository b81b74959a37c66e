"""GetVariables, SetVariables and GetBaseReport: each item by itself, reports in pages."""

from pathlib import Path

import pytest

from ampkeeper.firmware.device_model.condition import Condition
from ampkeeper.firmware.ocpp import device_reference
from ampkeeper.firmware.ocpp.declared.device import ITEMS_PER_MESSAGE
from ampkeeper.firmware.ocpp.device import model_of
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.setting import text_of
from ampkeeper.firmware.ocpp.v201.reports import ITEMS_PER_REPORT
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware, Settings


def at(component, variable, instance=None, **more):
    named = {"name": variable} | ({} if instance is None else {"instance": instance})
    return {"component": {"name": component} | more, "variable": named}


def get(ask, *items):
    return ask("GetVariables", {"getVariableData": list(items)}).payload["getVariableResult"]


def put(ask, item, value):
    data = {"setVariableData": [item | {"attributeValue": value}]}
    return ask("SetVariables", data).payload["setVariableResult"][0]


ONE = {"evse": {"id": 1}}
PLUG = {"evse": {"id": 1, "connectorId": 1}}

# fmt: off
VALUES = (
    (at("OCPPCommCtrlr", "HeartbeatInterval"),                   "3600"),
    (at("ocppcommctrlr", "heartbeatinterval"),                   "3600"),
    (at("OCPPCommCtrlr", "MessageTimeout", "Default"),           "30"),
    (at("OCPPCommCtrlr", "HeartbeatInterval", ""),               "3600"),
    (at("AuthCtrlr", "LocalPreAuthorize"),                       "false"),
    (at("SampledDataCtrlr", "TxUpdatedMeasurands"),              "Energy.Active.Import.Register"),
    (at("SecurityCtrlr", "Identity"),                            "AK0001"),
    (at("ClockCtrlr", "DateTime"),                               "2026-11-22T12:00:00.123Z"),
    (at("ChargingStation", "AvailabilityState"),                 "Available"),
    (at("ChargingStation", "Model"),                             "Emulated"),
    (at("ChargingStation", "VendorName"),                        "Ampkeeper"),
    (at("EVSE", "AvailabilityState", **ONE),                     "Occupied"),
    (at("EVSE", "Power", **ONE),                                 "11040"),
    (at("EVSE", "Power", evse={"id": 2}),                        ""),
    (at("EVSE", "SupplyPhases", **ONE),                          "3"),
    (at("Connector", "ConnectorType", **PLUG),                   "sType2"),
    (at("Connector", "ConnectorType", evse={"id": 2, "connectorId": 1}), "cType2"),
)
REFUSED = (
    (at("NoCtrlr", "HeartbeatInterval"),                         "UnknownComponent"),
    ({"component": {"name": "OCPPCommCtrlr", "instance": "x"},
      "variable": {"name": "HeartbeatInterval"}},                "UnknownComponent"),
    (at("OCPPCommCtrlr", "HeartbeatInterval", **ONE),            "UnknownComponent"),
    (at("OCPP16", "NumberOfConnectors"),                         "UnknownComponent"),
    (at("EVSE", "Power"),                                        "UnknownComponent"),
    (at("EVSE", "Power", evse={"id": 99}),                       "UnknownComponent"),
    (at("EVSE", "Power", **PLUG),                                "UnknownComponent"),
    (at("Connector", "ConnectorType", **ONE),                    "UnknownComponent"),
    (at("OCPPCommCtrlr", "NoSuchVariable"),                      "UnknownVariable"),
    (at("OCPPCommCtrlr", "MessageTimeout"),                      "UnknownVariable"),
    (at("OCPPCommCtrlr", "HeartbeatInterval", "Default"),        "UnknownVariable"),
    (at("OCPPCommCtrlr", "HeartbeatInterval")
     | {"attributeType": "MaxSet"},                              "NotSupportedAttributeType"),
)
# fmt: on


@pytest.mark.parametrize(("item", "value"), VALUES)
def test_a_variable_has_its_value(station, ask_new, item, value):
    station.begin()
    station.measure()
    (result,) = get(ask_new, item)
    assert result == item | {
        "attributeType": "Actual",
        "attributeStatus": "Accepted",
        "attributeValue": value,
    }


@pytest.mark.parametrize(("item", "status"), REFUSED)
def test_what_is_not_there_is_said_by_its_part(ask_new, item, status):
    (result,) = get(ask_new, item)
    assert result["attributeStatus"] == status
    assert "attributeValue" not in result
    assert put(ask_new, item, "1")["attributeStatus"] == status


def test_one_bad_item_spoils_only_itself(ask_new):
    results = get(ask_new, at("No", "X"), at("AuthCtrlr", "LocalPreAuthorize"), at("EVSE", "Power"))
    statuses = [result["attributeStatus"] for result in results]
    assert statuses == ["UnknownComponent", "Accepted", "UnknownComponent"]


def test_a_password_is_never_told_but_can_be_set(station, ask_new):
    password = at("SecurityCtrlr", "BasicAuthPassword")
    assert put(ask_new, password, "0123456789abcdefABCD")["attributeStatus"] == "Accepted"
    assert station.variable("SecurityCtrlr.BasicAuthPassword") == "0123456789abcdefABCD"
    (result,) = get(ask_new, password)
    assert result["attributeStatus"] == "Rejected"
    assert "attributeValue" not in result
    assert put(ask_new, password, "tooshort")["attributeStatus"] == "Rejected"


@pytest.mark.parametrize(
    ("item", "value", "status", "reason"),
    [
        (at("OCPPCommCtrlr", "HeartbeatInterval"), "60", "Accepted", None),
        (at("OCPPCommCtrlr", "HeartbeatInterval"), "0", "Rejected", "ValueOutOfRange"),
        (at("OCPPCommCtrlr", "HeartbeatInterval"), "1e3", "Rejected", "InvalidValue"),
        (at("AuthCtrlr", "LocalPreAuthorize"), "yes", "Rejected", "InvalidValue"),
        (at("ClockCtrlr", "DateTime"), "2026-01-01T00:00:00Z", "Rejected", "ReadOnly"),
        (at("OCPPCommCtrlr", "MessageTimeout", "Default"), "9", "Rejected", "ReadOnly"),
        (at("SampledDataCtrlr", "TxEndedInterval"), "86401", "Rejected", "ValueOutOfRange"),
    ],
)
def test_a_value_is_set_or_refused_with_a_reason(ask_new, item, value, status, reason):
    result = put(ask_new, item, value)
    assert result["attributeStatus"] == status
    assert result["attributeType"] == "Actual"
    assert result.get("attributeStatusInfo", {}).get("reasonCode") == reason


def test_a_refusal_says_what_is_allowed(ask_new):
    result = put(ask_new, at("OCPPCommCtrlr", "HeartbeatInterval"), "0")
    assert result["attributeStatusInfo"]["additionalInfo"] == "'0'; allowed: 1 to 86400 s"


def test_a_value_that_needs_a_restart_says_so(ask_new):
    result = put(ask_new, at("OCPPCommCtrlr", "NetworkConfigurationPriority"), "1")
    assert result["attributeStatus"] == "RebootRequired"


@pytest.mark.parametrize("action", ["GetVariables", "SetVariables"])
def test_too_many_items_are_refused_as_a_whole(ask_new, action):
    more = {"attributeValue": "true"} if action == "SetVariables" else {}
    key = action[0].lower() + action[1:-1] + "Data"
    items = [at("AuthCtrlr", "LocalPreAuthorize") | more] * (ITEMS_PER_MESSAGE + 1)
    answer = ask_new(action, {key: items})
    assert answer.error == "OccurrenceConstraintViolation"
    assert ask_new(action, {key: items[1:]}).error is None


def test_too_long_a_request_is_refused_as_a_whole(ask_new):
    data = {"vendorId": "x", "padding": "y" * 70_000}
    item = at("AuthCtrlr", "LocalPreAuthorize")
    answer = ask_new("GetVariables", {"getVariableData": [item], "customData": data})
    assert answer.error == "FormatViolation"


def pages(ask, base, request_id=11):
    answer = ask("GetBaseReport", {"requestId": request_id, "reportBase": base})
    assert answer.payload == {"status": "Accepted"}
    (follow,) = answer.follow
    assert follow.kind == "report"
    for call in follow.calls:
        assert schemas_for("ocpp2.0.1").check_request(call.action, call.payload) is None
    return [call.payload for call in follow.calls]


def rows_of(ask, base):
    return [row for page in pages(ask, base) for row in page["reportData"]]


def test_the_full_inventory_has_everything_once(station, ask_new):
    rows = rows_of(ask_new, "FullInventory")
    names = [(str(row["component"]), str(row["variable"])) for row in rows]
    assert (
        len(set(names)) == len(names) == len(list(model_of(station.evse_ids(), station.variable)))
    )


def test_every_row_of_the_inventory_can_be_asked_for(station, ask_new):
    station.begin()
    station.measure()
    for row in rows_of(ask_new, "FullInventory"):
        attribute = row["variableAttribute"][0]
        asked = {"component": row["component"], "variable": row["variable"]}
        (result,) = get(ask_new, asked)
        if attribute["mutability"] == "WriteOnly":
            assert "value" not in attribute
        else:
            assert result["attributeValue"] == attribute["value"]


def test_the_configuration_inventory_has_what_can_be_set(station, ask_new):
    rows = rows_of(ask_new, "ConfigurationInventory")
    kinds = {row["variableAttribute"][0]["mutability"] for row in rows}
    assert kinds == {"ReadWrite", "WriteOnly"}
    settable = [
        variable
        for variable in model_of(station.evse_ids(), station.variable)
        if variable.is_settable
    ]
    assert len(rows) == len(settable)


def test_the_summary_has_the_state_of_station_evses_and_connectors(ask_new):
    rows = rows_of(ask_new, "SummaryInventory")
    assert {row["variable"]["name"] for row in rows} == {"AvailabilityState"}
    assert len(rows) == 5


def test_a_report_base_unknown_to_this_version_is_not_supported(new):
    answer = new.handle("GetBaseReport", {"requestId": 1, "reportBase": "Other"})
    info = {"reasonCode": "UnsupportedParam"}
    assert answer.payload == {"status": "NotSupported", "statusInfo": info}
    assert answer.follow == ()


def test_limits_and_lists_of_values_are_reported(ask_new):
    rows = {
        row["variable"]["name"]: row["variableCharacteristics"]
        for row in rows_of(ask_new, "FullInventory")
    }
    assert rows["HeartbeatInterval"]["minLimit"] == 1
    assert rows["HeartbeatInterval"]["unit"] == "s"
    assert rows["Power"]["maxLimit"] == 22080
    assert "Current.Import" in rows["TxUpdatedMeasurands"]["valuesList"].split(",")


def test_no_page_is_longer_than_agreed(ask_new):
    sizes = [len(page["reportData"]) for page in pages(ask_new, "FullInventory")]
    assert len(sizes) > 2
    assert set(sizes[:-1]) == {ITEMS_PER_REPORT}
    assert sizes[-1] <= ITEMS_PER_REPORT


def custom(ask, **asked):
    """The answer's status, and the rows of the report."""
    answer = ask("GetReport", {"requestId": 5} | asked)
    rows = [row for follow in answer.follow for call in follow.calls for row in reported(call)]
    return answer.payload["status"], rows


def reported(call):
    assert schemas_for("ocpp2.0.1").check_request(call.action, call.payload) is None
    assert call.payload["requestId"] == 5
    return call.payload["reportData"]


def test_a_custom_report_has_what_was_asked_for(ask_new):
    asked = [{"component": {"name": "EVSE"}, "variable": {"name": "AvailabilityState"}}]
    status, rows = custom(ask_new, componentVariable=asked)
    assert status == "Accepted"
    assert [row["component"] for row in rows] == [
        {"name": "EVSE", "evse": {"id": 1}},
        {"name": "EVSE", "evse": {"id": 2}},
    ]


def test_a_custom_report_by_problem_has_the_parts_that_have_one(station, ask_new):
    assert custom(ask_new, componentCriteria=["Problem"]) == ("EmptyResultSet", [])
    station.device.conditions[2] = Condition(faults=frozenset(("RcdTestFailed",)))
    status, rows = custom(ask_new, componentCriteria=["Problem"])
    assert status == "Accepted"
    assert {(row["component"]["name"], row["component"]["evse"]["id"]) for row in rows} == {
        ("EVSE", 2),
        ("RCD", 2),
    }


def test_a_custom_report_is_refused_whole_if_too_much_is_asked(ask_new):
    asked = [{"component": {"name": "EVSE"}}] * (ITEMS_PER_MESSAGE + 1)
    answer = ask_new("GetReport", {"requestId": 5, "componentVariable": asked})
    assert answer.error == "OccurrenceConstraintViolation"


def test_a_custom_report_by_an_unknown_criterion_is_not_supported(new):
    answer = new.handle("GetReport", {"requestId": 5, "componentCriteria": ["Wet"]})
    assert answer.payload["status"] == "NotSupported"


def test_an_attribute_beside_actual_is_told_and_cannot_be_set(ask_new):
    item = at("EVSE", "ACCurrent", **ONE) | {"attributeType": "MaxSet"}
    (result,) = get(ask_new, item)
    assert (result["attributeStatus"], result["attributeValue"]) == ("Accepted", "32")
    assert put(ask_new, item, "16")["attributeStatus"] == "Rejected"
    (row,) = [
        row
        for row in rows_of(ask_new, "FullInventory")
        if row["component"] == item["component"] and row["variable"] == item["variable"]
    ]
    assert [each["type"] for each in row["variableAttribute"]] == ["Actual", "MaxSet"]


def test_a_count_is_what_there_is_and_its_limit_what_there_can_be(station, ask_new):
    station.device.counts = (7, 2)
    names = ("LocalAuthListCtrlr", "Entries"), ("SecurityCtrlr", "CertificateEntries")
    told = [get(ask_new, at(*name))[0]["attributeValue"] for name in names]
    assert told == ["7", "2"]
    rows = {
        (row["component"]["name"], row["variable"]["name"]): row["variableCharacteristics"]
        for row in rows_of(ask_new, "FullInventory")
    }
    assert [rows[name]["maxLimit"] for name in names] == [10_000, 20]


def test_a_captive_cable_has_no_lock(ask_new):
    (socket, cable) = get(
        ask_new,
        at("ConnectorPlugRetentionLock", "Active", **PLUG),
        at("ConnectorPlugRetentionLock", "Active", evse={"id": 2, "connectorId": 1}),
    )
    assert socket["attributeStatus"] == "Accepted"
    assert cable["attributeStatus"] == "UnknownComponent"


def test_one_phase_has_no_other_phases():
    settings = Settings(Hardware((EvseHardware(1, 1, 16.0, True),), "AK0001"))
    model = model_of((1,), settings.value)
    assert {variable.instance for variable in model if variable.name == "ACVoltage"} == {"L1"}


def test_it_is_made_once_of_the_same_hardware_and_anew_of_another():
    def made(phases, current_a):
        evses = (EvseHardware(1, phases, current_a, True),)
        return model_of((1,), Settings(Hardware(evses, "AK0001")).value)

    assert made(3, 16.0) is made(3, 16.0)
    assert made(3, 16.0) is not made(1, 16.0)
    powers = {made(3, each).named("EVSE@1.Power").characteristics.highest for each in (16.0, 32.0)}
    assert powers == {11_040, 22_080}


def test_a_list_says_what_may_be_in_it_and_has_nothing_else(station, ask_new):
    """TC_B_53: lists without their possible values are of no use to anybody."""
    station.measure()
    for row in rows_of(ask_new, "FullInventory"):
        given = row["variableCharacteristics"]
        if not given["dataType"].endswith("List"):
            continue
        possible = given["valuesList"].split(",")
        told = row["variableAttribute"][0]["value"]
        assert set(filter(None, told.split(","))) <= set(possible), row


def test_a_decimal_is_set_and_told_as_it_was_written(ask_new):
    item = at("SmartChargingCtrlr", "LimitChangeSignificance")
    assert put(ask_new, item, "2.50")["attributeStatus"] == "Accepted"
    assert get(ask_new, item)[0]["attributeValue"] == "2.5"
    for text, reason in (
        ("100.1", "ValueOutOfRange"),
        ("a", "InvalidValue"),
        ("1e1", "InvalidValue"),
    ):
        assert put(ask_new, item, text)["attributeStatusInfo"]["reasonCode"] == reason


def test_the_page_of_the_device_model_is_current():
    committed = (
        Path(__file__)
        .parents[3]
        .joinpath("docs/ocpp201-device-model.md")
        .read_text(encoding="utf-8")
    )
    assert committed == device_reference.page(), "print it anew: device_reference.py says how"


def test_text_of_lists_is_comma_separated():
    assert text_of(("a", "b")) == "a,b"
    assert text_of(()) == ""
    assert text_of(True) == "true"
