"""Windows: which samples of a pilot period count, and what they say in millivolts.

A sample is taken every 2 us from the rising edge on, 500 a period, and sample ``i`` falls
somewhere in ``2 * i`` to ``2 * i + 2`` us. The high level is read 28 to 45 us after the rising
edge and the low one 28 to 38 us after the falling edge: by then five time constants of the
worst cable are over, and at 5 % and at 96 % duty the level still stands (requirements 1.3).

Pure: buffer and duty in, integers out. Nothing is allocated, and all numbers stay below 2**30.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE_NS = 2_000
TICK_NS = 16  # of the duty: PWM counts at 62.5 MHz
PERIOD_TICKS = 62_500
PERIOD_SAMPLES = 500
PERIODS = 5  # in a block: 40 samples of the high level, 20 or 25 of the low one
BLOCK_SAMPLES = PERIODS * PERIOD_SAMPLES
SETTLED_NS = 28_000  # 5 x 5.5 us
HIGH_END_NS = 45_000  # 5 % duty ends at 50 us
LOW_END_NS = 38_000  # after 96 % duty 40 us are left
HIGH_FIRST = -(-SETTLED_NS // SAMPLE_NS)
HIGH_COUNT = HIGH_END_NS // SAMPLE_NS - HIGH_FIRST
FULL_SCALE = 4_096
FAR = 1_023  # counts; one sample farther off than 8 V counts as this far: noise all the same
ROOT_BIT = 1 << 12  # the largest root is 4 * FAR


class Levels:
    """Both levels of one block. ``span_mv`` and ``zero_mv``: what 4,096 counts and 0 stand for.

    The pilot's voltage is ``count * span_mv / 4096 - zero_mv``.
    """

    def __init__(self, span_mv: int, zero_mv: int) -> None:
        assert 0 < span_mv < 65_536  # 16,380 times it must stay below 2**30
        self.high_mv = 0
        self.low_mv = 0
        self.noise_mv = 0  # standard deviation, the worse of both levels
        self._span_mv = span_mv
        self._zero_mv = zero_mv
        self._mean_mv = 0
        self._deviation_mv = 0

    def measure(self, samples: "Sequence[int]", duty_ticks: int) -> None:
        """Read a block of ``BLOCK_SAMPLES`` that was taken under this duty."""
        self._read(samples, HIGH_FIRST, HIGH_COUNT)
        self.high_mv = self.low_mv = self._mean_mv
        self.noise_mv = self._deviation_mv
        if 0 < duty_ticks < PERIOD_TICKS:
            first = low_first(duty_ticks)
            self._read(samples, first, low_end(duty_ticks) - first)
            self.low_mv = self._mean_mv
            self.noise_mv = max(self.noise_mv, self._deviation_mv)

    def _read(self, samples: "Sequence[int]", first: int, count: int) -> None:
        """Mean and deviation of ``count`` samples from ``first`` on, in every period."""
        base = samples[first]
        total = offsets = squares = 0
        for start in range(first, BLOCK_SAMPLES, PERIOD_SAMPLES):
            for index in range(start, start + count):
                value = samples[index]
                offset = min(max(value - base, -FAR), FAR)
                total += value
                offsets += offset
                squares += offset * offset
        number = count * PERIODS
        quarters = (total * 4 + number // 2) // number
        self._mean_mv = (quarters * self._span_mv + 8_192) // 16_384 - self._zero_mv
        self._deviation_mv = self._span_mv * quarters_of(offsets, squares, number) // 16_384


def low_first(duty_ticks: int) -> int:
    """The first sample of a period that is wholly in the low window."""
    return (duty_ticks * TICK_NS + SETTLED_NS + SAMPLE_NS - 1) // SAMPLE_NS


def low_end(duty_ticks: int) -> int:
    """The first sample that may be beyond the low window."""
    return (duty_ticks * TICK_NS + LOW_END_NS) // SAMPLE_NS


def quarters_of(offsets: int, squares: int, number: int) -> int:
    """Four times the standard deviation, from the sums of ``number`` offsets and their squares.

    The mean is taken to a whole count and its rest made good, so nothing passes 2**30.
    """
    mean = offsets // number
    rest = offsets - mean * number  # 0 to number - 1
    about_mean = squares - 2 * mean * offsets + number * mean * mean
    variance_16 = (16 * about_mean - 16 * rest * rest // number) // number
    return root(max(0, variance_16))


def root(value: int) -> int:
    """The whole part of the square root, for less than 2**26; bit by bit, without a division."""
    found = 0
    bit = ROOT_BIT
    while bit:
        guess = found | bit
        if guess * guess <= value:
            found = guess
        bit >>= 1
    return found
