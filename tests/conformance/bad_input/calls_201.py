"""Every request that OCPP 2.0.1 lets a central system make of this station, with every field.

``customData`` alone is left out: it is free.
"""

from typing import Any

NOON, ONE = "2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z"
PEM = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"
URL = "https://example.org/file"
HASHES = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a" * 64,
    "issuerKeyHash": "b" * 64,
    "serialNumber": "1f",
}
MORE = [{"additionalIdToken": "x", "type": "y"}]
TOKEN = {"idToken": "04A224B1", "type": "ISO14443", "additionalInfo": MORE}
GROUP = {"idToken": "FLEET", "type": "Central", "additionalInfo": MORE}
PLACE = {"id": 1, "connectorId": 1}
COMPONENT = {"name": "EVSE", "instance": "", "evse": PLACE}
VARIABLE = {"name": "Power", "instance": ""}
ITEM = {"component": COMPONENT, "variable": VARIABLE}
WORDS = {"format": "UTF8", "language": "en", "content": "hello"}
INFO = {
    "status": "Accepted",
    "cacheExpiryDateTime": NOON,
    "chargingPriority": 1,
    "language1": "en",
    "language2": "nl",
    "evseId": [1],
    "groupIdToken": GROUP,
    "personalMessage": WORDS,
}
LISTED = {"idToken": TOKEN, "idTokenInfo": INFO}
TARIFF = {
    "id": 1,
    "salesTariffDescription": "a",
    "numEPriceLevels": 1,
    "salesTariffEntry": [
        {
            "relativeTimeInterval": {"start": 0, "duration": 60},
            "ePriceLevel": 1,
            "consumptionCost": [
                {
                    "startValue": 1.0,
                    "cost": [
                        {"costKind": "CarbonDioxideEmission", "amount": 1, "amountMultiplier": 1}
                    ],
                }
            ],
        }
    ],
}
PERIOD = {"startPeriod": 0, "limit": 16.0, "numberPhases": 1, "phaseToUse": 1}
SCHEDULE = {
    "id": 1,
    "startSchedule": NOON,
    "duration": 3600,
    "chargingRateUnit": "A",
    "minChargingRate": 6.0,
    "chargingSchedulePeriod": [PERIOD],
    "salesTariff": TARIFF,
}
PROFILE = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "validFrom": NOON,
    "validTo": ONE,
    "transactionId": "a",
    "chargingSchedule": [SCHEDULE],
}
FIRMWARE = {
    "location": URL,
    "retrieveDateTime": NOON,
    "installDateTime": ONE,
    "signingCertificate": PEM,
    "signature": "c",
}
MESSAGE = {
    "id": 1,
    "priority": "InFront",
    "state": "Idle",
    "startDateTime": NOON,
    "endDateTime": ONE,
    "transactionId": "a",
    "display": COMPONENT,
    "message": WORDS,
}
APN = {
    "apn": "a",
    "apnUserName": "b",
    "apnPassword": "c",
    "simPin": 1234,
    "preferredNetwork": "d",
    "useOnlyPreferredNetwork": False,
    "apnAuthentication": "NONE",
}
VPN = {"server": "a", "user": "b", "group": "c", "password": "d", "key": "e", "type": "IKEv2"}
NETWORK = {
    "ocppVersion": "OCPP20",
    "ocppTransport": "JSON",
    "ocppCsmsUrl": "wss://example.org",
    "messageTimeout": 30,
    "securityProfile": 2,
    "ocppInterface": "Wired0",
    "apn": APN,
    "vpn": VPN,
}
CRITERIA = {"evseId": 1, "chargingProfilePurpose": "TxProfile", "stackLevel": 0}
LOG = {"remoteLocation": URL, "oldestTimestamp": NOON, "latestTimestamp": ONE}
MONITOR = ITEM | {"id": 1, "transaction": False, "value": 1.0, "type": "Delta", "severity": 5}

