"""A site in virtual time: it shares, and no fuse is overloaded, whatever becomes of the bus."""

import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.site.member import ALONE, FOLLOWING, LEADING, STALE
from tools.site.bus import Bus
from tools.site.cars import LAG_S_MAX, Car
from tools.site.station import Station
from tools.site.troubles import Trouble, Troubles
from tools.site.world import Site, roster_of

REACTION_S = 5.0

HOUSE_A = (20.0, 20.0, 20.0)
EXAMPLES = int(os.environ.get("AMPKEEPER_SITE_STORIES", "6"))


def test_a_site_finds_one_leader_and_shares_all_there_is() -> None:
    site = Site(roster_of(4), 1)
    site.run(40)
    assert sorted(site.states().values()) == [FOLLOWING] * 3 + [LEADING]
    assert site.delivered[-1] == pytest.approx(3 * 63.0, abs=3 * 0.4)
    assert site.offers.over_s == 0.0


def test_a_load_besides_is_made_room_for_in_five_seconds() -> None:
    site = Site(roster_of(4, others_max_a={"feeder": HOUSE_A}), 2)
    site.run(60)
    assert site.delivered[-1] == pytest.approx(3 * 63.0, abs=3 * 0.4)
    site.others_a = HOUSE_A
    site.run(30)
    assert 0.0 < site.offers.over_s <= REACTION_S
    assert site.delivered[-1] == pytest.approx(3 * 43.0, abs=3 * 0.4)


def test_without_a_meter_the_most_there_may_be_is_left_free() -> None:
    site = Site(roster_of(4, others_max_a={"feeder": HOUSE_A}), 3)
    site.run(60)
    site.is_metered = False
    site.run(30)
    assert site.delivered[-1] == pytest.approx(3 * 43.0, abs=3 * 0.4)
    assert site.offers.over_s == 0.0


def test_with_a_meter_that_was_never_heard_nobody_is_granted_the_houses_share() -> None:
    site = Site(roster_of(4, others_max_a={"feeder": HOUSE_A}), 3)
    site.is_metered = False
    site.others_a = HOUSE_A
    site.run(60)
    assert site.delivered[-1] == pytest.approx(3 * 43.0, abs=3 * 0.4)
    undeclared = Site(roster_of(4), 3)
    undeclared.is_metered = False
    undeclared.run(60)
    assert undeclared.delivered[-1] == 0.0
    safe = Site(roster_of(4, safe_a=6.0), 3)
    safe.is_metered = False
    safe.run(60)
    assert safe.delivered[-1] == pytest.approx(4 * 3 * 6.0)


@pytest.mark.parametrize("loss", [0.2, 0.35, 0.5])
@pytest.mark.parametrize("kind", [None, "meter", "partition", "leader", "broker", "vanish"])
def test_room_is_made_in_five_seconds_whatever_is_lost(loss: float, kind: str | None) -> None:
    """A load begins, and at the same moment the trouble; clocks run apart by 2 %."""
    roster = roster_of(4, safe_a=6.0, others_max_a={"feeder": HOUSE_A})
    site = Site(roster, round(loss * 100), Bus(loss), metered_by=1)
    site.run(60)
    now_s = site.now_s
    troubles = Troubles(site, [Trouble(kind, now_s, now_s + 30.0)] if kind else [])
    site.others_a = HOUSE_A
    site.run(30, troubles.step)
    assert site.offers.over_s <= REACTION_S, f"{site.offers.over_s:.1f} s"


def test_without_a_bus_each_goes_to_its_safe_share_and_no_further() -> None:
    site = Site(roster_of(5, safe_a=6.0), 4)
    site.run(60)
    for station in site.stations.values():
        station.connect(-1)
    site.run(60)
    assert set(site.states().values()) == {ALONE}
    assert site.delivered[-1] == pytest.approx(5 * 3 * 6.0)
    assert site.offers.over_s == 0.0


def test_a_leader_that_dies_is_followed_by_another() -> None:
    site = Site(roster_of(5), 5, metered_by=4)
    site.run(60)
    first = next(name for name, state in site.states().items() if state == LEADING)
    site.stations[first].is_on = False
    site.run(60)
    states = site.states()
    assert [name for name in states if name != first and states[name] == LEADING]
    assert site.delivered[-1] == pytest.approx(3 * 63.0, abs=3 * 0.4)
    assert site.offers.over_s == 0.0


