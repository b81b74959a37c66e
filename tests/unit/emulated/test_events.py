"""Events come in order, once each, and a listener may go on where it was."""

import asyncio
import json
from datetime import UTC, datetime

from ampkeeper.board.emulated.events import EVENTS_MAX, EventLog
from ampkeeper.board.emulated.sse import message


def log() -> EventLog:
    return EventLog(lambda: datetime(2026, 11, 22, 12, 0, 0, 123_456, tzinfo=UTC))


async def test_an_event_has_id_time_kind_and_its_fields() -> None:
    events = log()
    events.publish("contactor", evse_id=1, state="closed")
    _, (event,) = events.after(0, 10)
    assert event.as_json() == {
        "id": 1,
        "time": "2026-11-22T12:00:00.123Z",
        "kind": "contactor",
        "evse_id": 1,
        "state": "closed",
    }


async def test_a_listener_goes_on_after_the_last_one_it_saw() -> None:
    events = log()
    for number in range(1, 6):
        events.publish("tick", number=number)
    lost, found = events.after(3, 10)
    assert lost == 0
    assert [event.id for event in found] == [4, 5]
    assert events.after(5, 10) == (0, [])


async def test_a_batch_is_limited() -> None:
    events = log()
    for _ in range(5):
        events.publish("tick")
    assert [event.id for event in events.after(0, 2)[1]] == [1, 2]


async def test_the_oldest_events_give_way_and_the_listener_is_told() -> None:
    events = log()
    for _ in range(EVENTS_MAX + 7):
        events.publish("tick")
    lost, found = events.after(2, 3)
    assert lost == 5
    assert [event.id for event in found] == [8, 9, 10]


async def test_a_waiting_listener_is_woken_by_the_next_event_and_by_the_end() -> None:
    events = log()
    waiting = asyncio.create_task(events.wait(10))
    await asyncio.sleep(0)
    events.publish("tick")
    assert await waiting
    waiting = asyncio.create_task(events.wait(10))
    await asyncio.sleep(0)
    events.close()
    assert await waiting
    assert await events.wait(10)


async def test_waiting_ends_without_an_event() -> None:
    assert not await log().wait(0.001)


async def test_a_message_carries_the_event_on_one_line_of_data() -> None:
    events = log()
    events.publish("display_message", text="two\nlines")
    _, (event,) = events.after(0, 1)
    lines = message(event).split("\n")
    assert lines[0] == "id: 1"
    assert lines[1] == "event: display_message"
    assert json.loads(lines[2].removeprefix("data: "))["text"] == "two\nlines"
    assert lines[3:] == ["", ""]
