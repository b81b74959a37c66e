"""EVSE-DIN, EVSE-WB, SimpleEVSE-WB: a pilot controller behind Modbus RTU, 9600 8N1.

It can: offer 6 to 80 A in steps of 1 A, or of 0.01 A from firmware 17 on; report the vehicle's
state, its relay and its faults; test a residual-current monitor on command (30 s).
It cannot: notice that nobody speaks to it. There is **no communication watchdog**: a current
that was set stays. So the set-point after power-up is put to 0, each permit's end is told at
once, and the host keeps a guard beside the station (``board/host/guard.py``).
It has no lock, no mirror contact, no temperature and no way to open two of three phases.
Source: register map of the EVSE-WB/DIN, as in ``board/evse_din/README.md``. (m): a fact that
the maker's manual should confirm is marked there.
"""

import asyncio

from ampkeeper.hal.errors import WrongDeviceError
from ampkeeper.hal.pilots import codes
from ampkeeper.hal.pilots.account import PLUGGED, Seen
from ampkeeper.hal.pilots.bought import BoughtPilot
from ampkeeper.hal.pilots.rcd_test import RcdTest
from ampkeeper.hal.pilots.warrant import Rating
from ampkeeper.hal.ports import Clock, ModbusBus, PilotIdentity

HOLDING = 3
STATUS, STATUS_COUNT = 1000, 10  # set-point, output, vehicle, cable, command, firmware, ...
COMMAND = 1004
CONFIG, CONFIG_COUNT = 2000, 18  # current after power-up, address, minimum, ..., bits at 2005
BITS = 2005
SELF_TEST, CLEAR_RCD = 1 << 1, 1 << 2  # 1004
STEADY, PWM, OFF = 1, 2, 3  # 1006
RELAY_ON, DIODE_BAD, VENT_NEEDED, WAITING, TESTING, RCD_BAD = (1 << bit for bit in range(6))
BUTTON, RCD_WIRED, RCD_BY_ITSELF, FINE = 1 << 0, 1 << 4, 1 << 5, 1 << 7  # 2005
FIRMWARE_FINE = 17  # the first that knows 0.01 A
FIRMWARE_MIN = 8
GAP_S = 0.1  # between two requests
BITS_S = 1.0  # after writing 2005
FAILURE = 5
CLASSES = {1: codes.A, 2: codes.B, 3: codes.C, 4: codes.D, FAILURE: codes.INVALID}  # 1002
FAULTS = {
    DIODE_BAD: codes.DIODE_FAULT,
    VENT_NEEDED: codes.VENTILATION_NOT_AVAILABLE,
    RCD_BAD: codes.RCD_AC,  # of which branch it does not tell
}
CANNOT = (
    "has no communication watchdog: if this computer dies, the last current stays offered",
    "cannot hold the plug, open single phases, or prove its contactor by a mirror contact",
    "records no traces and runs none of ring 1's self-tests but the RCD test",
)


