"""The power goes before or after any one access to the disk; an update ends all the same.

What is accessed are the books and the file, in the order in which the station does it. Some
accesses spread over each story are cut here; ``AMPKEEPER_UPDATE_CUTS`` is how many of a story, and
from 120 on all of them. What the central system hears, and when, is for ``update_oracle.py``.
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.station.test_software_updates import (
    call,
    plain_order,
    signed_order,
    told,
    trust,
    version,
)
from tests.support.file_servers import web_server
from tests.support.images import Maker, image_of, make_maker
from tests.support.update_oracle import FAILED, PLAIN, SIGNED, update_breaches
from tests.support.virtual import Charger, CuttingLoop, run_cutting

CUTS = max(1, int(os.environ.get("AMPKEEPER_UPDATE_CUTS", "1")))
GOOD, BROKEN = "2.0.0", "3.0.0"
IMAGES = {name: image_of(name, filling=bytes(100_000)) for name in (GOOD, BROKEN)}


@dataclass(frozen=True)
class Story:
    """An update over this dialect; ``accesses`` to the disk it has at least."""

    name: str
    dialect: str
    image: str
    accesses: int
    first: int  # of those that are always cut

    @property
    def is_signed(self) -> bool:
        return self.name != "plain"

    @property
    def action(self) -> str:
        return SIGNED if self.dialect == "1.6" and self.is_signed else PLAIN

    @property
    def end(self) -> str:
        return "Installed" if self.image == GOOD else FAILED

    async def order(self, made: Charger, maker: Maker, url: str) -> None:
        """By the central system."""
        if not self.is_signed:
            assert await call(made, "UpdateFirmware", plain_order(made, url, retries=9)) == {}
            return
        await trust(made, maker)
        action = "SignedUpdateFirmware" if self.dialect == "1.6" else "UpdateFirmware"
        order = signed_order(made, maker, url, IMAGES[self.image])
        assert (await call(made, action, order))["status"] == "Accepted"


STORIES = (
    Story("plain", "1.6", GOOD, 58, 11),
    Story("signed", "1.6", GOOD, 58, 25),
    Story("reverts", "1.6", BROKEN, 37, 31),
    Story("signed", "2.0.1", GOOD, 58, 5),
    Story("reverts", "2.0.1", BROKEN, 37, 18),
    Story("signed", "2.1", GOOD, 58, 47),
)


def cuts_of(story: Story) -> list[tuple[int, bool]]:
    every = [(n, is_before) for n in range(1, story.accesses + 1) for is_before in (True, False)]
    begin, step = 2 * (story.first - 1), max(1, len(every) // CUTS)
    return [every[(begin + each) % len(every)] for each in range(0, len(every), step)]


CASES = [
    pytest.param(story, *cut, id=f"{story.name}-{story.dialect}-{cut[0]}-{cut[1]}")
    for story in STORIES
    for cut in cuts_of(story)
]


@pytest.fixture(scope="module")
def maker() -> Maker:
    return make_maker()


@pytest.mark.parametrize(("story", "number", "is_before"), CASES)
def test_the_update_ends_and_is_told_in_order(
    tmp_path: Path, maker: Maker, story: Story, number: int, is_before: bool
) -> None:
    made = Charger(tmp_path, story.dialect)
    made.launcher.broken.add(BROKEN)

    async def script(loop: CuttingLoop) -> None:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            before = version(made)
            await story.order(made, maker, url)
            loop.cut_after(number, is_before)
            await asyncio.wait_for(loop.has_cut.wait(), 600)
        loop.power_on()
        async with made.running():
            await made.until(lambda: story.end in told(made, story.action), 600)
            await asyncio.sleep(70)
            await made.until(lambda: made.status() == "Available")
            assert version(made) == (GOOD if story.end == "Installed" else before)
        assert told(made, story.action)[-1] == story.end
        assert update_breaches(made.watched.record) == [], made.watched.record.tail(60)

    with web_server() as server:
        server.files["/image"] = IMAGES[story.image]
        url = server.url("/image")
        run_cutting(script)
