"""A residual-current monitor that answers its test input, and a Leakage that watches it.

Runs on both interpreters. ``Context`` holds what ``protection.Context`` does for this machine.
"""

from ampkeeper.firmware.safety.leakage import Leakage
from ampkeeper.firmware.safety.signals import Settings


class Context:
    def __init__(self):
        self.is_plugged = False
        self.is_testable = True
        self.coil = 0
        self.coil_ms = 1_000_000_000


class Monitor:
    """A monitor that answers its test input after a time, and a Leakage that watches it."""

    def __init__(self, has_test=1, region=0):
        self.machine = Leakage()
        self.context = Context()
        self.settings = Settings()
        self.settings.has_rcd_test = has_test
        self.settings.region = region
        self.ac_after_ms = 50
        self.dc_after_ms = 300
        self.clear_after_ms = 200
        self.ac = self.dc = 0  # real leakage
        self._input_ms = 0
        self._rest_ms = 100_000

    def run(self, ms, step_ms=10):
        for _ in range(ms // step_ms):
            if self.machine.test_input:
                self._input_ms += step_ms
                self._rest_ms = 0
            else:
                self._rest_ms += step_ms
                if self._rest_ms >= self.clear_after_ms:
                    self._input_ms = 0
            ac = int(self._input_ms >= self.ac_after_ms) | self.ac
            dc = int(self._input_ms >= self.dc_after_ms) | self.dc
            context = self.context
            context.coil_ms = min(context.coil_ms + step_ms, 1_000_000_000)
            self.machine.tick(step_ms, ac, dc, context, self.settings)
            self.machine.retry_now = self.machine.retry()
            self.was_tripped = self.machine.is_ac or self.machine.is_dc
            self.has_tripped = getattr(self, "has_tripped", False) or self.was_tripped
        return self.machine

    def switch(self, coil):
        self.context.coil = coil
        self.context.coil_ms = 0
        self.context.is_testable = not coil

    def to(self, state, limit_ms=5_000):
        """Run until ``state``; return the ms that took."""
        for ms in range(0, limit_ms, 10):
            if self.machine.state == state:
                return ms
            self.run(10)
        raise AssertionError(self.machine.state)
