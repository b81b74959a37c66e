"""The disk under the store fails at each operation in turn: nothing is acknowledged that is not.

A step that failed is repeated, as the station does, until it is done; the books are as before
until then, and have it once after. If the power goes meanwhile they have it or not, and nothing
else. A sync that failed has lost what it was to write (Rebello et al., USENIX ATC 2020), or not.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ampkeeper.firmware.store.errors import StoreDamagedError, StoreError
from ampkeeper.firmware.store.store import Store
from tests.power_loss.outbox_judge import Judge, Recorder, digest_of, disk_in
from tests.power_loss.outbox_story import Step, Story, dump_of, opened
from tests.support import sqlite_disk
from tests.support.crash_disk import CrashDisk, Files
from tests.support.sqlite_disk import watched

STEPS = 3
TRIES_MAX = 100
OPERATIONS_MAX = 400  # more than the story has
EIO = {
    "create": sqlite_disk.CANT_OPEN,
    "write": sqlite_disk.IO_WRITE,
    "sync": sqlite_disk.IO_SYNC,
    "truncate": sqlite_disk.IO_TRUNCATE,
    "delete": sqlite_disk.IO_DELETE,
}
NO_ROOM = {"create": sqlite_disk.CANT_OPEN, "write": sqlite_disk.FULL}
READ_ONLY = dict.fromkeys(("create", "write", "truncate", "delete"), sqlite_disk.READ_ONLY)


class Failing(Recorder):
    """A disk on which operations of some kinds fail, from one on, so many times."""

    def __init__(
        self, disk: CrashDisk, codes: dict[str, int], first: int, times: int, *, loses: bool
    ) -> None:
        super().__init__(disk)
        self.failed = ""  # the last that did
        self._codes = codes
        self._due = range(first, first + times)
        self._loses = loses
        self._count = 0

    def may(self, kind: str, name: str) -> int:
        """The code of a failure that is due."""
        if kind not in self._codes:
            return sqlite_disk.OK
        self._count += 1
        if self._count not in self._due:
            return sqlite_disk.OK
        self.failed = f"{self._count}: {kind} {name}"
        if kind == "sync" and self._loses:
            self.disk.names_now[name].lose()
        return self._codes[kind]


class Books:
    """A store whose steps are repeated until they are done, and what its books said."""

    def __init__(self, path: Path, disk: CrashDisk, judge: Judge, before: str) -> None:
        self.store: Store | None = None
        self.wrong: list[str] = []
        self.refused = 0
        self._path = path
        self._disk = disk
        self._judge = judge
        self._said = before
        self._left: list[Files] = []

    def step(self, act: Step) -> None:
        """Until it is done; the books are read after each try."""
        before = self._said
        for _ in range(TRIES_MAX):
            try:
                if self.store is None:
                    self.store = opened(self._path)
                act(self.store)
                break
            except StoreDamagedError as error:
                self.wrong.append(f"taken for damaged: {error}")
            except StoreError:
                self.refused += 1
                self._look_after_a_failure(before)
        else:
            self.wrong.append("it is not done")
        assert self.store is not None
        self._said = digest_of(dump_of(self.store))
        self._judge_left((before, self._said))
        self._collect()
        self._judge_left((self._said,))

    def close(self) -> None:
        """What it still writes then may fail."""
        assert self.store is not None
        self.store.close()
        self._collect()
        self._judge_left((self._said,))

    def _look_after_a_failure(self, before: str) -> None:
        if self.store is not None and digest_of(dump_of(self.store)) != before:
            self.wrong.append("a step failed, and left something")
        self._collect()

    def _collect(self) -> None:
        self._judge.collect(self._disk)
        self._left += [files for _, files in self._judge.waiting()]

    def _judge_left(self, allowed: tuple[str, ...]) -> None:
        for files in self._left:
            books = self._judge.books_on(files)
            if books not in allowed:
                self.wrong.append(f"after a cut: {books}")
        self._left.clear()


def use(folder: Path, failing: Callable[[CrashDisk], Failing]) -> tuple[Failing, Books]:
    """A store on a disk that fails, used, closed, opened again, and used."""
    for name in ("cut", "runs"):
        (folder / name).mkdir(parents=True)
    path = folder / "runs" / "ampkeeper.db"
    shutil.copy(folder.parent / "made.db", path)
    disk, judge = disk_in(path.parent), Judge(folder / "cut")
    watcher = failing(disk)
    with watched(watcher, path.parent):
        books = Books(path, disk, judge, digest_of(MADE))
        story = Story(7)
        for _ in range(2):
            for act in story.steps(STEPS):
                books.step(act)
                assert books.store is not None
                story.check(books.store)
            books.close()
            books.store = None
    judge.close()
    shutil.rmtree(folder)
    return watcher, books


MADE: dict[str, list[tuple[object, ...]]] = {}


@pytest.fixture(autouse=True)
def _made(tmp_path: Path):
    """A store that was made and closed, to begin with."""
    store = opened(tmp_path / "made.db")
    MADE.update(dump_of(store))
    store.close()


@pytest.mark.parametrize(
    ("codes", "times", "every", "loses"),
    [
        pytest.param(EIO, 1, 1, True, id="eio-once-lost"),
        pytest.param(EIO, 1, 1, False, id="eio-once-kept"),
        pytest.param(EIO, 30, 5, True, id="eio-for-long-lost"),
        pytest.param(EIO, 30, 5, False, id="eio-for-long-kept"),
        pytest.param(NO_ROOM, 1, 1, True, id="full-once"),
        pytest.param(NO_ROOM, 30, 5, True, id="full-for-long"),
        pytest.param(READ_ONLY, 30, 5, True, id="read-only-for-long"),
    ],
)
def test_a_step_that_fails_leaves_nothing_and_is_there_once_when_it_is_repeated(
    codes: dict[str, int],
    times: int,
    every: int,
    loses: bool,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
):
    refused = runs = 0
    for first in range(1, OPERATIONS_MAX, every):
        watcher, books = use(
            tmp_path / str(first),
            lambda disk, first=first: Failing(disk, codes, first, times, loses=loses),
        )
        assert books.wrong == [], watcher.failed
        if not watcher.failed:
            break
        refused += books.refused
        runs += 1
    assert refused > 10
    record_property("covered", f"{runs} places of failure, {refused} steps refused")


def test_a_store_on_a_disk_that_stays_full_refuses_every_step_and_can_be_read(tmp_path: Path):
    path = tmp_path / "made.db"
    with watched(
        Failing(disk_in(tmp_path), {"write": sqlite_disk.FULL}, 1, 10**9, loses=True), tmp_path
    ):
        store = opened(path)
        for act in Story(7).steps(STEPS):
            with pytest.raises(StoreError):
                act(store)
            assert store.outbox_count() == 0
            assert store.health().problems == ()
        store.close()
