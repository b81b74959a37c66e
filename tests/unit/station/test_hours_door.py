"""The owner's hours of the week: they win over the file's, and outlive a restart."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ampkeeper.firmware.energy.schedules import Window
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.hours_door import HoursDoor
from ampkeeper.firmware.store.changes import SaveMeta

from .energy_rig import Home

NIGHT = Window("night", tuple(range(7)), 22 * 60, 6 * 60)
NOON = {"name": "noon", "begin": "11:00", "end": "13:00"}


class Rig:
    """A house whose charger charges at night, at noon on a Sunday."""

    def __init__(self) -> None:
        self.home = Home(mode="schedule", windows=(NIGHT,), zone=UTC)
        self.home.begin_at(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
        self.home.start()
        self.home.pass_time(5.0)
        self.books: dict[str, str] = {}
        us: Any = self
        self.door = HoursDoor(self.home.energy, us)

    async def put(self, event: Callable[..., Any]) -> None:
        effects = event(self.home.now, self.home.now_s)
        for change in effects.changes:
            if isinstance(change, SaveMeta):
                self.books[change.key] = change.value

    async def settled(self) -> None:
        self.home.pass_time(5.0)


async def test_hours_that_are_said_count_at_once_and_the_file_s_again_when_they_go() -> None:
    rig = Rig()
    assert rig.home.offered_a() == 0.0
    told = await rig.door.answer({"action": "set", "hours": [NOON]})
    assert (told["is_changed"], told["hours"][0]["name"]) == (True, "noon")
    assert rig.home.offered_a() > 6.0
    told = await rig.door.answer({"action": "reset"})
    assert (told["is_changed"], told["hours"][0]["name"]) == (False, "night")
    assert rig.home.offered_a() == 0.0


async def test_they_outlive_a_restart() -> None:
    rig, after = Rig(), Rig()
    await rig.door.answer({"action": "set", "hours": [NOON]})
    assert after.home.energy.recall(rig.books.get) == []
    assert (await after.door.answer({}))["hours"] == (await rig.door.answer({}))["hours"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"action": "set", "hours": []}, "would never charge"),
        ({"action": "set", "hours": [{**NOON, "evse": 2}]}, "no such EVSE"),
        ({"action": "set"}, "must be a list"),
        ({"action": "dance"}, "show, set, reset"),
    ],
)
async def test_what_cannot_be_changes_nothing(arguments: dict[str, Any], said: str) -> None:
    rig = Rig()
    with pytest.raises(LocalRefusedError, match=said):
        await rig.door.answer(arguments)
    assert rig.books == {}
    assert rig.home.energy.windows == (NIGHT,)
