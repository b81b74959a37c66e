"""Row 3: the link to the central system dies silently, and the charger still shows it as up.

Here a link counts as alive only while somebody answers: pings, and calls. The status says when
something was last heard, and what is unanswered.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import loop_time_s, run_virtual
from ampkeeper.firmware.faces.cli.link_words import link_words
from tests.support.rig import VERSIONS
from tests.support.virtual import Charger

SEEN_S = 120.0  # for pings; the longest that a dead link is shown as up
CALLS_S = 300.0  # for calls that nobody answers, which may be rarer
BACK_S = 120.0
SAMPLED = {"ocpp__keys__MeterValueSampleInterval": "20"}  # so that there is something to say


async def status(made: Charger) -> dict[str, Any]:
    """What people are shown of the link."""
    answer = await made.app.api.answer("status", {})
    shown: dict[str, Any] = answer["csms"]
    return shown


async def doubted(made: Charger) -> dict[str, Any]:
    """What is shown as soon as it shows that something is wrong."""
    for _ in range(round(SEEN_S)):
        shown = await status(made)
        if shown["link"] == "down" or shown["unanswered"]:
            return shown
        await asyncio.sleep(1)
    raise AssertionError(f"after {SEEN_S:g} s all is said to be well: {shown}")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_peer_that_is_gone_without_a_word_is_shown_as_down_and_found_again(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version)

    async def play() -> tuple[float, dict[str, Any]]:
        async with made.running():
            await made.charge()
            begin_s = loop_time_s()
            made.withhold_pongs()
            made.watched.ignores = lambda action: True
            await made.until(lambda: made.app.csms.view()["link"] == "down", SEEN_S)
            seen_s, shown = loop_time_s() - begin_s, await status(made)
            made.watched.ignores = lambda action: False
            await made.until(lambda: made.registered, BACK_S)
            assert made.status() == "Charging"
            await made.settle()
            return seen_s, shown

    seen_s, shown = run_virtual(play())
    assert seen_s <= SEEN_S
    assert shown["link"] == "down"
    assert link_words(shown).startswith("down since")
    made.check_bills(made.check())


@pytest.mark.parametrize("version", VERSIONS)
def test_one_that_answers_pings_but_no_call_is_left_too(tmp_path: Path, version: str) -> None:
    """The far end's socket lives, its program does not."""
    made = Charger(tmp_path, version, **SAMPLED)

    async def play() -> tuple[int, dict[str, Any]]:
        async with made.running():
            await made.charge()
            lives = len(made.watched.record.lives)
            made.watched.ignores = lambda action: True
            shown = await doubted(made)
            await made.until(lambda: len(made.watched.record.lives) > lives, CALLS_S)
            made.watched.ignores = lambda action: False
            await made.until(lambda: made.registered, BACK_S)
            await made.settle()
            return lives, shown

    lives, shown = run_virtual(play())
    assert lives == 1
    assert "unanswered" in link_words(shown) or "down" in link_words(shown)
    made.check_bills(made.check())
