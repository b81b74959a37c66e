"""Text reader: whole lines are tokens, everything else is nothing."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeClock
from ampkeeper.hal.memory import memory_pair
from ampkeeper.hal.ports import Tag
from ampkeeper.hal.readers.text import TEXT_MAX, LineDecoder, TextReader


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"DE-ABC-1\r\n", ["DE-ABC-1"]),
        (b"one\rtwo\nthree", ["one", "two"]),
        (b"\r\n\r\n  \n", []),
        (b" 4711 \n", ["4711"]),
        (b"x" * TEXT_MAX + b"\n", ["x" * TEXT_MAX]),
        (b"x" * (TEXT_MAX + 1) + b"\nok\n", ["ok"]),
        (b"47\xff11\nok\n", ["ok"]),
        (b"47\x0011\nok\n", ["ok"]),
    ],
)
def test_only_whole_clean_lines_are_tokens(data: bytes, texts: list[str]) -> None:
    assert LineDecoder().feed(data) == texts


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_noise_raises_nothing_and_ends_with_the_line(chunks: list[bytes]) -> None:
    decoder = LineDecoder()
    for chunk in chunks:
        for text in decoder.feed(chunk):
            assert 1 <= len(text) <= TEXT_MAX
            assert text.isprintable()
    assert decoder.feed(b"\nok\n")[-1] == "ok"


async def test_a_token_repeated_at_once_is_one_presentation() -> None:
    near, far = memory_pair()
    clock = FakeClock()
    reader = TextReader(near, clock, kind="KeyCode")
    await far.open()
    await reader.open()
    far.write(b"4711\r\n4711\r\n4712\r\n")
    assert await reader.next_tag() == Tag("4711", "KeyCode")
    assert await reader.next_tag() == Tag("4712", "KeyCode")
    waiting = asyncio.ensure_future(reader.next_tag())
    await asyncio.sleep(0)
    clock.pass_s(1.0)
    far.write(b"4712\r\n")
    assert await waiting == Tag("4712", "KeyCode")
    near.close()
    with pytest.raises(AbsentError):
        await reader.next_tag()
    reader.close()
    reader.close()
