"""Modbus meter: any meter that a register map describes, on a Modbus line.

Reads the map's blocks one after the other and returns them as one reading, or none at all.
It cannot tell a slow meter from an absent one faster than the bus's time-outs. Retries, silence
and the line itself are the bus's (``hal/linux/modbus.py``); what registers mean is the map's.
``taken_s`` is when the first block was asked for: a reading is never younger than it says.
"""

from collections.abc import Sequence

from ampkeeper.hal.errors import (
    AbsentError,
    HalError,
    ImplausibleError,
    TransientError,
    WrongDeviceError,
)
from ampkeeper.hal.meters.registers import Block, Place, RegisterMap
from ampkeeper.hal.ports import Clock, MeterIdentity, MeterReading, ModbusBus

SPREAD_S_MAX = 3.0  # between first question and last answer; more is not one reading


class ModbusMeter:
    """One meter; several may share a bus, which whoever made it closes.

    ``others`` are maps by whose codes it is asked who it is when it is not the part expected.
    """

    def __init__(
        self,
        bus: ModbusBus,
        unit: int,
        registers: RegisterMap,
        clock: Clock,
        others: Sequence[RegisterMap] = (),
    ) -> None:
        self._bus = bus
        self._unit = unit
        self._map = registers
        self._clock = clock
        self._others = others
        self._identity: MeterIdentity | None = None
        self._is_proven = False

    async def open(self) -> MeterIdentity:
        """Prove that the part is there; raise AbsentError or WrongDeviceError."""
        self.close()
        await self._bus.open()
        try:
            await self._check_code()
            identity = MeterIdentity(self._map.vendor, self._map.model, await self._serial())
            if self._map.code is None:
                await self._check_values()
        except TransientError as error:
            raise AbsentError(f"{self._map.model} unit {self._unit}: {error}") from None
        except WrongDeviceError as error:
            name = f"{self._map.vendor} {self._map.model}"
            raise WrongDeviceError(f"{name}: {error}{await self._who()}") from None
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
        code = self._map.code
        if code is None:
            return
        try:
            found = self._map.identity(code.place, await self._words(code.place.block))
        except WrongDeviceError:
            if code.is_optional:
                return
            raise
        name = code.others.get(found)
        if name is None and (not code.allowed or found in code.allowed):
            return
        raise WrongDeviceError(
            f"unit {self._unit}: code {_shown(found)} is {name or 'an unknown part'};"
            f" {self._map.model} has {', '.join(map(_shown, code.allowed)) or 'another'}"
        )

    async def _check_values(self) -> None:
        """Of a part that does not say what it is, the values must be possible."""
        try:
            await self._measure()
        except ImplausibleError as error:
            raise WrongDeviceError(f"unit {self._unit} does not answer as one: {error}") from None

    async def _who(self) -> str:
        """Say who answers instead, if it says so by a code or serial number; else nothing."""
        own = self._map.reads()
        shapes = {(block.function, block.count): block for block in own}
        for other in self._others:
            place = other.serial if other.code is None else other.code.place
            if place is None or place.block in own:
                continue  # it has been looked at already
            block = place.block
            if shapes.setdefault((block.function, block.count), block) != block:
                continue  # an answer could not be told from the one to another question
            try:
                found = other.identity(place, await self._words(block))
            except (TransientError, WrongDeviceError):
                continue
            if other.code is None and found:
                return f"; it answers as {other.vendor} {other.model}, serial number {found}"
            if other.code is not None and found in other.code.allowed:
                return f"; it is {other.vendor} {other.model} by its code {_shown(found)}"
        return ""

    async def _serial(self) -> str:
        """Return the serial number, or nothing where the part has none."""
        place: Place | None = self._map.serial
        if place is None:
            return ""
        return str(self._map.identity(place, await self._words(place.block)))

    async def _words(self, block: Block) -> tuple[int, ...]:
        return await self._bus.read_registers(
            self._unit, block.function, block.address, block.count
        )


def _shown(code: int | str) -> str:
    return f"{code:#06x}" if isinstance(code, int) else repr(code)
