"""Row 10: one broken or absent unit blocks the others, and nothing starts without the internet.

Here more than half of a site is enough, any of them leads, and each charger starts alone.
"""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.site.member import FOLLOWING, LEADING
from tests.support.rig import VERSIONS
from tests.support.virtual import Charger
from tools.site.bus import CUT_OFF
from tools.site.cars import Car
from tools.site.world import Site, roster_of

SAFE_A = 6.0
LEAST_A = 8.0  # of four that go on, each can have more than its safe share


def settled(seed: int) -> Site:
    site = Site(roster_of(5, 63.0, SAFE_A), seed)
    site.run(60)
    return site


def rest_charges(site: Site, broken: str) -> bool:
    """Everybody but one has more than its safe share, and one of them leads."""
    rest = [station for name, station in site.stations.items() if name != broken]
    states = sorted(station.state for station in rest)
    is_led = states == [FOLLOWING] * 3 + [LEADING]
    return is_led and all(max(station.offered_a) >= LEAST_A for station in rest)


@pytest.mark.parametrize("place", range(5))
def test_whoever_dies_the_others_charge_on(place: int) -> None:
    """Also the one that leads, and the one that reads the mains meter."""
    site = settled(place)
    name = list(site.stations)[place]
    site.stations[name].die()
    site.run(60)
    if place == 0:  # the mains meter was its: only the safe shares are sure
        assert all(max(each.offered_a) >= SAFE_A for each in list(site.stations.values())[1:])
    else:
        assert rest_charges(site, name)
    assert site.offers.over_s == 0.0


def test_one_that_is_there_but_hears_nothing_stops_nobody() -> None:
    site = settled(6)
    site.stations["m03"].group = CUT_OFF  # and believes that it is still on the bus
    site.run(60)
    assert rest_charges(site, "m03")
    assert max(site.stations["m03"].offered_a) == SAFE_A


def test_one_that_asks_for_10_000_a_and_says_nonsense_has_its_safe_share_and_no_more() -> None:
    site = settled(7)
    loud = site.stations["m03"]
    loud.car = Car(loud.seat.phases, 10_000.0)
    for _ in range(60):
        site.run(1)
        for other in site.stations.values():
            other.hear("beat/m03", b'{"v": 1, "all": "mine"}')
    assert max(loud.offered_a) == SAFE_A
    assert rest_charges(site, "m03")
    assert site.offers.over_s == 0.0


def test_one_that_restarts_again_and_again_stops_nobody() -> None:
    site = settled(8)
    for _ in range(12):
        site.stations["m03"].boot()
        site.run(10)
        others = [station for name, station in site.stations.items() if name != "m03"]
        assert min(max(station.offered_a) for station in others) >= LEAST_A
    assert site.offers.over_s == 0.0


@pytest.mark.parametrize("version", VERSIONS)
def test_a_charger_starts_and_charges_without_the_internet(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await made.settle()
        async with made.running():
            made.app.csms.set_network(False)
            await asyncio.sleep(10)
            made.plug(soc_percent=20.0, max_a=16.0, phases=3, cable_a=20)
            made.swipe()
            await made.until(lambda: made.status() == "Charging", 60)
            await asyncio.sleep(20)
            made.unplug()
            await made.until(lambda: made.is_free, 60)
            made.app.csms.set_network(True)
            await made.settle()

    run_virtual(play())
    told = made.check()
    assert len(told) == 2
    made.check_bills(told)
