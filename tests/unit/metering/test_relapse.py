"""Relapse: within a minute it is the same trouble, and ten minutes end it."""

from ampkeeper.firmware.metering.relapse import Relapse


def after(*times: tuple[float, bool]) -> bool:
    relapse = Relapse()
    for now_s, is_there in times:
        relapse.tick(now_s, is_there)
    return relapse.is_held


def test_what_comes_once_is_not_held() -> None:
    assert not after((0, False), (1, True), (30, True), (31, False))


def test_what_comes_back_within_a_minute_is_held() -> None:
    assert after((0, True), (1, False), (60.9, True))
    assert not after((0, True), (1, False), (61, True))


def test_the_minute_counts_from_when_it_was_first_gone() -> None:
    second_by_second = [(float(now_s), now_s == 0) for now_s in range(60)]
    assert after(*second_by_second, (60.0, True)), "59 s after it was gone"
    assert not after(*second_by_second, (60.0, False), (61.0, True))


def test_what_is_held_goes_when_it_was_gone_for_ten_minutes() -> None:
    held = ((0.0, True), (1.0, False), (50.0, True), (51.0, False))
    assert after(*held, (650.9, False))
    assert not after(*held, (651, False))
    assert after(*held[:3], (651, True), (652, False)), "it is there still"
