"""The power goes in an update while a session is open: books and slots are of one disk.

What a cut leaves of both is looked at together: the books hold the session and each sample that
was acknowledged, and say of the update what the slots do, or what was just to be done.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from ampkeeper.firmware.store.changes import AddFact, SaveTransfer
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.update import envelope
from ampkeeper.firmware.update.folders import CHECKED_PERMILLE, Folders
from ampkeeper.firmware.update.record import RECORD
from ampkeeper.firmware.update.slots import STATES, Slots, slots_of
from tests.power_loss.outbox_judge import DB, JOURNAL, WAL, Recorder, disk_in
from tests.power_loss.outbox_judge import Judge as BooksJudge
from tests.power_loss.outbox_story import opened
from tests.power_loss.update_story import MACHINE, OLD, SMALL, quiet
from tests.support.crash_disk import CrashDisk, Files, found
from tests.support.releases import NOW
from tests.support.sqlite_disk import watched
from tests.unit.store.examples import open_session, sampled, started

SLOTS = "slots"
PIECE_BYTES = 1_024
SAMPLES_MAX = 8
DISKS_MIN = 1_000
TX = "tx-1"
# What the slots may be while the books say that; what follows is written down before it is done.
MAY_BE = {
    "ordered": {("GOOD", "a")},
    "installing": {("GOOD", "a"), ("TRYING", "a")},
    "restarting": {("TRYING", "a")},
    "trying": {("TRYING", "a"), ("GOOD", "b")},
    "done": {("GOOD", "b")},
}


class Below:
    """A ``Disk`` that is a folder of another."""

    def __init__(self, disk: CrashDisk, folder: str) -> None:
        self._disk, self._folder = disk, folder
        disk.make_folder(folder)
        disk.sync_folder("")

    def open(self, name: str) -> BinaryIO:
        return self._disk.open(self._at(name))

    def create(self, name: str) -> None:
        self._disk.create(self._at(name))

    def append(self, name: str, data: bytes) -> None:
        self._disk.append(self._at(name), data)

    def sync(self, name: str) -> None:
        self._disk.sync(self._at(name))

    def sync_folder(self, name: str) -> None:
        self._disk.sync_folder(self._at(name))

    def rename(self, old: str, new: str) -> None:
        self._disk.rename(self._at(old), self._at(new))

    def remove(self, name: str) -> None:
        self._disk.remove(self._at(name))

    def make_folder(self, name: str) -> None:
        self._disk.make_folder(self._at(name))

    def names(self, folder: str) -> list[str]:
        return self._disk.names(self._at(folder))

    def free_bytes(self) -> int:
        return self._disk.free_bytes()

    def _at(self, name: str) -> str:
        return f"{self._folder}/{name}" if name else self._folder


class Books(BooksJudge):
    """What the books say: how far the update is, and how many samples of the open session."""

    def _read(self, files: Files) -> str:
        self.opened += 1
        for name in (DB, WAL, JOURNAL):
            path = self._folder / name
            path.unlink(missing_ok=True)
            if name in files:
                path.write_bytes(files[name].raw)
        try:
            return said_in(self._folder / DB)
        except StoreError as error:
            return f"not read: {error}"


def said(store: Store) -> str:
    """The session is open, or what is said is none of what is allowed."""
    if [row.tx_id for row in store.open_sessions()] != [TX]:
        return "no session"
    rows = store._connection.execute("SELECT message_id FROM outbox ORDER BY id").fetchall()
    names = " ".join(name for (name,) in rows)
    return f"{store.transfers().get('update', 'none')}: {names}"


class Cuts:
    """Everything that may be left, judged once it is known what the books say after the step."""

    def __init__(self, disk: CrashDisk, folder: Path) -> None:
        self.wrong: list[str] = []
        self.count = 0
        self.said: Counter[str] = Counter()
        self.books = Books(folder)
        self._disk = disk
        self._cached: dict[object, str] = {}
        self._slots: dict[object, tuple[str, str, str]] = {}
        self._seen: set[object] = set()
        self._waiting: list[Files] = []
        disk.after = self._look

    def forget(self) -> None:
        """What could be left until now is not of this story."""
        self._waiting = []

    def judge(self, *allowed: str) -> None:
        """The books say one of these, and the slots what goes with it."""
        for files in self._waiting:
            if self.wrong:
                break
            self.count += 1
            told, (state, good, place) = self._told(files), self._started(files)
            job = told.partition(":")[0]
            self.said[f"{job}, {state} {good}"] += 1
            if told not in allowed:
                self.wrong.append(f"books say {told!r}; allowed: {allowed}")
            elif (state, good) not in MAY_BE[job]:
                self.wrong.append(f"books say {job}, slots {state} {good}")
            elif place != ("a" if (state, good) == ("GOOD", "a") else "b"):
                self.wrong.append(f"slots {state} {good}: {place!r} started")
        self._waiting = []

    def _look(self) -> None:
        if self.wrong:
            return
        for _, files in self._disk.leftovers():
            key = frozenset((name, content.key) for name, content in files.items())
            if key not in self._seen:
                self._seen.add(key)
                self._waiting.append(files)

    def _told(self, files: Files) -> str:
        key = tuple(name in files and files[name].key for name in (DB, WAL, JOURNAL))
        if key not in self._cached:
            self._cached[key] = self.books.books_on(files)
        return self._cached[key]

    def _started(self, files: Files) -> tuple[str, str, str]:
        """What the record says, and what starts."""
        head = f"{SLOTS}/"
        mine = {name[len(head) :]: one for name, one in files.items() if name.startswith(head)}
        key = frozenset((name, one.key) for name, one in mine.items())
        if key not in self._slots:
            self._slots[key] = _started(mine)
        return self._slots[key]


def _started(mine: Files) -> tuple[str, str, str]:
    try:
        slots = slots_of(mine[RECORD].raw.decode()) if RECORD in mine else Slots(good="none")
        return STATES[slots.state], slots.good, Folders(found(mine), MACHINE).start()
    except ValueError as error:
        return "not read", str(error), ""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Bench"]:
    monkeypatch.setattr(envelope, "CHUNK_BYTES", PIECE_BYTES)
    bench = Bench(tmp_path)
    yield bench
    bench.cuts.books.close()


class Bench:
    """A station whose old software is good, with a session that goes on all the time."""

    def __init__(self, folder: Path) -> None:
        for name in ("runs", "cut"):
            (folder / name).mkdir()
        self.path = folder / "runs" / DB
        opened(self.path).close()
        self.disk = disk_in(self.path.parent)
        self.folders = Folders(Below(self.disk, SLOTS), MACHINE)
        self.folders.install(BytesIO(OLD), NOW, quiet)
        self.folders.start()
        self.folders.confirm()
        self.cuts = Cuts(self.disk, folder / "cut")
        self._samples = 0

    def run(self) -> None:
        """Update, and charge meanwhile; each step is written down before it is done."""
        self._store = opened(self.path)
        fact = AddFact(started(TX), "start")
        self._store.commit([open_session(TX), fact, SaveTransfer("update", "ordered")])
        self.cuts.forget()
        self._commit("ordered")
        self._commit("installing")
        self.folders.install(BytesIO(SMALL), NOW, self._charge)
        self._commit("restarting")
        self._store.close()
        assert self.folders.start() == "b"
        self._store = opened(self.path)
        self._commit("trying")
        self.folders.confirm()
        self._commit("done")
        self._store.close()
        self.cuts.judge(said_in(self.path))

    def _charge(self, permille: int) -> None:
        if permille > CHECKED_PERMILLE and self._samples < SAMPLES_MAX:
            self._commit("installing")

    def _commit(self, job: str) -> None:
        """A sample, and how far the update is, in one transaction."""
        before = said(self._store)
        self.cuts.judge(before)
        self._samples += 1
        fact = AddFact(sampled(TX, self._samples), f"sample-{self._samples}")
        self._store.commit([fact, SaveTransfer("update", job)])
        self.cuts.judge(before, said(self._store))


def said_in(path: Path) -> str:
    """What the books say in the end."""
    store = opened(path)
    try:
        return said(store)
    finally:
        store.close()


def test_a_cut_in_an_update_leaves_the_books_of_an_open_session_whole(
    bench: Bench, record_property: Callable[[str, object], None]
):
    with watched(Recorder(bench.disk), bench.path.parent):
        bench.run()
    kinds = ", ".join(f"{count:,} {name}" for name, count in bench.cuts.said.most_common())
    record_property("covered", f"{bench.cuts.count:,} disks ({kinds})")
    assert bench.cuts.wrong == []
    assert bench.cuts.count >= DISKS_MIN
    both = {(job, *pair) for job, pairs in MAY_BE.items() for pair in pairs}
    assert {f"{job}, {state} {good}" for job, state, good in both} == set(bench.cuts.said)


def test_the_same_without_a_single_sync_goes_wrong(bench: Bench):
    bench.disk.forgets_to_sync = True
    with watched(Recorder(bench.disk), bench.path.parent):
        bench.run()
    assert bench.cuts.wrong
