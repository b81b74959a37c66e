"""What evcc asks of a charger over OCPP 1.6, replayed in its order: it must need no workaround.

evcc is an energy manager that plays the central system. It looks what the charger can do, sets
what it wants measured, and then controls the current by one default profile, again and again.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.ocpp16.bench16 import CARD, Bench
from tests.support.rig import CAR

READ = (
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ConnectorSwitch3to1PhaseSupported",
    "MaxChargingProfilesInstalled",
    "MeterValuesSampledData",
    "MeterValuesSampledDataMaxLength",
    "NumberOfConnectors",
    "SupportedFeatureProfiles",
)
MEASURANDS = (
    "Power.Active.Import",
    "Energy.Active.Import.Register",
    "Current.Import",
    "Voltage",
    "Current.Offered",
    "SoC",
)
WANTED = (*MEASURANDS[:5], "Power.Offered", "SoC")  # each is tried alone, and left out if refused
SAMPLE_S = 8
POLL_S = 10


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def is_measured(made: Bench, measurand: str) -> bool:
    pair = {"key": "MeterValuesSampledData", "value": measurand}
    return await made.status_of("ChangeConfiguration", pair) == "Accepted"


async def greet(made: Bench) -> dict[str, str]:
    """What it does with each charger that connects; the keys it read."""
    operative = {"connectorId": 0, "type": "Operative"}
    assert await made.status_of("ChangeAvailability", operative) == "Accepted"
    told = await made.ask("GetConfiguration", {})
    keys = {row["key"]: row["value"] for row in told["configurationKey"]}
    assert [name for name in READ if name not in keys] == []
    taken = [name for name in WANTED if await is_measured(made, name)]
    assert set(taken) >= set(MEASURANDS)
    await made.set_keys(
        MeterValuesSampledData=",".join(taken),
        MeterValueSampleInterval=SAMPLE_S,
        WebSocketPingInterval=30,
    )
    for message in ("BootNotification", "StatusNotification", "MeterValues"):
        asked = {"requestedMessage": message} | (
            {} if message == "BootNotification" else {"connectorId": 1}
        )
        answer = await made.status_of("TriggerMessage", asked)
        assert answer == ("Rejected" if message == "BootNotification" else "Accepted")
    return keys


async def limit(made: Bench, current_a: float, level: int, phases: int | None = None) -> None:
    """One default profile, in place of the one before."""
    period: dict[str, Any] = {"startPeriod": 0, "limit": current_a}
    if phases is not None:
        period["numberPhases"] = phases
    profile = {
        "chargingProfileId": 1,
        "stackLevel": level,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "startSchedule": made.at(-60),
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [period],
        },
    }
    asked = {"connectorId": 1, "csChargingProfiles": profile}
    assert await made.status_of("SetChargingProfile", asked) == "Accepted"


async def polled(made: Bench) -> dict[str, list[float]]:
    """Ask for meter values; what they say, by measurand."""
    mark = made.mark()
    asked = {"requestedMessage": "MeterValues", "connectorId": 1}
    assert await made.status_of("TriggerMessage", asked) == "Accepted"
    await made.until(lambda: made.since(mark, "MeterValues") != [], 10)
    found: dict[str, list[float]] = {}
    for value in made.since(mark, "MeterValues")[0]["meterValue"][0]["sampledValue"]:
        found.setdefault(value["measurand"], []).append(float(value["value"]))
    return found


async def until_offered(made: Bench, current_a: float) -> dict[str, list[float]]:
    """Poll as it does; the charger must offer what was set."""
    told: dict[str, list[float]] = {}
    for _ in range(3):
        told = await polled(made)
        if told.get("Current.Offered") == [current_a]:
            return told
        await asyncio.sleep(POLL_S)
    raise AssertionError(f"{current_a} A were set, and offered are {told}")


def test_it_finds_all_keys_and_profiles_it_needs(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        keys = await greet(made)
        assert int(keys["NumberOfConnectors"]) == 1
        assert "Current" in keys["ChargingScheduleAllowedChargingRateUnit"].split(",")
        profiles = keys["SupportedFeatureProfiles"].split(",")
        assert {"SmartCharging", "RemoteTrigger"} <= set(profiles)
        assert int(keys["ChargeProfileMaxStackLevel"]) >= 0
        assert int(keys["MaxChargingProfilesInstalled"]) >= 1
        assert int(keys["MeterValuesSampledDataMaxLength"]) >= len(MEASURANDS)

    bench.play(case)


def test_what_is_set_is_offered_and_told_at_each_poll(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        level = int((await greet(made))["ChargeProfileMaxStackLevel"])
        await limit(made, 0.0, level)
        made.plug(**CAR)
        await made.wait_status("Preparing")
        assert await made.remote_start() == "Accepted"
        await made.wait_status("SuspendedEVSE")
        assert (await until_offered(made, 0.0))["Current.Import"] == [0.0] * 3
        for current_a in (6.0, 10.3, 15.9, 0.0, 8.0):
            await limit(made, current_a, level)
            told = await until_offered(made, current_a)
            if current_a:
                await made.wait_status("Charging", 60)
                told = await until_offered(made, current_a)
                assert all(drawn <= current_a + 0.1 for drawn in told["Current.Import"])
            else:
                await made.wait_status("SuspendedEVSE", 60)
        assert await made.remote_stop() == "Accepted"
        await made.gone()
        await made.settle()

    bench.play(case)
    bench.check()


def test_samples_come_by_themselves_with_all_it_wants(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        level = int((await greet(made))["ChargeProfileMaxStackLevel"])
        await limit(made, 16.0, level)
        await made.begin()
        mark = made.mark()
        await made.until(lambda: len(made.since(mark, "MeterValues")) >= 2, 3 * SAMPLE_S)
        told = {
            (value["measurand"], value.get("phase"))
            for value in made.since(mark, "MeterValues")[-1]["meterValue"][0]["sampledValue"]
        }
        assert {name for name, _ in told} >= set(MEASURANDS) - {"SoC"}  # no car tells it here
        assert {phase for name, phase in told if name == "Current.Import"} == {"L1", "L2", "L3"}
        made.swipe(CARD)
        await made.gone()
        await made.settle()

    bench.play(case)
    bench.check()


def test_a_status_is_told_at_each_poll_and_after_each_reconnect(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await greet(made)
        made.plug(**CAR)
        await made.wait_status("Preparing")
        mark = made.mark()
        asked = {"requestedMessage": "StatusNotification", "connectorId": 1}
        assert await made.status_of("TriggerMessage", asked) == "Accepted"
        await made.until(lambda: made.since(mark, "StatusNotification") != [], 10)
        assert made.since(mark, "StatusNotification")[0]["status"] == "Preparing"
        await made.lose(reconnects=False)
        await asyncio.sleep(5)
        await made.back()
        mark = made.mark()
        assert await made.status_of("TriggerMessage", asked) == "Accepted"
        await made.until(lambda: made.since(mark, "StatusNotification") != [], 10)

    bench.play(case)


def test_one_phase_may_be_asked_for(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        level = int((await greet(made))["ChargeProfileMaxStackLevel"])
        await limit(made, 6.0, level, phases=1)
        await made.begin()
        await until_offered(made, 6.0)
        made.swipe(CARD)
        await made.gone()
        await made.settle()

    bench.play(case)
    bench.check()


def test_a_car_that_it_was_away_for_is_still_its_to_start(bench: Bench) -> None:
    """It starts what is Preparing only; one that waited longer is Finishing (4.9: B6), and a
    start that somebody asks it for is taken without replugging."""

    async def case(made: Bench) -> None:
        await greet(made)
        await made.set_keys(ConnectionTimeOut=20)
        await made.lose(reconnects=False)
        made.plug(**CAR)
        await asyncio.sleep(30)
        await made.back()
        await made.wait_status("Finishing")
        start = {"connectorId": 1, "idTag": CARD}
        assert await made.status_of("RemoteStartTransaction", start) == "Accepted"
        await made.wait_status("Charging")
        made.swipe(CARD)
        await made.gone()
        await made.settle()

    bench.play(case)
    bench.check()
