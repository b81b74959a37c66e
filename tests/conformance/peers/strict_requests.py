"""Every request that a central system may make here: with good payloads, and with bad ones.

Rows are tried in order on an idle station with one EVSE. Good ones say the status that comes
back, bad ones the error code. What would begin a session or a restart is in the sessions' tests.
"""

from collections.abc import Callable
from typing import Any

Rows = tuple[tuple[str, dict[str, Any], str], ...]

NO_VENDOR, NO_CONNECTOR = "UnknownVendorId", "UnknownConnector"
BAD_VALUE, BAD_TYPE = "PropertyConstraintViolation", "TypeConstraintViolation"
MISSING_16, SURPLUS_16 = "OccurenceConstraintViolation", "FormationViolation"
MISSING_201, SURPLUS_201 = "OccurrenceConstraintViolation", "FormatViolation"

TOKEN = {"idToken": "04A224B1", "type": "ISO14443"}
START = {"remoteStartId": 1, "idToken": TOKEN}


def profile_16(purpose: str, limit_a: float) -> dict[str, Any]:
    """1.6: a charging profile of one period."""
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "minChargingRate": limit_a,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
        },
    }


def limited_16(limit_a: float) -> dict[str, Any]:
    """1.6: a remote start with a limit, at a connector that is not there."""
    profile = profile_16("TxProfile", limit_a)
    return {"connectorId": 9, "idTag": "04A224B1", "chargingProfile": profile}


DEFAULT_16 = {"connectorId": 0, "csChargingProfiles": profile_16("TxDefaultProfile", 16.0)}
NO_CHARGE_16 = {"connectorId": 1, "csChargingProfiles": profile_16("TxProfile", 16.0)}


def limited_201(limit_a: float) -> dict[str, Any]:
    """2.0.1: the same, at an EVSE that is not there."""
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [
            {
                "id": 1,
                "chargingRateUnit": "A",
                "minChargingRate": limit_a,
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
            }
        ],
    }
    return START | {"evseId": 9, "chargingProfile": profile}


AGAIN = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
NOWHERE = {"component": {"name": "NoSuchCtrlr"}, "variable": {"name": "Enabled"}}
FIXED = {"component": {"name": "ChargingStation"}, "variable": {"name": "Model"}}

