"""The allocator against the most that any sharing could reach."""

import statistics

import pytest

pytest.importorskip("scipy", reason="no wheel for 32-bit ARM")

from ampkeeper.firmware.site.allocator import Claim
from ampkeeper.firmware.site.circuits import Circuit, Tree
from tools.site.optimum import MEDIAN_MIN, Site, compare, ratios

SITES = 25


def test_random_sites_use_nearly_all_that_they_could() -> None:
    compared = ratios(SITES, 20261123)
    found = [each.of_best for each in compared]
    assert statistics.median(found) >= MEDIAN_MIN
    assert all(0.0 < each <= 1.0 + 1e-6 for each in found)


def test_the_optimum_is_right_where_one_can_reckon_it_by_hand() -> None:
    tree = Tree([Circuit("feeder", (32.0,) * 3)])
    alone = Site(tree, (Claim("a", "feeder", (0, 1, 2), 16.0),))
    assert compare(alone).best_a == pytest.approx(48.0)
    assert compare(alone).of_best == pytest.approx(1.0)
    narrow = Site(Tree([Circuit("feeder", (8.0,) * 3)]), tuple(
        Claim(name, "feeder", (0,), 16.0, min_a=7.0) for name in "ab"
    ))  # fmt: skip
    assert compare(narrow).best_a == pytest.approx(8.0)  # both at 4 A would be nothing


def test_what_fairness_costs_is_seen() -> None:
    """A car on three phases is worth three on one: an unfair optimum stops the one on L1."""
    claims = (Claim("a", "feeder", (0,), 32.0), Claim("b", "feeder", (0, 1, 2), 32.0))
    found = compare(Site(Tree([Circuit("feeder", (32.0,) * 3)]), claims))
    assert (found.shared_a, found.best_a) == pytest.approx((64.0, 96.0))


def test_the_same_seed_draws_the_same_sites() -> None:
    assert ratios(2, 5) == ratios(2, 5)