# fmt: off
CALLS: dict[str, dict[str, Any]] = {
    "CancelReservation":          {"reservationId": 1},
    "CertificateSigned":          {"certificateChain": PEM,
                                   "certificateType": "ChargingStationCertificate"},
    "ChangeAvailability":         {"evse": PLACE, "operationalStatus": "Operative"},
    "ClearCache":                 {},
    "ClearChargingProfile":       {"chargingProfileId": 1, "chargingProfileCriteria": CRITERIA},
    "ClearDisplayMessage":        {"id": 1},
    "ClearVariableMonitoring":    {"id": [1]},
    "CostUpdated":                {"totalCost": 1.5, "transactionId": "a"},
    "CustomerInformation":        {"requestId": 1, "report": True, "clear": False,
                                   "idToken": TOKEN, "customerCertificate": HASHES,
                                   "customerIdentifier": "a"},
    "DataTransfer":               {"vendorId": "com.example", "messageId": "a", "data": "b"},
    "DeleteCertificate":          {"certificateHashData": HASHES},
    "GetBaseReport":              {"requestId": 1, "reportBase": "FullInventory"},
    "GetChargingProfiles":        {"requestId": 1, "evseId": 1, "chargingProfile": {
                                   "chargingProfilePurpose": "TxProfile", "stackLevel": 0,
                                   "chargingProfileId": [1], "chargingLimitSource": ["CSO"]}},
    "GetCompositeSchedule":       {"evseId": 1, "duration": 60, "chargingRateUnit": "A"},
    "GetDisplayMessages":         {"requestId": 1, "id": [1], "priority": "InFront",
                                   "state": "Idle"},
    "GetInstalledCertificateIds": {"certificateType": ["CSMSRootCertificate"]},
    "GetLocalListVersion":        {},
    "GetLog":                     {"logType": "SecurityLog", "requestId": 1, "retries": 1,
                                   "retryInterval": 1, "log": LOG},
    "GetMonitoringReport":        {"requestId": 1, "componentVariable": [ITEM],
                                   "monitoringCriteria": ["DeltaMonitoring"]},
    "GetReport":                  {"requestId": 1, "componentVariable": [ITEM],
                                   "componentCriteria": ["Available"]},
    "GetTransactionStatus":       {"transactionId": "a"},
    "GetVariables":               {"getVariableData": [ITEM | {"attributeType": "Actual"}]},
    "InstallCertificate":         {"certificateType": "CSMSRootCertificate", "certificate": PEM},
    "RequestStartTransaction":    {"remoteStartId": 1, "evseId": 1, "idToken": TOKEN,
                                   "groupIdToken": GROUP, "chargingProfile": PROFILE},
    "RequestStopTransaction":     {"transactionId": "a"},
    "ReserveNow":                 {"id": 1, "expiryDateTime": NOON, "connectorType": "sType2",
                                   "evseId": 1, "idToken": TOKEN, "groupIdToken": GROUP},
    "Reset":                      {"type": "OnIdle", "evseId": 1},
    "SendLocalList":              {"versionNumber": 1, "updateType": "Full",
                                   "localAuthorizationList": [LISTED]},
    "SetChargingProfile":         {"evseId": 1, "chargingProfile": PROFILE},
    "SetDisplayMessage":          {"message": MESSAGE},
    "SetMonitoringBase":          {"monitoringBase": "All"},
    "SetMonitoringLevel":         {"severity": 5},
    "SetNetworkProfile":          {"configurationSlot": 2, "connectionData": NETWORK},
    "SetVariableMonitoring":      {"setMonitoringData": [MONITOR]},
    "SetVariables":               {"setVariableData": [ITEM | {"attributeType": "Actual",
                                                               "attributeValue": "1"}]},
    "TriggerMessage":             {"requestedMessage": "Heartbeat", "evse": PLACE},
    "UnlockConnector":            {"evseId": 1, "connectorId": 1},
    "UpdateFirmware":             {"requestId": 1, "retries": 1, "retryInterval": 1,
                                   "firmware": FIRMWARE},
}
# fmt: on
