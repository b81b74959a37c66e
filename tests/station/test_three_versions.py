"""One story is told in every OCPP version, and nothing but the words differs."""

from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import ALL_VERSIONS, CARD
from tests.support.virtual import Charger


async def story(made: Charger) -> list[int]:
    """A session that the car pauses, and one over a power cut and a lost link.

    Returns what the meter counted after each.
    """
    marks: list[int] = []

    def sold_wh() -> int:
        return int(made.car.register.energy_wh)

    async with made.running():
        await made.charge()
        (link,) = made.csms.links.values()
        assert link.version == f"ocpp{made.version}"
        await made.until(lambda: sold_wh() >= 20)
        made.car.change_car({"ready": False})
        await made.until(lambda: made.status() == "SuspendedEV")
        made.car.change_car({"ready": True})
        await made.until(lambda: made.status() == "Charging")
        await made.until(lambda: sold_wh() >= 40)
        made.swipe(CARD)
        await made.settle()
        marks.append(sold_wh())
        await made.charge()
        await made.until(lambda: sold_wh() >= 60)
    async with made.running():
        await made.until(lambda: made.status() == "Charging")
        made.dialer.is_up = False
        made.app.csms.set_network(False)
        await made.until(lambda: sold_wh() >= 80)
        made.swipe(CARD)
        await made.until(lambda: made.status() == "Finishing")
        made.dialer.is_up = True
        made.app.csms.set_network(True)
        await made.settle()
        marks.append(sold_wh())
    return marks


def contactor(made: Charger) -> list[tuple[float, str]]:
    """Every move of the contactor, and when."""
    return [
        (at_s, fields["state"]) for at_s, kind, fields in made.trace.events if kind == "contactor"
    ]


def test_every_version_gives_the_same_contactor_trace_and_the_same_energy(tmp_path: Path) -> None:
    played: dict[str, Any] = {}
    for version in ALL_VERSIONS:
        made = Charger(tmp_path / version, version)
        marks = run_virtual(story(made))
        found = made.check()
        made.check_bills(found)
        told = [(each.energy_wh, each.reason, each.id_token) for each in found]
        played[version] = (contactor(made), marks, told)
    trace, _, _ = played["2.1"]
    assert [state for _, state in trace].count("closed") == 4
    assert all(each.offline() == {False, True} for each in found[1:])
    assert played["2.0.1"] == played["2.1"]
    assert played["1.6"] == played["2.1"]
