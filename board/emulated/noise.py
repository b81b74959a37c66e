"""Noise: what disturbs the pilot on its way to the converter, drawn from the seed.

White noise all the time, ripple of the mains, a burst when the contactor moves, and single
samples that are far off. A block of measurements has a mean and a standard deviation, and the
charger is told both.
"""

import math
from random import Random

from ampkeeper.board.emulated.causes import Causes
from ampkeeper.board.emulated.circuit import SAMPLES_PER_LEVEL, with_noise

BURST_MS = 30  # as long as contacts arc
SPIKE_MV = 5_000
RIPPLE_PERIOD_MS = 20


class Noise:
    """What ``causes`` ask for; ``apply`` changes one block."""

    def __init__(self, causes: Causes, random: Random) -> None:
        self._causes = causes
        self._random = random
        self._burst_left_ms = 0
        self._phase_ms = 0

    @property
    def is_quiet(self) -> bool:
        """Nothing disturbs now."""
        causes = self._causes
        is_disturbed = causes.pilot_noise or causes.pilot_ripple or causes.pilot_spikes
        return not (is_disturbed or self._burst_left_ms)

    def step(self, elapsed_ms: int, has_switched: bool) -> None:
        """Let time pass; the contactor has just moved or not."""
        self._phase_ms = (self._phase_ms + elapsed_ms) % RIPPLE_PERIOD_MS
        self._burst_left_ms = max(0, self._burst_left_ms - elapsed_ms)
        if has_switched and self._causes.pilot_burst:
            self._burst_left_ms = BURST_MS

    def apply(self, high_mv: int, low_mv: int, elapsed_ms: int) -> tuple[int, int, int]:
        """One block's high, low and standard deviation, disturbed."""
        causes = self._causes
        white_mv = causes.pilot_noise + (causes.pilot_burst if self._burst_left_ms else 0)
        ripple_mv, ripple_sd_mv = self._ripple(elapsed_ms)
        spike_mv, spike_sd_mv = self._spike(elapsed_ms)
        is_steady = high_mv == low_mv
        high_mv = with_noise(high_mv + ripple_mv + spike_mv, white_mv, self._random)
        low_mv = high_mv if is_steady else with_noise(low_mv + ripple_mv, white_mv, self._random)
        return high_mv, low_mv, round(math.hypot(white_mv, ripple_sd_mv, spike_sd_mv))

    def _ripple(self, elapsed_ms: int) -> tuple[int, float]:
        """Mean and deviation of the mains' ripple in this block."""
        ripple_mv = self._causes.pilot_ripple
        if not ripple_mv:
            return 0, 0.0
        turn = 2 * math.pi / RIPPLE_PERIOD_MS
        start_ms = self._phase_ms - elapsed_ms
        waves = [math.sin(turn * (start_ms + at)) for at in range(max(1, elapsed_ms))]
        mean = sum(waves) / len(waves)
        variance = sum((wave - mean) ** 2 for wave in waves) / len(waves)
        return round(ripple_mv * mean), ripple_mv * math.sqrt(variance)

    def _spike(self, elapsed_ms: int) -> tuple[int, float]:
        """Mean and deviation that one far sample gives its block."""
        due = self._causes.pilot_spikes * elapsed_ms
        if not due or self._random.random() * 1_000 >= due:
            return 0, 0.0
        height_mv = self._random.choice((-SPIKE_MV, SPIKE_MV))
        share = 1 / SAMPLES_PER_LEVEL
        return round(height_mv * share), abs(height_mv) * math.sqrt(share * (1 - share))
