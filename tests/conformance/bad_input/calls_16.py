"""Every request that OCPP 1.6 lets a central system make, with every field that it may have."""

from typing import Any

NOON = "2026-11-22T12:00:00Z"
PEM = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"
HASHES = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a" * 64,
    "issuerKeyHash": "b" * 64,
    "serialNumber": "1f",
}
PROFILE: dict[str, Any] = {
    "chargingProfileId": 1,
    "transactionId": 7,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "validFrom": NOON,
    "validTo": "2027-11-22T12:00:00Z",
    "chargingSchedule": {
        "duration": 3600,
        "startSchedule": NOON,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0, "numberPhases": 3}],
        "minChargingRate": 6.0,
    },
}
OWN_PROFILE = {name: value for name, value in PROFILE.items() if name != "transactionId"}
LISTED = {
    "idTag": "04A224B1",
    "idTagInfo": {"status": "Accepted", "expiryDate": NOON, "parentIdTag": "FAMILY"},
}
URL = "https://example.org/file"

# fmt: off
CALLS: dict[str, dict[str, Any]] = {
    "CancelReservation":          {"reservationId": 1},
    "CertificateSigned":          {"certificateChain": PEM},
    "ChangeAvailability":         {"connectorId": 1, "type": "Operative"},
    "ChangeConfiguration":        {"key": "HeartbeatInterval", "value": "600"},
    "ClearCache":                 {},
    "ClearChargingProfile":       {"id": 1, "connectorId": 1, "stackLevel": 0,
                                   "chargingProfilePurpose": "TxProfile"},
    "DataTransfer":               {"vendorId": "com.example", "messageId": "a", "data": "b"},
    "DeleteCertificate":          {"certificateHashData": HASHES},
    "ExtendedTriggerMessage":     {"requestedMessage": "Heartbeat", "connectorId": 1},
    "GetCompositeSchedule":       {"connectorId": 1, "duration": 60, "chargingRateUnit": "A"},
    "GetConfiguration":           {"key": ["HeartbeatInterval"]},
    "GetDiagnostics":             {"location": URL, "retries": 1, "retryInterval": 1,
                                   "startTime": NOON, "stopTime": NOON},
    "GetInstalledCertificateIds": {"certificateType": "ManufacturerRootCertificate"},
    "GetLocalListVersion":        {},
    "GetLog":                     {"logType": "SecurityLog", "requestId": 1, "retries": 1,
                                   "retryInterval": 1,
                                   "log": {"remoteLocation": URL, "oldestTimestamp": NOON,
                                           "latestTimestamp": NOON}},
    "InstallCertificate":         {"certificateType": "ManufacturerRootCertificate",
                                   "certificate": PEM},
    "RemoteStartTransaction":     {"connectorId": 1, "idTag": "04A224B1",
                                   "chargingProfile": OWN_PROFILE},
    "RemoteStopTransaction":      {"transactionId": 7},
    "ReserveNow":                 {"connectorId": 1, "expiryDate": NOON, "idTag": "04A224B1",
                                   "parentIdTag": "FAMILY", "reservationId": 1},
    "Reset":                      {"type": "Soft"},
    "SendLocalList":              {"listVersion": 1, "updateType": "Full",
                                   "localAuthorizationList": [LISTED]},
    "SetChargingProfile":         {"connectorId": 1, "csChargingProfiles": PROFILE},
    "SignedUpdateFirmware":       {"retries": 1, "retryInterval": 1, "requestId": 1,
                                   "firmware": {"location": URL, "retrieveDateTime": NOON,
                                                "installDateTime": NOON,
                                                "signingCertificate": PEM, "signature": "c"}},
    "TriggerMessage":             {"requestedMessage": "Heartbeat", "connectorId": 1},
    "UnlockConnector":            {"connectorId": 1},
    "UpdateFirmware":             {"location": URL, "retries": 1, "retrieveDate": NOON,
                                   "retryInterval": 1},
}
# fmt: on
