"""The store: what is committed is there, what is not is not, and it stays bounded."""

import resource
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ampkeeper.firmware.store import writes
from ampkeeper.firmware.store.changes import (
    AddFact,
    Change,
    ClearFault,
    ClearVerdicts,
    SaveEvse,
    SaveFault,
    SaveMeta,
    SaveSession,
    SaveSetting,
    SaveVerdict,
)
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import CHANGES_MAX, Store, open_read_only
from tests.unit.store.examples import (
    START,
    at,
    closed_session,
    ended,
    open_session,
    started,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ampkeeper.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path, keep_sessions=5)
    yield opened
    opened.close()


def reopened(store: Store) -> Store:
    store.close()
    return Store(store.path)


def test_a_running_session_is_there_after_reopening(store: Store) -> None:
    store.commit([open_session(state='{"a": 1}')])
    again = reopened(store)
    (row,) = again.open_sessions()
    again.close()
    assert (row.tx_id, row.state, row.started_at) == ("tx-1", '{"a": 1}', START)
    assert (row.is_open, row.ended_at, row.csms_tx_id) == (True, None, None)


def test_an_ended_session_is_no_longer_open_and_keeps_its_number(store: Store) -> None:
    store.commit([open_session(), AddFact(started(), "m1")])
    store.outbox_done(1, 77)
    store.commit([closed_session()])
    assert store.open_sessions() == []
    (row,) = store.sessions()
    assert (row.energy_wh_end, row.reason, row.csms_tx_id) == (1500, "EVDisconnected", 77)
    assert row.ended_at == at(60)


def test_sessions_come_newest_first_and_in_pages(store: Store) -> None:
    store.commit([open_session(f"tx-{number}") for number in range(4)])
    assert [row.tx_id for row in store.sessions(2, 1)] == ["tx-2", "tx-1"]
    assert store.sessions(-1) == []


@pytest.mark.parametrize(
    "broken",
    [
        AddFact(started("tx-unknown"), "m1"),
        open_session("tx-2", state="x" * 65_537),
        open_session(""),
        SaveSession("tx-2", 2**70, "", START, None, 0),
    ],
    ids=["fact without session", "state too long", "no id", "number too large"],
)
def test_one_change_that_fails_undoes_the_whole_commit(store: Store, broken: Change) -> None:
    before: list[Change] = [SaveSetting("a", "1"), open_session(), AddFact(started(), "m0")]
    with pytest.raises(StoreError):
        store.commit([*before, broken])
    assert store.settings() == {}
    assert store.open_sessions() == []
    assert store.outbox_count() == 0
    store.commit(before)
    assert store.outbox_count() == 1


def test_a_fact_may_stand_before_its_session_in_one_commit(store: Store) -> None:
    store.commit([AddFact(started(), "m1"), open_session()])
    assert store.outbox_count() == 1


def test_a_full_disk_undoes_the_commit_and_the_next_one_works(store: Store) -> None:
    connection = store._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        store.commit([SaveSetting(f"name-{n}", "x" * 4000) for n in range(20)])
    assert store.settings() == {}
    connection.execute("PRAGMA max_page_count = 100000")
    store.commit([SaveSetting("name", "value")])
    assert store.settings() == {"name": "value"}


def test_a_disk_that_takes_no_more_bytes_refuses_and_later_takes_them_again(store: Store) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    store.commit([SaveSetting("name", "before")])
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        for _ in range(3):
            with pytest.raises(StoreError):
                store.commit([SaveSetting("name", "during")])
        assert store.settings() == {"name": "before"}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    store.commit([open_session(), AddFact(started(), "m1")])
    again = reopened(store)
    assert (again.settings(), again.outbox_count()) == ({"name": "before"}, 1)
    again.close()


def test_a_commit_has_a_limit(store: Store) -> None:
    with pytest.raises(StoreError, match="at most 1000"):
        store.commit([SaveMeta("a", "b")] * (CHANGES_MAX + 1))


def test_the_last_value_of_a_setting_wins(store: Store) -> None:
    store.commit([SaveSetting("HeartbeatInterval", "60"), SaveMeta("boot", "first")])
    store.commit([SaveSetting("HeartbeatInterval", "300"), SaveMeta("boot", "second")])
    assert store.settings() == {"HeartbeatInterval": "300"}
    assert (store.meta("boot"), store.meta("none")) == ("second", None)


def test_text_that_utf_8_cannot_hold_is_stored_without_it(store: Store) -> None:
    store.commit(
        [SaveSetting("name", "a\ud800b"), SaveVerdict("\udfff", "Invalid", None, None, START)]
    )
    assert store.settings() == {"name": "a?b"}
    assert store.verdict("\udfff") == store.verdict("?")


