"""Row 21: what a card does is no surprise: whose session it is, who ends it, who may not charge."""

import asyncio
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual

CAR = {"max_a": 16.0, "phases": 3, "cable_a": 20}
ANNA, BERT, CARL = "04A224B1", "04B1C2D3", "04C00000"
HEARD_S = 8.0  # long enough for a card to do what it does; virtual


def whose(made: VirtualCharger) -> tuple[str, str | None]:
    """The status, and who has the session."""
    (evse,) = made.app.people.overview.read().evses
    return evse.status, evse.session.user if evse.session is not None else None


async def known(made: VirtualCharger) -> None:
    """Anna and Bert may charge; Carl might until some years ago."""
    await made.until(lambda: made.csms.links != {} and made.status() == "Available")
    people: tuple[dict[str, Any], ...] = (
        {"user": "Anna", "add_cards": [ANNA]},
        {"user": "Bert", "add_cards": [BERT]},
        {"user": "Carl", "add_cards": [CARL], "until": "2020-01-01"},
    )
    for one in people:
        await made.app.api.answer("user", {"action": "add", **one})


async def swiped(made: VirtualCharger, card: str) -> tuple[str, str | None]:
    """Hold it to the reader, and see what came of it."""
    made.swipe(card)
    await asyncio.sleep(HEARD_S)
    return whose(made)


def test_row_21_a_session_is_whose_card_began_it_and_only_he_ends_it(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> None:
        async with made.running():
            await known(made)
            made.plug(**CAR)
            assert await swiped(made, CARL) == ("Preparing", None), "his days are over"
            assert await swiped(made, ANNA) == ("Charging", "Anna")
            assert await swiped(made, BERT) == ("Charging", "Anna"), "not his to end"
            assert await swiped(made, CARL) == ("Charging", "Anna")
            assert await swiped(made, ANNA) == ("Finishing", None)
            assert await swiped(made, BERT) == ("Charging", "Bert"), "without unplugging"

    run_virtual(run())


def test_row_21_who_held_the_wrong_card_takes_it_back_before_he_plugs_in(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def run() -> None:
        async with made.running():
            await known(made)
            assert await swiped(made, ANNA) == ("Preparing", "Anna")
            assert await swiped(made, BERT) == ("Preparing", "Anna"), "nobody takes it from her"
            assert await swiped(made, ANNA) == ("Available", None)
            assert await swiped(made, BERT) == ("Preparing", "Bert")
            made.plug(**CAR)
            await made.until(lambda: whose(made) == ("Charging", "Bert"))

    run_virtual(run())