# fmt: off
GOOD_16: Rows = (
    ("ChangeAvailability",      {"connectorId": 0, "type": "Operative"},            "Accepted"),
    ("ChangeAvailability",      {"connectorId": 1, "type": "Inoperative"},          "Accepted"),
    ("ChangeAvailability",      {"connectorId": 1, "type": "Operative"},            "Accepted"),
    ("ChangeAvailability",      {"connectorId": 9, "type": "Operative"},            "Rejected"),
    ("ChangeConfiguration",     {"key": "HeartbeatInterval", "value": "600"},       "Accepted"),
    ("ChangeConfiguration",     {"key": "HeartbeatInterval", "value": "soon"},      "Rejected"),
    ("ChangeConfiguration",     {"key": "NumberOfConnectors", "value": "2"},        "Rejected"),
    ("ChangeConfiguration",     {"key": "MeterValuesSampledData",
                                 "value": "Voltage,Nonsense"},                      "Rejected"),
    ("ChangeConfiguration",     {"key": "NoSuchKey", "value": "1"},                 "NotSupported"),
    ("ClearCache",              {},                                                 "Accepted"),
    ("GetCompositeSchedule",    {"connectorId": 1, "duration": 600},                "Accepted"),
    ("GetCompositeSchedule",    {"connectorId": 9, "duration": 600},                "Rejected"),
    ("SetChargingProfile",      DEFAULT_16,                                         "Accepted"),
    ("GetCompositeSchedule",    {"connectorId": 1, "duration": 600,
                                 "chargingRateUnit": "W"},                          "Accepted"),
    ("SetChargingProfile",      NO_CHARGE_16,                                       "Rejected"),
    ("ClearChargingProfile",    {"id": 1},                                          "Accepted"),
    ("ClearChargingProfile",    {},                                                 "Unknown"),
    ("DataTransfer",            {"vendorId": "com.example"},                        NO_VENDOR),
    ("DataTransfer",            {"vendorId": "com.example", "messageId": "x",
                                 "data": "{\"nested\": [1]}"},                      NO_VENDOR),
    ("GetConfiguration",        {},                                                 ""),
    ("GetConfiguration",        {"key": []},                                        ""),
    ("GetConfiguration",        {"key": ["HeartbeatInterval", "NoSuchKey"]},        ""),
    ("RemoteStartTransaction",  {"connectorId": 9, "idTag": "04A224B1"},            "Rejected"),
    ("RemoteStartTransaction",  limited_16(16.1),                                   "Rejected"),
    ("RemoteStopTransaction",   {"transactionId": 0},                               "Rejected"),
    ("RemoteStopTransaction",   {"transactionId": -2147483648},                     "Rejected"),
    ("TriggerMessage",          {"requestedMessage": "Heartbeat"},                  "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification",
                                 "connectorId": 9},                                 "Rejected"),
    ("UnlockConnector",         {"connectorId": 1},                                 "Unlocked"),
    ("UnlockConnector",         {"connectorId": 9},                                 "NotSupported"),
)
BAD_16: Rows = (
    ("ChangeAvailability",      {"connectorId": 1},                    MISSING_16),
    ("ChangeAvailability",      {"connectorId": 1, "type": "Asleep"},  BAD_VALUE),
    ("ClearChargingProfile",    {"chargingProfilePurpose": "All"},     BAD_VALUE),
    ("GetCompositeSchedule",    {"connectorId": 1},                    MISSING_16),
    ("SetChargingProfile",      {"connectorId": 1},                    MISSING_16),
    ("ChangeConfiguration",     {"key": "HeartbeatInterval", "value": 600},
                                                                       BAD_TYPE),
    ("ChangeConfiguration",     {"key": "K" * 51, "value": ""},        BAD_VALUE),
    ("ClearCache",              {"now": True},                         SURPLUS_16),
    ("DataTransfer",            {"data": "for nobody"},                MISSING_16),
    ("DataTransfer",            {"vendorId": "x", "data": {"a": 1}},   BAD_TYPE),
    ("GetConfiguration",        {"key": "HeartbeatInterval"},          BAD_TYPE),
    ("RemoteStartTransaction",  {"connectorId": 1},                    MISSING_16),
    ("RemoteStartTransaction",  {"connectorId": "1", "idTag": "A"},    BAD_TYPE),
    ("RemoteStartTransaction",  {"connectorId": 1, "idTag": "A" * 21}, BAD_VALUE),
    ("RemoteStopTransaction",   {"transactionId": "1"},                BAD_TYPE),
    ("Reset",                   {"type": "Warm"},                      BAD_VALUE),
    ("Reset",                   {},                                    MISSING_16),
    ("TriggerMessage",          {"requestedMessage": "Everything"},    BAD_VALUE),
    ("UnlockConnector",         {"connectorId": 1.5},                  BAD_TYPE),
    ("UnlockConnector",         {"connectorId": 1, "force": True},     SURPLUS_16),
)
GOOD_201: Rows = (
    ("ChangeAvailability",      {"operationalStatus": "Operative"},                 "Accepted"),
    ("ChangeAvailability",      {"operationalStatus": "Inoperative",
                                 "evse": {"id": 1, "connectorId": 1}},              "Accepted"),
    ("ChangeAvailability",      {"operationalStatus": "Operative",
                                 "evse": {"id": 1, "connectorId": 1}},              "Accepted"),
    ("ChangeAvailability",      {"operationalStatus": "Operative",
                                 "evse": {"id": 9}},                                "Rejected"),
    ("ClearCache",              {},                                                 "Accepted"),
    ("DataTransfer",            {"vendorId": "com.example",
                                 "data": {"nested": [1, None]}},                    NO_VENDOR),
    ("GetBaseReport",           {"requestId": 1, "reportBase": "SummaryInventory"}, "Accepted"),
    ("GetLocalListVersion",     {},                                                 ""),
    ("GetTransactionStatus",    {},                                                 ""),
    ("GetTransactionStatus",    {"transactionId": "no-such"},                       ""),
    ("GetVariables",            {"getVariableData": [AGAIN, NOWHERE, FIXED]},       ""),
    ("RequestStartTransaction", START | {"evseId": 9},                              "Rejected"),
    ("RequestStartTransaction", limited_201(16.15),                                 "Rejected"),
    ("RequestStopTransaction",  {"transactionId": "no-such"},                       "Rejected"),
    ("Reset",                   {"type": "Immediate", "evseId": 1},                 "Rejected"),
    ("Reset",                   {"type": "OnIdle", "evseId": 9},                    "Rejected"),
    ("SetVariables",            {"setVariableData": [AGAIN | {"attributeValue": "600"},
                                                     AGAIN | {"attributeValue": "soon"},
                                                     NOWHERE | {"attributeValue": "1"},
                                                     FIXED | {"attributeValue": "X"}]}, ""),
    ("TriggerMessage",          {"requestedMessage": "Heartbeat"},                  "Accepted"),
    ("TriggerMessage",          {"requestedMessage": "StatusNotification",
                                 "evse": {"id": 9}},                                "Rejected"),
    ("UnlockConnector",         {"evseId": 1, "connectorId": 1},                    "Unlocked"),
    ("UnlockConnector",         {"evseId": 9, "connectorId": 1},                    NO_CONNECTOR),
)
BAD_201: Rows = (
    ("ChangeAvailability",      {"evse": {"id": 1}},                  MISSING_201),
    ("ChangeAvailability",      {"operationalStatus": "Asleep"},      BAD_VALUE),
    ("ClearCache",              {"now": True},                        SURPLUS_201),
    ("DataTransfer",            {"messageId": "x"},                   MISSING_201),
    ("GetBaseReport",           {"requestId": "1", "reportBase": "FullInventory"},
                                                                      BAD_TYPE),
    ("GetBaseReport",           {"requestId": 1, "reportBase": "All"}, BAD_VALUE),
    ("GetLocalListVersion",     {"of": "all"},                        SURPLUS_201),
    ("GetTransactionStatus",    {"transactionId": "t" * 37},          BAD_VALUE),
    ("GetVariables",            {"getVariableData": []},              MISSING_201),
    ("GetVariables",            {"getVariableData": [{"variable": {"name": "x"}}]},
                                                                      MISSING_201),
    ("RequestStartTransaction", {"remoteStartId": 1},                 MISSING_201),
    ("RequestStartTransaction", START | {"idToken": {"idToken": "x", "type": "Card"}},
                                                                      BAD_VALUE),
    ("RequestStopTransaction",  {"transactionId": 1},                 BAD_TYPE),
    ("Reset",                   {"type": "Soft"},                     BAD_VALUE),
    ("Reset",                   {"type": "Immediate", "evseId": 1.5}, BAD_TYPE),
    ("SetVariables",            {"setVariableData": [AGAIN]},         MISSING_201),
    ("SetVariables",            {"setVariableData": [AGAIN | {"attributeValue": 600}]},
                                                                      BAD_TYPE),
    ("TriggerMessage",          {"requestedMessage": "Everything"},   BAD_VALUE),
    ("UnlockConnector",         {"evseId": 1},                        MISSING_201),
)
# fmt: on

