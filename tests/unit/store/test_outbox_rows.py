"""The outbox in the store: order, the number that comes back, giving up, and the rule when full."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ampkeeper.firmware.facts import (
    Fact,
    MeterSampled,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from ampkeeper.firmware.store.changes import AddFact
from ampkeeper.firmware.store.errors import UnreadableFactError
from ampkeeper.firmware.store.store import Store
from tests.unit.store.examples import (
    closed_session,
    ended,
    idle,
    open_session,
    paused,
    sampled,
    started,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ampkeeper.db", outbox_max=20)
    yield opened
    opened.close()


def queue(store: Store, *facts: Fact) -> None:
    """Write facts with their sessions; the message id is tx_id and seq_no."""
    sessions = [open_session(tx_id) for tx_id in dict.fromkeys(fact.tx_id for fact in facts)]
    store.commit([*sessions, *(AddFact(f, f"{f.tx_id}/{f.seq_no}") for f in facts)])


def drained(store: Store) -> list[Fact]:
    """Answer everything, in the order in which it comes."""
    facts = []
    while (row := store.outbox_head()) is not None:
        facts.append(row.fact)
        store.outbox_done(row.id)
    return facts


def test_an_empty_outbox_has_no_head(store: Store) -> None:
    assert (store.outbox_head(), store.outbox_count()) == (None, 0)


def test_messages_come_in_order_and_keep_their_ids(store: Store) -> None:
    queue(store, started(), sampled())
    queue(store, ended())
    head = store.outbox_head()
    assert head is not None
    assert (head.fact, head.message_id, head.attempts) == (started(), "tx-1/0", 0)
    assert head == store.outbox_head()
    assert drained(store) == [started(), sampled(), ended()]


def test_samples_of_no_transaction_wait_in_the_same_queue(store: Store) -> None:
    store.commit([AddFact(idle(1), "i1")])
    queue(store, started())
    store.commit([AddFact(idle(2), "i2")])
    assert store.outbox_by_tx() == {None: 2, "tx-1": 1}
    assert drained(store) == [idle(1), started(), idle(2)]


def test_when_full_samples_of_no_transaction_go_first(store: Store) -> None:
    queue(store, started(), *(sampled(seq_no=n) for n in range(1, 10)))
    store.commit([AddFact(idle(n), f"i{n}") for n in range(10)])
    queue(store, ended(seq_no=10))
    facts = drained(store)
    assert [fact.seq_no for fact in facts if not isinstance(fact, MeterSampled)] == [*range(11)]
    assert sum(isinstance(fact, MeterSampled) for fact in facts) == 5


def test_the_number_of_a_start_stands_with_the_rest_of_its_transaction(store: Store) -> None:
    queue(store, started(), ended())
    store.outbox_done(1, 4711)
    head = store.outbox_head()
    assert head is not None
    assert head.csms_tx_id == 4711
    store.outbox_done(2, None)
    assert store.tx_by_csms_id(4711) == "tx-1"


def test_an_answer_to_a_row_that_is_gone_does_nothing(store: Store) -> None:
    queue(store, started())
    store.outbox_done(99, 5)
    store.outbox_failed(99)
    store.outbox_discard(99)
    assert store.outbox_count() == 1
    assert store.tx_by_csms_id(5) is None


def test_failed_attempts_are_counted(store: Store) -> None:
    queue(store, started())
    store.outbox_failed(1)
    store.outbox_failed(1)
    head = store.outbox_head()
    assert head is not None
    assert head.attempts == 2


def test_a_given_up_start_is_remembered_but_a_given_up_sample_is_not(store: Store) -> None:
    queue(store, started(), sampled(), started("tx-2"), sampled("tx-2"), ended("tx-2"))
    store.outbox_discard(1)
    head = store.outbox_head()
    assert head is not None
    assert (head.fact, head.start_discarded) == (sampled(), True)
    store.outbox_discard(2)
    store.outbox_done(3, 8)
    store.outbox_discard(4)
    head = store.outbox_head()
    assert head is not None
    assert (head.fact, head.start_discarded) == (ended("tx-2"), False)


def test_waiting_messages_become_offline_and_later_ones_do_not(store: Store) -> None:
    queue(store, started())
    store.outbox_mark_offline()
    queue(store, sampled())
    flags = []
    while (row := store.outbox_head()) is not None:
        flags.append(row.is_offline)
        store.outbox_done(row.id)
    assert flags == [True, False]


def test_the_same_message_twice_is_one_message(store: Store) -> None:
    queue(store, started())
    queue(store, started())
    assert store.outbox_count() == 1


def test_a_fact_that_cannot_be_read_names_its_row_and_can_be_given_up(store: Store) -> None:
    queue(store, started(), ended())
    store._connection.execute("UPDATE outbox SET fact = '{}' WHERE id = 1")
    with pytest.raises(UnreadableFactError, match="outbox row 1") as caught:
        store.outbox_head()
    store.outbox_discard(caught.value.row_id)
    assert drained(store) == [ended()]


def test_when_full_every_second_sample_goes_and_the_rest_keeps_its_order(store: Store) -> None:
    queue(store, started(), *(sampled(seq_no=n) for n in range(1, 20)))
    queue(store, ended(seq_no=20))
    numbers = [fact.seq_no for fact in drained(store)]
    assert numbers == [0, *range(2, 20, 2), 20]
    assert store.meta("outbox_dropped") == "10"


def test_a_commit_says_how_many_messages_had_to_go_for_it(store: Store) -> None:
    queue(store, started(), *(sampled(seq_no=n) for n in range(1, 20)))
    one, other = AddFact(sampled(seq_no=20), "20"), AddFact(sampled(seq_no=21), "21")
    assert [store.commit([one]), store.commit([other]), store.commit([])] == [10, 0, 0]


def test_when_full_samples_go_before_other_updates(store: Store) -> None:
    queue(store, started(), *(paused(seq_no=n) for n in range(1, 19)), sampled(seq_no=19))
    queue(store, paused(seq_no=20))
    assert [fact.seq_no for fact in drained(store)] == [*range(19), 20]


def test_when_full_of_starts_and_ends_a_sample_goes_and_an_end_is_still_taken(
    store: Store,
) -> None:
    for number in range(10):
        queue(store, started(f"tx-{number}"), ended(f"tx-{number}"))
    queue(store, sampled("tx-9", 3))
    assert store.outbox_count() == 20
    queue(store, started("tx-10"), ended("tx-10"))
    facts = drained(store)
    assert len(facts) == 22
    assert not any(isinstance(fact, TransactionUpdated) for fact in facts)


def test_the_oldest_row_stays_because_it_may_be_on_its_way(store: Store) -> None:
    queue(store, *(sampled(seq_no=n) for n in range(20)))
    queue(store, started(seq_no=20))
    assert next(iter(drained(store))).seq_no == 0


def test_a_long_outage_stays_bounded_and_keeps_starts_and_ends(store: Store) -> None:
    for number in range(60):
        tx_id = f"tx-{number}"
        queue(store, started(tx_id), *(sampled(tx_id, n) for n in range(1, 9)), ended(tx_id, 9))
        store.commit([closed_session(tx_id)])
        assert store.outbox_count() <= max(20, 2 * (number + 1))
    facts = drained(store)
    assert sum(isinstance(fact, TransactionStarted) for fact in facts) == 60
    assert sum(isinstance(fact, TransactionEnded) for fact in facts) == 60
    assert [fact.tx_id for fact in facts] == [f"tx-{n}" for n in range(60) for _ in range(2)]


def steps_of(store: Store, work: Callable[[], object]) -> int:
    """How many tens of instructions of SQLite's machine ``work`` takes."""
    ticks = 0

    def note() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    store._connection.set_progress_handler(note, 10)
    work()
    store._connection.set_progress_handler(None, 10)
    return ticks


