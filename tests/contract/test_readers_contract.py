"""The contract of the Reader port: fake, every driver over its twin, and the emulated board."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import Tag
from tests.support.reader_benches import MAKERS, Bench
from tests.support.reader_benches import play as play_on

LIMIT_S = 5.0  # ends a wait that should be over in one
HOLD_S = 2.0
GONE_S = 3.0  # the card is away for longer than any reader bridges

Scene = Callable[[Bench], Awaitable[None]]
Play = Callable[[Scene], None]


@pytest.fixture(params=MAKERS)
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    maker = MAKERS[request.param]

    def run(scene: Scene) -> None:
        play_on(maker, tmp_path, scene)

    return run


async def next_tag(bench: Bench) -> Tag:
    return await asyncio.wait_for(bench.reader.next_tag(), LIMIT_S)


def test_each_card_is_one_tag_by_its_whole_uid(play: Play) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        for card in bench.cards:
            bench.hold(card, HOLD_S)
            assert await bench.tags(HOLD_S + GONE_S) == [card]

    play(scene)


def test_a_card_held_through_the_whole_of_a_stop_is_one_tag(play: Play) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.hold(bench.cards[0], bench.long_s)
        assert await bench.tags(bench.long_s + 3) == [bench.cards[0]]

    play(scene)


def test_a_card_held_while_nobody_asks_is_one_tag(play: Play) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.hold(bench.cards[0], 8)
        assert await next_tag(bench) == bench.cards[0]
        await asyncio.sleep(5)
        assert await bench.tags(2) == []

    play(scene)


def test_another_card_is_another_tag(play: Play) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.hold(bench.cards[0], HOLD_S)
        assert await next_tag(bench) == bench.cards[0]
        bench.hold(bench.cards[1], HOLD_S)
        assert await next_tag(bench) == bench.cards[1]

    play(scene)


def test_a_card_taken_away_and_shown_again_is_a_new_tag(play: Play) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        for _ in range(2):
            bench.hold(bench.cards[0], HOLD_S)
            assert await bench.tags(HOLD_S + GONE_S) == [bench.cards[0]]

    play(scene)


def test_a_part_that_is_gone_is_absent_and_comes_back(play: Play) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.silence(True)
        with pytest.raises(AbsentError):
            await next_tag(bench)
        with pytest.raises(AbsentError):
            await bench.reader.open()
        bench.silence(False)
        await bench.reader.open()
        bench.hold(bench.cards[0], HOLD_S)
        assert await next_tag(bench) == bench.cards[0]

    play(scene)


def test_a_card_shown_while_the_part_was_gone_is_no_tag_afterwards(play: Play) -> None:
    async def scene(bench: Bench) -> None:
        await bench.reader.open()
        bench.silence(True)
        bench.hold(bench.cards[0], HOLD_S)
        await asyncio.sleep(HOLD_S + 1)
        bench.silence(False)
        assert await bench.tags(4) == []
        bench.hold(bench.cards[1], HOLD_S)
        assert await next_tag(bench) == bench.cards[1]

    play(scene)


def test_close_is_safe_twice_and_open_works_again(play: Play) -> None:
    async def scene(bench: Bench) -> None:
        bench.reader.close()
        await bench.reader.open()
        bench.reader.close()
        bench.reader.close()
        await bench.reader.open()
        bench.hold(bench.cards[0], HOLD_S)
        assert await next_tag(bench) == bench.cards[0]

    play(scene)
