"""Lamp, buzzer and button of a whole charger, through a session and through what goes wrong."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.fake import FakeIndicator

CAR = {"max_a": 16.0, "phases": 3, "cable_a": 20}
OFF = (0.0, 0.0, 0.0)


def charger(folder: Path, **panel: str) -> tuple[VirtualCharger, FakeIndicator]:
    made = VirtualCharger(folder, 1, [(f"panel.{key}", value) for key, value in panel.items()])
    indicator = FakeIndicator()
    made.indicators[1] = indicator
    return made, indicator


def shown(made: VirtualCharger) -> list[str]:
    """What the lamp told, in order."""
    return [fields["shows"] for fields in made.trace.of("indicator")]


async def available(made: VirtualCharger) -> None:
    await made.until(lambda: made.csms.links != {} and made.status() == "Available")
    await made.until(lambda: shown(made)[-1:] == ["available"])


async def charging(made: VirtualCharger) -> None:
    await available(made)
    made.plug(**CAR)
    made.swipe()
    await made.until(lambda: made.status() == "Charging")


Scenario = Callable[[VirtualCharger, FakeIndicator], Awaitable[None]]


def play(made: VirtualCharger, indicator: FakeIndicator, scenario: Scenario) -> list[str]:
    async def run() -> list[str]:
        async with made.running():
            await scenario(made, indicator)
            return shown(made)

    return run_virtual(run())


def test_a_session_is_told_by_the_lamp_from_card_to_unplug(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await available(made)
        assert indicator.light == (1.0, 1.0, 1.0)
        made.plug(**CAR)
        await made.until(lambda: shown(made)[-1] == "occupied")
        made.swipe()
        await made.until(lambda: shown(made)[-1] == "charging")
        await made.until(lambda: indicator.light == (0.0, 0.2, 1.0))
        await made.until(lambda: indicator.light == OFF)
        made.unplug()
        await made.until(lambda: shown(made)[-1] == "available")

    told = play(*charger(tmp_path), scenario)
    order = ["occupied", "seen", "accepted", "charging", "stopping", "available"]
    rest = iter(told[told.index("available") :])
    assert all(name in rest for name in order), told


def test_a_card_is_heard_and_a_refusal_sounds_otherwise(tmp_path: Path) -> None:
    made, indicator = charger(tmp_path)

    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await available(made)
        made.csms.tokens["04A224B1"] = "Blocked"
        made.swipe()
        await made.until(lambda: shown(made)[-1] == "refused")
        took_s = await made.until(lambda: indicator.is_sounding)
        took_s += await made.until(lambda: not indicator.is_sounding)
        assert 0.7 <= took_s <= 1.0
        await made.until(lambda: shown(made)[-1] == "available")

    play(made, indicator, scenario)


def test_a_fault_is_shown_and_heard_until_it_is_gone(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await available(made)
        made.car.causes.pilot_link = "silent"
        await made.until(lambda: shown(made)[-1] == "faulted")
        await made.until(lambda: indicator.is_sounding)
        made.car.causes.pilot_link = "ok"
        await made.until(lambda: shown(made)[-1] == "available")

    play(*charger(tmp_path), scenario)


def test_a_central_system_that_is_away_is_told_while_the_place_is_free(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await available(made)
        made.app.csms.set_network(False)
        await made.until(lambda: shown(made)[-1] == "offline")
        made.app.csms.set_network(True)
        await made.until(lambda: shown(made)[-1] == "available")

    play(*charger(tmp_path), scenario)


def test_a_panel_that_is_torn_off_is_found_again_and_no_charge_notices(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await charging(made)
        indicator.fail(AbsentError("torn off"))
        before = made.car.register.energy_wh
        await made.until(lambda: made.car.register.energy_wh > before + 200, 200.0)
        assert made.status() == "Charging"
        indicator.fail(None)
        indicator.close()
        await made.until(lambda: any(indicator.light))

    play(*charger(tmp_path), scenario)


def test_a_press_stops_the_charge_if_that_was_chosen(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await charging(made)
        indicator.press()
        await made.until(lambda: made.status() == "Finishing")
        await made.until(lambda: made.trace.of("button") != [])
        assert made.trace.of("button")[0]["result"] == "stopped"
        await made.until(lambda: "'stoppedReason': 'Local'" in str(made.trace.of("ocpp")))

    play(*charger(tmp_path, button="stop"), scenario)


def test_a_press_does_nothing_unless_it_was_chosen(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await charging(made)
        indicator.press()
        indicator.press(held_s=4.0)
        before = made.car.register.energy_wh
        await made.until(lambda: made.car.register.energy_wh > before + 50)
        assert made.trace.of("button") == []

    play(*charger(tmp_path), scenario)


def test_a_long_press_pauses_and_the_next_lets_it_go_on(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await charging(made)
        indicator.press(held_s=4.0)
        await made.until(lambda: made.status() == "SuspendedEVSE")
        assert made.seen()["limited_by"] == "button"
        await made.until(lambda: shown(made)[-1] == "charger_waits")
        indicator.press(held_s=4.0)
        await made.until(lambda: made.status() == "Charging", 120.0)

    play(*charger(tmp_path, button_long="pause"), scenario)


def test_a_pause_ends_with_its_session(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await charging(made)
        indicator.press()
        await made.until(lambda: made.status() == "SuspendedEVSE")
        made.unplug()
        await made.until(lambda: made.status() == "Available")
        await charging(made)

    play(*charger(tmp_path, button="pause"), scenario)


def test_a_reset_is_told_before_the_lamp_goes_out(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await available(made)
        app = made.app
        app.task.post(lambda now, now_s: app.station.on_reset("soft", now, now_s))
        await made.until(lambda: "restarting" in shown(made))
        await made.until(lambda: not indicator.is_open)
        await made.until(lambda: indicator.is_open and shown(made)[-1] == "available")

    play(*charger(tmp_path), scenario)


def test_the_same_seed_shows_the_same(tmp_path: Path) -> None:
    async def scenario(made: VirtualCharger, indicator: FakeIndicator) -> None:
        await charging(made)

    def events(folder: str) -> list[Any]:
        made, indicator = charger(tmp_path / folder)
        play(made, indicator, scenario)
        return [event for event in made.trace.events if event[1] == "indicator"]

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert events("a") == events("b")
