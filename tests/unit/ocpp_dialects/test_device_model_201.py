"""GetVariables, SetVariables and GetBaseReport: each item by itself, reports in pages."""

import pytest

from ampkeeper.firmware.ocpp.declared.device import ITEMS_PER_MESSAGE
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.setting import Access, text_of
from ampkeeper.firmware.ocpp.v201.device_model import places
from ampkeeper.firmware.ocpp.v201.reports import ITEMS_PER_REPORT


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
        (at("SampledDataCtrlr", "TxEndedInterval"), "60", "Rejected", "ValueOutOfRange"),
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
    assert len(set(names)) == len(names) == len(list(places((1, 2))))


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


def test_the_configuration_inventory_has_what_can_be_set(ask_new):
    rows = rows_of(ask_new, "ConfigurationInventory")
    kinds = {row["variableAttribute"][0]["mutability"] for row in rows}
    assert kinds == {"ReadWrite", "WriteOnly"}
    settable = [p for p in places((1, 2)) if p.setting.access is not Access.READ_ONLY]
    assert len(rows) == len(settable)


def test_the_summary_has_the_state_of_station_evses_and_connectors(ask_new):
    rows = rows_of(ask_new, "SummaryInventory")
    assert {row["variable"]["name"] for row in rows} == {"AvailabilityState"}
    assert len(rows) == 5


def test_a_report_base_unknown_to_this_version_is_not_supported(new):
    answer = new.handle("GetBaseReport", {"requestId": 1, "reportBase": "Other"})
    assert answer.payload == {"status": "NotSupported"}
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
    for page in pages(ask_new, "FullInventory"):
        assert 1 <= len(page["reportData"]) <= ITEMS_PER_REPORT


def test_text_of_lists_is_comma_separated():
    assert text_of(("a", "b")) == "a,b"
    assert text_of(()) == ""
    assert text_of(True) == "true"
