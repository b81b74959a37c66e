"""The event stream of the control API: in order, from where the listener was, to the end."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ampkeeper.board.emulated import control
from tests.unit.emulated.control_rig import Rig

EV = "/v1/evses/1/ev"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    yield made
    await made.client.aclose()


async def events_of(rig: Rig, count: int, last_id: str | None = None) -> list[dict[str, Any]]:
    """Listen until ``count`` events came, as a browser would."""
    headers = {"Last-Event-ID": last_id} if last_id is not None else {}
    found: list[dict[str, Any]] = []
    messages = sse_lines(rig, headers)
    async for line in messages:
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
        if len(found) == count:
            break
    await messages.aclose()
    return found


async def sse_lines(rig: Rig, headers: dict[str, str]) -> Any:
    """The stream's lines; ASGITransport collects whole bodies, so this speaks ASGI itself."""
    sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/v1/events",
        "raw_path": b"/v1/events",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "server": ("charger", 80),
        "client": ("rig", 1),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(piece: Any) -> None:
        await sent.put(piece)

    task = asyncio.create_task(rig.control.app(scope, receive, send))
    try:
        assert (await sent.get())["status"] == 200
        while True:
            for line in (await sent.get())["body"].decode().split("\n"):
                yield line
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_events_come_from_the_first_one_on_in_order(rig: Rig) -> None:
    await rig.ask("PATCH", EV, {"plugged": True})
    await rig.ask("PATCH", "/v1/network", {"up": False})
    rig.events.publish("display_message", text="hello")
    found = await events_of(rig, 3)
    assert [event["id"] for event in found] == [1, 2, 3]
    assert [event["kind"] for event in found] == [
        "ev_changed",
        "network_changed",
        "display_message",
    ]
    assert all(event["time"] == "2026-01-01T00:00:00.000Z" for event in found)


async def test_a_listener_resumes_after_its_last_event(rig: Rig) -> None:
    for number in range(5):
        rig.events.publish("tick", number=number)
    assert [event["id"] for event in await events_of(rig, 2, "3")] == [4, 5]


async def test_a_listener_from_before_a_restart_hears_everything_of_this_life(rig: Rig) -> None:
    rig.events.publish("tick")
    assert [event["id"] for event in await events_of(rig, 1, "4711")] == [1]


async def test_a_listener_gets_events_as_they_happen(rig: Rig) -> None:
    listening = asyncio.create_task(events_of(rig, 2))
    for _ in range(5):
        await asyncio.sleep(0)
    rig.events.publish("tick", number=1)
    for _ in range(5):
        await asyncio.sleep(0)
    rig.events.publish("tick", number=2)
    assert [event["number"] for event in await listening] == [1, 2]


@pytest.mark.parametrize("last_id", ["", "x", "-1", "1.5", "9" * 19, "²"])
async def test_a_bad_last_event_id_is_refused(rig: Rig, last_id: str) -> None:
    headers = {"Last-Event-ID": last_id.encode()}
    answer = await rig.client.get("/v1/events", headers=headers)
    assert answer.status_code == 400
    assert "Last-Event-ID" in answer.json()["error"]


async def test_the_streams_end_with_the_log_and_are_limited(rig: Rig) -> None:
    rig.events.publish("tick")
    rig.events.close()
    answer = await rig.client.get("/v1/events")
    assert answer.status_code == 200
    rig.control._listener_count = control.LISTENERS_MAX
    assert (await rig.client.get("/v1/events")).status_code == 503
