"""Row 8: the mains limit is exceeded, and fuses blow.

Here what cars take is measured, a load besides is seen by the meter, and whatever is not known
counts as the worst. A fuse's curve (IEC 60269-1, IEC 60898-1) is the judge.
"""

import pytest

from tools.site.bus import Bus
from tools.site.cars import LAG_S_MAX, Car
from tools.site.feeder import ROWS, worst_of
from tools.site.world import Site, roster_of

HOUSE_A = 25.0
REACTION_S = 5.0


def site_of(members: int = 5, seed: int = 1) -> Site:
    """All cars want 32 A on three phases; the house may take 25 A."""
    roster = roster_of(members, 80.0, 6.0, others_max_a={"feeder": (HOUSE_A,) * 3})
    site = Site(roster, seed, Bus())
    for station in site.stations.values():
        station.car = Car(station.seat.phases, 32.0, lag_s=LAG_S_MAX)
    return site


def judge(site: Site, seconds: float) -> None:
    """Let time pass; no fuse would have blown, and offers left room in time."""
    site.run(seconds)
    assert site.flows.breaches() == []
    assert site.offers.over_s <= REACTION_S


def test_an_oven_and_a_heat_pump_that_begin_at_full_load_blow_nothing() -> None:
    site = site_of()
    site.run(60)
    assert max(site.drawn_a["feeder", phase] for phase in range(3)) > 79.0
    site.others_a = (HOUSE_A, HOUSE_A, HOUSE_A)
    judge(site, 30)
    assert site.flows.over_s <= REACTION_S + LAG_S_MAX
    assert max(site.drawn_a["feeder", phase] for phase in range(3)) <= 80.0


def test_a_car_that_ignores_its_limit_blows_nothing() -> None:
    site = site_of()
    site.run(60)
    deaf = next(iter(site.stations.values()))
    deaf.car = Car(deaf.seat.phases, 32.0, obeys=False)
    judge(site, 120)
    assert deaf.car.is_stopped
    assert site.drawn_a["feeder", 0] == pytest.approx(80.0, abs=1.0)


def test_a_meter_that_falls_silent_counts_as_the_most_not_as_nothing() -> None:
    site = site_of()
    site.run(60)
    site.is_metered = False
    site.run(20)
    site.others_a = (HOUSE_A, HOUSE_A, HOUSE_A)
    judge(site, 60)
    assert site.flows.over_s == 0.0


def test_a_meter_wired_the_wrong_way_round_is_not_believed() -> None:
    """It shows less the more the cars take: who believes it gives more and more."""
    site = site_of()
    site.is_meter_turned = True
    site.others_a = (HOUSE_A, HOUSE_A, HOUSE_A)
    judge(site, 120)
    assert site.flows.over_s == 0.0
    leader = site.leader
    assert leader is not None
    assert leader.party.leader is not None
    assert "meter of circuit 'feeder'" in leader.party.leader.doubts["feeder"]


@pytest.mark.parametrize("name", ["50% of the messages lost", "the broker restarts"])
def test_a_busy_house_and_a_bad_bus_blow_nothing(name: str) -> None:
    row = next(row for row in ROWS if row.name == name)
    found = worst_of(row, (3,), minutes=4.0, chargers=4)
    assert found.is_good, found