def test_of_two_halves_only_the_greater_is_led() -> None:
    site = Site(roster_of(5, safe_a=6.0), 6)
    site.run(60)
    for number, station in enumerate(site.stations.values()):
        station.connect(number // 3)
    site.run(90)
    states = list(site.states().values())
    assert sorted(states[:3]) == [FOLLOWING, FOLLOWING, LEADING]
    assert set(states[3:]) <= {STALE, LEADING}
    lesser = list(site.stations.values())[3:]
    assert {station.offered_a for station in lesser} == {(6.0, 6.0, 6.0)}
    assert site.offers.over_s == 0.0
    for station in site.stations.values():
        station.connect(0)
    site.run(120)
    assert sorted(site.states().values()) == [FOLLOWING] * 4 + [LEADING]
    assert site.offers.over_s == 0.0


def test_a_dead_member_costs_the_others_only_its_safe_share() -> None:
    site = Site(roster_of(5, safe_a=6.0), 7)
    site.run(60)
    dead = next(s for s in site.stations.values() if s.state == FOLLOWING)
    dead.is_on = False
    site.run(60)
    assert site.delivered[-1] == pytest.approx(3 * (63.0 - 6.0), abs=3 * 0.4)


def cut_off(site: Site, group: int = -1) -> list[Station]:
    """Two of five who do not lead, out of the others' hearing."""
    lesser = [each for each in site.stations.values() if each.state != LEADING][:2]
    for station in lesser:
        station.connect(group)
    return lesser


def test_what_was_granted_to_who_is_cut_off_goes_to_the_others_once_it_is_over() -> None:
    site = Site(roster_of(5), 8)
    site.run(60)
    lesser = cut_off(site)
    site.run(1)
    assert all(sum(station.offered_a) > 0.0 for station in lesser)
    site.run(60)
    assert all(sum(station.offered_a) == 0.0 for station in lesser)
    assert site.delivered[-1] == pytest.approx(3 * 63.0, abs=3 * 0.4)
    assert site.offers.over_s == 0.0


@pytest.mark.parametrize("after_s", [0.0, 5.0, 60.0])
def test_a_car_that_comes_to_who_is_cut_off_finds_its_safe_share_free(after_s: float) -> None:
    site = Site(roster_of(5, safe_a=6.0), 9, metered_by=None)
    for name in ("m01", "m02", "m03", "m04"):
        site.stations[name].car = Car(max_a=0.0)
    site.run(60)
    lesser = cut_off(site)
    for station in site.stations.values():
        if station not in lesser:
            station.car = Car()
    site.run(after_s)
    for station in lesser:
        station.car = Car()
    site.run(60)
    assert {station.offered_a for station in lesser} == {(6.0, 6.0, 6.0)}
    assert site.delivered[-1] == pytest.approx(3 * 63.0, abs=3 * 0.4)
    assert site.offers.over_s == 0.0


def test_what_the_lesser_half_still_has_is_over_before_the_greater_grants_anything() -> None:
    site = Site(roster_of(5), 10, metered_by=None)
    site.run(60)
    first = next(name for name, state in site.states().items() if state == LEADING)
    site.stations[first].is_on = False
    site.run(30)
    site.stations[first].boot()  # and leads again as soon as it hears nobody lead
    site.run(30)
    others = [name for name, state in site.states().items() if state != LEADING and name != first]
    for name in (first, *others[1:]):
        site.stations[name].car = Car(max_a=0.0)
    site.run(30)
    for name in (first, *others[1:]):
        site.stations[name].connect(1)
        site.stations[name].car = Car()
    site.run(60)
    assert site.delivered[-1] == pytest.approx(3 * 63.0, abs=3 * 0.4)
    assert site.offers.over_s == 0.0


@settings(max_examples=EXAMPLES)
@given(
    st.integers(0, 2**32),
    st.integers(1, 7),
    st.sampled_from((0.0, 6.0)),
    st.sampled_from((0.0, 0.1, 0.3, 0.5)),
    st.sampled_from(((0.01, 0.1), (0.0, 2.0), (0.0, 8.0))),
)
@example(1, 4, 0.0, 0.0, (0.01, 0.1))  # a car begins late, with what was lowered meanwhile
def test_no_fuse_is_overloaded_whatever_happens(
    seed: int, members: int, safe_a: float, loss: float, delay_s: tuple[float, float]
) -> None:
    """Loss, delay, copies, partitions, deaths, returns, other cars; and clocks that run apart.

    Neither what is offered is too much, nor what flows, where cars follow up to 5 s late.
    """
    roster = roster_of(members, safe_a=safe_a)
    site = Site(roster, seed, Bus(loss, delay_s, 0.1), metered_by=None)  # and nothing besides
    stations = list(site.stations.values())
    for _ in range(25):
        station = site.chance.choice(stations)
        what = site.chance.randrange(6)
        if what == 0:
            station.is_on = False
        elif what == 1:
            station.boot()
        elif what == 2:
            for each in stations:
                each.connect(site.chance.randrange(-1, 2))
        elif what == 3:
            for each in stations:
                each.connect(0)
        else:
            phases = site.chance.choice(((0,), (1,), (2,), (0, 1, 2)))
            lag_s = site.chance.uniform(0.0, LAG_S_MAX)
            station.car = Car(phases, site.chance.choice((0.0, 16.0, 32.0)), lag_s=lag_s)
        site.run(site.chance.uniform(1, 40))
        for watch in (site.offers, site.flows):
            assert watch.over_s == 0.0, f"{watch.worst:.2f} of a fuse at {site.now_s:.1f} s"
