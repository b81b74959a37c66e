"""The contract of the Indicator port: fake, gpiozero driver over pins, and the emulated board's."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from ampkeeper.board.emulated.panel_twin import PanelTwin
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeIndicator
from ampkeeper.hal.linux.indicator import GpioIndicator
from ampkeeper.hal.linux.lines import Buzzer, InputLine, Lamp, PanelLines
from ampkeeper.hal.ports import Indicator, Light

RED, GREEN, BLUE, BUZZER, BUTTON = 5, 6, 13, 26, 20
LINES = PanelLines(
    Lamp({"red": RED, "green": GREEN, "blue": BLUE}, is_dimmed=True, is_active_high=True),
    Buzzer(BUZZER, is_active_high=True),
    InputLine(BUTTON, is_active_high=False, pull="up"),
)
OFF = (0.0, 0.0, 0.0)
ORANGE = (1.0, 0.35, 0.0)
LONG_S = 3.0


@dataclass
class Bench:
    """An indicator, what a person sees and hears of it, and the button."""

    indicator: Indicator
    seen: Callable[[], Light]
    heard: Callable[[], bool]
    press: Callable[[float], Awaitable[None]]


def fake_bench() -> Bench:
    made = FakeIndicator()

    async def press(held_s: float) -> None:
        await asyncio.sleep(held_s)
        made.press(held_s)

    return Bench(made, lambda: made.light, lambda: made.is_sounding, press)


def pins_bench() -> Bench:
    factory: Any = MockFactory(pin_class=MockPWMPin)
    made = GpioIndicator(LINES, lambda: factory, LoopClock())

    def seen() -> Light:
        red, green, blue = (float(factory.pin(gpio).state) for gpio in (RED, GREEN, BLUE))
        return red, green, blue

    async def press(held_s: float) -> None:
        pin = factory.pin(BUTTON)
        for _ in range(3):  # it bounces
            pin.drive_low()
            await asyncio.sleep(0.004)
            pin.drive_high()
            await asyncio.sleep(0.004)
        pin.drive_low()
        await asyncio.sleep(held_s)
        pin.drive_high()

    return Bench(made, seen, lambda: bool(factory.pin(BUZZER).state), press)


def twin_bench() -> Bench:
    made = PanelTwin(LoopClock())

    async def press(held_s: float) -> None:
        made.press(held_s)
        await asyncio.sleep(held_s)

    return Bench(made, lambda: made.light, lambda: made.is_sounding, press)


BENCHES = pytest.mark.parametrize("make", [fake_bench, pins_bench, twin_bench])


async def pressed(bench: Bench, held_s: float) -> list[bool]:
    """Whether each press that came within a second of the last look was long."""
    came: list[bool] = []

    async def listen() -> None:
        while True:
            came.append((await bench.indicator.next_press()).is_long)

    listener = asyncio.ensure_future(listen())
    await asyncio.sleep(0.5)
    await bench.press(held_s)
    await asyncio.sleep(0.5)
    listener.cancel()
    return came


@BENCHES
def test_lamp_and_buzzer_are_off_until_told(make: Callable[[], Bench]) -> None:
    async def scenario() -> None:
        bench = make()
        await bench.indicator.open()
        assert (bench.seen(), bench.heard()) == (OFF, False)

    run_virtual(scenario())


@BENCHES
def test_lamp_and_buzzer_do_as_told_and_are_off_at_the_end(make: Callable[[], Bench]) -> None:
    async def scenario() -> None:
        bench = make()
        await bench.indicator.open()
        bench.indicator.show(ORANGE)
        bench.indicator.sound(True)
        assert bench.seen() == pytest.approx(ORANGE)
        assert bench.heard()
        bench.indicator.sound(False)
        assert (bench.seen(), bench.heard()) == (pytest.approx(ORANGE), False)
        bench.indicator.close()

    run_virtual(scenario())


@BENCHES
def test_one_that_is_not_open_is_absent(make: Callable[[], Bench]) -> None:
    async def scenario() -> None:
        bench = make()
        with pytest.raises(AbsentError):
            bench.indicator.show(ORANGE)
        with pytest.raises(AbsentError):
            bench.indicator.sound(False)
        with pytest.raises(AbsentError):
            await bench.indicator.next_press()

    run_virtual(scenario())


@BENCHES
@pytest.mark.parametrize("held_s", [0.2, 1.0, LONG_S - 0.3])
def test_a_short_press_is_one_press(make: Callable[[], Bench], held_s: float) -> None:
    async def scenario() -> None:
        bench = make()
        await bench.indicator.open()
        assert await pressed(bench, held_s) == [False]

    run_virtual(scenario())


@BENCHES
@pytest.mark.parametrize("held_s", [LONG_S + 0.3, 20.0])
def test_a_held_button_is_one_long_press(make: Callable[[], Bench], held_s: float) -> None:
    async def scenario() -> None:
        bench = make()
        await bench.indicator.open()
        assert await pressed(bench, held_s) == [True]

    run_virtual(scenario())


@BENCHES
def test_each_press_is_one(make: Callable[[], Bench]) -> None:
    async def scenario() -> None:
        bench = make()
        await bench.indicator.open()
        assert await pressed(bench, 0.3) == [False]
        assert await pressed(bench, 4.0) == [True]
        assert await pressed(bench, 0.3) == [False]

    run_virtual(scenario())


@BENCHES
def test_close_is_safe_twice_and_open_works_again(make: Callable[[], Bench]) -> None:
    async def scenario() -> None:
        bench = make()
        bench.indicator.close()
        await bench.indicator.open()
        bench.indicator.close()
        bench.indicator.close()
        await bench.indicator.open()
        bench.indicator.show(ORANGE)
        assert bench.seen() == pytest.approx(ORANGE)
        assert await pressed(bench, 0.3) == [False]

    run_virtual(scenario())
