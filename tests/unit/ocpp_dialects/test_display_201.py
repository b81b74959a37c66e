"""Display messages and costs in the words of OCPP 2.0.1: O01 to O06, I02."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ampkeeper.firmware.display_message import DisplayMessage, Moment, Priority
from tests.unit.ocpp_dialects.conftest import Asked, is_valid

TX_ID = "6b1b6a4e-0000-4000-8000-000000000001"
MESSAGE = {
    "id": 3,
    "priority": "InFront",
    "message": {"format": "UTF8", "language": "en", "content": "Mind the step"},
}
FULL = MESSAGE | {
    "state": "Charging",
    "startDateTime": "2026-11-22T12:00:00.000Z",
    "endDateTime": "2026-11-22T13:00:00.000Z",
    "transactionId": TX_ID,
}


def shown(ask: Asked, **asked: Any) -> list[dict[str, Any]]:
    answer = ask("GetDisplayMessages", {"requestId": 9} | asked)
    calls = [call for follow in answer.follow for call in follow.calls]
    assert all(is_valid("ocpp2.0.1", call) for call in calls)
    assert (answer.payload["status"] == "Accepted") == bool(calls)
    assert [call.payload["tbc"] for call in calls] == [True] * (len(calls) - 1) + [False] * bool(
        calls
    )
    assert all(call.payload["requestId"] == 9 for call in calls)
    return [row for call in calls for row in call.payload["messageInfo"]]


def test_a_message_is_set_and_told_as_it_was(station: Any, ask_new: Asked) -> None:
    """TC_O_01, TC_O_13, TC_O_19."""
    assert ask_new("SetDisplayMessage", {"message": FULL}).payload == {"status": "Accepted"}
    noon, one = datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 22, 13, tzinfo=UTC)
    assert station.display.book[3] == DisplayMessage(
        3, Priority.IN_FRONT, "Mind the step", "UTF8", "en", Moment.CHARGING, noon, one, TX_ID
    )
    assert shown(ask_new) == [FULL]


@pytest.mark.parametrize(
    ("word", "told"), [("rejected", "Rejected"), ("unknown_transaction", "UnknownTransaction")]
)
def test_what_the_station_does_not_show_has_a_status(
    word: str, told: str, station: Any, ask_new: Asked
) -> None:
    """TC_O_14, TC_O_36: O01.FR.11, O02.FR.01."""
    station.display.word = word
    assert ask_new("SetDisplayMessage", {"message": FULL}).payload == {"status": told}


@pytest.mark.parametrize("form", ["HTML", "URI"])
def test_a_form_that_cannot_be_shown_is_not_supported(form: str, ask_new: Asked) -> None:
    """TC_O_38: O01.FR.03."""
    message = MESSAGE | {"message": {"format": form, "content": "x"}}
    answer = ask_new("SetDisplayMessage", {"message": message})
    assert answer.payload == {"status": "NotSupportedMessageFormat"}


def test_a_display_that_is_not_there_is_rejected(ask_new: Asked) -> None:
    """O01.FR.22."""
    message = MESSAGE | {"display": {"name": "Display", "instance": "2"}}
    assert ask_new("SetDisplayMessage", {"message": message}).payload["status"] == "Rejected"


def test_messages_are_told_by_id_priority_and_state(station: Any, ask_new: Asked) -> None:
    """TC_O_17, TC_O_20, TC_O_22, TC_O_24: O03, O04."""
    for number in range(25):
        priority = "AlwaysFront" if number == 7 else "NormalCycle"
        state = {"state": "Idle"} if number % 2 else {}
        asked = MESSAGE | {"id": number, "priority": priority} | state
        ask_new("SetDisplayMessage", {"message": asked})
    assert len(shown(ask_new)) == 25
    assert [row["id"] for row in shown(ask_new, id=[4, 5, 99])] == [4, 5]
    assert [row["id"] for row in shown(ask_new, priority="AlwaysFront")] == [7]
    assert len(shown(ask_new, state="Idle")) == 12
    assert shown(ask_new, state="Faulted") == []


def test_a_message_is_cleared_once(ask_new: Asked) -> None:
    """TC_O_12, TC_O_15: O05."""
    ask_new("SetDisplayMessage", {"message": MESSAGE})
    assert ask_new("ClearDisplayMessage", {"id": 3}).payload == {"status": "Accepted"}
    assert ask_new("ClearDisplayMessage", {"id": 3}).payload == {"status": "Unknown"}


def test_a_cost_reaches_the_station(station: Any, ask_new: Asked) -> None:
    """I02.FR.02."""
    assert ask_new("CostUpdated", {"totalCost": 1.25, "transactionId": TX_ID}).payload == {}
    assert station.costs.sums == {TX_ID: Decimal("1.25")}


@pytest.mark.parametrize("cost", [10**400, -(10**30), 1e300])
def test_a_cost_that_nobody_pays_is_none_and_the_rest_of_the_answer_counts(
    new: Any, fake: Any, cost: float
) -> None:
    info = {"status": "Blocked"}
    answer = new.read_fact(fake.ended(), {"totalCost": cost, "idTokenInfo": info})
    assert answer.cost is None
    assert answer.verdict.status == "Blocked"
