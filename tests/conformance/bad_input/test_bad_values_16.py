"""Values that the schema lets through and a station must not: connectors, numbers, orders of time.

A whole charger in virtual time; whatever is asked, nothing changes and it goes on charging.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.bad_input.calls_16 import CALLS, LISTED, OWN_PROFILE, PEM
from tests.conformance.ocpp16.bench16 import CARD, Bench

DEFAULT = {name: value for name, value in OWN_PROFILE.items() if "valid" not in name} | {
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
}
HUGE = 2**31
LIST = [LISTED | {"idTagInfo": {"status": "Accepted"}}]


def rows() -> list[tuple[str, dict[str, Any], str]]:
    """Every request that names a connector or a transaction, with one that is none."""
    found: list[tuple[str, dict[str, Any], str]] = []
    for connector in (-1, 99, -HUGE, HUGE):
        place = {"connectorId": connector}
        found += [
            ("ChangeAvailability", place | {"type": "Inoperative"}, "Rejected"),
            ("ClearChargingProfile", place, "Unknown"),
            ("ExtendedTriggerMessage", place | {"requestedMessage": "MeterValues"}, "Rejected"),
            ("GetCompositeSchedule", place | {"duration": 60}, "Rejected"),
            ("RemoteStartTransaction", place | {"idTag": CARD}, "Rejected"),
            ("SetChargingProfile", place | {"csChargingProfiles": DEFAULT}, "Rejected"),
            ("TriggerMessage", place | {"requestedMessage": "MeterValues"}, "Rejected"),
            ("TriggerMessage", place | {"requestedMessage": "StatusNotification"}, "Rejected"),
            ("UnlockConnector", place, "NotSupported"),
        ]
        later = {"expiryDate": "2099-01-01T00:00:00Z", "idTag": CARD, "reservationId": 1}
        found.append(("ReserveNow", place | later, "Rejected"))
    for number in (-1, 0, -HUGE, HUGE, 10**18):
        own = OWN_PROFILE | {"transactionId": number}
        found += [
            ("RemoteStopTransaction", {"transactionId": number}, "Rejected"),
            ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": own}, "Rejected"),
            ("CancelReservation", {"reservationId": number}, "Rejected"),
            ("ClearChargingProfile", {"id": number}, "Unknown"),
        ]
    for number in (-1, 0, -HUGE):
        found.append(("SendLocalList", {"listVersion": number, "updateType": "Full"}, "Failed"))
        asked = {"connectorId": 1, "duration": number}
        found.append(("GetCompositeSchedule", asked, "Rejected"))
    return found


def odd_profiles() -> list[dict[str, Any]]:
    """Profiles whose parts contradict each other."""
    schedule = DEFAULT["chargingSchedule"]
    period = {"startPeriod": 0, "limit": 16.0}

    def with_periods(*periods: dict[str, Any]) -> dict[str, Any]:
        return DEFAULT | {"chargingSchedule": schedule | {"chargingSchedulePeriod": [*periods]}}

    return [
        DEFAULT | {"stackLevel": -1},
        DEFAULT | {"stackLevel": 10_000},
        DEFAULT | {"chargingProfileKind": "Recurring", "recurrencyKind": "Daily"}
        | {"chargingSchedule": {key: value for key, value in schedule.items()
                                if key != "startSchedule"}},
        with_periods(),
        with_periods({"startPeriod": 5, "limit": 16.0}),
        with_periods({"startPeriod": -1, "limit": 16.0}),
        with_periods(period, {"startPeriod": 0, "limit": 6.0}),
        with_periods(period, {"startPeriod": 60, "limit": 6.0}, {"startPeriod": 30, "limit": 8.0}),
        with_periods({"startPeriod": 0, "limit": -1.0}),
        with_periods(period | {"numberPhases": 0}),
        with_periods(period | {"numberPhases": 99}),
        with_periods(*({"startPeriod": start, "limit": 16.0} for start in range(5_000))),
        DEFAULT | {"chargingSchedule": schedule | {"duration": 0}},
        DEFAULT | {"chargingSchedule": schedule | {"duration": -1}},
        with_periods({"startPeriod": 0, "limit": -(10**400)}),
        DEFAULT | {"validFrom": "2027-01-01T00:00:00Z", "validTo": "2026-01-01T00:00:00Z"},
    ]  # fmt: skip


def test_connectors_and_numbers_that_are_none_change_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def case(made: Bench) -> None:
        await made.begin()
        before = (await made.ask("GetConfiguration", {}))["configurationKey"]
        wrong = []
        for action, payload, status in rows():
            told = await made.status_of(action, payload)
            if told != status and not told.endswith("Violation"):
                wrong.append((action, payload, told))
        assert wrong == []
        assert (await made.ask("GetConfiguration", {}))["configurationKey"] == before
        assert made.status() == "Charging"
        assert made.seen()["limit_a"] == 20.0
        made.swipe(CARD)
        await made.gone()
        await made.settle()

    bench.play(case)
    bench.check()


def test_profiles_that_contradict_themselves_are_rejected(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def case(made: Bench) -> None:
        wrong = []
        for number, odd in enumerate(odd_profiles()):
            asked = {"connectorId": 1, "csChargingProfiles": odd}
            told = await made.status_of("SetChargingProfile", asked)
            if told != "Rejected" and not told.endswith("Violation"):
                wrong.append((number, told))
        assert wrong == []
        assert await made.status_of("ClearChargingProfile", {}) == "Unknown"

    bench.play(case)


@pytest.mark.parametrize("digits", [20, 300, 400])
def test_numbers_beyond_all_bounds_are_answered_and_outlive_a_restart(
    tmp_path: Path, digits: int
) -> None:
    bench, number = Bench(tmp_path), 10**digits
    periods = [{"startPeriod": 0, "limit": 10.0}, {"startPeriod": number, "limit": number}]
    schedule = {"duration": number, "chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    profile = DEFAULT | {"chargingProfileId": number, "chargingSchedule": schedule}

    async def story() -> None:
        async with bench.running():
            await bench.free()
            asked = {"connectorId": 1, "csChargingProfiles": profile}
            assert await bench.status_of("SetChargingProfile", asked) == "Accepted"
            told = {"listVersion": number, "updateType": "Full", "localAuthorizationList": LIST}
            assert await bench.status_of("SendLocalList", told) == "Accepted"
            kept = {"connectorId": 1, "idTag": CARD, "reservationId": number}
            later = {"expiryDate": "9999-12-31T23:59:59Z"}
            assert await bench.status_of("ReserveNow", kept | later) == "Accepted"
        async with bench.running():
            await bench.until(lambda: bench.registered, 200)
            assert await bench.ask("GetLocalListVersion", {}) == {"listVersion": number}
            asked = {"connectorId": 1, "duration": number}
            rows = (await bench.ask("GetCompositeSchedule", asked))["chargingSchedule"]
            assert rows["chargingSchedulePeriod"][0]["limit"] == 10.0
            gone = {"reservationId": number}
            assert await bench.status_of("CancelReservation", gone) == "Accepted"
            assert await bench.status_of("ClearChargingProfile", {"id": number}) == "Accepted"

    bench.play_lives(story())


@pytest.mark.parametrize("action", ["CertificateSigned", "InstallCertificate"])
@pytest.mark.parametrize(
    "text", ["", "x", PEM * 3, "-----BEGIN CERTIFICATE-----", "\u0000", "é" * 100]
)
def test_a_certificate_that_is_none_is_refused_and_told(
    tmp_path: Path, action: str, text: str
) -> None:
    bench = Bench(
        tmp_path,
        ocpp__keys='{CpoName = "Operator", CertificateChangesWithoutTls = true}',
        ocpp__variables="{}",
    )
    payload = {
        name: text if name.startswith("certificate") and name != "certificateType" else value
        for name, value in CALLS[action].items()
    }

    async def case(made: Bench) -> None:
        assert await made.status_of(action, payload) in ("Rejected", "Failed")
        await made.until(lambda: len(made.calls("SecurityEventNotification")) == 2)

    bench.play(case)
    event = bench.calls("SecurityEventNotification")[-1]["type"]
    assert event.startswith("Invalid")
