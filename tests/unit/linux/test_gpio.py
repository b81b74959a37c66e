"""GPIO on gpiozero's mock pins: levels, polarities, and low at the end."""

from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from ampkeeper.hal.linux.gpio import Pins


@pytest.fixture
def factory() -> Any:
    return MockFactory()


def test_an_output_is_claimed_low(factory: Any) -> None:
    pins = Pins(factory)
    pins.output(17)
    assert factory.pin(17).function == "output"
    assert not factory.pin(17).state


def test_an_output_follows_and_toggles(factory: Any) -> None:
    pins = Pins(factory)
    pin = pins.output(17)
    pin.drive(1)
    assert (pin.level, factory.pin(17).state) == (1, 1)
    pin.toggle()
    assert (pin.level, factory.pin(17).state) == (0, 0)


@pytest.mark.parametrize("pull", ["up", "down", "none"])
@pytest.mark.parametrize("is_active_high", [True, False])
def test_an_input_reads_its_active_level(factory: Any, pull: str, is_active_high: bool) -> None:
    pins = Pins(factory)
    pin = pins.input(5, is_active_high, pull)
    factory.pin(5).drive_high()
    assert pin.read() == is_active_high
    factory.pin(5).drive_low()
    assert pin.read() != is_active_high


def test_a_torn_wire_is_what_the_pull_says(factory: Any) -> None:
    pins = Pins(factory)
    assert pins.input(21, True, "up").read() == 1
    assert pins.input(20, False, "up").read() == 0


def test_nothing_asks_for_edges(factory: Any) -> None:
    pins = Pins(factory)
    pins.input(5, True, "up")
    assert factory.pin(5).when_changed is None


def test_close_puts_outputs_low_in_the_order_of_claiming_and_is_safe_twice(factory: Any) -> None:
    pins = Pins(factory)
    for gpio in (17, 27):
        pins.output(gpio).drive(1)
    lowered: list[int] = []
    for gpio in (17, 27):
        pin = factory.pin(gpio)
        change = pin._change_state

        def note(value: bool, gpio: int = gpio, change: Any = change) -> Any:
            if not value:
                lowered.append(gpio)
            return change(value)

        pin._change_state = note
    pins.close()
    pins.close()
    assert lowered == [17, 27]
    assert factory.pin(17).function == "input"


def test_an_output_that_fails_does_not_keep_the_others_high(factory: Any) -> None:
    pins = Pins(factory)
    first, second = pins.output(17), pins.output(27)
    second.drive(1)

    def fail(level: int) -> None:
        raise OSError("gone")

    first.drive = fail
    with pytest.raises(OSError, match="gone"):
        pins.close()
    assert factory.pin(27).function == "input"
    assert not second.level
