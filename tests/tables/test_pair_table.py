"""The table of the pair: whole, and what it may never do."""

import itertools

import pytest

from ampkeeper.firmware.update import pair
from ampkeeper.hal.link import flash as f

WANTED, OTHER = 77, 78


def test_each_pair_of_states_has_one_row() -> None:
    sides = [(station, board) for station, board, _ in pair.TABLE]
    everything = itertools.product(range(len(pair.STATIONS)), range(len(pair.BOARDS)))
    assert sorted(sides) == sorted(everything)


def test_a_certain_image_charges_with_that_image_only() -> None:
    for station, board, step in pair.TABLE:
        if station != pair.ANYTHING and board not in (pair.SAME, pair.SAME_ON_TRIAL):
            assert step not in pair.ALLOWS, pair.BOARDS[board]


def boards(step: int, station: int) -> set[int]:
    return {board for one, board, does in pair.TABLE if (one, does) == (station, step)}


def test_a_station_that_brought_nothing_charges_with_what_is_good() -> None:
    on_trial = {pair.SAME_ON_TRIAL, pair.OTHER_ON_TRIAL}
    assert boards(pair.CHARGE, pair.ANYTHING) == {pair.SAME, pair.OTHER, pair.FIXED}
    assert boards(pair.TAKE_BACK, pair.ANYTHING) == on_trial
    assert boards(pair.LEAVE, pair.ANYTHING) == {pair.STOPPED}


@pytest.mark.parametrize("station", [pair.TRIED, pair.SETTLED])
def test_a_board_that_can_be_flashed_is_and_one_that_cannot_is_refused(station: int) -> None:
    assert pair.SAME in boards(pair.CHARGE, station)
    wrong = {pair.OTHER, pair.OTHER_ON_TRIAL, pair.STOPPED}
    assert boards(pair.MEND, station) == wrong
    assert boards(pair.REFUSE, station) == {pair.FIXED}


def test_a_board_is_confirmed_only_by_a_station_that_is_good_itself() -> None:
    assert {station for station, _, step in pair.TABLE if step == pair.KEEP} == {pair.SETTLED}


def test_every_step_is_used_and_every_refusal_has_a_reason() -> None:
    assert {step for _, _, step in pair.TABLE} == set(range(len(pair.STEPS)))
    assert len(pair.WORDS) == len(pair.BOARDS)
    for _, board, step in pair.TABLE:
        assert bool(pair.why_not(step, board)) is (step not in pair.ALLOWS)


@pytest.mark.parametrize(
    ("image_id", "state", "wanted", "side"),
    [
        (WANTED, f.GOOD, WANTED, pair.SAME),
        (WANTED, f.WENT_BACK, WANTED, pair.SAME),
        (WANTED, f.TRYING, WANTED, pair.SAME_ON_TRIAL),
        (OTHER, f.TRYING, WANTED, pair.OTHER_ON_TRIAL),
        (OTHER, f.GOOD, WANTED, pair.OTHER),
        (0, f.GOOD, WANTED, pair.OTHER),
        (0, f.WENT_BACK, WANTED, pair.OTHER),
        (0, f.GOOD, 0, pair.OTHER),
        (0, f.TRYING, 0, pair.OTHER_ON_TRIAL),
        (0, f.FIXED, WANTED, pair.FIXED),
    ],
)
def test_what_a_board_says_is_what_it_is(image_id: int, state: int, wanted: int, side: int) -> None:
    program = 4 * image_id + state
    assert pair.board_side(3, program, wanted) == side
    assert pair.board_side(f.FLASHING, program, wanted) == pair.STOPPED


def test_a_station_on_trial_does_not_confirm_its_board() -> None:
    steps = [
        pair.step_of(pair.station_side(wanted, on_trial), pair.SAME_ON_TRIAL)
        for wanted, on_trial in ((WANTED, True), (WANTED, False), (0, False))
    ]
    assert steps == [pair.CHARGE, pair.KEEP, pair.TAKE_BACK]
