"""A monitor's values on OCPP 2.1 as a stream: SEND frames, among calls that wait for answers."""

from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import STATION
from tests.support.virtual import Charger

SEND = 6
WATCHED = {
    "value": 2.0,
    "type": "Periodic",
    "severity": 5,
    "component": {"name": "EVSE", "evse": {"id": 1}},
    "variable": {"name": "Power"},
    "periodicEventStream": {"interval": 10, "values": 4},
}


def test_a_stream_sends_what_a_monitor_sees_and_no_event_tells_it_again(tmp_path: Path) -> None:
    made = Charger(tmp_path / "charger", "2.1")

    async def call(action: str, payload: dict[str, Any]) -> Any:
        return (await made.csms.call(STATION, action, payload))[2]

    async def story() -> tuple[Any, Any]:
        async with made.running():
            await made.until(lambda: made.registered)
            answer = await call("SetVariableMonitoring", {"setMonitoringData": [WATCHED]})
            (result,) = answer["setMonitoringResult"]
            await made.until(lambda: len(sent()) >= 3, 120)
            streams = await call("GetPeriodicEventStream", {})
            await call("ClearVariableMonitoring", {"id": [result["id"]]})
            await made.until(lambda: made.watched.record.calls("ClosePeriodicEventStream") != [])
            return result["status"], streams["constantStreamData"]

    def sent() -> list[Any]:
        frames = [seen.parts for seen in made.watched.record.frames if seen.direction == "in"]
        return [parts for parts in frames if isinstance(parts, list) and parts[0] == SEND]

    status, (stream,) = run_virtual(story())
    assert status == "Accepted"
    assert stream["params"] == {"interval": 10, "values": 4}
    assert made.csms.rejected == []
    values = [len(parts[3]["data"]) for parts in sent()]
    assert all(1 <= count <= 4 for count in values)
    assert {parts[3]["id"] for parts in sent()} == {stream["id"]}
    (opened,) = made.watched.record.calls("OpenPeriodicEventStream")
    assert opened["constantStreamData"] == stream
    assert made.watched.record.calls("NotifyEvent") == []


def test_a_stream_goes_on_after_a_power_cut(tmp_path: Path) -> None:
    """N11: the settings of monitors outlive a restart; the stream is opened anew."""
    made = Charger(tmp_path / "charger", "2.1")

    async def story() -> None:
        async with made.running():
            await made.until(lambda: made.registered)
            asked = {"setMonitoringData": [WATCHED]}
            await made.csms.call(STATION, "SetVariableMonitoring", asked)
            await made.until(lambda: made.watched.record.calls("OpenPeriodicEventStream") != [])
        async with made.running():
            opened = made.watched.record.calls
            await made.until(lambda: len(opened("OpenPeriodicEventStream")) == 2)
            first, second = opened("OpenPeriodicEventStream")
            assert first == second

    run_virtual(story())
    assert made.csms.rejected == []
