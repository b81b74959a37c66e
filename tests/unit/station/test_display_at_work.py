"""Which message is shown where and when, and what is told of it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.display_message import DisplayMessage, Moment, Priority, message_of
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.station.display import DisplayDesk
from ampkeeper.firmware.store.changes import DropDisplayMessage, SaveDisplayMessage

from .charger import START, Charger


def desk_of(charger: Charger) -> DisplayDesk:
    def post(event: Any) -> bool:
        charger.do(event)
        return True

    return DisplayDesk(charger.station, lambda: charger.now, post)


def show(charger: Charger, number: int, priority: Priority = Priority.NORMAL, **fields: Any) -> str:
    message = DisplayMessage(number, priority, f"message {number}", **fields)
    return desk_of(charger).set_message(message)


def shown(charger: Charger, evse_id: int = 1) -> str:
    return charger.station.display.text(evse_id)


def ready(count: int = 1) -> Charger:
    charger = Charger(count)
    for evse_id in range(1, count + 1):
        charger.unplug(evse_id)
        charger.read(evse_id)
    return charger


def test_a_message_is_written_down_shown_and_told() -> None:
    charger = ready()
    assert show(charger, 1) == "accepted"
    assert shown(charger) == "message 1"
    assert any(isinstance(change, SaveDisplayMessage) for change in charger.changes)
    notices = [one for effects in charger.effects for one in effects.notices]
    assert ("display_message", {"evse_id": 1, "id": 1, "text": "message 1"}) in notices


def test_messages_of_one_priority_take_turns_and_a_higher_one_goes_first() -> None:
    """O01.FR.12 to FR.15."""
    charger = ready()
    show(charger, 1)
    show(charger, 2)
    seen = set()
    for _ in range(3):
        charger.wait(10)
        seen.add(shown(charger))
    assert seen == {"message 1", "message 2"}
    show(charger, 3, Priority.IN_FRONT)
    charger.wait(10)
    assert shown(charger) == "message 3"


def test_there_is_one_that_is_always_in_front() -> None:
    """O01.FR.16."""
    charger = ready()
    show(charger, 1, Priority.ALWAYS_FRONT)
    show(charger, 2, Priority.ALWAYS_FRONT)
    assert DropDisplayMessage(1) in charger.changes
    assert list(charger.station.display.book) == [2]
    assert shown(charger) == "message 2"


def test_a_message_is_shown_only_in_its_time() -> None:
    """O01.FR.06, FR.07."""
    charger = ready()
    starts, ends = charger.now + timedelta(seconds=5), charger.now + timedelta(seconds=20)
    assert show(charger, 1, starts=starts, ends=ends) == "accepted"
    assert shown(charger) == ""
    charger.wait(6)
    assert shown(charger) == "message 1"
    charger.wait(15)
    assert shown(charger) == ""
    assert DropDisplayMessage(1) in charger.changes


@pytest.mark.parametrize("ends_s", [-5, 0])
def test_what_is_over_already_is_not_taken(ends_s: float) -> None:
    charger = ready()
    assert show(charger, 1, ends=charger.now + timedelta(seconds=ends_s)) == "rejected"


@pytest.mark.parametrize(
    ("moment", "change"),
    [
        (Moment.IDLE, lambda charger: None),
        (Moment.CHARGING, lambda charger: charger.start()),
        (Moment.FAULTED, lambda charger: charger.report(faults=(fault.RCD_DC,))),
        (
            Moment.UNAVAILABLE,
            lambda charger: charger.do(charger.station.on_availability, 1, False),
        ),
    ],
)
def test_a_message_is_shown_only_in_its_state(moment: Moment, change: Any) -> None:
    charger = ready()
    charger.variables["DisplayMessageCtrlr.DisplayMessages"] = 9
    for number, each in enumerate(Moment):
        show(charger, number, moment=each)
    change(charger)
    charger.wait(0.5)
    assert shown(charger) == f"message {list(Moment).index(moment)}"


def test_a_message_of_a_transaction_is_shown_there_and_goes_with_it() -> None:
    """O02.FR.01, FR.02."""
    charger = ready(2)
    assert show(charger, 1, tx_id="none") == "unknown_transaction"
    charger.start()
    tx_id = charger.facts[0].tx_id
    show(charger, 1, tx_id=tx_id)
    assert (shown(charger), shown(charger, 2)) == ("message 1", "")
    charger.unplug()
    charger.wait(3)
    assert shown(charger) == ""
    assert charger.station.display.book == {}


def test_no_more_messages_are_kept_than_there_is_room_for() -> None:
    """O01.FR.11; the same id, and one that is always in front, take a place that is there."""
    charger = ready()
    assert [show(charger, number) for number in range(4)] == ["accepted"] * 3 + ["rejected"]
    assert show(charger, 1, Priority.ALWAYS_FRONT) == "accepted"
    assert show(charger, 9, Priority.ALWAYS_FRONT) == "accepted"


def test_a_message_is_cleared_once() -> None:
    charger = ready()
    show(charger, 1)
    assert desk_of(charger).clear_message(1)
    assert shown(charger) == ""
    assert not desk_of(charger).clear_message(1)


def test_messages_come_back_from_the_books_and_what_cannot_be_read_is_named() -> None:
    charger = ready()
    kept = DisplayMessage(4, Priority.NORMAL, "hello")
    wrong = charger.station.display.recall([kept.to_text(), "{}"])
    assert charger.station.display.book == {4: kept}
    assert wrong == ["not a display message: '{}'"]


@given(
    st.builds(
        DisplayMessage,
        id=st.integers(),
        priority=st.sampled_from(Priority),
        content=st.text(),
        moment=st.none() | st.sampled_from(Moment),
        starts=st.none() | st.just(START),
        tx_id=st.none() | st.text(),
    )
)
def test_a_message_comes_back_from_the_books_as_it_was(message: DisplayMessage) -> None:
    assert message_of(message.to_text()) == message
