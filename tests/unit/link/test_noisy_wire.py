"""The bad line: what a seed fixes, what each mishap does, and the emulator's three words."""

import pytest

from ampkeeper.hal.memory import BAD, QUIET, Noise, NoisyWire, memory_pair

FRAME = b"0123456789"


def carried(noise: Noise, seed: int = 1, count: int = 400) -> list[bytes]:
    wire = NoisyWire(seed, noise)
    return [chunk for _ in range(count) for chunk in wire.carry(FRAME)]


def test_a_quiet_wire_changes_nothing() -> None:
    assert carried(QUIET) == [FRAME] * 400


def test_the_same_seed_gives_the_same_noise_and_another_another() -> None:
    assert carried(BAD, 7) == carried(BAD, 7)
    assert carried(BAD, 7) != carried(BAD, 8)


def test_loss_loses_and_duplication_doubles() -> None:
    assert 100 < len(carried(Noise(loss=0.5))) < 300
    assert 500 < len(carried(Noise(duplication=0.5))) < 700


def test_truncation_and_flips_mangle() -> None:
    assert {len(chunk) for chunk in carried(Noise(truncation=1.0))} == set(range(11))
    for chunk in carried(Noise(bit_flip=1.0)):
        assert sum((a ^ b).bit_count() for a, b in zip(chunk, FRAME, strict=True)) == 1


def test_rubbish_comes_before_the_frame() -> None:
    for chunk in carried(Noise(rubbish=1.0)):
        assert chunk.endswith(FRAME)
        assert len(chunk) > len(FRAME)


def test_reordering_lets_the_next_frame_overtake() -> None:
    wire = NoisyWire(0, Noise(reordering=1.0))
    assert wire.carry(b"first") == []
    assert wire.carry(b"second") == [b"second", b"first"]


def test_a_held_frame_is_lost_when_the_wire_is_cut() -> None:
    wire = NoisyWire(0, Noise(reordering=1.0))
    wire.carry(b"first")
    wire.set_mode("silent")
    assert wire.carry(b"second") == []
    wire.set_mode("ok")
    assert wire.carry(b"third") == [b"third"]


def test_only_three_words_are_known() -> None:
    wire = NoisyWire()
    wire.set_mode("noisy")
    assert wire.noise == BAD
    with pytest.raises(ValueError, match="'broken' is not one of ok, silent, noisy"):
        wire.set_mode("broken")


async def test_the_two_directions_are_noisy_apart() -> None:
    near, far = memory_pair(3, Noise(loss=0.5))
    await near.open()
    await far.open()
    for index in range(64):
        near.write(bytes((index,)))
        far.write(bytes((index,)))
    assert await near.read() != await far.read()