class EvseDinPilot(BoughtPilot):
    """The ``Pilot`` port; ``bus`` may have a meter on it too."""

    def __init__(self, bus: ModbusBus, unit: int, clock: Clock, rating: Rating) -> None:
        super().__init__(f"EVSE-DIN, unit {unit}", clock, rating)
        self._bus = bus
        self._unit = unit
        self._step_ma = 1_000
        self._rcd = RcdTest()
        self._last: Seen | None = None

    async def _greet(self) -> PilotIdentity:
        await self._take_line()
        await self._end_current()
        state = await self._read(STATUS, STATUS_COUNT)
        if state[2] not in CLASSES or state[6] not in (STEADY, PWM, OFF):
            raise WrongDeviceError(
                f"{self._name}: vehicle state is {state[2]} and EVSE state {state[6]}, allowed"
                f" are 1 to 5 and 1 to 3: another device answers"
            )
        if state[5] < FIRMWARE_MIN:
            raise WrongDeviceError(
                f"{self._name}: firmware is {state[5]}, must be at least {FIRMWARE_MIN}"
            )
        bits = await self._configure(state[5])
        self._step_ma = 10 if bits & FINE else 1_000
        self.warrant.rating = Rating(
            self.warrant.rating.max_ma, self.warrant.rating.phases, self._step_ma
        )
        self._rcd.start(bool(bits & RCD_WIRED), self._now_s())
        self._last = None
        return PilotIdentity("EVSE-DIN", str(state[5]), 0, CANNOT)

    async def _configure(self, firmware: int) -> int:
        """Write what differs, for it is kept in an EEPROM; return the bits in force."""
        config = await self._read(CONFIG, CONFIG_COUNT)
        wanted = config[BITS - CONFIG] & ~(BUTTON | RCD_BY_ITSELF)
        if firmware >= FIRMWARE_FINE:
            wanted |= FINE
        if config[0] != 0:
            await self._write(CONFIG, 0)
        if config[BITS - CONFIG] != wanted:
            await self._write(BITS, wanted)
            await asyncio.sleep(BITS_S)
        config = await self._read(CONFIG, CONFIG_COUNT)
        if config[0] != 0 or config[BITS - CONFIG] != wanted:
            raise WrongDeviceError(
                f"{self._name}: register {CONFIG} is {config[0]}, must be 0, and {BITS} is"
                f" {config[BITS - CONFIG]:#06x}, must be {wanted:#06x}: it does not keep them"
            )
        return wanted

    async def _look(self) -> Seen:
        if self._rcd.is_due(self._is_resting(), self._now_s()):
            await self._write(COMMAND, SELF_TEST)
            self._rcd.asked(self._now_s())
            self._tests.tell(codes.RCD_TEST, codes.RUNNING, self._now_s())
        state = await self._read(STATUS, STATUS_COUNT)
        self._found(state[0] * self._step_ma)
        seen = self._last = self._seen(state)
        return seen

    def _seen(self, state: tuple[int, ...]) -> Seen:
        if state[2] not in CLASSES:
            raise WrongDeviceError(f"{self._name}: vehicle state is {state[2]}, allowed: 1 to 5")
        bits, left_s = state[7], state[9]  # of the test; 1008 counts an error's time
        is_at_test = left_s > 0 or (bool(bits & TESTING) and self._rcd.result == codes.RUNNING)
        faults = {fault for bit, fault in FAULTS.items() if bits & bit}
        if bits & TESTING and not is_at_test:  # before firmware 17: RCD error
            faults.add(codes.RCD_AC)
        if state[2] == FAILURE and not faults and not is_at_test:
            faults.add(codes.PILOT_FAULT)
        self._follow_test(is_at_test, codes.RCD_AC in faults)
        if self._rcd.result == codes.FAILED:
            faults.add(codes.RCD_TEST_FAILED)
        if self._last is not None and self._last.pilot in PLUGGED and state[2] == 1:
            self._rcd.need(self._now_s())
        return Seen(
            pilot=CLASSES[state[2]],
            is_relay_on=bool(bits & RELAY_ON),
            offered_ma=state[1] * self._step_ma if state[6] == PWM else 0,
            most_ma=self._most_ma(state),
            faults=frozenset(faults),
            is_off=state[6] == OFF,
            limited_by=codes.BY_CABLE
            if state[3] * 1_000 < state[0] * self._step_ma
            else codes.BY_BOARD,
        )

    def _most_ma(self, state: tuple[int, ...]) -> int:
        """What it makes of its set-point: less where PP or its own limit says so."""
        told_ma, output_ma = state[0] * self._step_ma, state[1] * self._step_ma
        return (
            output_ma if state[6] == PWM and 0 < output_ma < told_ma else self.warrant.rating.max_ma
        )

    def _follow_test(self, is_at_test: bool, is_bad: bool) -> None:
        if self._rcd.seen(is_at_test, is_bad, self._now_s()):
            duration_ms = round(self._rcd.duration_s * 1_000)
            self._tests.tell(codes.RCD_TEST, self._rcd.result, self._now_s(), duration_ms)

    async def _set_current(self, current_ma: int) -> None:
        await self._write(STATUS, current_ma // self._step_ma)

    async def _clear(self, fault: int) -> None:
        if fault in (codes.RCD_AC, codes.RCD_TEST_FAILED):
            await self._write(COMMAND, CLEAR_RCD)
            self._rcd.need(self._now_s())

    async def _take_line(self) -> None:
        await self._bus.open()

    async def _kept(self) -> str:
        set_point = (await self._read(STATUS, STATUS_COUNT))[0]
        return f"shows {set_point} in register {STATUS}" if set_point else ""

    def self_test(self, number: int) -> None:
        """Run the RCD test, if a monitor is wired; the others are absent."""
        if number in (0, codes.RCD_TEST) and self._rcd.is_fitted:
            self._rcd.need(self._now_s())
        super().self_test(number)

    def _result_of(self, number: int) -> int:
        is_ours = number == codes.RCD_TEST and self._rcd.is_fitted
        return self._rcd.result if is_ours else super()._result_of(number)

    def _is_held(self) -> bool:
        return self._rcd.holds

    def _is_resting(self) -> bool:
        last = self._last
        return last is not None and not last.is_relay_on and self.warrant.in_force_ma == 0

    async def _read(self, address: int, count: int) -> tuple[int, ...]:
        values = await self._bus.read_registers(self._unit, HOLDING, address, count)
        await asyncio.sleep(GAP_S)
        return values

    async def _write(self, address: int, value: int) -> None:
        await self._bus.write_registers(self._unit, address, (value,))
        await asyncio.sleep(GAP_S)

    def _release(self) -> None:
        self._bus.close()
