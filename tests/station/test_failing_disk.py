"""The disk of a whole charger fails at one write or another: what is not written is not sold.

SQLite itself meets the failure; the station takes the permits back, tries again until the disk
is well, and goes on. ``AMPKEEPER_DISK_FAULTS`` is a list of writes of a session to try.
"""

import json
import os
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support import sqlite_disk
from tests.support.rig import CARD
from tests.support.sqlite_disk import watched
from tests.support.virtual import Charger

PLACES = json.loads(os.environ.get("AMPKEEPER_DISK_FAULTS", "[5, 70]"))
OUTAGE = 4  # operations that fail, one after another; the station tries again every second
CODES = {
    "eio": {"write": sqlite_disk.IO_WRITE, "sync": sqlite_disk.IO_SYNC},
    "full": {"write": sqlite_disk.FULL},
}


class Failing:
    """Operations that fail from one on, once the charger is up."""

    def __init__(self, codes: dict[str, int], first: int) -> None:
        self.is_armed = False
        self.count = self.failed = 0
        self._codes = codes
        self._due = range(first, first + OUTAGE)

    def may(self, kind: str, name: str) -> int:
        """The code of a failure that is due."""
        if not self.is_armed or kind not in self._codes:
            return sqlite_disk.OK
        self.count += 1
        if self.count not in self._due:
            return sqlite_disk.OK
        self.failed += 1
        return self._codes[kind]

    def did(self, kind: str, name: str, place: int, data: bytes) -> None:
        """Nobody keeps it."""


async def session(made: Charger, disk: Failing) -> None:
    """One session, from a plug to an end by card."""
    async with made.running():
        await made.until(lambda: made.status() == "Available" and made.registered)
        disk.is_armed = True
        await made.charge()
        await made.until(lambda: made.car.register.energy_wh > 100, 120)
        await made.until(lambda: made.status() == "Charging", 30)
        made.swipe(CARD)
        await made.settle()
        disk.is_armed = False
        assert "StoreFailed" not in made.faults


def run(folder: Path, version: str, disk: Failing) -> Charger:
    """A session on that disk; what was billed is what was metered, told once."""
    made = Charger(folder, version)
    with watched(disk, folder):
        run_virtual(session(made, disk))
    found = made.check()
    assert len(found) == 1
    made.check_bills(found)
    return made


@pytest.mark.parametrize(("kind", "version"), [("eio", "2.0.1"), ("full", "1.6")])
@pytest.mark.parametrize("first", PLACES)
def test_a_disk_that_fails_in_a_session_loses_and_doubles_nothing(
    kind: str, version: str, first: int, tmp_path: Path
):
    disk = Failing(CODES[kind], first)
    made = run(tmp_path, version, disk)
    assert disk.failed == OUTAGE
    assert any("StoreFailed" in str(fields) for _, _, fields in made.trace.events)
