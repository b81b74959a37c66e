"""Heidelberg Energy Control: a whole wallbox behind Modbus RTU, 19200 8E1.

It can: offer 6 to 16 A in steps of 0.1 A; report the vehicle's state, currents, voltages and the
board's temperature; fall back to nothing when it is not asked for ``WATCHDOG_MS`` (register 257
with 262 at 0); be locked (259).
It cannot: tell whether its relay is closed other than by its state; name its faults beyond "9,
11"; open two of three phases; hold a plug, for its cable is captive. Its energy counts VAh, which
are no Wh: it is not used as a meter.
Source: Modbus register table of the Energy Control, as in ``board/heidelberg/README.md``.
"""

from ampkeeper.hal.errors import WrongDeviceError
from ampkeeper.hal.pilots import codes
from ampkeeper.hal.pilots.account import Seen
from ampkeeper.hal.pilots.bought import BoughtPilot
from ampkeeper.hal.pilots.warrant import Rating
from ampkeeper.hal.ports import Clock, ModbusBus, PilotIdentity

HOLDING, INPUT = 3, 4
STATE, STATE_COUNT = 5, 8  # state, 3 currents in 0.1 A, 0.1 degrees, 3 voltages in V
WATCHDOG, WATCHDOG_COUNT = 257, 3  # ms; then standby, lock
LIMIT, LIMIT_COUNT = 261, 2  # 0.1 A; then the fail-safe limit. Nothing is known of 260
STANDBY, LOCK, FAIL_SAFE = 258, 259, 262
WATCHDOG_MS = 5_000
NO_STANDBY = 4
UNLOCKED, LOCKED = 1, 0
STEP_MA = 100
STATE_MIN, STATE_MAX = 2, 11
B_OFFERED, C_OFFERED, DERATED = 5, 7, 8
ERROR_E, OUT_OR_LOCKED, ERROR = 9, 10, 11
CLASSES = {
    2: codes.A, 3: codes.A, 4: codes.B, 5: codes.B, 6: codes.C, 7: codes.C, 8: codes.C,
    ERROR_E: codes.E, OUT_OR_LOCKED: codes.F, ERROR: codes.INVALID,
}  # fmt: skip
FAULTS = {ERROR_E: codes.PILOT_FAULT, ERROR: codes.BOARD_FAILED}
CURRENT_SURE_DA = 5  # 0.5 A flow: the relay is closed, whatever the state says
TEMPERATURE_SIGN = 1 << 15
CANNOT = (
    "does not tell its relay's state; closed is what its state and currents say",
    "cannot hold the plug, open single phases, or name what is wrong with it",
    "records no traces and runs none of ring 1's self-tests",
)


class HeidelbergPilot(BoughtPilot):
    """The ``Pilot`` port; ``bus`` may have a meter on it too."""

    def __init__(self, bus: ModbusBus, unit: int, clock: Clock, rating: Rating) -> None:
        stepped = Rating(rating.max_ma, rating.phases, STEP_MA)
        super().__init__(f"Heidelberg, unit {unit}", clock, stepped)
        self._bus = bus
        self._unit = unit

    async def _greet(self) -> PilotIdentity:
        await self._take_line()
        await self._end_current()
        state = await self._bus.read_registers(self._unit, INPUT, STATE, STATE_COUNT)
        if not STATE_MIN <= state[0] <= STATE_MAX:
            raise WrongDeviceError(
                f"{self._name}: charging state is {state[0]}, allowed are {STATE_MIN} to"
                f" {STATE_MAX}: another device answers"
            )
        wanted = {FAIL_SAFE: 0, WATCHDOG: WATCHDOG_MS, STANDBY: NO_STANDBY, LOCK: UNLOCKED}
        for address, value in wanted.items():
            await self._keep(address, value)
        control = await self._control()
        for address, value in wanted.items():
            if control[address] != value:
                raise WrongDeviceError(
                    f"{self._name}: register {address} is {control[address]}, must be {value}:"
                    f" it does not keep it"
                )
        return PilotIdentity("Heidelberg Energy Control", "", 0, CANNOT)

    async def _look(self) -> Seen:
        state = await self._bus.read_registers(self._unit, INPUT, STATE, STATE_COUNT)
        control = await self._control()
        if not STATE_MIN <= state[0] <= STATE_MAX:
            raise WrongDeviceError(f"{self._name}: charging state is {state[0]}, allowed: 2 to 11")
        self._found(control[LIMIT] * STEP_MA)
        if control[WATCHDOG] != WATCHDOG_MS or control[FAIL_SAFE] != 0:
            self._restarted()  # it forgot what it was told
            await self._keep(FAIL_SAFE, 0)
            await self._keep(WATCHDOG, WATCHDOG_MS)
        return self._seen(state[0], state[1:4], state[4], control)

    def _seen(
        self, state: int, currents_da: tuple[int, ...], warmth: int, control: dict[int, int]
    ) -> Seen:
        limit_ma = control[LIMIT] * STEP_MA
        is_locked = control[LOCK] == LOCKED
        faults = {FAULTS[state]} if state in FAULTS else set()
        if state == OUT_OR_LOCKED and not is_locked:
            faults.add(codes.PILOT_FAULT)
        is_on = state in (C_OFFERED, DERATED) or max(currents_da) >= CURRENT_SURE_DA
        is_offered = state in (B_OFFERED, C_OFFERED, DERATED)
        return Seen(
            pilot=CLASSES[state],
            is_relay_on=is_on,
            offered_ma=limit_ma if is_offered else 0,
            most_ma=self.warrant.rating.max_ma,
            faults=frozenset(faults),
            is_off=state == OUT_OR_LOCKED,
            temperature_c=(warmth - 2 * (warmth & TEMPERATURE_SIGN)) / 10,
        )

    async def _set_current(self, current_ma: int) -> None:
        await self._keep(LIMIT, current_ma // STEP_MA)

    async def _take_line(self) -> None:
        await self._bus.open()

    async def _kept(self) -> str:
        limit_da = (await self._control())[LIMIT]
        return f"shows {limit_da} in register {LIMIT}" if limit_da else ""

    async def _control(self) -> dict[int, int]:
        """Read what it was told, by register."""
        kept: dict[int, int] = {}
        for first, count in ((WATCHDOG, WATCHDOG_COUNT), (LIMIT, LIMIT_COUNT)):
            values = await self._bus.read_registers(self._unit, HOLDING, first, count)
            kept.update(enumerate(values, first))
        return kept

    async def _keep(self, address: int, value: int) -> None:
        await self._bus.write_register(self._unit, address, value)

    def _release(self) -> None:
        self._bus.close()
