"""Row 4: who is in charge, the central system, an energy manager, or the owner?

Here nobody overrides anybody: the least of what all of them allow is offered, in whatever order
they said it, and each may take back only what he himself said. There is always one answer.
"""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.virtual import Charger

from .wishes import clear_default, drawing, set_default

WISHES = {"csms": 10.0, "manager": 8.0, "owner": 13.0}
BOUND = {"csms": "profile_default", "manager": "profile_external", "owner": "owner"}


async def wish(made: Charger, who: str, current_a: float | None) -> None:
    """Somebody limits the charge, or does no more."""
    if who == "csms":
        await (set_default(made, current_a) if current_a is not None else clear_default(made))
    else:
        asked = {"current_a": current_a} | ({"source": "EMS"} if who == "manager" else {})
        await made.app.api.answer("limit", asked)


async def binding(made: Charger) -> tuple[float, str]:
    (evse,) = (await made.app.api.answer("why", {}))["evses"]
    assert [entry["binds"] for entry in evse["entries"]].count(True) == 1
    return evse["limit_a"], evse["limited_by"]


@pytest.mark.parametrize("order", list(permutations(WISHES)))
def test_the_least_is_offered_in_whatever_order_it_was_said(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    made = Charger(tmp_path)

    async def play() -> Any:
        async with made.running():
            await made.charge()
            for who in order:
                await wish(made, who, WISHES[who])
            await drawing(made, 8.0)
            return await binding(made)

    assert run_virtual(play()) == (8.0, "profile_external")


def test_each_takes_back_only_what_he_said_himself(tmp_path: Path) -> None:
    """The manager goes, then the central system; the owner's limit stays until he takes it."""
    made = Charger(tmp_path)

    async def play() -> list[tuple[float, str]]:
        async with made.running():
            await made.charge()
            for who, current_a in WISHES.items():
                await wish(made, who, current_a)
            seen = []
            for who in ("manager", "csms", "owner"):
                seen.append(await binding(made))
                await wish(made, who, None)
            await drawing(made, 16.0)
            return [*seen, await binding(made)]

    assert run_virtual(play()) == [
        (8.0, "profile_external"),
        (10.0, "profile_default"),
        (13.0, "owner"),
        (20.0, "cable"),
    ]


@pytest.mark.parametrize("who", WISHES)
def test_nobody_can_raise_what_another_has_limited(tmp_path: Path, who: str) -> None:
    made = Charger(tmp_path)

    async def play() -> tuple[float, str]:
        async with made.running():
            await made.charge()
            for other in WISHES:
                await wish(made, other, 32.0 if other == who else 9.0)
            await drawing(made, 9.0)
            return await binding(made)

    limit_a, by = run_virtual(play())
    assert limit_a == 9.0
    assert by in set(BOUND.values()) - {BOUND[who]}


def test_after_a_power_cut_all_of_them_are_in_charge_as_before(tmp_path: Path) -> None:
    made = Charger(tmp_path)

    async def before() -> None:
        async with made.running():
            await made.charge()
            for who, current_a in WISHES.items():
                await wish(made, who, current_a)

    async def after() -> set[str]:
        async with made.running():
            await made.until(lambda: made.status() == "Charging")
            await drawing(made, 8.0)
            (evse,) = (await made.app.api.answer("why", {}))["evses"]
            return {entry["source"] for entry in evse["entries"]}

    run_virtual(before())
    assert run_virtual(after()) >= set(BOUND.values())
