"""What was told of the cost of a session: kept with it, and gone with it."""

from pathlib import Path

from ampkeeper.firmware.store.changes import SaveCost
from ampkeeper.firmware.store.store import Store
from tests.unit.store.examples import closed_session, open_session


def test_the_newest_word_is_kept_by_session(tmp_path: Path) -> None:
    store = Store(tmp_path / "ampkeeper.db")
    store.commit([open_session("tx-1"), open_session("tx-2")])
    store.commit([SaveCost("tx-1", "{}"), SaveCost("tx-2", '{"a": 1}'), SaveCost("tx-1", "[]")])
    store.close()
    store = Store(tmp_path / "ampkeeper.db")
    assert store.costs(["tx-1", "tx-3"]) == {"tx-1": "[]"}
    assert store.costs([]) == {}
    store.close()


def test_one_more_word_leaves_the_others(tmp_path: Path) -> None:
    """Also null, and the objects that others wrote."""
    store = Store(tmp_path / "ampkeeper.db")
    store.commit([open_session("tx-1"), open_session("tx-2"), open_session("tx-3")])
    store.commit([SaveCost("tx-1", '{"a":{"b":null},"c":1}'), SaveCost("tx-2", "no JSON")])
    store.commit([SaveCost(f"tx-{number}", '{"c":"2"}', is_more=True) for number in (1, 2, 3)])
    found = store.costs(["tx-1", "tx-2", "tx-3"])
    assert found == {"tx-1": '{"a":{"b":null},"c":"2"}', "tx-2": '{"c":"2"}', "tx-3": '{"c":"2"}'}
    store.close()


def test_of_a_session_that_is_not_there_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    store = Store(tmp_path / "ampkeeper.db")
    store.commit([SaveCost("tx-9", "{}")])
    assert store.costs(["tx-9"]) == {}
    store.close()


def test_it_goes_with_its_session(tmp_path: Path) -> None:
    store = Store(tmp_path / "ampkeeper.db", keep_sessions=1)
    for number in (1, 2, 3):
        tx_id = f"tx-{number}"
        store.commit([open_session(tx_id), SaveCost(tx_id, "{}")])
        store.commit([closed_session(tx_id)])
    assert store.costs(["tx-1", "tx-2", "tx-3"]) == {"tx-3": "{}"}
    store.close()
