"""Modbus meter: any meter that a register map describes, on a Modbus line.

Reads the map's blocks one after the other and returns them as one reading, or none at all.
It cannot tell a slow meter from an absent one faster than the bus's time-outs. Retries, silence
and the line itself are the bus's (``hal/linux/modbus.py``); what registers mean is the map's.
``taken_s`` is when the first block was asked for: a reading is never younger than it says.
"""

from ampkeeper.hal.errors import AbsentError, HalError, TransientError, WrongDeviceError
from ampkeeper.hal.meters.registers import Block, RegisterMap
from ampkeeper.hal.ports import Clock, MeterIdentity, MeterReading, ModbusBus

SPREAD_S_MAX = 3.0  # between first question and last answer; more is not one reading


class ModbusMeter:
    """One meter; several may share a bus, which whoever made it closes."""

    def __init__(self, bus: ModbusBus, unit: int, registers: RegisterMap, clock: Clock) -> None:
        self._bus = bus
        self._unit = unit
        self._map = registers
        self._clock = clock
        self._identity: MeterIdentity | None = None
        self._is_proven = False

    async def open(self) -> MeterIdentity:
        """Prove that the part is there; raise AbsentError or WrongDeviceError."""
        self.close()
        await self._bus.open()
        try:
            await self._check_code()
            identity = MeterIdentity(self._map.vendor, self._map.model, await self._serial())
        except TransientError as error:
            raise AbsentError(f"{self._map.model} unit {self._unit}: {error}") from None
        self._identity = identity
        self._is_proven = True
        return identity

    async def read(self) -> MeterReading:
        """Measure now; raise TransientError, AbsentError, or WrongDeviceError if it was swapped."""
        if self._identity is None:
            raise AbsentError(f"{self._map.model} unit {self._unit}: not open")
        try:
            if not self._is_proven:
                await self._prove_again(self._identity)
            reading = await self._measure()
        except HalError:
            self._is_proven = False  # it may be another one when it answers again
            raise
        self._is_proven = True
        return reading

    def close(self) -> None:
        """Forget the part; safe twice."""
        self._identity = None
        self._is_proven = False

    async def _measure(self) -> MeterReading:
        """Read all blocks; refuse a reading that is spread over too long a time."""
        start_s = self._clock.now_s()
        words: dict[int, int] = {}
        for block in self._map.blocks:
            words.update(enumerate(await self._words(block), block.address))
        spread_s = self._clock.now_s() - start_s
        if spread_s > SPREAD_S_MAX:
            raise TransientError(
                f"{self._map.model} unit {self._unit}: took {spread_s:.1f} s,"
                f" at most {SPREAD_S_MAX} s are one reading"
            )
        return self._map.reading(words, start_s)

    async def _prove_again(self, identity: MeterIdentity) -> None:
        """Refuse to go on with another meter than the one opened."""
        serial = await self._serial()
        if serial != identity.serial:
            raise WrongDeviceError(
                f"{self._map.model} unit {self._unit}: serial number is {serial},"
                f" was {identity.serial}"
            )

    async def _check_code(self) -> None:
        """Refuse a part whose registers would mean something else."""
        if self._map.code is None:
            return
        code = (await self._words(self._map.code))[0]
        if code not in self._map.codes:
            name = self._map.other_codes.get(code, "an unknown part")
            allowed = ", ".join(f"{value:#06x}" for value in self._map.codes)
            raise WrongDeviceError(
                f"unit {self._unit}: code {code:#06x} is {name}; {self._map.model} has {allowed}"
            )

    async def _serial(self) -> str:
        """Return the serial number, or nothing where the part has none."""
        if self._map.serial is None:
            return ""
        words = await self._words(self._map.serial)
        return str(int(self._map.number(self._map.serial_kind, words)))

    async def _words(self, block: Block) -> tuple[int, ...]:
        return await self._bus.read_registers(
            self._unit, block.function, block.address, block.count
        )
