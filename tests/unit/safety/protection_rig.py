"""A Protection with inputs and a context that a test sets by hand. Runs on both interpreters."""

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.fault import FaultSet
from ampkeeper.firmware.safety.protection import Protection
from ampkeeper.firmware.safety.signals import Inputs, Settings

ROUND_MS = 300  # every self-test was looked at


class Ring:
    def __init__(self, **settings):
        made = Settings()
        for name in settings:
            setattr(made, name, settings[name])
        self.faults = FaultSet()
        self.protection = Protection(made, self.faults)
        self.context = self.protection.context
        self.tests = self.protection.selftests
        self.inputs = Inputs()

    def run(self, ms, step_ms=10):
        """Let time pass; return the faults in force."""
        for _ in range(ms // step_ms):
            self.context.coil_ms = min(self.context.coil_ms + step_ms, 1_000_000_000)
            self.protection.tick(step_ms, self.inputs)
        return [code for code in range(f.CODE_COUNT) if self.faults.is_raised(code)]

    # -- the contactor

    def charge(self, offered_ma=16_000):
        self.context.is_plugged = True
        self.context.is_testable = False
        self.switch(1)
        self.moved()
        self.context.offered_ma = offered_ma
        return self.run(20_000, 100)

    def open(self):
        self.switch(0)
        self.moved()
        self.context.offered_ma = 0

    def switch(self, coil):
        self.context.coil = coil
        self.context.coil_ms = -10  # the next tick is the one of the change
        self.context.is_open = self.context.is_closed = False

    def moved(self):
        self.context.is_open = not self.context.coil
        self.context.is_closed = not self.context.is_open

    def close(self, after_ms=50):
        self.switch(1)
        self.run(after_ms)
        self.moved()
        self.run(10)

    # -- the results

    def look(self, ms=ROUND_MS):
        """Let time pass until every self-test was looked at."""
        self.run(ms)
        return self

    def result(self, number):
        return self.tests.result[number]

    def row(self, number):
        tests = self.tests
        return (tests.result[number], tests.value[number], tests.low[number], tests.high[number])


def charging(**settings):
    ring = Ring(**settings)
    assert ring.charge() == []
    return ring


def after_test(ac_after_ms, dc_after_ms):
    """Run the monitor's test from start, each branch tripping after its time."""
    ring = Ring(has_rcd_test=1)
    ring.context.is_testable = True
    driven_ms = rest_ms = 0
    for _ in range(400):
        driven_ms = driven_ms + 10 if ring.protection.rcd_test else driven_ms
        rest_ms = 0 if ring.protection.rcd_test else rest_ms + 10
        is_clear = rest_ms >= 100
        ring.inputs.rcd_ac = int(driven_ms >= ac_after_ms and not is_clear)
        ring.inputs.rcd_dc = int(driven_ms >= dc_after_ms and not is_clear)
        ring.run(10)
    return ring
