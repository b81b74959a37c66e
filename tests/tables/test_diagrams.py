"""The READMEs show what the tables say."""

import pytest

from tools import diagrams


def test_the_readmes_are_current() -> None:
    assert diagrams.main(["--check"]) == 0, "run python tools/diagrams.py"


def test_every_row_is_drawn() -> None:
    for module, part in (
        (diagrams.sequence, diagrams.of_sequence),
        (diagrams.contactor, diagrams.of_contactor),
        (diagrams.lock, diagrams.of_lock),
        (diagrams.session, diagrams.of_session),
    ):
        drawn = part().splitlines()
        for row in module.TABLE:
            start, end = module.STATES[row[0]], module.STATES[row[2]]
            begin = f"    {start} --> {end}: {module.EVENTS[row[1]]} /"
            assert any(line.startswith(begin) for line in drawn)


def test_every_fault_is_listed() -> None:
    assert len(diagrams.of_faults().splitlines()) == len(diagrams.fault.TABLE) + 2


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
