"""One press out of a contact that bounces: what counts, what does not."""

from ampkeeper.hal.linux.button import LONG_S, SETTLE_S, Button
from ampkeeper.hal.ports import Press

SHORT, LONG = Press(is_long=False), Press(is_long=True)


def released() -> Button:
    """A button that is believed to be open, at 0 s."""
    made = Button()
    for now_s in (-1.0, -0.5):
        made.feed(False, now_s)
    return made


def presses(
    made: Button, changes: list[tuple[float, bool]], end_s: float
) -> list[tuple[float, Press]]:
    """Look every 10 ms at a contact that changes at these seconds; what came when."""
    came, is_down, left = [], False, list(changes)
    for tick in range(round(end_s * 100)):
        now_s = tick / 100
        while left and left[0][0] <= now_s:
            is_down = left.pop(0)[1]
        press = made.feed(is_down, now_s)
        if press is not None:
            came.append((now_s, press))
    return came


def test_a_press_is_told_when_it_is_let_go() -> None:
    assert presses(released(), [(1.0, True), (1.5, False)], 5.0) == [(1.55, SHORT)]


def test_a_held_one_is_told_at_three_seconds_and_not_again() -> None:
    assert presses(released(), [(1.0, True), (90.0, False)], 100.0) == [(1.0 + LONG_S, LONG)]


def test_bounces_are_one_press() -> None:
    changes = [(1.0, True), (1.01, False), (1.03, True), (2.0, False), (2.02, True), (2.04, False)]
    assert [press for _, press in presses(released(), changes, 5.0)] == [SHORT]


def test_a_spike_is_no_press() -> None:
    changes = [(1.0, True), (1.0 + SETTLE_S - 0.01, False), (2.0, True), (2.02, False)]
    assert presses(released(), changes, 5.0) == []


def test_spikes_do_not_add_up() -> None:
    changes = [(1 + n * 0.04, n % 2 == 0) for n in range(50)]
    assert presses(released(), changes, 5.0) == []


def test_one_that_is_made_at_the_start_must_be_let_go_first() -> None:
    assert presses(Button(), [(0.0, True), (60.0, False)], 70.0) == []
    assert [press for _, press in presses(Button(), [(0.5, True), (1.0, False)], 3.0)] == [SHORT]


def test_a_torn_wire_is_at_most_one_press() -> None:
    assert len(presses(released(), [(1.0, True)], 100.0)) == 1
