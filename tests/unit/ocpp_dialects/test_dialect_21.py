"""What OCPP 2.1 says and answers otherwise than 2.0.1."""

from typing import Any

import pytest

from ampkeeper.firmware.charging_profile import LIMIT_MAX
from ampkeeper.firmware.facts import IdToken, Trigger
from ampkeeper.firmware.ocpp.dialect import Answer, TxContext
from ampkeeper.firmware.ocpp.schedule_update import limit_of
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.v21.dialect import Dialect21
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from tests.unit.ocpp_dialects.conftest import Asked, asker, is_valid

PERIOD = {"startPeriod": 0, "limit": 16.0}
SCHEDULE = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [PERIOD]}
PROFILE = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [SCHEDULE],
}
CARD = {"idToken": "04A224B1", "type": "ISO14443"}
START = {"evseId": 1, "remoteStartId": 7, "idToken": CARD}
NETWORK = {
    "ocppTransport": "JSON",
    "ocppCsmsUrl": "wss://other.example/ocpp",
    "messageTimeout": 30,
    "securityProfile": 2,
    "ocppInterface": "Any",
}
LOG = {
    "logType": "DataCollectorLog",
    "requestId": 1,
    "log": {"remoteLocation": "https://files.example/"},
}
MONITOR = {
    "value": 5.0,
    "type": "Delta",
    "severity": 5,
    "component": {"name": "EVSE", "evse": {"id": 1}},
    "variable": {"name": "Power"},
}


@pytest.fixture
def newest(station: Any) -> Dialect21:
    return Dialect21(station)


@pytest.fixture
def ask(newest: Dialect21) -> Asked:
    return asker(newest)


def profile(**changes: Any) -> dict[str, Any]:
    return {"evseId": 1, "chargingProfile": PROFILE | changes}


def schedule(**changes: Any) -> dict[str, Any]:
    return profile(chargingSchedule=[SCHEDULE | changes])


def period(**changes: Any) -> dict[str, Any]:
    return schedule(chargingSchedulePeriod=[PERIOD | changes])


def test_whatever_2_0_1_answers_is_answered_alike(station: Any, ask: Asked) -> None:
    """It is the same code: a few of each area, so that none of it is left out."""
    ask_new = asker(Dialect201(station))
    for action, payload in (
        ("ClearCache", {}),
        ("GetLocalListVersion", {}),
        ("GetTransactionStatus", {}),
        ("GetBaseReport", {"requestId": 1, "reportBase": "SummaryInventory"}),
        ("GetInstalledCertificateIds", {}),
        ("GetDisplayMessages", {"requestId": 1}),
        ("CancelReservation", {"reservationId": 1}),
        ("GetCompositeSchedule", {"evseId": 1, "duration": 60}),
        ("GetChargingProfiles", {"requestId": 1, "chargingProfile": {}}),
        ("UnlockConnector", {"evseId": 9, "connectorId": 1}),
        ("Reset", {"type": "OnIdle"}),
        ("SetMonitoringLevel", {"severity": 5}),
    ):
        assert ask(action, payload).payload == ask_new(action, payload).payload, action


def test_a_token_is_longer_and_of_more_kinds(newest: Dialect21) -> None:
    for token in (IdToken("x" * 200, "KeyCode"), IdToken("1HGCM82633A004352", "VIN")):
        call = newest.authorize(token)
        assert is_valid("ocpp2.1", call)
        assert call.payload["idToken"] == {"idToken": token.value, "type": token.kind}
    assert newest.authorize(IdToken("x", "Unheard")).payload["idToken"]["type"] == "Local"


