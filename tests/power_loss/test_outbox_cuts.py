"""The power goes at every write of the store, and again while that is put right.

What SQLite really writes is recorded; every disk that a cut may leave is opened with the shipped
store. It has what was acknowledged, once, in order; and all or nothing of what was not yet.
Set AMPKEEPER_STORE_STEPS for longer stories.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ampkeeper.firmware.store.store import Store
from tests.power_loss.outbox_judge import Judge, Recorder, digest_of, disk_in
from tests.power_loss.outbox_story import (
    Step,
    Story,
    dump_of,
    opened,
    tell_oldest,
    write_setting,
)
from tests.support.crash_disk import CrashDisk, Files, found
from tests.support.sqlite_disk import watched

STEPS = int(os.environ.get("AMPKEEPER_STORE_STEPS", "10"))  # of half a story
STORIES = 4
DISKS_MIN = 25_000 if STEPS >= 10 else 0  # of each story, after one cut or two
MAKING_EVERY = 83  # operations; of 200 that make a store with all its tables
SECOND_CUTS_EVERY = 1_000  # disks; these are opened, used, and cut again


class Life:
    """A store that is recorded from one opening to the end, and what its books said meanwhile."""

    def __init__(self, path: Path, disk: CrashDisk, judge: Judge) -> None:
        self.wrong: list[str] = []
        self.patterns: Counter[str] = Counter()
        self.samples: list[tuple[Files, tuple[str, str]]] = []  # disks, and what they may say
        self.books = ""
        self._path = path
        self._judge = judge
        self._disk = disk
        disk.after = lambda: judge.collect(disk)
        self.open()

    def open(self) -> None:
        """Open the store; that changes nothing in the books."""
        self.store = opened(self._path)
        self.books = self.books or digest_of(dump_of(self.store))
        self.step("open", lambda store: None)

    def step(self, name: str, act: Step) -> None:
        """Do it, and judge all that a cut in it could leave: the books as before, or as after."""
        before = self.books
        act(self.store)
        self.books = digest_of(dump_of(self.store))
        self._look(name, (before, self.books))

    def close(self) -> None:
        """Close the store, with all that it still writes then."""
        self.store.close()
        self._look("close", (self.books, self.books))

    def _look(self, name: str, allowed: tuple[str, str]) -> None:
        for pattern, files in self._judge.waiting():
            books = self._judge.books_on(files)
            if books not in allowed:
                self.wrong.append(f"{name}, {pattern}: {books}")
            if not self.patterns[f"{name.split()[0]} {pattern}"] % SECOND_CUTS_EVERY:
                self.samples.append((files, allowed))
            self.patterns[f"{name.split()[0]} {pattern}"] += 1


def use(life: Life, seed: int, steps: int) -> None:
    """A store is used, closed and opened again, and used."""
    story = Story(seed)
    for half in range(2):
        for number, act in enumerate(story.steps(steps)):
            life.step(f"step {half}.{number}", act)
            story.check(life.store)
        life.close()
        life.open()
    life.close()


def use_after_a_cut(life: Life) -> None:
    """What is owed is told, and something is written down."""
    life.step("tell", tell_oldest)
    life.step("set", lambda store: write_setting(store, "again", "x" * 100))
    life.close()


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    """Who judges what a cut leaves."""
    (tmp_path / "cut").mkdir()
    judge = Judge(tmp_path / "cut")
    yield judge
    judge.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store that was made and closed."""
    (tmp_path / "runs").mkdir()
    path = tmp_path / "runs" / "ampkeeper.db"
    opened(path).close()
    return path


def second_life(folder: Path, files: Files, allowed: tuple[str, str], judge: Judge) -> list[str]:
    """The store is opened on a disk that a cut left, used, and cut again; what was wrong then."""
    folder.mkdir()
    disk = found(files)
    for name, content in files.items():
        (folder / name).write_bytes(content.raw)
    with watched(Recorder(disk), folder):
        life = Life(folder / "ampkeeper.db", disk, judge)
        wrong = [] if life.books in allowed else [f"second life: {life.books}"]
        use_after_a_cut(life)
    return wrong + life.wrong


@pytest.mark.parametrize("seed", range(STORIES))
def test_whatever_a_cut_leaves_has_each_acknowledged_message_once(
    seed: int,
    path: Path,
    judge: Judge,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
):
    disk = disk_in(path.parent)
    with watched(Recorder(disk), path.parent):
        life = Life(path, disk, judge)
        use(life, seed, STEPS)
    once = len(judge.seen)
    wrong = life.wrong
    for number, (files, allowed) in enumerate(life.samples):
        wrong += second_life(tmp_path / f"again-{number}", files, allowed, judge)
    patterns = ", ".join(f"{count:,} {name}" for name, count in life.patterns.most_common())
    record_property(
        "covered",
        f"{once:,} disks ({patterns}), {len(judge.seen) - once:,} more cut twice in"
        f" {len(life.samples)} second lives; {judge.opened:,} opened by the store, the rest the"
        f" same to SQLite as one of these",
    )
    assert wrong == []
    assert len(judge.seen) >= DISKS_MIN


def test_a_cut_while_a_store_is_made_leaves_one_that_is_made_after_all(
    path: Path, judge: Judge, tmp_path: Path, record_property: Callable[[str, object], None]
):
    store = opened(path)
    made = digest_of(dump_of(store))
    store.close()
    disk, count = CrashDisk(), 0

    def look() -> None:
        nonlocal count
        count += 1
        if count % MAKING_EVERY == 0 or len(disk.pending) > 1:
            judge.collect(disk)

    disk.after = look
    (tmp_path / "new").mkdir()
    with watched(Recorder(disk), tmp_path / "new"):
        store = opened(tmp_path / "new" / "ampkeeper.db")
        store.close()
    left = judge.waiting()
    assert {judge.books_on(files) for _, files in left} == {made}
    record_property("covered", f"{len(left):,} disks")


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_the_same_with_less_than_every_sync_goes_wrong(
    synchronous: str, path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
):
    real = opened

    def weak(path: Path) -> Store:
        store = real(path)
        store._connection.execute(f"PRAGMA synchronous = {synchronous}")
        return store

    disk = disk_in(path.parent)
    monkeypatch.setattr("tests.power_loss.test_outbox_cuts.opened", weak)
    with watched(Recorder(disk), path.parent):
        life = Life(path, disk, judge)
        for act in Story(0).steps(4):
            if not life.wrong:
                life.step("step", act)
        life.store.close()
    assert life.wrong
