"""Outbox story: a station keeps its books and tells them, one acknowledged step after another.

What the books must hold after each step is kept beside them as plain lists; where room had to be
made, only samples may be missing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ampkeeper.firmware.store.changes import AddFact, AddStopSample, SaveMeta, SaveSetting
from ampkeeper.firmware.store.store import Store
from tests.unit.store.examples import closed_session, ended, open_session, reading, sampled, started

OUTBOX_MAX = 12  # small, so that room has to be made
KEEP_SESSIONS = 3
CHECKPOINT_PAGES = 16  # 1,000 on a station
CSMS_TX_ID = 4_000

Dump = dict[str, list[tuple[object, ...]]]
Step = Callable[[Store], None]


def opened(path: Path) -> Store:
    """The shipped store, with less room and a shorter journal."""
    store = Store(path, keep_sessions=KEEP_SESSIONS, outbox_max=OUTBOX_MAX)
    store._connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return store


def dump_of(store: Store) -> Dump:
    """Every row of every table."""
    connection = store._connection
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return {
        name: connection.execute(f'SELECT * FROM "{name}"').fetchall()
        for (name,) in tables.fetchall()
    }


@dataclass
class Story:
    """What happens, drawn from a seed."""

    seed: int
    random: Random = field(init=False)
    running: list[str] = field(default_factory=list)
    owed: list[str] = field(default_factory=list)  # message ids, oldest first
    number: int = 0
    dropped: int = 0

    def __post_init__(self) -> None:
        self.random = Random(f"outbox/{self.seed}")

    def steps(self, count: int) -> Iterator[Step]:
        """So many, each one commit."""
        for _ in range(count):
            self.number += 1
            yield self._step()

    def check(self, store: Store) -> None:
        """The books hold what the steps so far have put into them, in order, once each."""
        rows = store._connection.execute("SELECT message_id FROM outbox ORDER BY id").fetchall()
        held = [row[0] for row in rows]
        gone = [name for name in self.owed if name not in set(held)]
        assert held == [name for name in self.owed if name not in set(gone)], (held, self.owed)
        assert all(name.startswith("sample") for name in gone), gone
        self.dropped += len(gone)
        assert int(store.meta("outbox_dropped") or 0) == self.dropped
        self.owed = held
        open_now = {row.tx_id for row in store.open_sessions()}
        assert open_now == set(self.running)

    def _step(self) -> Step:
        ways: list[Callable[[], Step]] = [self._starts, self._setting]
        if self.running:
            ways += [self._samples, self._samples, self._keeps_a_sample, self._ends]
        if self.owed:
            ways += [self._tells, self._tells, self._tells, self._fails, self._is_offline]
        return self.random.choice(ways)()

    def _starts(self) -> Step:
        tx_id = f"tx-{self.seed}-{self.number}"
        self.running.append(tx_id)
        self.owed.append(f"start-{tx_id}")
        fact = AddFact(started(tx_id), self.owed[-1])
        return lambda store: _commit(store, open_session(tx_id), fact)

    def _samples(self) -> Step:
        tx_id = self.random.choice(self.running)
        self.owed.append(f"sample-{tx_id}-{self.number}")
        fact = AddFact(sampled(tx_id, self.number), self.owed[-1], is_offline=True)
        session = open_session(tx_id, f'{{"number": {self.number}}}')
        return lambda store: _commit(store, session, fact)

    def _keeps_a_sample(self) -> Step:
        tx_id = self.random.choice(self.running)
        sample = AddStopSample(tx_id, reading(self.number, 1_000 + self.number))
        return lambda store: _commit(store, sample)

    def _ends(self) -> Step:
        tx_id = self.running.pop(self.random.randrange(len(self.running)))
        self.owed.append(f"end-{tx_id}")
        fact = AddFact(ended(tx_id), self.owed[-1])
        return lambda store: _commit(store, closed_session(tx_id), fact)

    def _tells(self) -> Step:
        """The central system answered the oldest message."""
        name = self.owed.pop(0)
        csms_tx_id = CSMS_TX_ID + self.number if name.startswith("start") else None

        def tell(store: Store) -> None:
            row = store.outbox_head()
            assert row is not None
            assert row.message_id == name
            store.outbox_done(row.id, csms_tx_id)

        return tell

    def _fails(self) -> Step:
        def fail(store: Store) -> None:
            row = store.outbox_head()
            assert row is not None
            store.outbox_failed(row.id)

        return fail

    def _is_offline(self) -> Step:
        return lambda store: store.outbox_mark_offline()

    def _setting(self) -> Step:
        name, value = f"setting-{self.number % 5}", f"{self.seed}/{self.number}"
        return lambda store: write_setting(store, name, value)


def tell_oldest(store: Store) -> None:
    """The central system answers what is oldest, if anything is owed."""
    row = store.outbox_head()
    if row is not None:
        store.outbox_done(row.id)


def write_setting(store: Store, name: str, value: str) -> None:
    """Something changes at run time."""
    _commit(store, SaveSetting(name, value), SaveMeta(name, value))


def _commit(store: Store, *changes: object) -> None:
    store.commit(changes)