def test_a_verdict_is_replaced_and_the_cache_can_be_cleared(store: Store) -> None:
    expires = START + timedelta(days=1)
    store.commit([SaveVerdict("04A224B1", "Invalid", None, None, START)])
    store.commit([SaveVerdict("04A224B1", "Accepted", "group", expires, at(1))])
    row = store.verdict("04A224B1")
    assert row is not None
    assert (row.status, row.group_id, row.expires) == ("Accepted", "group", expires)
    assert store.verdict("other") is None
    store.commit([ClearVerdicts()])
    assert store.verdicts() == []


def test_the_cache_forgets_its_oldest_verdict_when_full(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "VERDICTS_MAX", 3)
    for number in (2, 0, 1, 3, 4):
        store.commit([SaveVerdict(f"tag-{number}", "Accepted", None, None, at(number))])
    assert [row.token for row in store.verdicts()] == ["tag-4", "tag-3", "tag-2"]


def test_what_is_out_of_service_stays_so(store: Store) -> None:
    store.commit([SaveEvse(1, False), SaveEvse(0, True)])
    store.commit([SaveEvse(0, False)])
    again = reopened(store)
    assert again.evses() == {0: False, 1: False}
    again.close()


def test_a_fault_is_active_until_cleared_then_history(store: Store) -> None:
    store.commit([SaveFault(1, "PilotFault", START), SaveFault(1, "PeLost", at(1))])
    store.commit([SaveFault(1, "PilotFault", at(5)), ClearFault(2, "PilotFault", at(6))])
    active = store.faults(active_only=True)
    assert [(row.fault, row.raised_at) for row in active] == [
        ("PeLost", at(1)),
        ("PilotFault", START),
    ]
    store.commit([ClearFault(1, "PeLost", at(7))])
    assert [(row.fault, row.cleared_at) for row in store.faults()] == [
        ("PilotFault", None),
        ("PeLost", at(7)),
    ]


def test_a_fault_may_come_again(store: Store) -> None:
    for second in (0, 10):
        store.commit([SaveFault(1, "PilotFault", at(second))])
        store.commit([ClearFault(1, "PilotFault", at(second + 1))])
    assert len(store.faults()) == 2


def test_the_fault_history_forgets_its_oldest_and_never_an_active_fault(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "FAULTS_MAX", 2)
    store.commit([SaveFault(1, "ContactorWelded", START)])
    for second in range(4):
        store.commit([SaveFault(1, "PilotFault", at(second))])
        store.commit([ClearFault(1, "PilotFault", at(second))])
    kept = [(row.fault, row.raised_at) for row in store.faults()]
    assert kept == [("ContactorWelded", START), ("PilotFault", at(3)), ("PilotFault", at(2))]


def test_the_oldest_closed_sessions_go_but_none_that_runs_or_owes(store: Store) -> None:
    store.commit([open_session("runs")])
    store.commit([closed_session("owes"), AddFact(ended("owes"), "m1")])
    for number in range(7):
        store.commit([closed_session(f"tx-{number}")])
    kept = [row.tx_id for row in store.sessions()]
    assert kept == ["tx-6", "tx-5", "tx-4", "tx-3", "tx-2", "owes", "runs"]


def test_the_number_of_the_central_system_may_have_any_size(store: Store) -> None:
    store.commit([open_session(), AddFact(started(), "m1")])
    store.outbox_done(1, 2**80)
    assert store.tx_by_csms_id(2**80) == "tx-1"
    assert store.open_sessions()[0].csms_tx_id == 2**80
    assert store.tx_by_csms_id(5) is None


def test_a_number_used_twice_names_the_running_transaction(store: Store) -> None:
    for number, tx_id in enumerate(("tx-1", "tx-2"), start=1):
        store.commit([open_session(tx_id), AddFact(started(tx_id), f"m{number}")])
        store.outbox_done(number, 9)
    store.commit([closed_session("tx-2")])
    assert store.tx_by_csms_id(9) == "tx-1"


def test_a_reader_sees_what_is_committed_and_writes_nothing(store: Store, path: Path) -> None:
    store.commit([closed_session()])
    reader = open_read_only(path)
    assert [row.tx_id for row in reader.sessions()] == ["tx-1"]
    store.commit([closed_session("tx-2")])
    assert len(reader.sessions()) == 2
    assert not hasattr(reader, "commit")
    reader.close()


def test_closing_twice_is_fine_and_use_after_it_is_an_error(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError):
        store.commit([SaveMeta("a", "b")])
    with pytest.raises(StoreError):
        store.settings()
