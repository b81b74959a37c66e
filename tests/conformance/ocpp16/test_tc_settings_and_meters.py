"""Cases of certification: configuration keys, meter values, and what a fault forbids."""

import asyncio
from itertools import pairwise
from typing import Any

from ampkeeper.board.emulated.faults import apply
from tests.conformance.ocpp16.bench16 import CARD, Bench
from tests.support.rig import CAR

REQUIRED_KEYS = {
    "AuthorizeRemoteTxRequests",
    "ClockAlignedDataInterval",
    "ConnectionTimeOut",
    "ConnectorPhaseRotation",
    "GetConfigurationMaxKeys",
    "HeartbeatInterval",
    "LocalAuthorizeOffline",
    "LocalPreAuthorize",
    "MeterValuesAlignedData",
    "MeterValuesSampledData",
    "MeterValueSampleInterval",
    "NumberOfConnectors",
    "ResetRetries",
    "StopTransactionOnInvalidId",
    "StopTxnAlignedData",
    "StopTxnSampledData",
    "SupportedFeatureProfiles",
    "TransactionMessageAttempts",
    "TransactionMessageRetryInterval",
    "UnlockConnectorOnEVSideDisconnect",
    "LocalAuthListEnabled",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "MaxChargingProfilesInstalled",
    "SecurityProfile",
}
ENERGY = "Energy.Active.Import.Register"


def measured(payload: dict[str, Any]) -> set[tuple[str, str]]:
    """Measurands with their contexts in a MeterValues."""
    return {
        (value["measurand"], value["context"])
        for row in payload["meterValue"]
        for value in row["sampledValue"]
    }


def test_tc_019_all_keys_and_one_key_are_told(bench: Bench) -> None:
    """TC_019_1 all, TC_019_2 one."""

    async def case(made: Bench) -> None:
        rows = (await made.ask("GetConfiguration", {}))["configurationKey"]
        keys = {row["key"] for row in rows}
        assert keys >= REQUIRED_KEYS, REQUIRED_KEYS - keys
        profiles = await made.key("SupportedFeatureProfiles")
        assert profiles["readonly"]
        assert set(profiles["value"].split(",")) == {
            "Core",
            "FirmwareManagement",
            "LocalAuthListManagement",
            "RemoteTrigger",
            "Reservation",
            "SmartCharging",
        }

    bench.play(case)


def test_tc_021_a_key_that_is_changed_is_in_force_and_told(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(MeterValueSampleInterval=7)
        row = await made.key("MeterValueSampleInterval")
        assert (row["value"], row["readonly"]) == ("7", False)
        await made.begin()
        await made.until(lambda: made.calls("MeterValues") != [], 9)
        await made.end()

    bench.play(case)
    bench.check()


def test_tc_040_1_a_key_that_is_none_is_not_supported(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        pair = {"key": "NoSuchKey", "value": "1"}
        assert await made.status_of("ChangeConfiguration", pair) == "NotSupported"

    bench.play(case)


def test_tc_040_2_a_value_that_cannot_be_is_rejected_and_nothing_changes(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        before = await made.key("MeterValueSampleInterval")
        for value in ("-1", "soon", "1.5", ""):
            pair = {"key": "MeterValueSampleInterval", "value": value}
            assert await made.status_of("ChangeConfiguration", pair) == "Rejected", value
        assert await made.key("MeterValueSampleInterval") == before

    bench.play(case)


def test_tc_041_a_station_with_a_fault_starts_nothing(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        apply(made.world, made.car, {"emergency_stop": True})
        await made.wait_status("Faulted")
        made.plug(**CAR)
        made.swipe(CARD)
        await asyncio.sleep(15)
        assert await made.remote_start() == "Rejected"
        await asyncio.sleep(5)
        assert not made.car.contactor.is_closed

    bench.play(case)
    assert bench.calls("StartTransaction") == []


def test_tc_070_samples_come_in_their_interval_with_what_is_listed(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(
            MeterValuesSampledData=f"{ENERGY},Power.Active.Import,Current.Import,Voltage",
            MeterValueSampleInterval=5,
            StopTxnSampledData=ENERGY,
        )
        await made.begin()
        await asyncio.sleep(16)
        await made.end()

    bench.play(case)
    (done,) = bench.check()
    wanted = {ENERGY, "Power.Active.Import", "Current.Import", "Voltage"}
    rows = bench.calls("MeterValues")
    assert len(rows) >= 3
    for row in rows:
        assert measured(row) == {(name, "Sample.Periodic") for name in wanted}
        assert str(row["transactionId"]) == done.key
    (stop,) = bench.calls("StopTransaction")
    contexts = [row["sampledValue"][0]["context"] for row in stop["transactionData"]]
    assert contexts[0] == "Transaction.Begin"
    assert contexts[-1] == "Transaction.End"
    gaps = [later - earlier for earlier, later in pairwise(sorted(_seconds(rows)))]
    assert gaps
    assert all(4.5 < gap < 6.5 for gap in gaps), gaps


def test_tc_071_aligned_samples_come_on_the_clock(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(
            MeterValuesAlignedData=f"{ENERGY},Voltage",
            ClockAlignedDataInterval=10,
            MeterValueSampleInterval=0,
        )
        await made.begin()
        await asyncio.sleep(25)
        await made.end()

    bench.play(case)
    (done,) = bench.check()
    rows = [row for row in bench.calls("MeterValues") if row["connectorId"] == 1]
    in_it = [row for row in rows if str(row.get("transactionId")) == done.key]
    assert len(in_it) >= 2
    for row in in_it:
        assert measured(row) == {(ENERGY, "Sample.Clock"), ("Voltage", "Sample.Clock")}
    assert all(seconds % 10 < 1.5 for seconds in _seconds(rows))


def _seconds(rows: list[dict[str, Any]]) -> list[float]:
    """Seconds of the day of each first value."""
    found = []
    for row in rows:
        hour, minute, second = row["meterValue"][0]["timestamp"][11:].rstrip("Z").split(":")
        found.append(int(hour) * 3600 + int(minute) * 60 + float(second))
    return found