LIMITED: dict[str, tuple[Callable[[float], dict[str, Any]], str]] = {
    "1.6": (limited_16, "RemoteStartTransaction"),
    "2.0.1": (limited_201, "RequestStartTransaction"),
}
GOOD = {"1.6": GOOD_16, "2.0.1": GOOD_201}
BAD = {"1.6": BAD_16, "2.0.1": BAD_201}
SERVED = {
    "1.6": frozenset(
        (
            "ChangeAvailability",
            "ChangeConfiguration",
            "ClearCache",
            "ClearChargingProfile",
            "DataTransfer",
            "GetCompositeSchedule",
            "GetConfiguration",
            "RemoteStartTransaction",
            "RemoteStopTransaction",
            "Reset",
            "SetChargingProfile",
            "TriggerMessage",
            "UnlockConnector",
        )
    ),
    "2.0.1": frozenset(
        (
            "ChangeAvailability",
            "ClearCache",
            "DataTransfer",
            "GetBaseReport",
            "GetLocalListVersion",
            "GetTransactionStatus",
            "GetVariables",
            "RequestStartTransaction",
            "RequestStopTransaction",
            "Reset",
            "SetVariables",
            "TriggerMessage",
            "UnlockConnector",
        )
    ),
}
KNOWN_NOT_SERVED: dict[str, tuple[str, dict[str, Any]]] = {
    "1.6": ("Heartbeat", {}),  # of the standard, but the other way
    "2.0.1": ("Heartbeat", {}),
}
