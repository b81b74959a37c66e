"""Presentations: what a reader reports while somebody goes on asking it."""

import asyncio
from contextlib import suppress

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.ports import Reader, Tag

REOPEN_S = 1.0  # as the station does


async def tags_within(seconds: float, reader: Reader) -> list[Tag]:
    """The tags of the next seconds; a reader that is absent is opened again and again."""
    found: list[Tag] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _collect(reader, found)
    return found


async def _collect(reader: Reader, found: list[Tag]) -> None:
    while True:
        try:
            found.append(await reader.next_tag())
        except AbsentError:
            await asyncio.sleep(REOPEN_S)
