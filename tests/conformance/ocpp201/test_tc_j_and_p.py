"""Cases of certification, J: meter values; and P: what vendors send."""

import asyncio
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.conformance.ocpp201.bench201 import PERIODIC, Bench201, Payload, variable

ENERGY, POWER = "Energy.Active.Import.Register", "Power.Active.Import"
CLOCK = "Sample.Clock"
EVERY_S = 3
THRESHOLD = "OCPPCommCtrlr.OfflineThreshold"


def told(payload: Payload) -> set[tuple[str, str]]:
    """Measurands with their contexts."""
    return {
        (value.get("measurand", ENERGY), value["context"])
        for row in payload["meterValue"]
        for value in row["sampledValue"]
    }


def gaps(payloads: list[Payload]) -> set[float]:
    times = [datetime.fromisoformat(each["meterValue"][0]["timestamp"]) for each in payloads]
    return {round((late - early).total_seconds(), 1) for early, late in pairwise(times)}


async def every(made: Bench201, component: str, interval: str, **more: Any) -> None:
    await made.configure(**{f"{component}__{interval}": EVERY_S}, **more)


def test_tc_j_01_a_free_evse_is_told_by_the_clock(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        lists = {"AlignedDataCtrlr__Measurands": f"{ENERGY},{POWER}"}
        await every(made, "AlignedDataCtrlr", "Interval", **lists)
        await made.until(lambda: len(made.calls("MeterValues")) >= 3)
        rows = made.calls("MeterValues")
        assert {row["evseId"] for row in rows} == {1}
        assert all(told(row) == {(ENERGY, CLOCK), (POWER, CLOCK)} for row in rows)
        assert gaps(rows) == {EVERY_S}

    bench.play(case)


def test_tc_j_02_a_transaction_is_told_by_the_clock(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        lists = {"AlignedDataCtrlr__Measurands": f"{ENERGY},{POWER}"}
        await made.energy_transfer_started()
        await every(made, "AlignedDataCtrlr", "Interval", **lists)
        await asyncio.sleep(3 * EVERY_S + 1)
        rows = [each for each in made.events() if each["triggerReason"] == "MeterValueClock"]
        assert len(rows) >= 3
        assert all(told(row) == {(ENERGY, CLOCK), (POWER, CLOCK)} for row in rows)
        assert gaps(rows) == {EVERY_S}
        assert made.calls("MeterValues") == []
        await made.over()

    bench.play(case)
    bench.check()


def test_tc_j_07_and_tc_j_09_a_transaction_is_sampled_from_its_start(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        lists = {
            "SampledDataCtrlr__TxStartedMeasurands": f"{ENERGY},{POWER}",
            "SampledDataCtrlr__TxUpdatedMeasurands": f"{ENERGY},{POWER}",
        }
        await every(made, "SampledDataCtrlr", "TxUpdatedInterval", **lists)
        await made.energy_transfer_started()
        await asyncio.sleep(3 * EVERY_S + 1)
        (started,) = made.events("Started")
        begin = "Transaction.Begin"
        assert told(started) == {(ENERGY, begin), (POWER, begin)}
        rows = [
            each for each in made.calls("TransactionEvent") if each["triggerReason"] == PERIODIC
        ]
        periodic = "Sample.Periodic"
        assert all(told(row) == {(ENERGY, periodic), (POWER, periodic)} for row in rows)
        assert gaps(rows) == {EVERY_S}
        await made.over()

    bench.play(case)
    bench.check()


def ended_rows(made: Bench201) -> list[tuple[str, set[tuple[str, str]]]]:
    """The meter values of the one that ended: times, and measurands with their contexts."""
    (ended,) = made.events("Ended")
    return [(row["timestamp"], told({"meterValue": [row]})) for row in ended["meterValue"]]


def seconds(times: list[str]) -> list[float]:
    pairs = pairwise(map(datetime.fromisoformat, times))
    return [round((late - early).total_seconds(), 1) for early, late in pairs]


def test_tc_j_03_samples_by_the_clock_go_with_the_end(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        lists = {
            "AlignedDataCtrlr__TxEndedMeasurands": f"{ENERGY},{POWER}",
            "SampledDataCtrlr__TxEndedMeasurands": "",
        }
        await every(made, "AlignedDataCtrlr", "TxEndedInterval", **lists)
        await made.energy_transfer_started()
        await asyncio.sleep(3 * EVERY_S + 1)
        await made.stop_authorized()
        rows = ended_rows(made)
        assert len(rows) >= 3
        assert all(values == {(ENERGY, CLOCK), (POWER, CLOCK)} for _, values in rows)
        assert set(seconds([at for at, _ in rows])) == {EVERY_S}
        assert not any(each["triggerReason"] == "MeterValueClock" for each in made.events())
        await made.settle()

    bench.play(case)


def test_tc_j_10_samples_of_a_transaction_go_with_its_end(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        lists = {
            "SampledDataCtrlr__TxEndedMeasurands": f"{ENERGY},{POWER}",
            "AlignedDataCtrlr__TxEndedMeasurands": "",
            "SampledDataCtrlr__TxUpdatedInterval": 0,
        }
        await every(made, "SampledDataCtrlr", "TxEndedInterval", **lists)
        await made.energy_transfer_started()
        await asyncio.sleep(3 * EVERY_S + 1)
        await made.stop_authorized()
        rows = ended_rows(made)
        contexts = [context for _, values in rows for context in {each for _, each in values}]
        assert contexts[0] == "Transaction.Begin"
        assert contexts[-1] == "Transaction.End"
        assert contexts[1:-1] == ["Sample.Periodic"] * len(contexts[1:-1])
        assert all({name for name, _ in values} == {ENERGY, POWER} for _, values in rows)
        assert set(seconds([at for at, _ in rows][1:-1])) == {EVERY_S}
        assert len(rows) >= 5
        await made.settle()

    bench.play(case)
    bench.check()


def test_tc_p_01_what_no_vendor_here_knows_is_not_taken(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        asked = {"vendorId": "org.openchargealliance.octt", "messageId": "TestMessage"}
        assert await made.status_of("DataTransfer", asked) == "UnknownVendorId"

    bench.play(case)


def test_tc_p_03_data_of_somebody_s_own_does_no_harm(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        own = {"customData": {"vendorId": "org.openchargealliance.octt", "more": [1, {"a": None}]}}
        item = variable(THRESHOLD) | {"attributeType": "Actual"} | own
        item["component"] |= own
        asked = {"setVariableData": [item | {"attributeValue": "200"}]} | own
        (result,) = (await made.ask("SetVariables", asked))["setVariableResult"]
        assert result["attributeStatus"] == "Accepted"
        (result,) = (await made.ask("GetVariables", {"getVariableData": [item]} | own))[
            "getVariableResult"
        ]
        assert (result["attributeStatus"], result["attributeValue"]) == ("Accepted", "200")

    bench.play(case)


def test_tc_j_06_nothing_goes_by_the_clock_while_a_transaction_runs(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        lists = {"AlignedDataCtrlr__Measurands": ENERGY, "AlignedDataCtrlr__SendDuringIdle": True}
        await every(made, "AlignedDataCtrlr", "Interval", **lists)
        await made.until(lambda: len(made.calls("MeterValues")) >= 2)
        await made.energy_transfer_started()
        await asyncio.sleep(1)
        mark = made.mark()
        await asyncio.sleep(3 * EVERY_S)
        assert made.since(mark, "MeterValues") == []
        assert not any(each["triggerReason"] == "MeterValueClock" for each in made.events())
        await made.stop_authorized()
        await made.ev_disconnected()
        mark = made.mark()
        await made.until(lambda: len(made.since(mark, "MeterValues")) >= 2)

    bench.play(case)
    bench.check()


def test_tc_j_08_a_transaction_without_a_car_has_its_begin_too(bench: Bench201) -> None:
    """The EVSE is known from the start: it is the one that the card was for."""

    async def case(made: Bench201) -> None:
        lists = {"SampledDataCtrlr__TxStartedMeasurands": f"{ENERGY},{POWER}"}
        await made.configure(TxCtrlr__TxStartPoint="Authorized", **lists)
        await made.authorized()
        await made.until(lambda: made.events("Started") != [])
        (started,) = made.events("Started")
        assert started["evse"]["id"] == 1
        assert told(started) == {(ENERGY, "Transaction.Begin"), (POWER, "Transaction.Begin")}
        await made.ev_connected()
        await made.charging()
        await made.over()

    bench.play(case)
    bench.check()
