"""The gate: no face opens a door before somebody owns the charger."""

import asyncio
from typing import Any

import pytest

from ampkeeper.firmware.faces.gate import Gate
from ampkeeper.firmware.faces.local import LocalRefusedError

TURNS = 10


class Door:
    """A face that runs until it is cancelled."""

    def __init__(self) -> None:
        self.is_running = False
        self.starts = 0

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        return [group.create_task(self.run())]

    async def run(self) -> None:
        self.starts += 1
        self.is_running = True
        try:
            await asyncio.Event().wait()
        finally:
            self.is_running = False


class Owned:
    """Whether somebody owns the charger."""

    def __init__(self) -> None:
        self.is_so = False
        self.gate = Gate(lambda: self.is_so)

    async def become(self, is_so: bool) -> None:
        self.is_so = is_so
        self.gate.look()
        for _ in range(TURNS):
            await asyncio.sleep(0)


async def test_a_door_is_open_while_somebody_owns_the_charger_and_only_then() -> None:
    owned, door = Owned(), Door()
    async with asyncio.TaskGroup() as group:
        held = group.create_task(owned.gate.hold(door))
        seen = []
        for is_so in (False, True, True, False, True):
            await owned.become(is_so)
            seen.append((door.is_running, door.starts))
        assert seen == [(False, 0), (True, 1), (True, 1), (False, 1), (True, 2)]
        held.cancel()
    assert not door.is_running


async def test_nobody_is_obeyed_before() -> None:
    owned, asked = Owned(), []

    async def ask(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(verb)
        return {}

    with pytest.raises(LocalRefusedError, match="nobody owns the charger yet"):
        await owned.gate.asked(ask)("stop", {})
    assert asked == []
    owned.is_so = True
    await owned.gate.asked(ask)("stop", {})
    assert asked == ["stop"]


async def test_what_ends_a_face_is_not_swallowed() -> None:
    class Broken(Door):
        async def run(self) -> None:
            raise RuntimeError("our own bug")

    owned = Owned()
    owned.is_so = True
    with pytest.raises(ExceptionGroup, match="unhandled"):
        await owned.gate.hold(Broken())
