"""Stamps and duties of the EV board; plain asserts, for both interpreters."""

from ampkeeper.board.ev_rp2040.stamps import COUNTER_START, PERIOD, Duty, count_of, level_of

ROUND = 1 << 31


def word(count, level):
    """What a catcher pushes for an edge at so many counts."""
    return ((COUNTER_START - count) % ROUND) << 1 | level


def test_a_word_is_a_time_and_a_level():
    assert level_of(word(5, 1)) == 1
    assert level_of(word(5, 0)) == 0
    assert count_of(word(12_345, 0), 20_000) == 12_345


def test_the_counter_comes_round_and_time_goes_on():
    for count in (0, ROUND - 1, ROUND, 3 * ROUND + 17, 100 * ROUND - 1):
        assert count_of(word(count, 1), count) == count
        assert count_of(word(count, 1), count + 2_000_000_000) == count
        assert count_of(word(count, 1), max(0, count - 9_000_000)) == count, "not read yet"


def fed(*edges):
    """What a duty reports for these edges, (at, high, period)."""
    duty = Duty()
    return [(duty.at, duty.high, duty.period) for at, level in edges if duty.feed(at, level)]


def periods(count, high, start=0, period=PERIOD):
    edges = []
    for number in range(count):
        edges += [(start + number * period, 1), (start + number * period + high, 0)]
    return edges


def test_a_duty_is_reported_once_as_of_its_first_period():
    assert fed(*periods(10, 2_667)) == [(0, 2_667, PERIOD)]


def test_a_new_duty_is_told_with_the_period_in_which_it_began():
    edges = periods(3, 2_667) + periods(3, 1_667, start=3 * PERIOD)
    assert fed(*edges) == [(0, 2_667, PERIOD), (3 * PERIOD, 1_667, PERIOD)]


def test_half_a_microsecond_is_no_new_duty_and_more_is():
    assert len(fed(*(periods(3, 2_667) + periods(3, 2_672, start=3 * PERIOD)))) == 1
    assert len(fed(*(periods(3, 2_667) + periods(3, 2_673, start=3 * PERIOD)))) == 2


def test_a_wrong_frequency_is_told_within_ten_percent_and_nothing_beyond():
    assert fed(*periods(3, 2_000, period=9_800)) == [(0, 2_000, 9_800)]
    assert fed(*periods(5, 2_000, period=20_000)) == []


def test_a_line_that_stands_is_told_from_where_it_should_have_moved():
    duty = Duty()
    for at, level in periods(3, 2_667):
        duty.feed(at, level)
    last = 2 * PERIOD + 2_667
    assert not duty.look(last + 29_999, 0)
    assert duty.look(last + 30_000, 0)
    assert (duty.at, duty.high) == (3 * PERIOD, 0), "the rise that did not come"
    assert not duty.look(last + 60_000, 0)
    assert not duty.look(last + 60_100, 1), "the edge was lost; from here on it is high"
    assert duty.look(last + 90_100, 1)
    assert (duty.at, duty.high) == (last + 60_100, PERIOD)


def test_after_a_stand_no_duty_is_made_of_edges_before_it():
    duty = Duty()
    duty.feed(0, 1)
    duty.feed(100, 0)
    assert duty.look(50_000, 0)
    assert not duty.feed(PERIOD * 6, 1)


def test_what_is_forgotten_is_told_again():
    duty = Duty()
    for at, level in periods(3, 2_667):
        duty.feed(at, level)
    duty.forget()
    assert duty.feed(3 * PERIOD, 1)
    assert duty.high == 2_667
