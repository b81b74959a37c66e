"""Cases of certification, N: what the central system has watched."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import Bench201, Payload, variable

STATE, POWER = "EVSE@1.AvailabilityState", "EVSE@1.Power"
STATION_STATE = "ChargingStation.AvailabilityState"
PASSWORD = "SecurityCtrlr.BasicAuthPassword"
KINDS = ("UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned")
MOST_W = 22_080


def monitor(name: str, kind: str, value: float = 1.0, severity: int = 8, **more: Any) -> Payload:
    return variable(name) | {"type": kind, "value": value, "severity": severity} | more


async def watch(made: Bench201, *items: Payload) -> list[Payload]:
    """Results of SetVariableMonitoring, in order."""
    asked = {"setMonitoringData": list(items)}
    results = (await made.ask("SetVariableMonitoring", asked))["setMonitoringResult"]
    for result, item in zip(results, items, strict=True):
        for name in ("type", "severity", "component", "variable"):
            assert result[name] == item[name]
    return list(results)


async def watched(made: Bench201, *items: Payload) -> list[int]:
    """The ids of monitors, each of which must be accepted."""
    results = await watch(made, *items)
    assert [result["status"] for result in results] == ["Accepted"] * len(items)
    return [result["id"] for result in results]


async def monitors(made: Bench201, *criteria: str, names: tuple[str, ...] = ()) -> list[Payload]:
    """The monitors of a report, which must be accepted."""
    asked: Payload = {"requestId": 40}
    asked |= {"monitoringCriteria": list(criteria)} if criteria else {}
    asked |= {"componentVariable": [variable(name) for name in names]} if names else {}
    mark = made.mark()
    answer = await made.ask("GetMonitoringReport", asked)
    if answer["status"] == "EmptyResultSet":
        assert answer["statusInfo"]["reasonCode"] == "NotFound"
        return []
    assert answer["status"] == "Accepted"
    await made.until(
        lambda: any(not page["tbc"] for page in made.since(mark, "NotifyMonitoringReport"))
    )
    pages = made.since(mark, "NotifyMonitoringReport")
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    return [
        {"component": row["component"], "variable": row["variable"]} | each
        for page in pages
        for row in page["monitor"]
        for each in row["variableMonitoring"]
    ]


def told(made: Bench201, mark: int = 0) -> list[Payload]:
    """What NotifyEvent said."""
    calls = made.since(mark, "NotifyEvent")
    assert all(each["seqNo"] == 0 for each in calls)
    return [event for each in calls for event in each["eventData"]]


async def happened(made: Bench201, monitor_id: int, mark: int = 0) -> Payload:
    """The first event of a monitor since a mark."""

    def found() -> list[Payload]:
        return [each for each in told(made, mark) if each["variableMonitoringId"] == monitor_id]

    await made.until(lambda: found() != [], 90)
    return found()[0]


def test_tc_n_01_and_tc_n_47_monitors_are_reported_by_kind_and_all(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await watched(made, *(monitor(POWER, kind, 60) for kind in KINDS))
        by_kind = {
            "ThresholdMonitoring": KINDS[:2],
            "DeltaMonitoring": KINDS[2:3],
            "PeriodicMonitoring": KINDS[3:],
        }
        for criterion, kinds in by_kind.items():
            rows = await monitors(made, criterion)
            assert {row["type"] for row in rows} == set(kinds)
        assert len(await monitors(made, "DeltaMonitoring", "PeriodicMonitoring")) == 3
        assert {row["type"] for row in await monitors(made)} == set(KINDS)

    bench.play(case)


def test_tc_n_02_and_tc_n_03_monitors_are_reported_by_variable(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await watched(
            made, monitor(STATION_STATE, "Delta"), monitor(STATE, "Delta"), monitor(POWER, "Delta")
        )
        evse = variable("EVSE@1.x")["component"]
        asked = {"componentVariable": [variable(STATION_STATE), {"component": evse}]}
        mark = made.mark()
        answer = await made.ask("GetMonitoringReport", {"requestId": 5} | asked)
        assert answer["status"] == "Accepted"
        await made.until(lambda: made.since(mark, "NotifyMonitoringReport") != [])
        (page,) = made.since(mark, "NotifyMonitoringReport")
        assert [row["variable"]["name"] for row in page["monitor"]] == [
            "AvailabilityState",
            "AvailabilityState",
            "Power",
        ]
        names = (STATION_STATE, STATE)
        assert await monitors(made, "ThresholdMonitoring", names=names) == []
        rows = await monitors(made, "DeltaMonitoring", names=names)
        assert {row["component"]["name"] for row in rows} == {"ChargingStation", "EVSE"}

    bench.play(case)


def test_tc_n_05_each_base_is_accepted(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        for base in ("All", "FactoryDefault", "HardWiredOnly"):
            asked = {"monitoringBase": base}
            assert await made.status_of("SetMonitoringBase", asked) == "Accepted"
            assert await made.value("MonitoringCtrlr.ActiveMonitoringBase") == base

    bench.play(case)


def test_tc_n_06_nothing_of_others_remains_with_hard_wired_only(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await watched(made, monitor(STATION_STATE, "Delta"))
        assert len(await monitors(made, names=(STATION_STATE,))) == 1
        asked = {"monitoringBase": "HardWiredOnly"}
        assert await made.status_of("SetMonitoringBase", asked) == "Accepted"
        assert await monitors(made, names=(STATION_STATE,)) == []

    bench.play(case)


def test_tc_n_08_tc_n_09_and_tc_n_10_monitors_are_set(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        (first,) = await watched(made, monitor(STATE, "Delta", severity=8))
        (row,) = await monitors(made, names=(STATE,))
        assert (row["type"], row["severity"], row["id"]) == ("Delta", 8, first)
        second, third = await watched(
            made, monitor(STATION_STATE, "Delta"), monitor(STATE, "Delta", severity=7)
        )
        ids = {row["id"] for row in await monitors(made, names=(STATE, STATION_STATE))}
        assert ids == {first, second, third}

    bench.play(case)


REFUSED = [
    (monitor("EVSE@99.AvailabilityState", "Delta"), "UnknownComponent"),
    (monitor("NonExistent.Power", "UpperThreshold", 1234.0), "UnknownComponent"),
    (monitor("EVSE@1.unknownVariable", "Delta"), "UnknownVariable"),
    (monitor(STATE, "Delta", -1), "Rejected"),
    (monitor(POWER, "UpperThreshold", MOST_W + 1), "Rejected"),
    (monitor(STATE, "UpperThreshold", 1), "UnsupportedMonitorType"),
    (monitor(STATE, "Periodic", 0), "Rejected"),
    (monitor(STATE, "Delta", id=4711), "Rejected"),
]


@pytest.mark.parametrize(("item", "status"), REFUSED)
def test_tc_n_11_tc_n_12_tc_n_13_and_tc_n_37_what_cannot_be_watched_is_refused(
    bench: Bench201, item: Payload, status: str
) -> None:
    async def case(made: Bench201) -> None:
        (result,) = await watch(made, item)
        assert result["status"] == status
        assert "id" not in result
        assert await monitors(made) == []

    bench.play(case)


def test_tc_n_15_and_tc_n_43_one_that_is_refused_spoils_only_itself(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        results = await watch(
            made,
            monitor(STATE, "Delta"),
            monitor(STATE, "Delta"),
            monitor(POWER, "LowerThreshold", 10, id=999),
            monitor(POWER, "UpperThreshold", 10),
        )
        assert [result["status"] for result in results] == [
            "Accepted",
            "Duplicate",
            "Rejected",
            "Accepted",
        ]

    bench.play(case)


def test_tc_n_39_and_tc_n_40_a_monitor_is_changed_but_not_to_another_variable(
    bench: Bench201,
) -> None:
    async def case(made: Bench201) -> None:
        (own,) = await watched(made, monitor(STATE, "Delta", severity=5))
        other = monitor("ChargingStation.Power", "UpperThreshold", 10, id=own)
        (result,) = await watch(made, other)
        assert result["status"] == "Rejected"
        assert await watched(made, monitor(STATE, "Delta", severity=4, id=own)) == [own]
        (row,) = await monitors(made, "DeltaMonitoring", names=(STATE,))
        assert (row["id"], row["severity"]) == (own, 4)

    bench.play(case)


def test_tc_n_41_the_factory_s_monitor_returns_as_it_was(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        factory = {"monitoringBase": "FactoryDefault"}
        assert await made.status_of("SetMonitoringBase", factory) == "Accepted"
        (before,) = await monitors(made, "DeltaMonitoring", names=(STATE,))
        own, severity = before["id"], before["severity"]
        await watched(made, monitor(STATE, "Delta", severity=severity + 1, id=own))
        (row,) = await monitors(made, "DeltaMonitoring", names=(STATE,))
        assert (row["id"], row["severity"]) == (own, severity + 1)
        assert await made.status_of("SetMonitoringBase", factory) == "Accepted"
        assert await monitors(made, "DeltaMonitoring", names=(STATE,)) == [before]

    bench.play(case)


def test_tc_n_16_what_is_less_severe_than_the_level_is_not_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await watched(made, monitor(STATE, "Delta", severity=8))
        assert await made.status_of("SetMonitoringLevel", {"severity": 7}) == "Accepted"
        assert await made.value("MonitoringCtrlr.ActiveMonitoringLevel") == "7"
        await made.ev_connected()
        await asyncio.sleep(3)
        assert told(made) == []

    bench.play(case)


def test_tc_n_17_a_level_that_is_none_is_rejected(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        for severity in (10, -1):
            asked = {"severity": severity}
            assert await made.status_of("SetMonitoringLevel", asked) == "Rejected"

    bench.play(case)


def test_tc_n_18_and_tc_n_19_monitors_are_cleared_by_their_ids(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        ids = await watched(made, monitor(STATE, "Delta"), monitor(STATION_STATE, "Delta"))
        asked = {"id": [*ids, 4711]}
        results = (await made.ask("ClearVariableMonitoring", asked))["clearMonitoringResult"]
        told_of = {result["id"]: result["status"] for result in results}
        assert told_of == dict.fromkeys(ids, "Accepted") | {4711: "NotFound"}
        assert await monitors(made, names=(STATE, STATION_STATE)) == []

    bench.play(case)


def test_tc_n_20_and_tc_n_51_thresholds_passed_and_left_are_told(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        (upper,) = await watched(made, monitor(POWER, "UpperThreshold", MOST_W - 1, 5))
        await made.energy_transfer_started()
        tx_id = made.told[-1].key
        await asyncio.sleep(3)
        assert told(made) == []
        assert await watched(made, monitor(POWER, "UpperThreshold", 1000, 5, id=upper)) == [upper]
        event = await happened(made, upper)
        assert event["trigger"] == "Alerting"
        assert float(event["actualValue"]) > 1000
        assert not event.get("cleared", False)
        assert event["transactionId"] == tx_id
        assert event["eventNotificationType"] == "CustomMonitor"
        assert {"component": event["component"], "variable": event["variable"]} == variable(POWER)
        (lower,) = await watched(made, monitor(POWER, "LowerThreshold", 500, 5))
        mark = made.mark()
        await made.stop_authorized()
        assert (await happened(made, upper, mark))["cleared"]
        assert not (await happened(made, lower, mark)).get("cleared", False)
        await made.settle()

    bench.play(case)
    bench.check()


@pytest.mark.parametrize("kind", ["Periodic", "PeriodicClockAligned"])
def test_tc_n_24_a_periodic_monitor_tells_in_its_period(bench: Bench201, kind: str) -> None:
    async def case(made: Bench201) -> None:
        await watched(made, monitor(STATE, kind, 4))
        await made.until(lambda: len(told(made)) >= 3, 15)
        assert {each["trigger"] for each in told(made)} == {"Periodic"}
        assert {each["actualValue"] for each in told(made)} == {"Available"}
        times = [each.at_s for each in made.watched.record.frames if _is_event(each.parts)]
        assert all(3 <= late - early <= 5 for early, late in pairwise(times))

    bench.play(case)


def _is_event(parts: Any) -> bool:
    return bool(parts[0] == 2 and parts[2] == "NotifyEvent")


def test_tc_n_45_and_tc_n_56_changes_are_told(bench: Bench201) -> None:
    """Of a number beyond the value, of anything else always."""

    async def case(made: Bench201) -> None:
        power, state = await watched(made, monitor(POWER, "Delta", 100), monitor(STATE, "Delta", 1))
        await made.energy_transfer_started()
        event = await happened(made, power)
        assert event["trigger"] == "Delta"
        assert float(event["actualValue"]) > 100
        event = await happened(made, state)
        assert (event["trigger"], event["actualValue"]) == ("Delta", "Occupied")
        await made.over()

    bench.play(case)
    bench.check()


def test_tc_n_48_a_password_that_changes_is_told_without_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        (own,) = await watched(made, monitor(PASSWORD, "Delta"))
        (result,) = await made.put({PASSWORD: "a-new-password-16"})
        assert result["attributeStatus"] == "Accepted"
        event = await happened(made, own)
        assert event["actualValue"] == ""
        assert "a-new-password-16" not in str(event)

    bench.play(case)


def test_tc_n_52_a_monitor_that_is_cleared_says_nothing_more(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        (own,) = await watched(made, monitor(POWER, "UpperThreshold", 0))
        await made.energy_transfer_started()
        await happened(made, own)
        cleared = await made.ask("ClearVariableMonitoring", {"id": [own]})
        assert cleared["clearMonitoringResult"] == [{"id": own, "status": "Accepted"}]
        assert await monitors(made, "ThresholdMonitoring", names=(POWER,)) == []
        mark = made.mark()
        await made.over()
        await asyncio.sleep(2)
        assert told(made, mark) == []

    bench.play(case)
    bench.check()


def test_tc_n_53_a_monitor_outlives_a_restart_and_remembers(bench: Bench201) -> None:
    """N07.FR.14: back within the threshold after the restart is told."""

    async def case(made: Bench201) -> None:
        (own,) = await watched(made, monitor(POWER, "UpperThreshold", 1000))
        before = await monitors(made, "ThresholdMonitoring")
        await made.energy_transfer_started()
        await happened(made, own)
        mark = made.mark()
        assert await made.reset("Immediate") == "Accepted"
        await made.booted(mark, "RemoteReset")
        assert await monitors(made, "ThresholdMonitoring") == before
        assert (await happened(made, own, mark))["cleared"]
        await made.settle()

    bench.play(case)
    bench.check()


@pytest.mark.parametrize("severity", [4, 5])
def test_tc_n_22_and_tc_n_23_events_of_an_absence_are_told_up_to_a_severity(
    bench: Bench201, severity: int
) -> None:
    async def case(made: Bench201) -> None:
        await made.configure(MonitoringCtrlr__OfflineQueuingSeverity=4)
        await watched(made, monitor(STATE, "Delta", severity=severity))
        await made.lose(reconnects=False)
        made.plug()
        await asyncio.sleep(3)
        await made.back()
        await asyncio.sleep(2)
        if severity > 4:
            assert told(made) == []
            return
        (event,) = told(made)
        assert (event["trigger"], event["actualValue"]) == ("Delta", "Occupied")
        assert event["component"] == {"name": "EVSE", "evse": {"id": 1}}

    bench.play(case)
