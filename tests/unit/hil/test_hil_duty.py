"""Edges of the pilot as a rig on a Pi sees them, with late stamps and lines that stand."""

from random import Random

from tools.hil.duty import DutyMeter


def fed(meter: DutyMeter, edges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [seen for at_us, level in edges for seen in meter.feed(at_us, level)]


def periods(count: int, high_us: int, start_us: int = 0) -> list[tuple[int, int]]:
    starts = range(start_us, start_us + count * 1_000, 1_000)
    return [edge for at_us in starts for edge in ((at_us, 1), (at_us + high_us, 0))]


def test_a_duty_is_told_as_of_the_begin_of_its_period() -> None:
    assert fed(DutyMeter(), periods(3, 267)) == [(0, 267), (1_000, 267)]


def test_one_late_stamp_in_seven_is_no_duty() -> None:
    random = Random(1)
    edges = [
        (at_us + (random.randint(100, 300) if number % 14 == 1 else 0), level)
        for number, (at_us, level) in enumerate(periods(70, 267))
    ]
    assert {duty for _, duty in fed(DutyMeter(7), edges)[7:]} == {267}


def test_a_steady_high_line_is_so_since_its_rise() -> None:
    meter = DutyMeter()
    fed(meter, [*periods(2, 267), (2_000, 1)])
    assert list(meter.look(4_900, 1)) == []
    assert list(meter.look(5_000, 1)) == [(2_000, 1_000)]


def test_a_steady_low_line_is_so_since_the_rise_that_did_not_come() -> None:
    meter = DutyMeter()
    fed(meter, periods(2, 267))
    assert list(meter.look(4_267, 0)) == [(2_000, 0)]


def test_a_line_without_any_edge_is_what_it_is() -> None:
    meter = DutyMeter()
    assert list(meter.look(100, 1)) == []
    assert list(meter.look(3_100, 1)) == [(100, 1_000)]


def test_another_frequency_is_no_duty() -> None:
    assert fed(DutyMeter(), [(0, 1), (500, 0), (2_000, 1), (2_500, 0), (4_000, 1)]) == []
