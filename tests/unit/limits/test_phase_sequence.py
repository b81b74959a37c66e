"""The table of a change of phases: complete, reachable, and free only when the car has followed."""

from ampkeeper.firmware.limits import phase_sequence as seq
from ampkeeper.firmware.limits.phase_sequence import STATES, TABLE, PhaseSequence

IGNORED = {
    seq.STEADY: (seq.OPEN, seq.MOVED, seq.OFFER, seq.DRAW, seq.TAKEN_BACK, seq.LATE, seq.GONE),
    seq.PAUSING: (seq.ASK, seq.OFFER, seq.DRAW, seq.WRONG),
    seq.OPENED: (seq.ASK, seq.OPEN, seq.OFFER, seq.DRAW, seq.WRONG),
    seq.RESTING: (seq.OPEN, seq.MOVED, seq.TAKEN_BACK, seq.LATE),
    seq.RESUMING: (seq.OPEN, seq.MOVED, seq.OFFER, seq.TAKEN_BACK),
    seq.ASLEEP: (seq.OPEN, seq.MOVED, seq.OFFER, seq.TAKEN_BACK, seq.LATE, seq.WRONG),
    seq.FAILED: (
        seq.ASK, seq.OPEN, seq.MOVED, seq.OFFER, seq.DRAW, seq.TAKEN_BACK, seq.LATE,
        seq.WRONG,
    ),
}  # fmt: skip


def after(*events: int) -> PhaseSequence:
    machine = PhaseSequence()
    for event in events:
        assert machine.feed(event)
    return machine


def test_every_pair_is_a_row_or_is_ignored_and_never_both():
    rows = [row[:2] for row in TABLE]
    ignored = [(state, event) for state, events in IGNORED.items() for event in events]
    every = [(state, event) for state in range(len(STATES)) for event in range(9)]
    assert sorted(rows + ignored) == every


def test_every_state_is_reached_and_unplugging_ends_each():
    reached = {seq.STEADY}
    for _ in STATES:
        reached |= {row[2] for row in TABLE if row[0] in reached}
    assert reached == set(range(len(STATES)))
    for state in reached - {seq.STEADY}:
        assert (state, seq.GONE, seq.STEADY) in [row[:3] for row in TABLE]


def test_another_change_is_free_only_where_none_is_under_way():
    for row in TABLE:
        assert bool(row[3]) == (row[2] == seq.STEADY) == (row[4] == "")


def test_a_change_that_goes_well_ends_when_the_car_draws():
    machine = after(seq.ASK, seq.OPEN, seq.MOVED, seq.OFFER)
    assert not machine.is_free
    assert machine.feed(seq.DRAW)
    assert (machine.state, machine.is_free) == (seq.STEADY, True)


def test_a_relay_that_does_not_move_fails_but_only_while_it_had_a_reason_to():
    machine = after(seq.ASK)
    assert not machine.tick(10_000.0, is_permitted=False)
    assert machine.tick(seq.DEADLINE_S[seq.PAUSING], is_permitted=True)
    assert machine.state == seq.FAILED
    assert machine.feed(seq.GONE)


def test_a_car_that_does_not_follow_sleeps_and_is_asked_for_no_other_change():
    machine = after(seq.ASK, seq.OPEN, seq.MOVED, seq.OFFER)
    assert machine.tick(seq.DEADLINE_S[seq.RESUMING], is_permitted=True)
    assert (machine.state, machine.is_free) == (seq.ASLEEP, False)
    assert machine.feed(seq.DRAW)
    assert machine.is_free


def test_a_relay_that_does_not_open_is_known_until_the_car_is_gone():
    machine = after(seq.WRONG)
    assert (machine.state, machine.words) == (seq.FAILED, "the relay does not open")
    assert not machine.feed(seq.DRAW)


def test_the_rest_of_the_car_has_no_deadline_of_ours():
    machine = after(seq.ASK, seq.MOVED)
    assert not machine.tick(10_000.0, is_permitted=True)
