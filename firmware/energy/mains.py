"""Mains: what flows between the house and the grid, as one value, and how far it is believed.

Import is positive, export negative. Phases are those of the mains, L1 to L3; ``None`` is "not
measured" and never zero. Whoever reads the meter hands its values in. Pure: time is an argument.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ampkeeper.hal.ports import MeterReading, PerPhase

PHASES = (0, 1, 2)
CURRENT_A_MOST = 2_000.0  # beyond what any low-voltage connection carries: a broken reading
POWER_W_MOST = 1_500_000.0
FRESH_S = 5.0  # how old a value may be and still count as what flows now
UNKNOWN: PerPhase = (None, None, None)

GOOD, SILENT, REFUSED = "good", "silent", "refused"


@dataclass(frozen=True, slots=True)
class Flow:
    """One measurement at the mains, taken at ``taken_s`` (monotonic)."""

    taken_s: float
    current_a: PerPhase = UNKNOWN
    power_w: PerPhase = UNKNOWN
    total_w: float | None = None


class FlowRefused(ValueError):
    """What came from the mains meter is no measurement; the message says why."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """How the meter sits in the mains: its sign, and on which phases the charger hangs.

    ``rotation``: for L1, L2, L3 of the charger, the mains phase (0 to 2) that feeds it.
    """

    voltage_v: float = 230.0
    is_reversed: bool = False
    rotation: tuple[int, int, int] = PHASES


def flow_of_reading(reading: MeterReading, fitting: Fitting) -> Flow:
    """What a meter's reading says; its currents take the sign of their power, if known."""
    sign = -1.0 if fitting.is_reversed else 1.0
    powers = [_signed(power_w, sign) for power_w in reading.power_phase_w]
    total_w = _signed(reading.power_w, sign)
    if total_w is None:
        total_w = _sum(powers)
    currents = [
        _directed(current_a, power_w, sign)
        for current_a, power_w in zip(reading.current_a, powers, strict=True)
    ]
    return checked(Flow(reading.taken_s, _three(currents), _three(powers), total_w))


def flow_of_values(
    values: Sequence[float], is_power: bool, taken_s: float, fitting: Fitting
) -> Flow:
    """What one value (a total), or three (by phase), say: in W, or in A."""
    sign = -1.0 if fitting.is_reversed else 1.0
    signed = [sign * value for value in values]
    volts = fitting.voltage_v
    if len(signed) == 1:
        total_w = signed[0] if is_power else signed[0] * volts
        return checked(Flow(taken_s, total_w=total_w))
    powers = signed if is_power else [value * volts for value in signed]
    currents = [value / volts for value in signed] if is_power else signed
    return checked(Flow(taken_s, _three(currents), _three(powers), sum(powers)))


def checked(flow: Flow) -> Flow:
    """``flow`` if all of it can be; raise FlowRefused with the value and what is allowed."""
    amounts = [(value, CURRENT_A_MOST, "A") for value in flow.current_a]
    amounts += [(value, POWER_W_MOST, "W") for value in (*flow.power_w, flow.total_w)]
    for value, most, unit in amounts:
        if value is not None and not (math.isfinite(value) and abs(value) <= most):
            raise FlowRefused(f"{value:g} {unit}: must be -{most:g} to {most:g} {unit}")
    if flow.total_w is None and None in flow.current_a:
        raise FlowRefused("neither a current on each phase nor a total power")
    return flow


class Mains:
    """The newest measurement, and whether it counts."""

    def __init__(self) -> None:
        self._flow: Flow | None = None
        self._refused_for = ""
        self._heard_s = -math.inf

    def see(self, flow: Flow) -> None:
        """The meter said this; one that is older than what is known changes nothing."""
        self._heard_s = max(self._heard_s, flow.taken_s)
        if self._flow is None or flow.taken_s >= self._flow.taken_s:
            self._flow = flow
            self._refused_for = ""

    def refuse(self, reason: str, now_s: float) -> None:
        """The meter said what cannot be: what it said before counts until it is too old."""
        self._refused_for = reason
        self._heard_s = now_s

    @property
    def newest(self) -> Flow | None:
        """The newest measurement, however old."""
        return self._flow

    def flow(self, now_s: float) -> Flow | None:
        """What flows now; None: not known."""
        flow = self._flow
        return flow if flow is not None and self.age_s(now_s) <= FRESH_S else None

    def age_s(self, now_s: float) -> float:
        """How old the newest measurement is; without one: endless."""
        return now_s - self._flow.taken_s if self._flow is not None else math.inf

    def quality(self, now_s: float) -> tuple[str, str]:
        """``GOOD``, ``SILENT`` or ``REFUSED``, and in words what is wrong."""
        if self.flow(now_s) is not None:
            return GOOD, ""
        if self._refused_for and now_s - self._heard_s <= FRESH_S:
            return REFUSED, f"the mains meter says what cannot be: {self._refused_for}"
        return SILENT, "the mains meter is silent"


def _signed(value: float | None, sign: float) -> float | None:
    return None if value is None else sign * value


def _directed(current_a: float | None, power_w: float | None, sign: float) -> float | None:
    """Many meters give a current without a direction beside a power with one."""
    if current_a is None or power_w is None:
        return _signed(current_a, sign)
    return math.copysign(current_a, power_w)


def _sum(powers: Sequence[float | None]) -> float | None:
    known = [power_w for power_w in powers if power_w is not None]
    return sum(known) if known else None


def _three(values: Sequence[float | None]) -> PerPhase:
    first, second, third = values
    return (first, second, third)
