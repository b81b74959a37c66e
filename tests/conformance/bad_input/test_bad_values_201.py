"""What the schemas of 2.0.1 let through and is bad all the same: each has the standard's status.

On a whole charger in virtual time, which goes on as if nothing had been.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import Bench201, Payload, variable

STATE = "EVSE@1.AvailabilityState"
TOO_MANY, TOO_LONG = "OccurrenceConstraintViolation", "FormatViolation"
MESSAGES_MAX = 50
PADDING = {"customData": {"vendorId": "x", "padding": "y" * 70_000}}


@pytest.fixture
def bench(tmp_path: Path) -> Bench201:
    return Bench201(tmp_path)


def monitor(name: str = STATE, **more: Any) -> Payload:
    return variable(name) | {"type": "Delta", "value": 1, "severity": 5} | more


def items_of(action: str, count: int) -> Payload:
    """A request with so many items in its list."""
    one = variable(STATE)
    payloads: dict[str, Payload] = {
        "GetVariables": {"getVariableData": [one] * count},
        "SetVariables": {"setVariableData": [one | {"attributeValue": "x"}] * count},
        "GetReport": {"requestId": 1, "componentVariable": [one] * count},
        "GetMonitoringReport": {"requestId": 1, "componentVariable": [one] * count},
        "SetVariableMonitoring": {"setMonitoringData": [monitor()] * count},
        "ClearVariableMonitoring": {"id": list(range(count))},
    }
    return payloads[action]


LIMITS = {
    "GetVariables": "DeviceDataCtrlr.ItemsPerMessage[GetVariables]",
    "SetVariables": "DeviceDataCtrlr.ItemsPerMessage[SetVariables]",
    "GetReport": "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
    "GetMonitoringReport": "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
    "SetVariableMonitoring": "MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring]",
    "ClearVariableMonitoring": "MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]",
}


def test_more_items_or_bytes_than_told_are_refused_whole(bench: Bench201) -> None:
    """B06.FR.16, FR.17, B08.FR.06, FR.17, FR.18, N02.FR.07, N04.FR.09, N06.FR.06, FR.07."""

    async def case(made: Bench201) -> None:
        mark = made.mark()
        for action, limit in LIMITS.items():
            most = int(await made.value(limit))
            assert await code_of(made, action, items_of(action, most)) == "", action
            assert await code_of(made, action, items_of(action, most + 1)) == TOO_MANY, action
            long = items_of(action, 1) | PADDING
            assert await code_of(made, action, long) == TOO_LONG, action
        reports = made.since(mark, "NotifyReport") + made.since(mark, "NotifyMonitoringReport")
        assert {page["requestId"] for page in reports} == {1}
        assert made.app.station.evses[1].transaction is None

    bench.play(case)


async def code_of(made: Bench201, action: str, payload: Payload) -> str:
    """The code of the error that it is answered with; none for a result."""
    frame = await made.csms.call("AK0001", action, payload)
    return str(frame[2]) if frame[0] == 4 else ""


WATCHED = [
    (monitor("NoSuchCtrlr.Enabled"), "UnknownComponent"),
    (monitor("EVSE@9.Power"), "UnknownComponent"),
    (monitor("EVSE.Power"), "UnknownComponent"),
    (monitor("EVSE@1.NoSuchVariable"), "UnknownVariable"),
    (monitor("EVSE@1.Power[x]"), "UnknownVariable"),
    (monitor(type="UpperThreshold"), "UnsupportedMonitorType"),
    (monitor(severity=10), "Rejected"),
    (monitor(severity=-1), "Rejected"),
    (monitor(value=-0.5), "Rejected"),
    (monitor(type="Periodic", value=0), "Rejected"),
    (monitor(id=99), "Rejected"),
    (monitor(id=-1), "Rejected"),
    (monitor("EVSE@1.Power", type="UpperThreshold", value=1e300), "Rejected"),
]


def test_a_monitor_of_what_is_not_there_has_its_status_and_watches_nothing(
    bench: Bench201,
) -> None:
    """N04.FR.03 to FR.06, FR.13, FR.14; N06.FR.02."""

    async def case(made: Bench201) -> None:
        for item, status in WATCHED:
            answer = await made.ask("SetVariableMonitoring", {"setMonitoringData": [item]})
            (result,) = answer["setMonitoringResult"]
            assert (result["status"], "id" in result) == (status, False), item
        asked = {"requestId": 1}
        assert await made.status_of("GetMonitoringReport", asked) == "EmptyResultSet"
        cleared = await made.ask("ClearVariableMonitoring", {"id": [1, -1, 2**31 - 1]})
        told = {row["status"] for row in cleared["clearMonitoringResult"]}
        assert told == {"NotFound"}

    bench.play(case)


def message(number: int = 1, **more: Any) -> Payload:
    content = {"format": "UTF8", "content": "hello"}
    return {"message": {"id": number, "priority": "NormalCycle", "message": content} | more}


def test_a_message_that_cannot_be_shown_has_its_status(bench: Bench201) -> None:
    """O01.FR.02, FR.03, FR.11, FR.22, O02.FR.01: a state that is none breaks the schema."""

    async def case(made: Bench201) -> None:
        for state in ("Suspended", "", "idle"):
            asked = message(state=state)
            code = await made.status_of("SetDisplayMessage", asked)
            assert code == "PropertyConstraintViolation", state
        for more, status in (
            ({"transactionId": "no-such"}, "UnknownTransaction"),
            ({"endDateTime": made.at(-60)}, "Rejected"),
            ({"startDateTime": made.at(60), "endDateTime": made.at(30)}, "Rejected"),
            ({"display": {"name": "Display", "instance": "2"}}, "Rejected"),
            ({"message": {"format": "HTML", "content": "x"}}, "NotSupportedMessageFormat"),
        ):
            assert await made.status_of("SetDisplayMessage", message(**more)) == status, more
        assert await made.value("DisplayMessageCtrlr.DisplayMessages") == "0"
        for number in range(MESSAGES_MAX):
            assert await made.status_of("SetDisplayMessage", message(number)) == "Accepted"
        assert await made.status_of("SetDisplayMessage", message(MESSAGES_MAX)) == "Rejected"
        assert await made.status_of("SetDisplayMessage", message(0)) == "Accepted"

    bench.play(case)


def scheduled(made: Bench201, count: int, **more: Any) -> Payload:
    """A default of so many periods."""
    schedule = {
        "id": 1,
        "startSchedule": made.at(0),
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": at, "limit": 6.0} for at in range(count)],
    } | more
    profile = {
        "id": 12,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }
    return {"evseId": 1, "chargingProfile": profile}


def test_a_profile_of_10_000_periods_is_refused_and_so_is_one_more_than_told(
    bench: Bench201,
) -> None:
    """1024 are the schema's; the station's own are SmartChargingCtrlr.PeriodsPerSchedule."""

    async def case(made: Bench201) -> None:
        most = int(await made.value("SmartChargingCtrlr.PeriodsPerSchedule"))
        for count, word in (
            (10_000, TOO_MANY),
            (1_025, TOO_MANY),
            (1_024, "Rejected"),
            (most + 1, "Rejected"),
            (0, TOO_MANY),
            (most, "Accepted"),
        ):
            assert await made.status_of("SetChargingProfile", scheduled(made, count)) == word, count
        assert len(made.app.desk.profiles()) == 1

    bench.play(case)


BAD_PERIODS = [
    [{"startPeriod": 5, "limit": 6.0}],
    [{"startPeriod": 0, "limit": 6.0}, {"startPeriod": 0, "limit": 7.0}],
    [{"startPeriod": 0, "limit": 6.0}, {"startPeriod": -1, "limit": 7.0}],
    [{"startPeriod": 0, "limit": -1.0}],
    [{"startPeriod": 0, "limit": 6.0, "numberPhases": 9}],
    [{"startPeriod": 0, "limit": 6.0, "numberPhases": 0}],
    [{"startPeriod": 0, "limit": 6.0, "numberPhases": 1, "phaseToUse": 7}],
]


def test_a_schedule_that_contradicts_itself_is_rejected(bench: Bench201) -> None:
    """K01.FR.31, FR.35."""

    async def case(made: Bench201) -> None:
        for periods in BAD_PERIODS:
            asked = scheduled(made, 1, chargingSchedulePeriod=periods)
            assert await made.status_of("SetChargingProfile", asked) == "Rejected", periods
        bad_stack = scheduled(made, 1)
        for level in (-1, 10**6):
            bad_stack["chargingProfile"]["stackLevel"] = level
            assert await made.status_of("SetChargingProfile", bad_stack) == "Rejected", level
        assert made.app.desk.profiles() == ()

    bench.play(case)
