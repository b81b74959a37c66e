"""A periodic event stream: when which values go."""

from datetime import UTC, datetime, timedelta

from ampkeeper.firmware.device_model.stream import BUNDLE_MAX, VALUES_MAX, Bundle, Rate, Stream

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def filled(rate: Rate, count: int) -> Stream:
    stream = Stream(1, 7, rate)
    stream.adjust(rate, 0.0)
    for number in range(count):
        stream.waiting.append((NOON + timedelta(seconds=number), str(number)))
    return stream


def sizes(bundles: list[Bundle]) -> list[tuple[int, int]]:
    return [(len(bundle.values), bundle.pending) for bundle in bundles]


def test_by_interval_all_that_waits_goes_in_bundles() -> None:
    """N15.FR.06."""
    stream = filled(Rate(interval_s=10), BUNDLE_MAX + 5)
    assert stream.take_due(9.9) == []
    assert sizes(stream.take_due(10.0)) == [(BUNDLE_MAX, 5), (5, 0)]
    assert stream.take_due(20.0) == []
    stream.waiting.append((NOON, "x"))
    assert sizes(stream.take_due(29.0)) == []
    assert sizes(stream.take_due(30.0)) == [(1, 0)]


def test_by_count_a_bundle_goes_when_it_is_full() -> None:
    """N15.FR.08."""
    stream = filled(Rate(values=3), 2)
    assert stream.take_due(100.0) == []
    stream.waiting.append((NOON, "x"))
    assert sizes(stream.take_due(100.0)) == [(3, 0)]
    assert sizes(filled(Rate(values=3), 8).take_due(0.0)) == [(3, 5), (3, 2)]


def test_with_both_no_bundle_is_larger_than_the_count() -> None:
    """N15.FR.07: at its time the rest goes, and says how much is left."""
    assert sizes(filled(Rate(10, 3), 4).take_due(10.0)) == [(3, 1), (1, 0)]
    assert sizes(filled(Rate(10, 3), 2).take_due(10.0)) == [(2, 0)]
    assert sizes(filled(Rate(10, 3), 2).take_due(9.0)) == []


def test_at_the_end_all_goes() -> None:
    """N13.FR.03."""
    assert sizes(filled(Rate(3600, 0), 4).take_due(1.0, is_over=True)) == [(4, 0)]
    assert sizes(filled(Rate(0, 3), 4).take_due(1.0, is_over=True)) == [(3, 1), (1, 0)]


def test_another_rate_holds_from_now_on() -> None:
    """N14.FR.03."""
    stream = filled(Rate(3600), 2)
    stream.adjust(Rate(5), 100.0)
    assert stream.take_due(104.0) == []
    assert sizes(stream.take_due(105.0)) == [(2, 0)]


def test_of_too_many_the_oldest_go() -> None:
    stream = filled(Rate(3600), VALUES_MAX + 10)
    assert len(stream.waiting) == VALUES_MAX
    assert stream.waiting[0][1] == "10"


def test_a_rate_of_nothing_is_none() -> None:
    """N11.FR.09."""
    assert [Rate().is_any, Rate(1).is_any, Rate(0, 1).is_any] == [False, True, True]
