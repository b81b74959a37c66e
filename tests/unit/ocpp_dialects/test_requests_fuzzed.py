"""Whatever the schemas allow to be asked gets an answer that the schemas allow; nothing raises."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.ocpp.dialect import Answer, Later
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201

numbers = st.sampled_from((1, 2, 0, -1, 99, 2**31, 10**30, 1.0))


def text(longest: int, *known: str) -> st.SearchStrategy[str]:
    return st.sampled_from(("", *known)) | st.text(max_size=longest)


def of(optional: dict[str, Any] | None = None, **required: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=optional)


def some(part: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(part, min_size=1, max_size=4)


anything = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(max_size=3))
tag = of(idToken=text(36, "04A224B1"), type=st.sampled_from(("ISO14443", "NoAuthorization")))
evse = of({"connectorId": numbers}, id=numbers)
instance = text(50, "Default", "GetVariables")
component = of(
    {"instance": instance, "evse": evse},
    name=text(50, "EVSE", "Connector", "AuthCtrlr", "OCPPCommCtrlr", "OCPP16", "SecurityCtrlr"),
)
variable = of(
    {"instance": instance},
    name=text(50, "Power", "AvailabilityState", "MessageTimeout", "HeartbeatInterval", "Enabled"),
)
kind = st.sampled_from(("Actual", "Target", "MinSet", "MaxSet"))
value = text(300, "true", "10", "Voltage,RPM", "9" * 400)
key = text(50, "HeartbeatInterval", "AuthorizationKey", "StopTxnSampledData", "NumberOfConnectors")
old_trigger = "BootNotification Heartbeat MeterValues StatusNotification FirmwareStatusNotification"
new_trigger = (
    "BootNotification Heartbeat MeterValues StatusNotification TransactionEvent"
    " LogStatusNotification FirmwareStatusNotification SignChargingStationCertificate"
)
TX_ID = "6b1b6a4e-0000-4000-8000-000000000001"
operative = st.sampled_from(("Operative", "Inoperative"))
bases = st.sampled_from(("ConfigurationInventory", "FullInventory", "SummaryInventory"))
transfer = {"messageId": text(50)}
get_item = of({"attributeType": kind}, component=component, variable=variable)
set_item = of({"attributeType": kind}, component=component, variable=variable, attributeValue=value)

limits = st.sampled_from((0, 6, 16.1, -1, 1e300))
times = text(30, "2026-11-22T12:00:00Z", "2026-11-22T12:00:00+01:00", "soon")
purposes = st.sampled_from(("ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"))
kinds = st.sampled_from(("Absolute", "Recurring", "Relative"))
units = st.sampled_from(("A", "W"))
recurrences = st.sampled_from(("Daily", "Weekly"))
period = of({"numberPhases": numbers}, startPeriod=numbers, limit=limits)
schedule = of(
    {"duration": numbers, "startSchedule": times, "minChargingRate": limits},
    chargingRateUnit=units,
    chargingSchedulePeriod=some(period),
)
old_profile = of(
    {"transactionId": numbers, "recurrencyKind": recurrences, "validFrom": times, "validTo": times},
    chargingProfileId=numbers,
    stackLevel=numbers,
    chargingProfilePurpose=purposes,
    chargingProfileKind=kinds,
    chargingSchedule=schedule,
)
cleared = {"id": numbers, "connectorId": numbers, "stackLevel": numbers}

# fmt: off
OLD = {
    "ChangeAvailability":       of(connectorId=numbers, type=operative),
    "ChangeConfiguration":      of(key=key, value=value),
    "ClearCache":               of(),
    "ClearChargingProfile":     of(cleared | {"chargingProfilePurpose": purposes}),
    "DataTransfer":             of(transfer | {"data": st.text()}, vendorId=text(255)),
    "GetConfiguration":         of({"key": st.lists(key, max_size=120)}),
    "GetCompositeSchedule":     of({"chargingRateUnit": units},
                                   connectorId=numbers, duration=numbers),
    "GetLocalListVersion":      of(),
    "RemoteStartTransaction":   of({"connectorId": numbers, "chargingProfile": old_profile},
                                   idTag=text(20, "04A224B1")),
    "RemoteStopTransaction":    of(transactionId=numbers),
    "Reset":                    of(type=st.sampled_from(("Hard", "Soft"))),
    "SetChargingProfile":       of(connectorId=numbers, csChargingProfiles=old_profile),
    "TriggerMessage":           of({"connectorId": numbers},
                                   requestedMessage=st.sampled_from(old_trigger.split())),
    "UnlockConnector":          of(connectorId=numbers),
}
# fmt: on

new_purposes = st.sampled_from(
    (
        "ChargingStationExternalConstraints",
        "ChargingStationMaxProfile",
        "TxDefaultProfile",
        "TxProfile",
    )
)
new_period = of({"numberPhases": numbers, "phaseToUse": numbers}, startPeriod=numbers, limit=limits)
new_schedule = of(
    {"duration": numbers, "startSchedule": times, "minChargingRate": limits},
    id=numbers,
    chargingRateUnit=units,
    chargingSchedulePeriod=some(new_period),
)
new_profile = of(
    {
        "transactionId": text(36, TX_ID),
        "recurrencyKind": recurrences,
        "validFrom": times,
        "validTo": times,
    },
    id=numbers,
    stackLevel=numbers,
    chargingProfilePurpose=new_purposes,
    chargingProfileKind=kinds,
    chargingSchedule=st.lists(new_schedule, min_size=1, max_size=3),
)
criteria = of({"evseId": numbers, "chargingProfilePurpose": new_purposes, "stackLevel": numbers})
wanted = of(
    {
        "chargingProfilePurpose": new_purposes,
        "stackLevel": numbers,
        "chargingProfileId": some(numbers),
        "chargingLimitSource": some(st.sampled_from(("CSO", "EMS"))),
    }
)
token_info = of(
    {"cacheExpiryDateTime": times, "groupIdToken": tag, "evseId": some(numbers)},
    status=st.sampled_from(("Accepted", "Blocked")),
)
root_kinds = st.sampled_from(("CSMSRootCertificate", "MORootCertificate", "V2GRootCertificate"))
hash_data = of(
    hashAlgorithm=st.sampled_from(("SHA256", "SHA512")),
    issuerNameHash=text(128),
    issuerKeyHash=text(128),
    serialNumber=text(40),
)
firmware = of(
    {"installDateTime": times, "signingCertificate": text(99), "signature": text(99)},
    location=text(512, "https://example.com/image"),
    retrieveDateTime=times,
)
message = of(
    {
        "state": st.sampled_from(("Charging", "Idle")),
        "startDateTime": times,
        "endDateTime": times,
        "transactionId": text(36),
    },
    id=numbers,
    priority=st.sampled_from(("AlwaysFront", "NormalCycle")),
    message=of(
        {"language": text(8)},
        format=st.sampled_from(("UTF8", "HTML")),
        content=text(512),
    ),
)
network = of(
    ocppVersion=st.sampled_from(("OCPP12", "OCPP20")),
    ocppTransport=st.sampled_from(("JSON", "SOAP")),
    ocppCsmsUrl=text(512, "wss://example.com"),
    messageTimeout=numbers,
    securityProfile=numbers,
    ocppInterface=st.just("Wired0"),
)

# fmt: off
NEW = {
    "ChangeAvailability":       of({"evse": evse}, operationalStatus=operative),
    "CancelReservation":        of(reservationId=numbers),
    "CertificateSigned":        of({"certificateType": st.sampled_from((
                                    "ChargingStationCertificate", "V2GCertificate"))},
                                   certificateChain=text(9_999)),
    "ClearCache":               of(),
    "ClearChargingProfile":     of({"chargingProfileId": numbers,
                                    "chargingProfileCriteria": criteria}),
    "ClearDisplayMessage":      of(id=numbers),
    "CostUpdated":              of(totalCost=limits, transactionId=text(36)),
    "CustomerInformation":      of({"idToken": tag, "customerIdentifier": text(64)},
                                   requestId=numbers, report=st.booleans(), clear=st.booleans()),
    "DataTransfer":             of(transfer | {"data": anything}, vendorId=text(255)),
    "DeleteCertificate":        of(certificateHashData=hash_data),
    "GetChargingProfiles":      of({"evseId": numbers}, requestId=numbers, chargingProfile=wanted),
    "GetCompositeSchedule":     of({"chargingRateUnit": units}, evseId=numbers, duration=numbers),
    "GetDisplayMessages":       of({"id": some(numbers)}, requestId=numbers),
    "GetInstalledCertificateIds": of({"certificateType": some(root_kinds)}),
    "GetLog":                   of({"retries": numbers, "retryInterval": numbers},
                                   logType=st.sampled_from(("DiagnosticsLog", "SecurityLog")),
                                   requestId=numbers,
                                   log=of({"oldestTimestamp": times, "latestTimestamp": times},
                                          remoteLocation=text(512))),
    "InstallCertificate":       of(certificateType=root_kinds, certificate=text(5_500)),
    "ReserveNow":               of({"evseId": numbers, "groupIdToken": tag,
                                    "connectorType": st.sampled_from(("sType2", "cCCS2"))},
                                   id=numbers, expiryDateTime=times, idToken=tag),
    "SendLocalList":            of({"localAuthorizationList": some(of({"idTokenInfo": token_info},
                                                                     idToken=tag))},
                                   versionNumber=numbers,
                                   updateType=st.sampled_from(("Full", "Differential"))),
    "SetChargingProfile":       of(evseId=numbers, chargingProfile=new_profile),
    "SetDisplayMessage":        of(message=message),
    "SetNetworkProfile":        of(configurationSlot=numbers, connectionData=network),
    "UpdateFirmware":           of({"retries": numbers}, requestId=numbers, firmware=firmware),
    "GetBaseReport":            of(requestId=numbers, reportBase=bases),
    "GetLocalListVersion":      of(),
    "GetTransactionStatus":     of({"transactionId": text(36)}),
    "GetVariables":             of(getVariableData=some(get_item)),
    "RequestStartTransaction":  of({"evseId": numbers, "groupIdToken": tag,
                                    "chargingProfile": new_profile},
                                   idToken=tag, remoteStartId=numbers),
    "RequestStopTransaction":   of(transactionId=text(36)),
    "Reset":                    of({"evseId": numbers},
                                   type=st.sampled_from(("Immediate", "OnIdle"))),
    "SetVariables":             of(setVariableData=some(set_item)),
    "TriggerMessage":           of({"evse": evse},
                                   requestedMessage=st.sampled_from(new_trigger.split())),
    "UnlockConnector":          of(evseId=numbers, connectorId=numbers),
}
# fmt: on
ASKED = [(Dialect16, action) for action in OLD] + [(Dialect201, action) for action in NEW]
ERRORS = (None, "OccurenceConstraintViolation")  # only 1.6's GetConfiguration is asked too much


@pytest.mark.parametrize(
    ("dialect_of", "action"), ASKED, ids=[f"{of.subprotocol}-{name}" for of, name in ASKED]
)
@settings(max_examples=60)
@given(data=st.data())
def test_every_allowed_request_gets_an_allowed_answer(fake, dialect_of, action, data):
    payload = data.draw((OLD if dialect_of is Dialect16 else NEW)[action])
    station = fake.FakeStation()
    station.measure(1)
    station.begin(2)
    dialect = dialect_of(station)
    schemas = schemas_for(dialect.subprotocol)
    if schemas.check_request(action, payload) is not None:
        return  # 1.0 is no integer in the drafts of 1.6
    answer = dialect.handle(action, payload)
    if isinstance(answer, Later):
        answers: list[Answer] = []
        answer.on_answer = answers.append
        station.lock_moved("unlocked")
        (answer,) = answers
    assert answer.error in ERRORS
    if answer.error is None:
        assert schemas.check_response(action, answer.payload) is None, answer
    for follow in answer.follow:
        for call in follow.calls:
            assert schemas.check_request(call.action, call.payload) is None
