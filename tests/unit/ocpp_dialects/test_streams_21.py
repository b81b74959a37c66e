"""Periodic event streams in the words of OCPP 2.1: N11 to N15."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ampkeeper.firmware.device_model.stream import Bundle, Closed, Opened, Rate
from ampkeeper.firmware.ocpp.v16.dialect import Dialect16
from ampkeeper.firmware.ocpp.v21.dialect import Dialect21
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201
from tests.unit.ocpp_dialects.conftest import Asked, asker, is_valid
from tests.unit.ocpp_dialects.test_dialect_21 import MONITOR

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PERIODIC = MONITOR | {"type": "Periodic", "value": 1.0}


@pytest.fixture
def ask(station: Any) -> Asked:
    return asker(Dialect21(station))


def watch(ask: Asked, **changes: Any) -> dict[str, Any]:
    answer = ask("SetVariableMonitoring", {"setMonitoringData": [PERIODIC | changes]})
    (result,) = answer.payload["setMonitoringResult"]
    return dict(result)


def test_a_periodic_monitor_may_have_a_stream(station: Any, ask: Asked) -> None:
    """N11.FR.01; without one it loses it (N13.FR.06)."""
    result = watch(ask, periodicEventStream={"interval": 10, "values": 5})
    assert result["status"] == "Accepted"
    assert station.monitors.rates == {result["id"]: Rate(10, 5)}
    watch(ask, id=result["id"])
    assert station.monitors.rates == {result["id"]: None}


@pytest.mark.parametrize(
    "changes",
    [
        {"periodicEventStream": {}},
        {"periodicEventStream": {"interval": 0, "values": 0}},
        {"periodicEventStream": {"interval": 10}, "type": "Delta"},
    ],
)
def test_a_stream_of_nothing_or_of_no_periods_is_refused(
    station: Any, ask: Asked, changes: dict[str, Any]
) -> None:
    """N11.FR.09."""
    assert watch(ask, **changes)["status"] == "Rejected"
    assert station.monitors.rates == {}
    assert station.monitors.monitors() == ()


def test_where_there_is_no_room_a_stream_is_refused(station: Any, ask: Asked) -> None:
    station.monitors.has_room = False
    assert watch(ask, periodicEventStream={"interval": 10})["status"] == "Rejected"


def test_open_streams_are_listed_and_adjusted(station: Any, ask: Asked) -> None:
    """N12, N14."""
    assert ask("GetPeriodicEventStream", {}).payload == {}
    number = watch(ask, periodicEventStream={"interval": 10})["id"]
    (row,) = ask("GetPeriodicEventStream", {}).payload["constantStreamData"]
    assert row["params"] == {"interval": 10}
    for params, stream_id, word in (
        ({"values": 3}, number, "Accepted"),
        ({}, number, "Rejected"),
        ({"values": 3}, number + 1, "Rejected"),
    ):
        asked = {"id": stream_id, "params": params}
        assert ask("AdjustPeriodicEventStream", asked).payload["status"] == word
    assert station.monitors.rates == {number: Rate(0, 3)}


def test_what_is_said_of_a_stream_is_worded(station: Any) -> None:
    """N15.FR.04, FR.09: times count from the first value's."""
    dialect = Dialect21(station)
    values = ((NOON, "1"), (NOON + timedelta(seconds=1.5), "2" * 3_000))
    words = (Opened(3, 7, Rate(10, 0)), Bundle(3, values, 4), Closed(3))
    calls = [dialect.stream(word) for word in words]
    assert all(is_valid("ocpp2.1", call) for call in calls)
    opened, told, closed = (call.payload for call in calls)
    assert opened["constantStreamData"] == {
        "id": 3,
        "variableMonitoringId": 7,
        "params": {"interval": 10},
    }
    assert (told["id"], told["pending"], told["basetime"]) == (3, 4, "2026-11-22T12:00:00.000Z")
    assert [row["t"] for row in told["data"]] == [0.0, 1.5]
    assert closed == {"id": 3}
    for older in (Dialect16(station), Dialect201(station)):
        assert [older.stream(word) for word in words] == [None] * 3
