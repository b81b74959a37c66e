"""How long a reading was the same."""

from ampkeeper.firmware.safety.level import Level


def test_both_blocks_and_time_are_needed():
    level = Level(0)
    level.tick(10, 1)
    assert not level.is_held(2, 10)
    level.tick(1, 1)
    assert level.is_held(2, 11)
    assert not level.is_held(2, 12)


def test_the_first_block_proves_no_more_than_a_block():
    level = Level(0)
    level.tick(240, 1)
    assert level.held_ms == 10


def test_another_reading_starts_again():
    level = Level(0)
    level.tick(10, 1)
    level.tick(10, 1)
    level.tick(10, 0)
    assert level.value == 0
    assert not level.is_held(2, 0)


def test_the_count_stays_small():
    level = Level(0)
    for _ in range(5):
        level.tick(50_000, 0)
    assert level.held_ms == 60_000


def test_a_reset_forgets():
    level = Level(0)
    level.tick(10, 0)
    level.tick(10, 0)
    level.reset(1)
    assert level.value == 1
    assert not level.is_held(1, 1)
    level.tick(10, 1)
    assert level.is_held(1, 10)
    assert not level.is_held(1, 11)
