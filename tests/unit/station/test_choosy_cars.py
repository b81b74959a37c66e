"""A car that needs more than 6 A, as its profile says, gets that or a pause, whoever limits it."""

from dataclasses import replace

import pytest

from ampkeeper.firmware.energy.overload import FuseRules
from ampkeeper.firmware.energy.surplus import SunRules
from ampkeeper.firmware.vehicles import Garage

from .energy_rig import Home

QUICK = SunRules(
    start_delay_s=30.0, stop_delay_s=30.0, on_s_min=60.0, off_s_min=60.0, smoothing_s=5.0
)
NEEDS = "this car charges with 8 A or more"


class Choosy(Home):
    """Whoever comes here drives a car that charges badly below 8 A."""

    offers: set[float]

    def pass_time(self, seconds: float, step_s: float = 1.0) -> None:
        """Note all that is offered."""
        self.offers = set()
        for _ in range(int(seconds / step_s)):
            super().pass_time(step_s, step_s)
            self.offers.add(self.offered_a())
        assert all(amps == 0.0 or amps >= 8.0 for amps in self.offers), self.offers


def started(fuse: FuseRules | None = None, **rules: object) -> Choosy:
    home = Choosy(fuse, **rules)
    evse = home.station.evses[1]
    evse.rules = replace(evse.rules, garage=Garage("zoe_gen1"))
    home.start()
    return home


def test_the_sun_is_followed_from_its_least_on() -> None:
    home = started(mode="surplus", sun=QUICK)
    home.house_a = (-7.0, -7.0, -7.0)
    home.pass_time(300.0)
    assert home.offered_a() == 0.0
    assert home.words("surplus") == "waits for sun: 4.8 kW of 5.7 kW for 30 s"
    home.house_a = (-9.0, -9.0, -9.0)
    home.pass_time(120.0)
    assert home.offered_a() == pytest.approx(9.0, abs=0.6)


def test_the_least_of_min_and_surplus_is_the_cars() -> None:
    home = started(mode="min+surplus", sun=QUICK)
    home.pass_time(20.0)
    assert home.offered_a() == 8.0


def test_a_fuse_leaves_it_its_least_or_nothing_and_says_why() -> None:
    home = started(FuseRules(fuse_a=25.0, margin_a=0.0))
    home.house_a = (17.5, 5.0, 5.0)
    home.pass_time(120.0)
    assert home.offered_a() == 0.0
    assert home.words("mains") == f"mains fuse of 25 A: 7.5 A left on L1; {NEEDS}"
    home.house_a = (16.5, 5.0, 5.0)
    home.pass_time(120.0)
    assert home.offered_a() == 0.0, "an ampere more than its least, to begin again"
    home.house_a = (15.5, 5.0, 5.0)
    home.pass_time(120.0)
    assert home.offered_a() == pytest.approx(9.5)


def test_the_grid_operators_cap_pauses_it_and_says_why() -> None:
    home = started()
    home.do(home.station.limiting.grid.on_order, 4_200.0, "line")
    home.pass_time(10.0)
    assert home.offered_a() == 0.0
    assert home.words("grid").endswith(NEEDS)
