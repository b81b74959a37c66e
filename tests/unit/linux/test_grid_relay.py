"""The contact of the grid operator's control box at a pin of the Pi, from board.toml to the cap."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.board.host import parts
from ampkeeper.board.pi_peak.facts import FILE, Facts, parse_facts
from ampkeeper.firmware.config import Config, parse
from ampkeeper.firmware.station.feeds import feed_grid
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.contact import GpioContact
from ampkeeper.hal.linux.lines import InputLine
from ampkeeper.hal.meters.checked import MapError
from tests.unit.config.files import SMALLEST
from tests.unit.station.charger import Charger

GPIO = 3
RELAY = f'[grid_relay]\ngpio = {GPIO}\nactive = "high"\npull = "up"\ntorn = "order"\n'
BY_LINE = '[grid]\ninput = "line"\n'
ORDERED, FREE, TORN = "drive_high", "drive_low", "drive_high"  # open; to ground; nothing


def facts(relay: str = RELAY) -> Facts:
    """The board of peak detectors, with this contact too."""
    return parse_facts(FILE.read_text() + "\n" + relay, FILE.name)


def config(text: str = BY_LINE) -> Config:
    return parse(SMALLEST + text)


class Inbox:
    """Does at once what the task of the station is given."""

    def __init__(self, charger: Charger) -> None:
        self._charger = charger

    async def put(self, event: Any) -> None:
        self._charger.do(event)


class Wired:
    """A charger whose contact is the shipped driver on mock pins."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pins: Any = MockFactory()
        self.charger = Charger()
        self.charger.start()
        monkeypatch.setattr(parts, "_lgpio", lambda: self.pins)
        contact = parts.grid_line(config(), facts().lines)
        assert contact is not None
        self.contact = contact

    @property
    def limited_by(self) -> str:
        return self.charger.evse.limit()[1]

    async def play(self, *steps: str | Callable[[], None]) -> list[str]:
        """Do each of them to the wire; return what limits half a second later."""
        inbox: Any = Inbox(self.charger)
        grid = self.charger.station.limiting.grid
        feed = asyncio.ensure_future(feed_grid(inbox, grid, self.contact, 0.1, LoopClock()))
        found = []
        for step in steps:
            await asyncio.sleep(0.01)
            if isinstance(step, str):
                getattr(self.pins.pin(GPIO), step)()
            else:
                step()
            await asyncio.sleep(1.5)
            found.append(self.limited_by)
        feed.cancel()
        return found


def test_the_line_orders_and_takes_back(monkeypatch: pytest.MonkeyPatch):
    wired = Wired(monkeypatch)
    assert run_virtual(wired.play(FREE, ORDERED, FREE)) == ["cable", "grid", "cable"]


def test_a_torn_wire_is_the_order_where_it_is_wired_so(monkeypatch: pytest.MonkeyPatch):
    wired = Wired(monkeypatch)
    assert run_virtual(wired.play(FREE, TORN)) == ["cable", "grid"]


def test_a_pin_that_cannot_be_read_caps_until_it_can(monkeypatch: pytest.MonkeyPatch):
    wired = Wired(monkeypatch)
    read = wired.contact.is_made

    def break_it() -> None:
        def fail() -> bool:
            raise AbsentError("no chip")

        monkeypatch.setattr(wired.contact, "is_made", fail)

    def mend() -> None:
        monkeypatch.setattr(wired.contact, "is_made", read)

    assert run_virtual(wired.play(FREE, break_it, FREE)) == ["cable", "grid", "grid"]
    assert run_virtual(wired.play(mend, FREE))[-1] == "cable"


def test_a_pin_that_cannot_be_had_is_absent_and_close_is_safe_twice():
    def none() -> Any:
        raise OSError("no chip")

    made = GpioContact("line", InputLine(GPIO, True, "up"), none)
    with pytest.raises(AbsentError, match="line: no chip"):
        made.open()
    with pytest.raises(AbsentError, match="not open"):
        made.is_made()
    made.close()
    made.close()


@pytest.mark.parametrize(
    ("relay", "complaint"),
    [
        (RELAY.replace('"order"', '"free"'), "a torn wire reads as 'order'; allowed is the other"),
        (RELAY.replace('"high"', '"low"'), "a torn wire reads as 'free'"),
        (RELAY.replace('"up"', '"none"'), "pull is 'none', allowed are up, down"),
        (RELAY.replace('torn = "order"\n', ""), "torn is missing"),
        (RELAY.replace("= 3", "= 17"), "GPIO 17 is used twice, by outputs.coil and by grid_relay"),
        (RELAY.replace("= 3", "= 8"), "grid_relay.gpio is GPIO 8, of the converter's SPI line"),
        (RELAY + "debounce = 3\n", "unknown key debounce"),
    ],
)
def test_a_line_that_cannot_be_is_refused(relay: str, complaint: str):
    with pytest.raises(MapError, match=complaint):
        facts(relay)


def test_either_way_of_wiring_is_taken():
    for active, pull, torn in (("low", "up", "free"), ("high", "down", "free")):
        relay = RELAY.replace('"high"', f'"{active}"').replace('"up"', f'"{pull}"')
        line = facts(relay.replace('"order"', f'"{torn}"')).lines.grid_relay
        assert line == (GPIO, active == "high", pull)


def test_a_line_that_is_wanted_must_be_wired(tmp_path: Path):
    bare = facts("").lines
    (problem,) = parts.grid_problems("pi_peak", config(), bare)
    assert (problem.key, "[grid_relay]" in problem.allowed) == ("grid.input", True)
    assert not list(parts.grid_problems("pi_peak", config(), facts().lines))
    assert not list(parts.grid_problems("pi_peak", config(""), bare))
    assert parts.grid_line(config(""), facts().lines) is None
