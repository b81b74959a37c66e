"""Charging profiles: which one binds, and the composite schedule against a slow reference."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.charging_profile import (
    DAY_S,
    WEEK_S,
    Kind,
    Period,
    Profile,
    Purpose,
    Unit,
    profile_of,
)
from ampkeeper.firmware.limits.profile_book import (
    FREE,
    Capacity,
    Limit,
    Outlet,
    ProfileBook,
    ProfileRefused,
    Span,
)
from tests.support.profiles import profile_at

T0_S = 1_795_000_000
CAPACITY = Capacity(50, 20, 100)
OUTLET = Outlet(1, 230.0, 3, "tx", T0_S)
profile = partial(profile_at, T0_S)


def current_a(*profiles: Profile, at_s: int = T0_S, outlet: Outlet = OUTLET) -> float | None:
    book = ProfileBook(CAPACITY)
    for one in profiles:
        book.install(one)
    return book.limit_at(outlet, at_s).current_a


def test_without_profiles_nothing_is_limited():
    assert ProfileBook(CAPACITY).limit_at(OUTLET, T0_S) == FREE
    assert ProfileBook(CAPACITY).composite(OUTLET, T0_S, 600) == ((Span(0, FREE),), 600)


def test_the_highest_stack_level_binds_even_when_it_allows_more():
    assert current_a(profile(1, 8.0), profile(2, 20.0, stack_level=3)) == 20.0


def test_a_schedule_that_is_over_leaves_the_place_to_the_level_below():
    short = profile(2, 20.0, stack_level=3, duration_s=60)
    assert current_a(profile(1, 8.0), short, at_s=T0_S + 59) == 20.0
    assert current_a(profile(1, 8.0), short, at_s=T0_S + 60) == 8.0


def test_a_profile_that_is_not_valid_says_nothing():
    bounded = profile(1, 8.0, valid_from_s=T0_S + 10, valid_to_s=T0_S + 20)
    seen = [current_a(bounded, at_s=T0_S + s) for s in (9, 10, 19, 20)]
    assert seen == [None, 8.0, 8.0, None]


def test_the_transactions_own_profile_wins_over_the_default():
    own = profile(2, 25.0, purpose=Purpose.TX, tx_id="tx")
    assert current_a(profile(1, 8.0), own) == 25.0
    assert current_a(profile(1, 8.0), own, outlet=Outlet(1, 230.0, 3, "other", T0_S)) == 8.0


def test_an_evses_own_default_wins_over_the_stations():
    assert current_a(profile(1, 10.0, evse_id=0, stack_level=5), profile(2, 20.0)) == 20.0
    assert current_a(profile(1, 10.0, evse_id=0)) == 10.0


@pytest.mark.parametrize("purpose", [Purpose.STATION_MAX, Purpose.EXTERNAL])
def test_what_limits_the_station_is_never_exceeded(purpose: Purpose):
    own = profile(2, 25.0, purpose=Purpose.TX, tx_id="tx")
    assert current_a(own, profile(1, 8.0, purpose=purpose, evse_id=0)) == 8.0
    assert current_a(own, profile(1, 30.0, purpose=purpose, evse_id=0)) == 25.0


def test_watts_become_amps_by_the_nominal_voltage_and_the_phases_named():
    watts = {"unit": Unit.WATT, "start_s": T0_S}
    assert current_a(profile(1, **watts, periods=(Period(0, 11_040.0),))) == pytest.approx(16.0)
    one = profile(1, **watts, periods=(Period(0, 3_680.0, 1),))
    assert current_a(one) == pytest.approx(16.0)


def test_amps_are_per_phase_however_many_phases_are_named():
    book = ProfileBook(CAPACITY)
    book.install(profile(1, periods=(Period(0, 16.0, 1),)))
    assert book.limit_at(OUTLET, T0_S) == Limit(16.0, 1, 1)


@pytest.mark.parametrize("recurrence_s", [DAY_S, WEEK_S])
def test_a_recurring_schedule_begins_again(recurrence_s: int):
    nightly = profile(
        1,
        kind=Kind.RECURRING,
        recurrence_s=recurrence_s,
        periods=(Period(0, 6.0), Period(3_600, 32.0)),
    )
    for cycle in (0, 1, 17):
        begin_s = T0_S + cycle * recurrence_s
        assert current_a(nightly, at_s=begin_s) == 6.0
        assert current_a(nightly, at_s=begin_s + 3_599) == 6.0
        assert current_a(nightly, at_s=begin_s + 3_600) == 32.0
    assert current_a(nightly, at_s=T0_S - 1) is None


def test_between_the_rounds_of_a_recurring_schedule_the_default_holds():
    """2.0.1 K01.FR.11 to FR.13."""
    hour = profile(
        2,
        stack_level=3,
        kind=Kind.RECURRING,
        recurrence_s=DAY_S,
        duration_s=3_600,
        periods=(Period(0, 20.0), Period(1_800, 16.0), Period(3_600, 6.0)),
    )
    for begin_s in (T0_S, T0_S + 5 * DAY_S):
        seen = [
            current_a(profile(1, 8.0), hour, at_s=begin_s + s) for s in (0, 1_800, 3_599, 3_600)
        ]
        assert seen == [20.0, 16.0, 16.0, 8.0]


def test_a_relative_schedule_counts_from_the_start_of_the_transaction():
    relative = profile(1, kind=Kind.RELATIVE, periods=(Period(0, 6.0), Period(60, 32.0)))
    assert current_a(relative, at_s=T0_S + 59) == 6.0
    assert current_a(relative, at_s=T0_S + 60) == 32.0
    assert current_a(relative, outlet=Outlet(1, 230.0, 3)) is None


def test_the_same_place_and_the_same_id_are_taken_once():
    book = ProfileBook(CAPACITY)
    assert book.install(profile(1)) == ()
    assert book.install(profile(2)) == (1,)
    assert book.install(profile(2, stack_level=4)) == (2,)
    assert [one.id for one in book.profiles()] == [2]


def test_two_transactions_do_not_take_each_others_place():
    book = ProfileBook(CAPACITY)
    book.install(profile(1, purpose=Purpose.TX, tx_id="a"))
    assert book.install(profile(2, purpose=Purpose.TX, tx_id="b")) == ()
    book.install(profile(3))
    assert book.end_transactions({"b"}) == (1,)
    assert [one.id for one in book.profiles()] == [2, 3]


def test_profiles_are_cleared_by_what_is_given():
    def book() -> ProfileBook:
        return ProfileBook(
            CAPACITY,
            profiles=[
                profile(1),
                profile(2, stack_level=1),
                profile(3, purpose=Purpose.STATION_MAX),
            ],
        )

    assert book().clear() == (1, 2, 3)
    assert book().clear(profile_id=2, evse_id=7) == (2,)
    assert book().clear(purpose=Purpose.TX_DEFAULT) == (1, 2)
    assert book().clear(evse_id=0) == (3,)
    assert book().clear(evse_id=1, stack_level=1) == (2,)
    assert book().clear(profile_id=9) == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"periods": ()}, "first period"),
        ({"periods": (Period(5, 6.0),)}, "must be 0"),
        ({"periods": (Period(0, 6.0), Period(9, 6.0), Period(9, 7.0))}, "must ascend"),
        ({"periods": (Period(0, -1.0),)}, "below 0"),
        ({"duration_s": 0}, "more than 0"),
        ({"duration_s": -1}, "more than 0"),
        ({"periods": (Period(0, 6.0, 4),)}, "phases must be 1 to 3"),
        ({"kind": Kind.RECURRING, "start_s": None}, "needs its start"),
        ({"purpose": Purpose.STATION_MAX, "kind": Kind.RELATIVE}, "cannot be relative"),
        ({"purpose": Purpose.STATION_MAX, "evse_id": 1}, "must be for 0"),
        ({"purpose": Purpose.TX, "evse_id": 0}, "needs the EVSE"),
        ({"stack_level": 21}, "allowed are 0 to 20"),
        ({"stack_level": -1}, "allowed are 0 to 20"),
        ({"periods": tuple(Period(n, 6.0) for n in range(101))}, "at most 100"),
    ],
)
def test_what_cannot_be_a_profile_is_refused_and_changes_nothing(fields: dict, said: str):
    book = ProfileBook(CAPACITY)
    book.install(profile(1))
    with pytest.raises(ProfileRefused, match=said):
        book.install(profile(1, **fields))
    assert book.profiles() == (profile(1),)


def test_a_full_book_takes_only_what_replaces():
    book = ProfileBook(Capacity(1, 20, 100))
    book.install(profile(1))
    with pytest.raises(ProfileRefused, match="1 are installed"):
        book.install(profile(2, stack_level=1))
    assert book.install(profile(2)) == (1,)


def test_a_composite_schedule_names_only_what_changes():
    book = ProfileBook(CAPACITY)
    book.install(profile(1, periods=(Period(0, 16.0), Period(60, 16.0), Period(120, 10.0))))
    book.install(profile(2, 12.0, purpose=Purpose.STATION_MAX, duration_s=30))
    spans, held_s = book.composite(OUTLET, T0_S, 300)
    assert held_s == 300
    assert [(span.start_s, span.limit.current_a) for span in spans] == [
        (0, 12.0),
        (30, 16.0),
        (120, 10.0),
    ]


def test_a_composite_schedule_of_too_many_periods_says_where_it_ends():
    book = ProfileBook(CAPACITY)
    rows = tuple(Period(10 * n, 6.0 + n) for n in range(5))
    book.install(profile(1, periods=rows))
    spans, held_s = book.composite(OUTLET, T0_S, 600, spans_max=3)
    assert [span.start_s for span in spans] == [0, 10, 20]
    assert held_s == 30


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"periods": 3}', '{"periods": [{}]}'])
def test_what_no_profile_wrote_is_none(text: str):
    with pytest.raises(ValueError, match="not a charging profile"):
        profile_of(text)


# --- against a reference that asks every second ---------------------------------------------

WINDOW_S = 40
LITTLE_S = st.integers(-WINDOW_S, WINDOW_S)


@st.composite
def anything(draw: st.DrawFn, number: int) -> Profile:
    purpose = draw(st.sampled_from(Purpose))
    kinds = [Kind.ABSOLUTE, Kind.RECURRING]
    if purpose is not Purpose.STATION_MAX:
        kinds.append(Kind.RELATIVE)
    evses = {Purpose.STATION_MAX: [0], Purpose.TX: [1, 2]}.get(purpose, [0, 1, 2])
    starts = draw(st.sets(st.integers(1, WINDOW_S), max_size=4))
    limits = st.sampled_from([0.0, 6.0, 8.0, 16.0, 32.0])
    phases = st.sampled_from([None, 1, 3])
    valid_s = sorted(draw(st.tuples(LITTLE_S, LITTLE_S)))
    return Profile(
        number,
        draw(st.sampled_from(evses)),
        purpose,
        draw(st.integers(0, 2)),
        draw(st.sampled_from(kinds)),
        draw(st.sampled_from(Unit)),
        tuple(Period(s, draw(limits), draw(phases)) for s in (0, *sorted(starts))),
        T0_S + draw(LITTLE_S),
        draw(st.none() if purpose is Purpose.PRIORITY else st.none() | st.integers(1, WINDOW_S)),
        draw(st.integers(5, WINDOW_S)),
        T0_S + valid_s[0] if draw(st.booleans()) else None,
        T0_S + valid_s[1] if draw(st.booleans()) else None,
        draw(st.sampled_from([None, "tx", "other"])) if purpose is Purpose.TX else None,
    )


def said_at(one: Profile, at_s: int, tx_start_s: int | None) -> Period | None:
    """What one profile says, found by walking its schedule second by second."""
    if one.valid_from_s is not None and at_s < one.valid_from_s:
        return None
    if one.valid_to_s is not None and at_s >= one.valid_to_s:
        return None
    start_s = tx_start_s if one.kind is Kind.RELATIVE else one.start_s
    if start_s is None or at_s < start_s:
        return None
    passed_s = 0
    for _ in range(start_s, at_s):
        passed_s += 1
        if one.kind is Kind.RECURRING and passed_s == one.recurrence_s:
            passed_s = 0
    if one.duration_s is not None and passed_s >= one.duration_s:
        return None
    said = None
    for period in one.periods:
        if passed_s >= period.start_s:
            said = period
    return said


def allowed_at(profiles: list[Profile], outlet: Outlet, at_s: int) -> tuple[float, int | None]:
    """The limit in A and the phases by the words of the standard; infinite without a limit."""

    def told(purpose: Purpose, evse_id: int) -> tuple[float, int | None] | None:
        for level in (2, 1, 0):
            for one in profiles:
                if (one.purpose, one.evse_id, one.stack_level) != (purpose, evse_id, level):
                    continue
                if one.tx_id not in (None, outlet.tx_id):
                    continue
                period = said_at(one, at_s, outlet.tx_start_s)
                if period is None:
                    continue
                shared = outlet.voltage_v * min(period.phases or 3, outlet.phases)
                amps = period.limit if one.unit is Unit.AMPERE else period.limit / shared
                return amps, period.phases
        return None

    of_tx = told(Purpose.TX, 1) or told(Purpose.TX_DEFAULT, 1) or told(Purpose.TX_DEFAULT, 0)
    if outlet.has_priority:
        of_tx = told(Purpose.PRIORITY, 1) or told(Purpose.PRIORITY, 0) or of_tx
    parts = [of_tx, told(Purpose.STATION_MAX, 0)]
    parts += [told(Purpose.EXTERNAL, 1), told(Purpose.EXTERNAL, 0)]
    found = [part for part in parts if part is not None]
    phases = [part[1] for part in found if part[1] is not None]
    return min((part[0] for part in found), default=float("inf")), min(phases, default=None)


@given(st.data())
def test_the_composite_schedule_is_what_every_second_says(data: st.DataObject):
    book = ProfileBook(CAPACITY)
    for number in range(data.draw(st.integers(0, 6))):
        book.install(data.draw(anything(number)))
    tx_start_s = data.draw(st.none() | LITTLE_S.map(lambda s: T0_S + s))
    phases = data.draw(st.sampled_from([1, 3]))
    tx_id = data.draw(st.sampled_from([None, "tx"]))
    outlet = Outlet(1, 230.0, phases, tx_id, tx_start_s, data.draw(st.booleans()))
    installed = list(book.profiles())
    assert [profile_of(one.to_text()) for one in installed] == installed
    spans, held_s = book.composite(outlet, T0_S, WINDOW_S)
    assert (spans[0].start_s, held_s) == (0, WINDOW_S)
    for second in range(WINDOW_S):
        limit = [span.limit for span in spans if span.start_s <= second][-1]
        got = (float("inf") if limit.current_a is None else limit.current_a, limit.phases)
        assert got == allowed_at(installed, outlet, T0_S + second), second
