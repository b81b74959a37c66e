"""The words of the self-tests are those of the README, and of ring 1's own tables."""

from pathlib import Path

from ampkeeper.firmware.faces.evidence import OF_EVSE, OF_STATION
from ampkeeper.firmware.safety import names, rounds, selftest
from ampkeeper.firmware.selftests import words

README = Path(__file__).resolve().parents[2] / "firmware" / "safety" / "README.md"
HEAD = "| no. | self-test | when | implemented in | board hardware |"
EVENT = 2  # kind of a row of rounds.TESTS: an event ends it


def readme_rows() -> dict[int, tuple[str, ...]]:
    lines = README.read_text().split(HEAD)[1].splitlines()[2:]
    rows = {}
    for line in lines:
        if not line.startswith("|"):
            break
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        rows[int(cells[0])] = cells
    return rows


def test_the_readme_says_the_same() -> None:
    rows = readme_rows()
    assert list(rows) == list(words.WORDS) == list(range(1, 35))
    for number, (_, name, when, _, hardware, *_) in rows.items():
        of = words.WORDS[number]
        assert name.startswith(of.name), number
        assert (when, hardware) == (of.when, of.needs), number


def test_results_have_ring_1s_names() -> None:
    assert [word.replace(" ", "_").upper() for word in words.RESULTS] == [*names.SELF_TEST_RESULTS]


def test_what_takes_a_car_is_what_ring_1_refuses_to_start() -> None:
    rows = list(names.rows(rounds.TESTS, 3))
    of_events = {number for number, row in enumerate(rows, 1) if row[0] == EVENT}
    takes_car = {each.number for each in words.WORDS.values() if each.runs == words.WITH_CAR}
    at_rest = {each.number for each in words.WORDS.values() if each.runs == words.AT_REST}
    assert at_rest == set(rounds.RCD_TESTS)
    assert of_events == takes_car | at_rest | {16}


def test_every_self_test_is_shown_once() -> None:
    assert sorted(OF_EVSE + OF_STATION) == list(range(1, words.LAST + 1))
    assert selftest.LAST == words.METER - 1
