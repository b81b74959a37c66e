"""Reservations: whom they keep out, whom they let in, what is told, and when they end."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import IdToken, TransactionStarted
from ampkeeper.firmware.reservation import ANY, Reservation, reservation_of
from ampkeeper.firmware.safety import fault, pilot
from ampkeeper.firmware.station.reservation_desk import ReservationDesk
from ampkeeper.firmware.station.reservations import RESERVATIONS_MAX, most_pairs
from ampkeeper.firmware.store.changes import DropReservation, SaveReservation

from .charger import START, Charger

HOLDER, STRANGER = "0BCAFE01", "0BCAFE02"
CARDS = {"local_tags": frozenset({HOLDER, STRANGER})}


def wish(evse_id: int = 1, number: int = 7, **fields: Any) -> Reservation:
    told: dict[str, Any] = {
        "id": number,
        "evse_id": evse_id,
        "token": IdToken(HOLDER.lower()),
        "expires_at": START + timedelta(minutes=10),
    }
    return Reservation(**(told | fields))


def reserve(charger: Charger, **fields: Any) -> str:
    """Ask as the central system does."""

    def post(event: Any) -> bool:
        charger.do(event)
        return True

    desk = ReservationDesk(charger.station.reservations, lambda: charger.now, post)
    return desk.reserve(wish(**fields))


def ready(count: int = 1, **rules: Any) -> Charger:
    charger = Charger(count, **(CARDS | rules))
    for evse_id in range(1, count + 1):
        charger.unplug(evse_id)
        charger.read(evse_id)
    return charger


def started(charger: Charger) -> list[TransactionStarted]:
    return [fact for fact in charger.facts if isinstance(fact, TransactionStarted)]


def notices(charger: Charger, kind: str) -> list[dict[str, Any]]:
    return [
        fields for effects in charger.effects for told, fields in effects.notices if told == kind
    ]


def ends(charger: Charger) -> list[Any]:
    return [fields["why"] for fields in notices(charger, "reservation_ended")]


def test_a_reserved_connector_says_so_and_is_in_the_books() -> None:
    charger = ready()
    assert reserve(charger) == "accepted"
    assert charger.statuses[-1] == "Reserved"
    assert SaveReservation(7, wish(made_at=charger.now).to_text()) in charger.changes


def test_a_stranger_does_not_charge_on_it() -> None:
    charger = ready()
    reserve(charger)
    charger.plug()
    assert charger.statuses[-1] == "Reserved"
    charger.swipe(STRANGER)
    charger.wait(5)
    assert started(charger) == []
    assert charger.statuses[-1] == "Reserved"


def test_nobody_charges_on_it_for_free_either() -> None:
    charger = ready(is_free=True)
    reserve(charger)
    charger.plug()
    charger.wait(5)
    assert started(charger) == []
    charger.swipe(HOLDER)
    assert len(started(charger)) == 1


@pytest.mark.parametrize("is_plugged_first", [True, False])
def test_the_holder_charges_and_the_transaction_names_the_reservation(
    is_plugged_first: bool,
) -> None:
    charger = ready()
    reserve(charger)
    if is_plugged_first:
        charger.plug()
    charger.swipe(HOLDER)
    assert charger.statuses[-1] == "Preparing"
    charger.plug()
    charger.read()
    assert [fact.reservation_id for fact in started(charger)] == [7]
    assert ends(charger) == ["used"]
    assert DropReservation(7) in charger.changes


def test_a_remote_start_uses_it_too() -> None:
    charger = ready()
    reserve(charger)
    charger.swipe(HOLDER)
    charger.plug()
    charger.read()
    assert started(charger)[0].reservation_id == 7


def test_an_acceptance_that_nobody_uses_leaves_the_reservation() -> None:
    charger = ready()
    reserve(charger)
    charger.swipe(HOLDER)
    charger.wait(121)
    assert charger.statuses[-1] == "Reserved"
    assert ends(charger) == []


def test_it_ends_in_time() -> None:
    charger = ready()
    reserve(charger)
    charger.wait(599)
    assert charger.statuses[-1] == "Reserved"
    charger.wait(1.5)
    assert charger.statuses[-1] == "Available"
    assert ends(charger) == ["expired"]


@pytest.mark.parametrize("how", ["fault", "service"])
def test_it_ends_with_a_connector_that_cannot_serve(how: str) -> None:
    charger = ready()
    reserve(charger)
    if how == "fault":
        charger.report(faults=(fault.RCD_AC,), pilot=pilot.A)
    else:
        charger.do(charger.station.on_availability, 1, False)
    charger.wait(1)
    assert ends(charger) == ["removed"]


def test_it_is_cancelled_once() -> None:
    charger = ready()
    reserve(charger)
    charger.do(charger.station.reservations.on_cancel, 7)
    charger.do(charger.station.reservations.on_cancel, 7)
    assert charger.statuses[-1] == "Available"
    assert ends(charger) == ["cancelled"]


def test_a_group_is_let_in_once_the_central_system_has_named_it() -> None:
    charger = ready()
    assert reserve(charger, group_id="FLEET") == "accepted"
    effects = charger.swipe(STRANGER)  # a local card, of whose group nothing is known
    assert effects.asks == [IdToken(STRANGER)]
    charger.do(charger.station.on_verdict, IdToken(STRANGER), Known("Accepted", "fleet"))
    charger.plug()
    charger.read()
    assert [fact.reservation_id for fact in started(charger)] == [7]


def test_another_group_is_not() -> None:
    charger = ready()
    reserve(charger, group_id="FLEET")
    charger.swipe(STRANGER)
    charger.do(charger.station.on_verdict, IdToken(STRANGER), Known("Accepted", "OTHERS"))
    charger.plug()
    charger.wait(2)
    assert started(charger) == []


def test_what_cannot_be_reserved_says_why() -> None:
    charger = ready(2)
    assert reserve(charger, evse_id=9) == "rejected"
    assert reserve(charger, expires_at=START) == "rejected"
    charger.plug(1)
    assert reserve(charger, evse_id=1) == "occupied"
    charger.do(charger.station.on_availability, 2, False)
    assert reserve(charger, evse_id=2) == "unavailable"
    charger.report(1, faults=(fault.RCD_AC,))
    assert reserve(charger, evse_id=1) == "faulted"
    assert reserve(charger, evse_id=ANY) == "occupied"


def test_a_second_one_for_the_same_connector_is_refused_and_the_same_id_replaces() -> None:
    charger = ready(2)
    assert reserve(charger) == "accepted"
    assert reserve(charger, number=8) == "occupied"
    assert reserve(charger, evse_id=2) == "accepted"
    assert [kept.evse_id for kept in charger.station.reservations.book.values()] == [2]
    charger.wait(1)
    assert str(charger.station.evses[1].state) == "Available"


def test_one_for_any_connector_keeps_the_last_free_one() -> None:
    charger = ready(2)
    assert reserve(charger, evse_id=ANY) == "accepted"
    assert charger.statuses[-1] == "Available"
    charger.plug(1)
    charger.swipe(STRANGER)
    assert len(started(charger)) == 1
    charger.wait(1)
    assert str(charger.station.evses[2].state) == "Reserved"
    charger.plug(2)
    charger.swipe(STRANGER)
    charger.wait(1)
    assert len(started(charger)) == 1
    charger.swipe(HOLDER)
    charger.read(2)
    assert [fact.reservation_id for fact in started(charger)] == [None, 7]


def test_no_more_are_kept_for_any_connector_than_are_free() -> None:
    charger = ready(2)
    assert [reserve(charger, evse_id=ANY, number=n) for n in (1, 2, 3)] == [
        "accepted",
        "accepted",
        "occupied",
    ]


def test_no_more_are_kept_than_there_is_room_for() -> None:
    charger = ready()
    reservations = charger.station.reservations
    for number in range(RESERVATIONS_MAX):
        reservations.book[number] = wish(ANY, number)
    assert reservations.verdict(wish(ANY, 99), START) == "rejected"


def test_a_card_goes_to_the_connector_that_is_kept_for_it() -> None:
    charger = ready(3)
    reserve(charger, evse_id=3)
    charger.swipe(HOLDER)
    assert charger.station.evses[3].session.grant is not None
    charger.swipe(STRANGER)
    assert charger.station.evses[1].session.grant is not None


def test_it_outlives_a_power_cut_and_what_cannot_be_read_is_named() -> None:
    charger = ready()
    texts = [wish().to_text(), wish(9, 8).to_text(), "{}", '{"id": []}', "nonsense"]
    wrong = charger.station.reservations.recall(texts)
    assert len(wrong) == 4
    charger.wait(1)
    assert charger.statuses[-1] == "Reserved"


@given(
    st.builds(
        Reservation,
        id=st.integers(),
        evse_id=st.integers(0, 8),
        token=st.builds(IdToken, st.text(max_size=36), st.text(max_size=20)),
        expires_at=st.datetimes(timezones=st.just(START.tzinfo)),
        group_id=st.none() | st.text(max_size=36),
    )
)
def test_it_comes_back_from_the_books_as_it_was(kept: Reservation) -> None:
    assert reservation_of(kept.to_text()) == kept


def test_one_for_a_connector_type_keeps_only_such_a_connector() -> None:
    """2.0.1 H01.FR.06, FR.09, FR.24: EVSE 1 has a socket, 2 and 3 have cables."""
    charger = ready(3)
    assert reserve(charger, evse_id=ANY, connector_type="sType2") == "accepted"
    kept = charger.station.reservations
    assert [kept.keeps(evse_id) for evse_id in (1, 2, 3)] == [True, False, False]
    assert reserve(charger, evse_id=ANY, number=8, connector_type="sType2") == "occupied"
    assert reserve(charger, evse_id=ANY, number=9, connector_type="cType2") == "accepted"
    assert [kept.keeps(evse_id) for evse_id in (1, 2, 3)] == [True, False, False]
    assert reserve(charger, evse_id=ANY, number=10) == "accepted"
    assert [kept.keeps(evse_id) for evse_id in (1, 2, 3)] == [True, True, True]
    assert reserve(charger, evse_id=ANY, number=11) == "occupied"


def test_a_holder_by_connector_type_is_let_in_only_there() -> None:
    """2.0.1 H03.FR.02."""
    charger = ready(2)
    reserve(charger, evse_id=1, number=1, token=IdToken("SOMEBODY"))
    reserve(charger, evse_id=2, number=2, token=IdToken("SOMEBODY ELSE"))
    assert reserve(charger, evse_id=ANY, number=3, connector_type="sType2") == "occupied"
    kept = charger.station.reservations
    kept.book[3] = wish(ANY, 3, connector_type="sType2")
    assert kept.allows(1, IdToken(HOLDER), None)
    assert not kept.allows(2, IdToken(HOLDER), None)


def test_none_is_kept_while_reservations_are_switched_off() -> None:
    """2.0.1 H01.FR.01, TC_H_19."""
    charger = ready()
    charger.variables["ReservationCtrlr.Enabled"] = False
    assert reserve(charger) == "rejected"


def test_its_end_in_time_and_its_removal_are_owed_to_the_central_system() -> None:
    """2.0.1 H01.FR.16, H04.FR.01; a cancelled and a used one are known there."""
    charger = ready(2)
    told: list[tuple[int, str]] = []

    def owe(number: int, why: str) -> Any:
        told.append((number, why))
        return [], []

    charger.station.reservations.owe = owe
    reserve(charger, number=1)
    charger.do(charger.station.reservations.on_cancel, 1)
    reserve(charger, number=2)
    reserve(charger, evse_id=2, number=3)
    charger.do(charger.station.on_availability, 2, False)
    charger.wait(601)
    assert told == [(3, "removed"), (2, "expired")]


@given(st.lists(st.lists(st.integers(1, 4), max_size=4), max_size=4))
def test_as_many_as_possible_get_a_place(choices: list[list[int]]) -> None:
    served = [
        [place for place in places if place]
        for places in product(*([0, *choice] for choice in choices))
    ]
    most = max(len(places) for places in served if len(set(places)) == len(places))
    assert most_pairs(choices) == most
