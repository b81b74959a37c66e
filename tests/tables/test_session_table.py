"""The session table: complete, reachable, and never permitting without a transaction."""

from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.table import EVENTS, IGNORED, RUNNING, STATES, TABLE, SessionTable


def test_every_pair_is_a_row_or_is_ignored_and_never_both():
    rows = [(row[0], row[1]) for row in TABLE]
    ignored = [(state, event) for state, events in IGNORED.items() for event in events]
    assert sorted(rows + ignored) == [
        (state, event) for state in range(len(STATES)) for event in range(len(EVENTS))
    ]


def test_every_state_is_reached_from_idle():
    reached = {table.IDLE}
    for _ in STATES:
        reached |= {row[2] for row in TABLE if row[0] in reached}
    assert reached == set(range(len(STATES)))


def test_from_every_state_unplugging_leads_back_to_idle():
    steps = (table.UNPLUG, table.REVOKE, table.END, table.UNPLUG)
    for state in range(len(STATES)):
        machine = SessionTable()
        machine.state = state
        for event in steps:
            machine.feed(event)
        assert machine.state == table.IDLE, STATES[state]


def test_a_permit_is_granted_only_while_a_transaction_runs_and_does_not_stop():
    for _, _, next_state, permit, _, _ in TABLE:
        assert (permit == 1) == (next_state in RUNNING - {table.STOPPING}), STATES[next_state]


def test_each_row_gives_exactly_its_outputs():
    for state, event, next_state, permit, locked, told in TABLE:
        machine = SessionTable()
        machine.state = state
        assert machine.feed(event)
        assert machine.state == next_state
        assert (machine.is_permitted, machine.is_locked) == (permit == 1, locked == 1)
        assert machine.told == told


def test_an_ignored_event_changes_nothing():
    for state, events in IGNORED.items():
        for event in events:
            machine = SessionTable()
            machine.state = state
            assert not machine.feed(event)
            assert machine.state == state


def test_available_is_told_only_without_a_car():
    """And without an acceptance, but for a car that is expected back."""
    told = {row[2] for row in TABLE if row[5] == ConnectorState.AVAILABLE}
    assert told == {table.IDLE, table.DETACHED}
