"""Row 9: sharing among a group of chargers, with groups in groups and units that differ.

Here a site is a tree of circuits: each fuse holds for all behind it, whatever each unit is.
"""

import pytest

from ampkeeper.firmware.site.circuits import Circuit, Tree
from ampkeeper.firmware.site.roster import Roster, Seat
from tools.site.bus import Bus
from tools.site.cars import Car
from tools.site.world import Site

ALL = (0, 1, 2)
TURNED = (1, 2, 0)


def nested(**priorities: int) -> Site:
    """A house with a garage behind it, and a carport behind that; one charger is on L2 alone."""
    tree = Tree(
        [
            Circuit("feeder", (50.0,) * 3),
            Circuit("garage", (32.0,) * 3, "feeder"),
            Circuit("carport", (20.0,) * 3, "garage"),
        ]
    )
    seats = [
        Seat("drive", "feeder", ALL, priority=priorities.get("drive", 0)),
        Seat("left", "garage", TURNED, priority=priorities.get("left", 0)),
        Seat("right", "carport", ALL, priority=priorities.get("right", 0)),
        Seat("old", "carport", (1,), priority=priorities.get("old", 0)),
    ]
    return Site(Roster(tree, seats), 4, Bus())


def offers(site: Site) -> dict[str, float]:
    """What each charger offers now, A per phase."""
    return {name: max(station.offered_a) for name, station in site.stations.items()}


def test_each_fuse_of_the_tree_holds_and_what_is_left_is_used() -> None:
    site = nested()
    site.run(60)
    assert site.offers.over_s == site.flows.over_s == 0.0
    shared = offers(site)
    assert shared["right"] + shared["old"] == pytest.approx(20.0, abs=0.2)  # the carport, on L2
    assert shared["left"] + shared["right"] + shared["old"] == pytest.approx(32.0, abs=0.3)
    assert shared["drive"] == pytest.approx(18.0, abs=0.3)  # what the feeder has left


def test_who_comes_first_is_filled_first_and_the_others_still_charge() -> None:
    site = nested(right=1)
    site.run(60)
    shared = offers(site)
    assert shared["right"] == pytest.approx(14.0, abs=0.2)
    assert shared["old"] == pytest.approx(6.0, abs=0.1)
    assert site.offers.over_s == 0.0


def test_units_that_charge_on_one_phase_and_want_little_take_nothing_from_the_others() -> None:
    site = nested()
    site.stations["left"].car = Car((2,), 8.0)
    site.stations["right"].car = Car(max_a=0.0)
    site.run(60)
    shared = offers(site)
    assert shared == pytest.approx({"drive": 30.0, "left": 8.0, "right": 0.0, "old": 20.0}, abs=0.3)


def test_a_group_goes_on_as_units_are_added_to_the_same_fuse_and_taken_away() -> None:
    site = nested()
    for gone in ("left", "right", "left", "right"):
        site.run(45)
        site.stations[gone].car = Car(max_a=0.0)
        site.run(45)
        site.stations[gone].car = Car(site.stations[gone].seat.phases)
    site.run(45)
    assert min(offers(site).values()) >= 6.0
    assert site.offers.over_s == site.flows.over_s == 0.0