def test_a_message_costs_as_much_in_a_long_queue_as_in_a_short_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "long.db")

    def one_more() -> None:
        number = next(numbers)
        store.commit([open_session(), AddFact(sampled(seq_no=number), f"m{number}")])

    def one_less() -> None:
        row = store.outbox_head()
        assert row is not None
        store.outbox_failed(row.id)
        store.outbox_done(row.id)

    numbers = count(1)
    for _ in range(10):
        one_more()
    short = [steps_of(store, one_more), steps_of(store, one_less)]
    facts = (sampled(seq_no=number) for number in islice(numbers, 3_000))
    for _ in range(3):
        queue(store, *islice(facts, 999))
    long = [steps_of(store, one_more), steps_of(store, one_less)]
    assert store.outbox_count() > 2_900
    assert all(many < 2 * few for few, many in zip(short, long, strict=True)), (short, long)
    store.close()


class OutboxMachine(RuleBasedStateMachine):
    """The store's outbox beside a list that says what it should hold."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name) / "ampkeeper.db")
        self.rows: list[dict[str, object]] = []
        self.csms_ids: dict[str, int] = {}
        self.discarded: set[str] = set()
        self.count = 0

    @rule(tx_id=st.sampled_from("abc"), make=st.sampled_from([started, sampled, paused, ended]))
    def add(self, tx_id: str, make: type) -> None:
        self.count += 1
        fact = make(tx_id, self.count)
        queue(self.store, fact)
        self.rows.append({"fact": fact, "attempts": 0, "is_offline": False})

    @precondition(lambda self: self.rows)
    @rule(csms_tx_id=st.none() | st.integers(-(2**40), 2**40))
    def answer(self, csms_tx_id: int | None) -> None:
        row = self.store.outbox_head()
        assert row is not None
        self.store.outbox_done(row.id, csms_tx_id)
        self.rows.pop(0)
        if csms_tx_id is not None:
            self.csms_ids[row.fact.tx_id] = csms_tx_id

    @precondition(lambda self: self.rows)
    @rule()
    def fail(self) -> None:
        row = self.store.outbox_head()
        assert row is not None
        self.store.outbox_failed(row.id)
        self.rows[0]["attempts"] = row.attempts + 1

    @precondition(lambda self: self.rows)
    @rule()
    def discard(self) -> None:
        row = self.store.outbox_head()
        assert row is not None
        self.store.outbox_discard(row.id)
        self.rows.pop(0)
        if isinstance(row.fact, TransactionStarted):
            self.discarded.add(row.fact.tx_id)

    @rule()
    def lose_the_link(self) -> None:
        self.store.outbox_mark_offline()
        for row in self.rows:
            row["is_offline"] = True

    @rule()
    def restart(self) -> None:
        path = self.store.path
        self.store.close()
        self.store = Store(path)

    @rule()
    def compare(self) -> None:
        assert self.store.outbox_count() == len(self.rows)
        row = self.store.outbox_head()
        if row is None:
            return
        expected, tx_id = self.rows[0], row.fact.tx_id
        assert row.fact == expected["fact"]
        assert (row.attempts, row.is_offline) == (expected["attempts"], expected["is_offline"])
        assert row.csms_tx_id == self.csms_ids.get(tx_id)
        assert row.start_discarded == (tx_id in self.discarded)

    def teardown(self) -> None:
        self.compare()
        self.store.close()
        self.folder.cleanup()


OutboxMachine.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOutboxAgainstAModel = OutboxMachine.TestCase
