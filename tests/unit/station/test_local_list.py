"""The local list: taken whole or not at all, kept, asked at the door, and contradicted."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import IdToken, TransactionStarted
from ampkeeper.firmware.local_list import ListEntry, ListUpdate, LocalList
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.listed import ListDesk
from ampkeeper.firmware.store.changes import DropVerdict, SaveLocalList, SaveVerdict
from ampkeeper.firmware.store.store import Store

from .charger import Charger

CARD = "04A224B1"
GOOD = ListEntry(CARD.lower(), "Accepted", "FLEET")
BLOCKED = ListEntry(CARD, "Blocked")


def desk_of(charger: Charger) -> ListDesk:
    def post(event: Callable[..., Effects]) -> bool:
        charger.do(event)
        return True

    return ListDesk(charger.station.listed, charger.station.variable, post)


def send(charger: Charger, version: int, *entries: ListEntry, is_full: bool = True) -> str:
    return desk_of(charger).update(ListUpdate(version, is_full, entries))


def starts(charger: Charger) -> int:
    return sum(isinstance(fact, TransactionStarted) for fact in charger.facts)


def conflicts(charger: Charger) -> int:
    reports = [report for effects in charger.effects for report in effects.reports]
    return sum(report.error == "LocalListConflict" for report in reports)


def tokens(count: int) -> list[ListEntry]:
    return [ListEntry(f"T{number}", "Accepted") for number in range(count)]


def test_a_listed_card_charges_without_the_central_system() -> None:
    charger = Charger()
    assert send(charger, 1, GOOD) == "accepted"
    charger.station.entrance.is_online = False
    charger.read()
    charger.plug()
    charger.swipe(CARD)
    assert starts(charger) == 1


def test_a_listed_card_that_is_not_accepted_does_not() -> None:
    charger = Charger()
    charger.variables["AuthCtrlr.OfflineTxForUnknownIdEnabled"] = True
    send(charger, 1, BLOCKED)
    charger.station.entrance.is_online = False
    charger.read()
    charger.plug()
    charger.swipe(CARD)
    assert starts(charger) == 0


def test_the_version_is_0_of_an_empty_list_and_minus_1_of_none() -> None:
    charger = Charger()
    desk = desk_of(charger)
    assert desk.version() == 0
    send(charger, 7, GOOD)
    assert desk.version() == 7
    send(charger, 8)
    assert desk.version() == 0
    charger.variables["LocalAuthListCtrlr.Enabled"] = False
    assert desk.version() == -1
    assert send(charger, 9, GOOD) == "not_supported"


def test_a_list_that_is_off_is_not_asked() -> None:
    charger = Charger()
    send(charger, 1, GOOD)
    charger.variables["LocalAuthListCtrlr.Enabled"] = False
    assert charger.station.listed.known(IdToken(CARD)) is None


@pytest.mark.parametrize(
    ("update", "word"),
    [
        (ListUpdate(0, True, ()), "failed"),
        (ListUpdate(-1, True, (GOOD,)), "failed"),
        (ListUpdate(3, True, (GOOD, BLOCKED)), "failed"),  # one token twice
        (ListUpdate(3, True, (ListEntry("X", None),)), "failed"),
        (ListUpdate(3, True, tuple(tokens(5))), "failed"),  # 4 in one message
        (ListUpdate(3, False, tuple(tokens(4))), "accepted"),
        (ListUpdate(2, False, (GOOD,)), "mismatch"),
        (ListUpdate(1, True, (BLOCKED,)), "accepted"),  # a whole list may go back
    ],
)
def test_an_update_is_judged_before_anything_is_changed(update: ListUpdate, word: str) -> None:
    charger = Charger()
    send(charger, 2, GOOD)
    before = dict(charger.station.listed.list.entries)
    assert desk_of(charger).update(update) == word
    is_same = charger.station.listed.list.entries == before
    assert is_same == (word != "accepted")


def test_a_list_never_grows_beyond_its_length() -> None:
    charger = Charger()
    assert send(charger, 1, *tokens(4)) == "accepted"
    more = [ListEntry(name, "Accepted") for name in ("A", "B")]
    assert send(charger, 2, *more, is_full=False) == "failed"
    assert send(charger, 2, more[0], is_full=False) == "accepted"


def test_what_is_listed_leaves_the_cache_and_stays_out_of_it() -> None:
    charger = Charger()
    charger.do(charger.station.on_verdict, IdToken(CARD), Known("Accepted"))
    assert CARD in charger.station.entrance.known
    send(charger, 1, GOOD)
    assert charger.station.entrance.known == {}
    assert DropVerdict(CARD) in charger.changes
    saved = sum(isinstance(change, SaveVerdict) for change in charger.changes)
    charger.do(charger.station.on_verdict, IdToken(CARD), Known("Accepted"))
    assert sum(isinstance(change, SaveVerdict) for change in charger.changes) == saved


def test_a_central_system_that_contradicts_its_list_is_told_once() -> None:
    charger = Charger()
    send(charger, 1, GOOD)
    charger.do(charger.station.on_verdict, IdToken(CARD), Known("Accepted"))
    assert conflicts(charger) == 0
    for _ in range(2):
        charger.do(charger.station.on_verdict, IdToken(CARD), Known("Blocked"))
    assert conflicts(charger) == 1
    send(charger, 2, GOOD)
    charger.do(charger.station.on_verdict, IdToken(CARD), Known("Blocked"))
    assert conflicts(charger) == 2


NAMES = st.sampled_from(["a", "A", "b", "c", "d", "e", "f", "\ud800"])
ENTRIES = st.builds(
    ListEntry,
    NAMES,
    st.sampled_from([None, "Accepted", "Blocked"]),
    st.none() | st.just("g"),
    st.none() | st.just(datetime(2027, 1, 1, tzinfo=UTC)),
)
UPDATES = st.builds(
    ListUpdate, st.integers(-1, 5), st.booleans(), st.lists(ENTRIES, max_size=6).map(tuple)
)


@given(st.lists(UPDATES, max_size=12))
def test_the_list_is_what_a_dictionary_would_be(updates: list[ListUpdate]) -> None:
    ours, model, version = LocalList(4), {}, 0
    for update in updates:
        word = ours.verdict(update, 5)
        after: dict[str, Any] = {} if update.is_full else dict(model)
        for entry in update.entries:
            after[entry.token.upper()] = entry
        after = {name: entry for name, entry in after.items() if entry.status is not None}
        names = [entry.token.upper() for entry in update.entries]
        is_good = (
            update.version > 0
            and len(names) <= 5
            and len(set(names)) == len(names)
            and not (update.is_full and any(one.status is None for one in update.entries))
        )
        if not is_good:
            assert word == "failed"
        elif not update.is_full and update.version <= version:
            assert word == "mismatch"
        else:
            assert word == ("accepted" if len(after) <= 4 else "failed")
        if word == "accepted":
            ours.take(update)
            model, version = after, update.version if after else 0
        assert (ours.entries, ours.version) == (model, version)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("list") / "ampkeeper.db"


@given(updates=st.lists(UPDATES, max_size=6))
def test_the_books_hold_the_list_in_force(path: Path, updates: list[ListUpdate]) -> None:
    path.unlink(missing_ok=True)
    store, ours = Store(path), LocalList(100)
    for update in updates:
        if ours.verdict(update, 100) == "accepted":
            ours.take(update)
            store.commit([SaveLocalList(ours.version, update.is_full, update.entries)])
    again = LocalList(100)
    again.load(*store.local_list())
    store.close()
    said = {name.replace("\ud800", "?"): one.status for name, one in ours.entries.items()}
    assert {name: one.status for name, one in again.entries.items()} == said
    assert again.version == ours.version
