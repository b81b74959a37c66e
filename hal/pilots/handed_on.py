"""Handed on: what a pilot put before another one passes to it as it is.

The base of ``Pilot`` ports over a ``Pilot``: a lock on the permit, a pair that has to match. What
such a port decides itself (open, permit, the reports, the end) it says in its own class.
"""

from collections.abc import Iterable

from ampkeeper.hal.ports import PerPhase, Pilot, SelfTest, Trace


class HandedOn:
    """The part of the ``Pilot`` port that the pilot behind answers by itself."""

    def __init__(self, inner: Pilot) -> None:
        self._behind = inner

    @property
    def can_switch_phases(self) -> bool:
        """As the pilot behind says."""
        return self._behind.can_switch_phases

    def clear_fault(self, fault: int) -> None:
        """Ask ring 1 to clear a latched fault."""
        self._behind.clear_fault(fault)

    def restore_faults(self, faults: Iterable[int]) -> None:
        """Put back what only a person clears."""
        self._behind.restore_faults(faults)

    def restore_wear(self, closings: int, under_load: int) -> None:
        """Give back the contactor's counts."""
        self._behind.restore_wear(closings, under_load)

    def restore_rcd_retries(self, count: int) -> None:
        """Give back how many residual-current trips went by themselves."""
        self._behind.restore_rcd_retries(count)

    def measured(self, current_a: PerPhase, voltage_v: PerPhase) -> None:
        """Tell what the meter shows."""
        self._behind.measured(current_a, voltage_v)

    def adopt(self, profile: object) -> None:
        """Keep a vehicle's profile in force."""
        self._behind.adopt(profile)

    def self_test(self, number: int) -> None:
        """Ask for a self-test."""
        self._behind.self_test(number)

    def report_tests(self) -> None:
        """Ask for the results of all self-tests."""
        self._behind.report_tests()

    def freeze_trace(self) -> None:
        """Freeze the flight recorder."""
        self._behind.freeze_trace()

    def rearm_trace(self) -> None:
        """Let the flight recorder run again."""
        self._behind.rearm_trace()

    def take_tests(self) -> tuple[SelfTest, ...]:
        """The results that came since the last call."""
        return self._behind.take_tests()

    def take_trace(self) -> Trace | None:
        """The frozen trace, once."""
        return self._behind.take_trace()
