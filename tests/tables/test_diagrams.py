"""The READMEs show what the tables say."""

import pytest

from ampkeeper.firmware import faults
from ampkeeper.firmware.safety import contactor, leakage, lock, names, sequence
from ampkeeper.firmware.session import table as session
from ampkeeper.firmware.update import table as update
from tools import diagrams


def test_the_readmes_are_current() -> None:
    assert diagrams.main(["--check"]) == 0, "run python tools/diagrams.py"


def test_every_row_is_drawn() -> None:
    for rows, states, events, part in (
        (names.rows(sequence.TABLE, 6), names.SEQUENCE_STATES, names.SEQUENCE_EVENTS, "sequence"),
        (
            names.rows(contactor.TABLE, 4),
            names.CONTACTOR_STATES,
            names.CONTACTOR_EVENTS,
            "contactor",
        ),
        (names.rows(lock.TABLE, 4), names.LOCK_STATES, names.LOCK_EVENTS, "lock"),
        (names.rows(leakage.TABLE, 4), names.LEAKAGE_STATES, names.LEAKAGE_EVENTS, "leakage"),
        (session.TABLE, session.STATES, session.EVENTS, "session"),
        (update.TABLE, update.STATES, update.EVENTS, "update"),
    ):
        drawn = getattr(diagrams, f"of_{part}")().splitlines()
        for row in rows:
            begin = f"    {states[row[0]]} --> {states[row[2]]}: {events[row[1]]} /"
            assert any(line.startswith(begin) for line in drawn)


def test_every_fault_is_listed() -> None:
    assert len(diagrams.of_faults().splitlines()) == len(faults.WORDS) + 2


def test_tables_drawn_by_events_alone_leave_none_out() -> None:
    for module, part in (
        (diagrams.registration, diagrams.of_registration),
        (diagrams.outbox, diagrams.of_outbox),
    ):
        drawn = part().splitlines()
        for row in module.TABLE:
            begin = f"    {module.STATES[row[0]]} --> {module.STATES[row[2]]}: "
            labels = [line.removeprefix(begin) for line in drawn if line.startswith(begin)]
            assert module.EVENTS[row[1]] in labels[0].split(", ")


def test_a_part_that_is_not_current_is_found() -> None:
    readme = diagrams.FIRMWARE / "safety" / "README.md"
    text = readme.read_text()
    assert diagrams.renewed(readme, text.replace("coil 1", "coil 7", 1)) == text


def test_missing_markers_are_an_error() -> None:
    with pytest.raises(SystemExit):
        diagrams.renewed(diagrams.FIRMWARE / "safety" / "README.md", "nothing")
