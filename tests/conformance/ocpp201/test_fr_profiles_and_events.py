"""Requirements of blocks K, L, N and O that no case of certification shows."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.ocpp16.bench16 import CARD
from tests.conformance.ocpp201.bench201 import Bench201, Payload, variable
from tests.support.file_servers import WebServer, web_server
from tests.support.images import image_of
from tests.support.rig import CAR

FIRMWARE = "FirmwareStatusNotification"
STATE = "EVSE@1.AvailabilityState"


def profile(made: Bench201, limit: float = 8.0, **more: Any) -> Payload:
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "startSchedule": made.at(0),
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit} | more.pop("period", {})],
    }
    if more.get("chargingProfileKind") == "Relative":
        del schedule["startSchedule"]
    asked = {
        "id": 12,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }
    return asked | more


async def put(made: Bench201, evse_id: int = 1, **more: Any) -> str:
    asked = {"evseId": evse_id, "chargingProfile": profile(made, **more)}
    return await made.status_of("SetChargingProfile", asked)


@pytest.mark.parametrize(
    ("evse_id", "kind", "word"),
    [(0, "Absolute", "Accepted"), (0, "Relative", "Rejected"), (1, "Absolute", "Rejected")],
)
def test_a_limit_of_the_station_is_of_evse_0_and_not_relative(
    bench: Bench201, evse_id: int, kind: str, word: str
) -> None:
    """K01.FR.38, K04.FR.03."""

    async def case(made: Bench201) -> None:
        purpose = {"chargingProfilePurpose": "ChargingStationMaxProfile"}
        assert await put(made, evse_id, **purpose, chargingProfileKind=kind) == word

    bench.play(case)


def test_more_phases_than_there_are_are_taken_for_all(tmp_path: Any) -> None:
    """K01.FR.45."""
    bench = Bench201(tmp_path, evse__1__phases="1")

    async def case(made: Bench201) -> None:
        assert await made.value("EVSE@1.SupplyPhases") == "1"
        assert await put(made, period={"numberPhases": 3}) == "Accepted"
        await made.energy_transfer_started()
        await made.until(lambda: made.seen()["limit_a"] == 8.0)

    bench.play(case)


@pytest.mark.parametrize("has_profile", [True, False])
def test_away_a_transaction_keeps_its_profile_or_charges_freely(
    bench: Bench201, has_profile: bool
) -> None:
    """K06.FR.01, FR.02."""

    async def case(made: Bench201) -> None:
        await made.energy_transfer_started()
        if has_profile:
            own = {"chargingProfilePurpose": "TxProfile", "transactionId": made.told[-1].key}
            assert await put(made, **own) == "Accepted"
        await made.lose(reconnects=False)
        await asyncio.sleep(10)
        assert made.seen()["limit_a"] == (8.0 if has_profile else 20.0)  # its cable
        assert sum(made.car.power_uw) > 0

    bench.play(case)


def test_away_before_the_start_what_is_installed_binds(bench: Bench201) -> None:
    """K07.FR.01."""

    async def case(made: Bench201) -> None:
        await made.configure(AuthCtrlr__OfflineTxForUnknownIdEnabled=True)
        assert await put(made) == "Accepted"
        await made.lose(reconnects=False)
        made.plug(**CAR)
        made.swipe(CARD)
        await made.charging()
        await made.until(lambda: made.seen()["limit_a"] == 8.0)

    bench.play(case)


@pytest.mark.parametrize("has_schedule", [True, False])
def test_a_limit_of_others_without_a_transaction_binds_the_next_one(
    bench: Bench201, has_schedule: bool
) -> None:
    """K12.FR.01 to FR.05, K11.FR.03: told with its schedule if that is set."""

    async def case(made: Bench201) -> None:
        await made.configure(SmartChargingCtrlr__NotifyChargingLimitWithSchedules=has_schedule)
        assert await made.app.api.answer("limit", {"current_a": 7.0, "source": "EMS"})
        await made.until(lambda: made.calls("NotifyChargingLimit") != [])
        (told,) = made.calls("NotifyChargingLimit")
        assert told["chargingLimit"] == {"chargingLimitSource": "EMS"}
        assert ("chargingSchedule" in told) == has_schedule
        asked = {"requestId": 1, "chargingProfile": {"chargingLimitSource": ["EMS"]}}
        assert await made.status_of("GetChargingProfiles", asked) == "Accepted"
        await made.until(lambda: made.calls("ReportChargingProfiles") != [])
        (row,) = made.calls("ReportChargingProfiles")[0]["chargingProfile"]
        assert row["chargingProfilePurpose"] == "ChargingStationExternalConstraints"
        await made.energy_transfer_started()
        assert made.seen()["limit_a"] == 7.0

    bench.play(case)


# firmware without a signature


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as running:
        running.files["/image"] = image_of("2.0.0", filling=bytes(10_000))
        yield running


def test_an_update_without_a_signature_is_installed_and_told(
    bench: Bench201, web: WebServer
) -> None:
    """L02.FR.01, FR.02, FR.06, FR.09, FR.20, FR.21."""

    async def case(made: Bench201) -> None:
        firmware = {"location": web.url("/image"), "retrieveDateTime": made.at(0)}
        asked = {"requestId": 80, "firmware": firmware}
        assert await made.status_of("UpdateFirmware", asked) == "Accepted"
        await made.until(lambda: made.calls(FIRMWARE)[-1:] == INSTALLED, 200)
        assert [told["status"] for told in made.calls(FIRMWARE)] == [
            "Downloading",
            "Downloaded",
            "Installing",
            "InstallRebooting",
            "Installed",
        ]
        assert {told["requestId"] for told in made.calls(FIRMWARE)} == {80}
        assert made.calls("BootNotification")[-1]["reason"] == "FirmwareUpdate"

    bench.play(case)


INSTALLED = [{"status": "Installed", "requestId": 80}]


# monitors


def test_the_parts_of_a_report_of_monitors_name_their_request(bench: Bench201) -> None:
    """N02.FR.04."""

    async def case(made: Bench201) -> None:
        item = variable(STATE) | {"type": "Delta", "value": 1, "severity": 5}
        await made.ask("SetVariableMonitoring", {"setMonitoringData": [item]})
        assert await made.status_of("GetMonitoringReport", {"requestId": 77}) == "Accepted"
        await made.until(lambda: made.calls("NotifyMonitoringReport") != [])
        assert {page["requestId"] for page in made.calls("NotifyMonitoringReport")} == {77}

    bench.play(case)


@pytest.mark.parametrize(("kind", "severity"), [("Periodic", 4), ("PeriodicClockAligned", 5)])
def test_away_a_periodic_monitor_is_kept_up_to_a_severity(
    bench: Bench201, kind: str, severity: int
) -> None:
    """N08.FR.03."""

    async def case(made: Bench201) -> None:
        await made.configure(MonitoringCtrlr__OfflineQueuingSeverity=4)
        item = variable(STATE) | {"type": kind, "value": 20, "severity": severity}
        await made.ask("SetVariableMonitoring", {"setMonitoringData": [item]})
        await made.lose(reconnects=False)
        await asyncio.sleep(21)
        made.watched.answer_s = lambda: 0.1
        await made.back()
        await asyncio.sleep(5)
        told = [each for call in made.calls("NotifyEvent") for each in call["eventData"]]
        assert [each["trigger"] for each in told] == ["Periodic"] * (severity == 4)

    bench.play(case)


def test_without_any_message_there_is_none_to_tell(bench: Bench201) -> None:
    """O03.FR.06, O04.FR.07."""

    async def case(made: Bench201) -> None:
        for more in ({}, {"id": [1]}):
            assert await made.status_of("GetDisplayMessages", {"requestId": 1} | more) == "Unknown"

    bench.play(case)


def test_what_is_known_of_a_customer_is_forgotten_but_not_the_list(bench: Bench201) -> None:
    """N10.FR.03, FR.06."""

    async def case(made: Bench201) -> None:
        token = {"idToken": CARD, "type": "ISO14443"}
        row = {"idToken": token, "idTokenInfo": {"status": "Accepted"}}
        listing = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [row]}
        await made.configure(LocalAuthListCtrlr__Enabled=True)
        assert await made.status_of("SendLocalList", listing) == "Accepted"
        asked = {"requestId": 6, "report": True, "clear": True, "idToken": token}
        assert await made.status_of("CustomerInformation", asked) == "Accepted"
        await made.until(lambda: made.calls("NotifyCustomerInformation") != [])
        assert list(made.app.station.listed.list.entries) == [CARD]

    bench.play(case)
