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
    assert after((0, True), (1, False), (59.9, True))
    assert not after((0, True), (1, False), (60, True))


def test_what_is_held_goes_when_it_was_gone_for_ten_minutes() -> None:
    held = ((0.0, True), (1.0, False), (50.0, True))
    assert after(*held, (649.9, False))
    assert not after(*held, (650, False))
    assert after(*held, (650, True), (651, False)), "it is there still"
