"""Faults on the wire: no wrong value, no old value, and a reading again soon after each ends.

Each fault lasts for a while in which the meter is polled as a charger polls it; the circuit's
energy rises with every question, so that an old value shows. Recovery times are printed.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ampkeeper.board.emulated.bought.rtu import framed
from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.hal.errors import AbsentError, HalError
from ampkeeper.hal.linux.modbus import PymodbusBus, serial_bus
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from ampkeeper.hal.ports import MeterReading
from tests.contract.test_meters_contract import SHOWN, RealClock

T = 0.1  # s, time-out of the bus
FAULT_S = 5 * T
RECOVERY_S = 8 * T  # one rest, one silence, proving who it is, and a busy machine
Spoil = Callable[[bytes], list[tuple[float, bytes]]]


def at_once(*parts: bytes) -> list[tuple[float, bytes]]:
    return [(0.0, part) for part in parts]


def wrong_crc(answer: bytes) -> bytes:
    return answer[:-1] + bytes([answer[-1] ^ 0xFF])


CHANCE = random.Random(7)
FAULTS: dict[str, Spoil] = {
    "silence": lambda answer: [],
    "noise before": lambda answer: at_once(CHANCE.randbytes(9), answer),
    "noise inside": lambda answer: at_once(answer[:4] + b"\xff" + answer[4:]),
    "noise after": lambda answer: at_once(answer, CHANCE.randbytes(9)),
    "noise only": lambda answer: at_once(CHANCE.randbytes(40)),
    "wrong check sum": lambda answer: at_once(wrong_crc(answer)),
    "wrong unit": lambda answer: at_once(framed(b"\x07" + answer[1:-2])),
    "wrong function": lambda answer: at_once(framed(answer[:1] + b"\x01" + answer[2:-2])),
    "short": lambda answer: at_once(answer[:-7]),
    "long": lambda answer: at_once(answer + answer[-9:]),
    "twice": lambda answer: [(0.0, answer), (0.3 * T, answer)],
    "late": lambda answer: [(1.4 * T, answer)],
    "later": lambda answer: [(2.7 * T, answer)],
    "in pieces": lambda answer: at_once(answer[:1], answer[1:5], answer[5:-1], answer[-1:]),
    "busy": lambda answer: at_once(framed(bytes((answer[0], answer[1] | 0x80, 6)))),
    "broken": lambda answer: at_once(framed(bytes((answer[0], answer[1] | 0x80, 4)))),
    "refuses": lambda answer: at_once(framed(bytes((answer[0], answer[1] | 0x80, 2)))),
}  # fmt: skip
HARMLESS = ("noise before", "noise after", "long", "in pieces")  # within the request itself


class Circuit:
    """Energy that rises with every look at it, and when it was looked at."""

    def __init__(self) -> None:
        self.energy_wh = 10_000
        self._looks: list[tuple[float, int]] = []

    def __call__(self) -> MeterReading:
        self.energy_wh += 1
        self._looks.append((asyncio.get_running_loop().time(), self.energy_wh))
        return replace(SHOWN, energy_wh=self.energy_wh)

    def energy_wh_at(self, at_s: float) -> int:
        """What the newest look until then showed."""
        return max((wh for look_s, wh in self._looks if look_s <= at_s), default=0)


class Poller:
    """A feed: opens, reads, opens again after an error; checks every reading."""

    def __init__(self, meter: ModbusMeter, circuit: Circuit) -> None:
        self.meter = meter
        self.circuit = circuit
        self.read_count = 0
        self.errors: list[str] = []

    async def once(self) -> bool:
        # RTU numbers no question: an answer given twice may stand for the same question asked
        # again at once. What is older than a time-out when the question goes out never does.
        old_wh = self.circuit.energy_wh_at(asyncio.get_running_loop().time() - T)
        try:
            reading = await self.meter.read()
        except AbsentError as error:
            self.errors.append(str(error))
            await self._reopen()
            return False
        except HalError as error:
            self.errors.append(str(error))
            return False
        assert reading.energy_wh > old_wh, "an old value was taken for a fresh one"
        assert reading.voltage_v == SHOWN.voltage_v
        assert reading.frequency_hz == pytest.approx(49.9)
        self.read_count += 1
        return True

    async def _reopen(self) -> None:
        await asyncio.sleep(T / 10)
        try:
            await self.meter.open()
        except HalError as error:
            self.errors.append(str(error))


async def bench() -> tuple[MeterTwin, PymodbusBus, Poller]:
    circuit = Circuit()
    twin = MeterTwin(circuit)
    bus = serial_bus(await twin.start(), timeout_s=T)
    meter = ModbusMeter(bus, 1, shipped("sdm630"), RealClock())
    await meter.open()
    return twin, bus, Poller(meter, circuit)


async def recovery_s(poller: Poller) -> float:
    """How long until a reading comes."""
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    while not await poller.once():
        assert loop.time() - start_s < 50 * T, poller.errors[-3:]
    return loop.time() - start_s


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_on_the_wire_gives_no_wrong_value_and_passes(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    twin, bus, poller = await bench()
    loop = asyncio.get_running_loop()
    await poller.once()
    twin.spoil = FAULTS[name]
    end_s = loop.time() + FAULT_S
    reads = 0
    while loop.time() < end_s:
        reads += await poller.once()
        await asyncio.sleep(T / 10)
    twin.spoil = None
    took_s = await recovery_s(poller)
    bus.close()
    await twin.stop()
    record_property(
        "covered",
        f"{name}: {reads} readings meanwhile, {took_s / T:.1f} time-outs to the next",
    )
    assert took_s < RECOVERY_S
    assert (reads > 0) >= (name in HARMLESS)


async def test_chatter_of_another_master_ends_in_readings_again(
    record_property: Callable[[str, object], None],
) -> None:
    """It asks unit 9 on the same line, all the time, without caring for us."""
    twin, bus, poller = await bench()
    loop = asyncio.get_running_loop()
    theirs = framed(bytes.fromhex("09 04 00 00 00 02"))
    answer = framed(bytes.fromhex("09 04 04 42 C8 00 00"))
    end_s = loop.time() + FAULT_S
    while loop.time() < end_s:
        twin.write(theirs)
        twin.write(answer)
        call = asyncio.ensure_future(poller.once())
        await asyncio.sleep(0)
        twin.write(theirs)
        await call
    took_s = await recovery_s(poller)
    bus.close()
    await twin.stop()
    record_property("covered", f"two masters: {took_s / T:.1f} time-outs to the next reading")
    assert took_s < RECOVERY_S


async def test_an_adapter_back_under_another_name_is_found_again(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """ttyUSB0 goes and comes back as ttyUSB1; what lasts is the adapter's own name."""
    circuit = Circuit()
    first, second = MeterTwin(circuit), MeterTwin(circuit)
    link = tmp_path / "usb-adapter-A1"
    path = await first.start()
    link.symlink_to(path)
    bus = serial_bus(path, timeout_s=T, by_id=tmp_path)
    poller = Poller(ModbusMeter(bus, 1, shipped("sdm630"), RealClock()), circuit)
    await poller.meter.open()
    assert await poller.once()
    other = await second.start()
    await first.stop()
    link.unlink()
    for _ in range(3):
        assert not await poller.once()
    assert "cannot be opened" in poller.errors[-1] or "not connected" in poller.errors[-1]
    link.symlink_to(other)
    took_s = await recovery_s(poller)
    bus.close()
    await second.stop()
    record_property(
        "covered", f"adapter back as another device: {took_s:.2f} s to the next reading"
    )
    assert took_s < RECOVERY_S


async def test_an_answer_given_twice_costs_a_silence_at_most(
    record_property: Callable[[str, object], None],
) -> None:
    twin, bus, poller = await bench()
    worst_s = 0.0
    for tenths in range(10):
        twin.spoil = lambda answer: [(0.0, answer), (0.03 * T, answer)]
        await poller.once()
        twin.spoil = None
        await asyncio.sleep(tenths * T / 10)
        worst_s = max(worst_s, await recovery_s(poller))
        await asyncio.sleep(2 * T)
    bus.close()
    await twin.stop()
    record_property("covered", f"twice: at most {worst_s / T:.1f} time-outs to the next reading")
    assert 0.5 * T < worst_s < 2 * T
