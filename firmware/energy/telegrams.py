"""Telegrams: messages of an energy meter or a home's bus, put together to what flows. Pure.

One topic with a total or with all phases, or one topic for each phase: then a value of each is
needed, none older than the others by more than ``APART_S``. What was retained by the broker may
be of any age and counts as nothing.
"""

import math
from collections.abc import Sequence

from ampkeeper.firmware.energy.mains import Fitting, Flow, flow_of_values
from ampkeeper.firmware.energy.payload import number_in

APART_S = 3.0
FACTORS = {"W": 1.0, "kW": 1_000.0, "A": 1.0, "mA": 0.001}
POWERS = ("W", "kW")


class Telegrams:
    """Listens to ``topics``; ``places`` say where in each message a value stands."""

    def __init__(
        self, topics: Sequence[str], places: Sequence[str], unit: str, fitting: Fitting
    ) -> None:
        count = max(len(topics), len(places))
        self.topics = tuple(dict.fromkeys(topics))
        self._sources = [
            (topics[value % len(topics)], places[value % len(places)] if places else "")
            for value in range(count)
        ]
        self._unit = unit
        self._fitting = fitting
        self._values = [(-math.inf, 0.0)] * count

    def hear(self, topic: str, payload: bytes, now_s: float) -> Flow | None:
        """Take a message; None: values are missing yet. Raise PayloadRefused or FlowRefused."""
        factor = FACTORS[self._unit]
        for value, (source, place) in enumerate(self._sources):
            if source == topic:
                self._values[value] = (now_s, factor * number_in(payload, place))
        oldest_s = min(taken_s for taken_s, _ in self._values)
        if now_s - oldest_s > APART_S:
            return None
        values = [value for _, value in self._values]
        return flow_of_values(values, self._unit in POWERS, oldest_s, self._fitting)
