"""The panel's pins on gpiozero's mock pins: levels over time, polarities, what is not fitted."""

import asyncio
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeClock
from ampkeeper.hal.linux.gpio import DIM_HZ
from ampkeeper.hal.linux.indicator import GpioIndicator
from ampkeeper.hal.linux.lines import Buzzer, InputLine, Lamp, PanelLines

PINS = {"red": 5, "green": 6, "blue": 13}
ORANGE = (1.0, 0.35, 0.0)
BLUE = (0.0, 0.2, 1.0)
WHITE = (1.0, 1.0, 1.0)
OFF = (0.0, 0.0, 0.0)


def factory() -> Any:
    return MockFactory(pin_class=MockPWMPin)


def lamp(names: str = "red green blue", is_dimmed: bool = False, is_active_high: bool = True):
    gpios = {name: PINS[name] for name in names.split()}
    return PanelLines(Lamp(gpios, is_dimmed, is_active_high))


async def opened(lines: PanelLines, pins: Any) -> GpioIndicator:
    made = GpioIndicator(lines, lambda: pins, FakeClock())
    await made.open()
    return made


def levels(pins: Any) -> list[float]:
    return [float(pins.pin(gpio).state) for gpio in PINS.values()]


@pytest.mark.parametrize(
    ("light", "shown"),
    [(ORANGE, [1, 1, 0]), (BLUE, [0, 0, 1]), (WHITE, [1, 1, 1]), (OFF, [0, 0, 0])],
)
@pytest.mark.parametrize("brightness", [1.0, 0.2])
async def test_lamps_that_cannot_be_dimmed_show_what_is_nearest(
    light: tuple[float, ...], shown: list[int], brightness: float
) -> None:
    pins = factory()
    made = await opened(lamp(), pins)
    red, green, blue = (part * brightness for part in light)
    made.show((red, green, blue))
    assert levels(pins) == shown


async def test_a_dimmed_lamp_has_the_part_of_the_time_and_does_not_flicker() -> None:
    pins = factory()
    made = await opened(lamp(is_dimmed=True), pins)
    made.show(ORANGE)
    assert levels(pins) == pytest.approx(list(ORANGE))
    assert pins.pin(5).frequency == DIM_HZ >= 100


@pytest.mark.parametrize("is_dimmed", [True, False])
async def test_lamps_to_the_supply_are_lit_by_low(is_dimmed: bool) -> None:
    pins = factory()
    made = await opened(lamp(is_dimmed=is_dimmed, is_active_high=False), pins)
    assert levels(pins) == [1, 1, 1]
    made.show((1.0, 0.0, 1.0))
    assert levels(pins) == [0, 1, 0]
    made.close()


async def test_a_lamp_of_one_color_shows_every_color() -> None:
    pins = factory()
    made = await opened(lamp("blue", is_dimmed=True), pins)
    for light in (ORANGE, BLUE, WHITE):
        made.show(light)
        assert pins.pin(13).state == 1
    made.show((0.2, 0.07, 0.0))
    assert pins.pin(13).state == pytest.approx(0.2)


async def test_a_buzzer_keeps_its_polarity() -> None:
    pins = factory()
    made = await opened(PanelLines(buzzer=Buzzer(26, is_active_high=False)), pins)
    assert pins.pin(26).state == 1
    made.sound(True)
    assert pins.pin(26).state == 0
    made.close()
    assert pins.pin(26).function == "input"


async def test_what_is_not_fitted_does_nothing() -> None:
    made = await opened(PanelLines(), factory())
    made.show(ORANGE)
    made.sound(True)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(made.next_press(), 0.05)


async def test_a_pin_that_another_one_has_is_named_and_nothing_stays_claimed() -> None:
    pins = factory()
    first = await opened(lamp("green"), pins)
    second = GpioIndicator(lamp(), lambda: pins, FakeClock())
    with pytest.raises(AbsentError, match="GPIO6"):
        await second.open()
    first.close()
    await second.open()


async def test_a_pi_without_its_library_is_absent_and_says_so() -> None:
    def none() -> Any:
        raise ModuleNotFoundError("No module named 'lgpio'")

    with pytest.raises(AbsentError, match="No module named 'lgpio'"):
        await GpioIndicator(lamp(), none, FakeClock()).open()


def test_a_torn_button_is_no_press_and_one_that_returns_works() -> None:
    async def scenario() -> None:
        pins = factory()
        button = InputLine(20, is_active_high=True, pull="up")  # normally closed: torn is pressed
        made = GpioIndicator(PanelLines(button=button), lambda: pins, LoopClock())
        await made.open()
        waiting = asyncio.ensure_future(made.next_press())
        await asyncio.sleep(60.0)
        assert not waiting.done()
        pins.pin(20).drive_low()
        await asyncio.sleep(1.0)
        pins.pin(20).drive_high()
        await asyncio.sleep(0.5)
        pins.pin(20).drive_low()
        assert not (await waiting).is_long

    run_virtual(scenario())


@pytest.mark.parametrize("use", ["show", "sound", "next_press"])
async def test_a_pin_that_fails_in_use_is_an_absent_panel(use: str) -> None:
    button = InputLine(20, is_active_high=False, pull="up")
    made = await opened(PanelLines(lamp(is_dimmed=True).lamp, Buzzer(26, True), button), factory())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MockPWMPin, "state", property(unusable, unusable))
        with pytest.raises(AbsentError, match="pins of the panel: bad handle"):
            await used(made, use)
        made.close()
    await made.open()


async def used(made: GpioIndicator, use: str) -> None:
    if use == "next_press":
        await made.next_press()
    elif use == "show":
        made.show(ORANGE)
    else:
        made.sound(True)


def unusable(*_: object) -> None:
    raise RuntimeError("bad handle")  # as lgpio.error: of no root that is ours
