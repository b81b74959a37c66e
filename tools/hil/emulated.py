"""Emulated backend: the car side and the station are both simulated; nothing is energised."""

from tools.hil import bench as b
from tools.hil.interlock import Interlock
from tools.hil.record import Record
from tools.hil.twin import BLOCK_MS, StationTwin


class EmulatedBench:
    """A ``StationTwin`` in virtual time. ``is_estop_whole`` is its E-stop line, for tests."""

    about = "emulated: ring 1 as shipped, simulated pilot circuit, virtual time"
    offers = frozenset((*b.SWITCHES, b.CABLE, b.LIMIT, b.HOST))
    resolution_us = BLOCK_MS * 1_000

    def __init__(self, twin: StationTwin | None = None) -> None:
        self.twin = twin or StationTwin()
        self.record = Record()
        self.is_estop_whole = True
        self.is_energised = False
        self._interlock = Interlock(lambda: self.is_estop_whole, "the emulated E-stop line")

    def now_us(self) -> int:
        """Virtual time."""
        return self.twin.now_ms * 1_000

    def energise(self) -> None:
        """See ``Bench``."""
        self._interlock.prove()
        self.is_energised = True

    def begin(self) -> None:
        """See ``Bench``."""
        self.record = self.record.continued()

    def switch(self, what: str, is_on: bool) -> int:
        """See ``Bench``."""
        self._interlock.check()
        assert self.is_energised, "a switch before energise"
        self.twin.set(what, is_on)
        return self.now_us()

    def cable(self, current_a: int) -> None:
        """See ``Bench``."""
        self.twin.set_cable(current_a)

    def limit(self, current_a: float) -> int:
        """See ``Bench``."""
        self.twin.limit_ma = round(current_a * 1_000)
        return self.now_us()

    def host(self, is_alive: bool) -> int:
        """See ``Bench``."""
        self.twin.is_host_alive = is_alive
        return self.now_us()

    def wait(self, wait_ms: int) -> None:
        """See ``Bench``."""
        for _ in range(wait_ms):
            try:
                self._interlock.check()
            except b.InterlockError:
                self.release()
                raise
            if self.twin.pass_ms(1):
                for signal, value in self.twin.seen().items():
                    self.record.note(signal, self.now_us(), value)

    def release(self) -> None:
        """See ``Bench``."""
        for what in b.SWITCHES:
            self.twin.set(what, False)
        self.is_energised = False

    def close(self) -> None:
        """See ``Bench``."""
        self.release()
