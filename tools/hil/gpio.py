"""GPIO backend: relays and a resistor ladder on a Raspberry Pi, through ``gpiozero``.

Edges are stamped by the kernel and arrive in a thread of lgpio's; they are only kept there, and
read in ``wait``. One thing is done in that thread: when the E-stop line opens, every relay is
let go. A released pin floats: each relay has a resistor on its board that keeps it off.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from tools.hil import bench as b
from tools.hil import pins
from tools.hil.duty import DutyMeter
from tools.hil.interlock import Interlock
from tools.hil.record import COIL, DUTY, Record
from tools.hil.rigfile import Rig
from tools.hil.station_door import StationDoor

LOOK_MS = 2  # between two looks at what came in
EDGES_MAX = 10_000  # not yet read: 5 s of pilot
MEDIAN_OF = 7  # periods: the kernel's stamps are late now and then
DUTY_GRAIN = 15  # permille; what stamps of 10 to 20 us make of a steady duty
RESOLUTION_US = 1_000  # a relay's contact, calibrated by settle_ms


class GpioBench:
    """Relays out, coil and pilot comparator in. ``factory`` is gpiozero's pin factory."""

    resolution_us = RESOLUTION_US

    def __init__(
        self,
        rig: Rig,
        factory: Any,
        sleep: Callable[[float], None] = time.sleep,
        door: StationDoor | None = None,
    ) -> None:
        assert rig.estop_pin is not None, "a rig file without an E-stop line was let through"
        self.about = f"Raspberry Pi GPIO, {len(rig.outputs)} relays"
        self.record = Record({DUTY: DUTY_GRAIN})
        self.offers = _offers(rig) | ({b.LIMIT} if door else frozenset())
        self._rig = rig
        self._door = door
        self._factory = factory
        self._sleep = sleep
        self._current_a = max(b.CABLES_A)
        self._edges: deque[tuple[str, float, int]] = deque(maxlen=EDGES_MAX)
        self._meter = DutyMeter(MEDIAN_OF)
        self._is_energised = False
        self._devices: list[Any] = []
        self._estop = self._input(rig.estop_pin)
        name = f"the E-stop line at GPIO {rig.estop_pin}"
        self._interlock = Interlock(lambda: bool(self._estop.pin.state), name)
        self._prove()
        self._coil = self._input(rig.inputs[pins.COIL_IN])
        self._pwm = self._input(rig.inputs[pins.PWM_IN])
        self._outputs = {name: self._output(pin) for name, pin in rig.outputs.items()}
        self._watch(self._estop, self._estop_moved)
        self._watch(self._coil, self._coil_moved)
        self._watch(self._pwm, self._pwm_moved)

    def now_us(self) -> int:
        """The clock of the kernel's stamps."""
        return round(float(self._factory.ticks()) * 1e6)

    def energise(self) -> None:
        """See ``Bench``."""
        self._interlock.prove()
        if self._coil.pin.state:
            raise b.HilError(
                f"GPIO {self._rig.inputs[pins.COIL_IN]} says that the coil is driven before there "
                "is mains; allowed is 0: look at the wiring; nothing is energised"
            )
        self._outputs[pins.MAINS].on()
        self._is_energised = True

    def begin(self) -> None:
        """See ``Bench``."""
        self.record = self.record.continued()

    def switch(self, what: str, is_on: bool) -> int:
        """See ``Bench``."""
        self._interlock.check()
        assert self._is_energised, "a switch before energise"
        if what in (b.PLUG, b.PROXIMITY_OPEN):
            self._code(is_on if what == b.PLUG else not is_on)
        if what in self._outputs:
            self._outputs[what].value = is_on
        return self.now_us() + self._rig.settle_ms * 1_000

    def cable(self, current_a: int) -> None:
        """See ``Bench``."""
        self._current_a = current_a

    def limit(self, current_a: float) -> int:
        """See ``Bench``; the stamp is of before it was asked."""
        assert self._door is not None, "not offered"
        at_us = self.now_us()
        self._door.limit(current_a)
        return at_us

    def host(self, is_alive: bool) -> int:
        """Not offered."""
        raise b.HilError("this rig cannot stop the station alone")

    def wait(self, wait_ms: int) -> None:
        """See ``Bench``."""
        end_us = self.now_us() + wait_ms * 1_000
        while (left_us := end_us - self.now_us()) > 0:
            self._sleep(min(left_us, LOOK_MS * 1_000) / 1e6)
            try:
                self._interlock.check()
            except b.InterlockError:
                self.release()
                raise
            self._read()

    def release(self) -> None:
        """See ``Bench``; the mains goes first, so that nothing opens under load."""
        self._is_energised = False
        outputs = self._outputs
        for name in (pins.MAINS, *(name for name in outputs if name != pins.MAINS)):
            if not outputs[name].closed:
                outputs[name].off()

    def close(self) -> None:
        """Release everything and give the pins back; safe twice."""
        self.release()
        devices, self._devices = self._devices, []
        for device in devices:
            device.close()
        if self._door is not None:
            self._door.clear()

    def _prove(self) -> None:
        """No relay is claimed before the E-stop line was found whole."""
        try:
            self._interlock.prove()
        except b.InterlockError:
            self._estop.close()
            raise

    def _code(self, is_on: bool) -> None:
        """Connect the coding resistor of the cable, or none."""
        for name, current_a in pins.CABLES.items():
            if name in self._outputs:
                self._outputs[name].value = is_on and current_a == self._current_a

    def _read(self) -> None:
        """Take what came in since the last look."""
        while self._edges:
            kind, ticks, level = self._edges.popleft()
            at_us = round(ticks * 1e6)
            if kind == pins.COIL_IN:
                self.record.note(COIL, at_us, level)
                continue
            for seen_us, duty in self._meter.feed(at_us, level):
                self.record.note(DUTY, seen_us, duty)
        for seen_us, duty in self._meter.look(self.now_us(), int(bool(self._pwm.pin.state))):
            self.record.note(DUTY, seen_us, duty)
        if self.record.last(COIL) is None:
            self.record.note(COIL, self.now_us(), int(bool(self._coil.pin.state)))

    def _estop_moved(self, ticks: float, level: Any) -> None:
        if not level:
            self._interlock.trip()
            self.release()

    def _coil_moved(self, ticks: float, level: Any) -> None:
        self._edges.append((pins.COIL_IN, ticks, int(bool(level))))

    def _pwm_moved(self, ticks: float, level: Any) -> None:
        self._edges.append((pins.PWM_IN, ticks, int(bool(level))))

    def _input(self, gpio: int) -> Any:
        from gpiozero import InputDevice  # only where there are pins

        device = InputDevice(gpio, pull_up=False, pin_factory=self._factory)
        self._devices.append(device)
        return device

    def _output(self, gpio: int) -> Any:
        from gpiozero import OutputDevice

        device = OutputDevice(
            gpio,
            active_high=not self._rig.is_active_low,
            initial_value=False,
            pin_factory=self._factory,
        )
        self._devices.append(device)
        return device

    def _watch(self, device: Any, moved: Callable[[float, Any], None]) -> None:
        device.pin.edges = "both"
        device.pin.when_changed = moved  # a bound method of ours, which gpiozero holds weakly


def _offers(rig: Rig) -> frozenset[str]:
    switches = {name for name in rig.outputs if name in b.SWITCHES}
    if set(pins.CABLES) <= set(rig.outputs):
        switches |= {b.CABLE, b.PROXIMITY_OPEN}
    return frozenset(switches)
