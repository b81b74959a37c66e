"""Scales: an ADC's counts as voltage, resistance or temperature. Pure arithmetic, no hardware."""

import math

KELVIN = 273.15
KELVIN_25 = KELVIN + 25.0
EDGE = 64  # the first and last 64th of the scale: a sensor that is shorted or torn off
TOO_COLD_DC = -2_732  # what no sensor in order gives: its line is open ...
TOO_HOT_DC = 30_000  # ... or shorted


class Line:
    """Counts as a quantity by two points (counts, value), measured on the assembled board.

    Beyond the points the line goes on.
    """

    def __init__(self, low: tuple[int, int], high: tuple[int, int]) -> None:
        self._counts, self._value = low
        if high[0] <= low[0]:
            raise ValueError(f"calibration: {high[0]} counts is not above {low[0]}")
        self._span_counts = high[0] - low[0]
        self._span = high[1] - low[1]

    def of(self, counts: int) -> int:
        """Return the quantity, in the unit of the points."""
        return self._value + (counts - self._counts) * self._span // self._span_counts


class Resistor:
    """Counts as the resistance to ground at the end of a divider fed from the ADC's reference."""

    def __init__(self, pull_ohm: int, counts_max: int, open_ohm: int) -> None:
        self._pull_ohm = pull_ohm
        self._counts_max = counts_max
        self._open_ohm = open_ohm

    def of(self, counts: int) -> int:
        """Return the ohm; ``open_ohm`` at most, which stands for nothing connected."""
        if counts >= self._counts_max:
            return self._open_ohm
        return min(self._open_ohm, self._pull_ohm * counts // (self._counts_max - counts))


class Thermistor:
    """Counts as a temperature: an NTC to ground under a pull-up, by its beta equation."""

    def __init__(self, pull_ohm: int, ohm_25: int, beta_k: int, counts_max: int) -> None:
        self._pull_ohm = pull_ohm
        self._ohm_25 = ohm_25
        self._beta_k = beta_k
        self._counts_max = counts_max

    def of(self, counts: int) -> int:
        """Return tenths of a degree Celsius; outside the scale a value that cannot be."""
        if counts < self._counts_max // EDGE:
            return TOO_HOT_DC
        if counts > self._counts_max - self._counts_max // EDGE:
            return TOO_COLD_DC
        ohm = self._pull_ohm * counts / (self._counts_max - counts)
        kelvin = 1 / (1 / KELVIN_25 + math.log(ohm / self._ohm_25) / self._beta_k)
        return round((kelvin - KELVIN) * 10)