def test_a_long_token_is_told_whole_in_a_transaction(
    fake: Any, station: Any, newest: Dialect21
) -> None:
    fact = fake.started(token=IdToken("x" * 200, "KeyCode"))
    call = newest.fact(fact, TxContext(None, is_offline=False))
    assert call is not None
    assert is_valid("ocpp2.1", call)
    assert call.payload["idToken"]["idToken"] == "x" * 200


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (profile(chargingProfilePurpose="LocalGeneration"), "UnsupportedPurpose"),
        (profile(dynUpdateInterval=60), "InvalidProfile"),
        (profile(dynUpdateTime="2030-01-01T00:00:00Z"), "InvalidProfile"),
        (profile(maxOfflineDuration=60), "InvalidProfile"),
        (profile(priceScheduleSignature="x"), "InvalidProfile"),
        (schedule(useLocalTime=True), "InvalidSchedule"),
        (schedule(randomizedDelay=10), "InvalidSchedule"),
        (schedule(limitAtSoC={"soc": 80, "limit": 6}), "InvalidSchedule"),
        (period(evseSleep=True), "InvalidSchedule"),
        (period(preconditioningRequest=True), "InvalidSchedule"),
        (period(limit_L2=10.0), "InvalidSchedule"),
        (period(dischargeLimit=-10.0), "InvalidSchedule"),
        (period(setpoint=10.0), "InvalidSchedule"),
        (period(operationMode="CentralSetpoint"), "InvalidSchedule"),
        (period(operationMode="Idle"), "InvalidSchedule"),
        (period(numberPhases=0), "InvalidSchedule"),
        (schedule(chargingSchedulePeriod=[{"startPeriod": 0}]), "InvalidSchedule"),
    ],
)
def test_what_a_profile_must_not_ask_of_this_station_is_refused(
    ask: Asked, asked: dict[str, Any], reason: str
) -> None:
    """K01.FR.120 to FR.126."""
    answer = ask("SetChargingProfile", asked).payload
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", reason)
    started = START | {"chargingProfile": asked["chargingProfile"]}
    assert ask("RequestStartTransaction", started).payload["status"] == "Rejected"


@pytest.mark.parametrize(
    "asked",
    [
        profile(),
        profile(maxOfflineDuration=0),
        schedule(useLocalTime=False, randomizedDelay=0),
        period(operationMode="ChargingOnly", evseSleep=False),
    ],
)
def test_a_profile_that_only_spells_out_what_holds_anyway_is_taken(
    ask: Asked, asked: dict[str, Any]
) -> None:
    assert ask("SetChargingProfile", asked).payload == {"status": "Accepted"}


@pytest.mark.parametrize(
    ("action", "asked", "status"),
    [
        (
            "ClearChargingProfile",
            {"chargingProfileCriteria": {"chargingProfilePurpose": "LocalGeneration"}},
            "Unknown",
        ),
        (
            "GetChargingProfiles",
            {"requestId": 1, "chargingProfile": {"chargingProfilePurpose": "LocalGeneration"}},
            "NoProfiles",
        ),
        ("GetLog", LOG, "Rejected"),
        (
            "InstallCertificate",
            {"certificateType": "OEMRootCertificate", "certificate": "x"},
            "Rejected",
        ),
        (
            "CertificateSigned",
            {"certificateType": "V2G20Certificate", "certificateChain": "x"},
            "Rejected",
        ),
        ("GetInstalledCertificateIds", {"certificateType": ["OEMRootCertificate"]}, "NotFound"),
        (
            "SetDisplayMessage",
            {
                "message": {
                    "id": 1,
                    "priority": "AlwaysFront",
                    "state": "Discharging",
                    "message": {"format": "UTF8", "content": "x"},
                }
            },
            "NotSupportedState",
        ),
        (
            "SetDisplayMessage",
            {
                "message": {
                    "id": 1,
                    "priority": "AlwaysFront",
                    "message": {"format": "QRCODE", "content": "x"},
                }
            },
            "NotSupportedMessageFormat",
        ),
        ("TriggerMessage", {"requestedMessage": "CustomTrigger"}, "NotImplemented"),
        ("TriggerMessage", {"requestedMessage": "SignV2G20Certificate"}, "NotImplemented"),
        (
            "ReserveNow",
            {
                "id": 1,
                "expiryDateTime": "2030-01-01T00:00:00Z",
                "idToken": CARD,
                "connectorType": "cUnheardOf",
            },
            "Rejected",
        ),
    ],
)
def test_a_new_word_in_an_old_message_is_refused_with_the_word_for_it(
    ask: Asked, action: str, asked: dict[str, Any], status: str
) -> None:
    assert ask(action, asked).payload["status"] == status


