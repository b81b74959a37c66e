"""The smallest limit, and whose it is."""

from ampkeeper.firmware.safety.limit import (
    BY_BOARD,
    BY_CABLE,
    BY_NOTHING,
    BY_PERMIT,
    BY_TEMPERATURE,
    Limit,
)


def take(limit, board_ma, cable_ma, permit_ma, temperature_ma):
    limit.begin()
    limit.take(board_ma, BY_BOARD)
    if cable_ma:
        limit.take(cable_ma, BY_CABLE)
    limit.take(permit_ma, BY_PERMIT)
    limit.take(temperature_ma, BY_TEMPERATURE)


def of(board_ma, cable_ma, permit_ma, temperature_ma):
    limit = Limit()
    take(limit, board_ma, cable_ma, permit_ma, temperature_ma)
    return limit.limit_ma, limit.by, limit.safe_ma


def test_before_the_first_tick_nobody_limits():
    assert Limit().by == BY_NOTHING


def test_the_smallest_wins_and_is_named():
    assert of(10_000, 32_000, 16_000, 16_000) == (10_000, BY_BOARD, 10_000)
    assert of(32_000, 20_000, 25_000, 32_000) == (20_000, BY_CABLE, 20_000)
    assert of(32_000, 20_000, 16_000, 32_000) == (16_000, BY_PERMIT, 20_000)
    assert of(32_000, 32_000, 20_000, 16_000) == (16_000, BY_TEMPERATURE, 16_000)


def test_of_equal_limits_the_first_owner_is_named():
    assert of(16_000, 16_000, 16_000, 16_000)[1] == BY_BOARD
    assert of(32_000, 16_000, 16_000, 16_000)[1] == BY_CABLE
    assert of(32_000, 32_000, 16_000, 16_000)[1] == BY_PERMIT


def test_a_cable_without_coding_does_not_limit():
    assert of(32_000, 0, 20_000, 32_000) == (20_000, BY_PERMIT, 32_000)


def test_the_standard_bounds_a_board_that_claims_more():
    assert of(90_000, 0, 80_000, 90_000)[0] == 80_000


def test_an_earlier_owner_is_forgotten():
    limit = Limit()
    take(limit, 80_000, 0, 6_000, 80_000)
    take(limit, 80_000, 0, 80_000, 80_000)
    assert limit.by == BY_BOARD


def test_no_permit_is_no_current():
    assert of(32_000, 32_000, 0, 32_000) == (0, BY_PERMIT, 32_000)