def test_a_reset_may_go_on_afterwards(station: Any, ask: Asked) -> None:
    """B13; of an EVSE alone it is refused, as every reset is."""
    assert ask("Reset", {"type": "ImmediateAndResume"}).payload == {"status": "Accepted"}
    assert station.asked[-1] == ("reset", "resume", None)
    station.resets = "rejected"
    answer = ask("Reset", {"type": "ImmediateAndResume", "evseId": 1}).payload
    assert answer["statusInfo"]["reasonCode"] == "UnsupportedParam"


def test_what_goes_on_has_a_word_of_its_own(fake: Any, newest: Dialect21) -> None:
    """E17.FR.14; 2.0.1 has none."""
    fact = fake.updated(trigger=Trigger.TX_RESUMED)
    call = newest.fact(fact, TxContext(None, is_offline=False))
    assert call is not None
    assert is_valid("ocpp2.1", call)
    assert call.payload["triggerReason"] == "TxResumed"
    old = Dialect201(newest._station).fact(fact, TxContext(None, is_offline=False))
    assert old is not None
    assert old.payload["triggerReason"] == "ChargingStateChanged"


def test_a_payment_by_web_is_heard_and_has_no_answer(station: Any, ask: Asked) -> None:
    """C25.FR.27."""
    assert ask("NotifyWebPaymentStarted", {"evseId": 1, "timeout": 90}).payload == {}
    assert ask("NotifyWebPaymentStarted", {"evseId": 9, "timeout": 90}).payload == {}
    assert station.display.paying == [(1, 90)]


def test_no_target_is_watched(ask: Asked) -> None:
    for kind in ("TargetDelta", "TargetDeltaRelative"):
        asked = {"setMonitoringData": [MONITOR | {"type": kind}]}
        (result,) = ask("SetVariableMonitoring", asked).payload["setMonitoringResult"]
        assert result["status"] == "UnsupportedMonitorType"
        assert "id" not in result


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_a_number_that_no_float_holds_is_out_of_every_range(value: int, ask: Asked) -> None:
    asked = {"setMonitoringData": [MONITOR | {"value": value}]}
    (result,) = ask("SetVariableMonitoring", asked).payload["setMonitoringResult"]
    assert result["status"] == "Rejected"
    assert result["statusInfo"]["reasonCode"] == "ValueOutOfRange"
    limit = limit_of({"limit": value})
    assert limit is not None
    assert abs(limit) == LIMIT_MAX


def test_a_monitor_is_reported_with_its_origin(ask: Asked) -> None:
    """N02.FR.22."""
    ask("SetVariableMonitoring", {"setMonitoringData": [MONITOR]})
    answer = ask("GetMonitoringReport", {"requestId": 1})
    (call,) = answer.follow[0].calls
    assert is_valid("ocpp2.1", call)
    told = call.payload["monitor"][0]["variableMonitoring"][0]
    assert told["eventNotificationType"] == "CustomMonitor"


def test_a_network_is_negotiated_whatever_version_it_says(station: Any, ask: Asked) -> None:
    for data in (NETWORK, NETWORK | {"ocppVersion": "OCPP16"}):
        answer = ask("SetNetworkProfile", {"configurationSlot": 2, "connectionData": data})
        assert answer.payload == {"status": "Accepted"}
        assert station.networks.asked[-1][-1].versions == ("2.1", "2.0.1", "1.6")


def test_a_network_may_have_credentials_of_its_own(station: Any, ask: Asked) -> None:
    data = NETWORK | {"identity": "AK0002", "basicAuthPassword": "sesame-open-yourself"}
    answer = ask("SetNetworkProfile", {"configurationSlot": 2, "connectionData": data})
    assert answer.payload == {"status": "Accepted"}
    (_, profile) = station.networks.asked[-1]
    assert (profile.id, profile.password) == ("AK0002", "sesame-open-yourself")


def test_every_request_of_2_1_is_answered_or_refused_by_name(newest: Dialect21) -> None:
    for action in ("SetDERControl", "BatterySwap", "AFRRSignal", "NotifyAllowedEnergyTransfer"):
        assert schemas_for("ocpp2.1").has(action)
        answer = newest.handle(action, {})
        assert isinstance(answer, Answer)
        assert answer.error == "NotSupported"
    answer = newest.handle("NoSuchThing", {})
    assert isinstance(answer, Answer)
    assert answer.error == "NotImplemented"
