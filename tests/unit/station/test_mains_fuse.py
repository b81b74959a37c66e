"""The fuse at the mains at work on a station (what users ask, rows 7 and 8)."""

import pytest

from ampkeeper.firmware.energy.mains import Flow
from ampkeeper.firmware.energy.overload import FuseRules
from ampkeeper.firmware.limits.ledger import Entry, Stale
from ampkeeper.firmware.station.sharing import part_of

from .energy_rig import Home

FUSE = FuseRules(fuse_a=25.0, margin_a=0.0)


def charging(fuse: FuseRules = FUSE, house_a: float = 5.0) -> Home:
    home = Home(fuse)
    home.house_a = (house_a, house_a, house_a)
    home.start()
    home.pass_time(120.0)
    return home


def mains(home: Home, evse_id: int = 1) -> Entry:
    found = home.entry("mains", evse_id)
    assert found is not None
    return found


def test_row_8_a_house_that_draws_more_gets_its_room_within_five_seconds() -> None:
    home = charging()
    assert home.offered_a() == pytest.approx(20.0), "the cable binds, the fuse just fits"
    home.house_a = (5.0, 16.0, 5.0)
    home.pass_time(5.0)
    assert home.offered_a() == pytest.approx(9.0)
    entry = mains(home)
    assert (entry.reason, entry.detail) == ("mains fuse of 25 A", "9.0 A left on L2")
    assert entry.phase_a == pytest.approx((20.0, 9.0, 20.0))


def test_row_8_where_less_than_six_amperes_are_left_charging_stops_and_comes_back_later() -> None:
    home = charging()
    home.house_a = (22.0, 5.0, 5.0)
    home.pass_time(5.0)
    assert home.offered_a() == 0.0
    home.house_a = (5.0, 5.0, 5.0)
    home.pass_time(60.0)
    assert home.offered_a() == 0.0, "a kettle does not switch the contactor"
    home.pass_time(60.0)
    assert home.offered_a() >= 6.0


@pytest.mark.parametrize("stale_a", [0.0, 6.0, 10.0])
def test_row_7_a_silent_feed_holds_and_then_falls_to_what_was_chosen(stale_a: float) -> None:
    home = charging(FuseRules(25.0, 0.0, hold_s=15.0, stale_a=stale_a))
    assert mains(home).stale == Stale(15.0, stale_a), "what a silence brings is told before"
    home.house_a = None
    home.pass_time(14.0)
    assert home.offered_a() == pytest.approx(20.0)
    home.pass_time(3.0)
    assert home.offered_a() == stale_a
    assert mains(home).reason == "the mains meter is silent"
    assert mains(home).is_stale


def test_row_7_a_feed_that_comes_back_is_followed_again_slowly() -> None:
    home = charging()
    home.house_a = None
    home.pass_time(30.0)
    home.house_a = (5.0, 5.0, 5.0)
    home.pass_time(30.0)
    assert home.offered_a() == 0.0
    home.pass_time(120.0)
    assert home.offered_a() == pytest.approx(20.0)


def test_a_meter_with_its_sign_swapped_is_refused_and_said_so() -> None:
    home = Home(FUSE)
    home.sign = -1.0
    home.start()
    home.pass_time(60.0)
    for _ in range(6):
        home.car_a = 0.0 if home.car_a else 32.0
        home.pass_time(20.0)
    assert "the other way round" in mains(home).reason
    assert home.offered_a() == 0.0
    told = [one for effects in home.effects for one in effects.notices if one[0] == "mains_wrong"]
    assert len(told) == 1
    assert home.guard.surplus_w(home.now_s) is None


def test_two_cars_share_what_is_left_and_never_exceed_it() -> None:
    home = Home(FUSE, count=2)
    home.house_a = (5.0, 5.0, 5.0)
    home.arrive(1)
    home.pass_time(60.0)
    assert mains(home, 2).current_a == pytest.approx(10.0), "if it were one more"
    home.arrive(2)
    home.pass_time(60.0)
    shares = [mains(home, evse_id).current_a for evse_id in (1, 2)]
    assert sum(shares) <= 20.0 + 1e-6
    assert part_of(home.evse, home.station.evses.values(), 20.0) == pytest.approx(shares[0])


def test_a_meter_that_tells_a_total_only_protects_no_fuse_and_that_is_said() -> None:
    home = charging()
    home.house_a = None
    for _ in range(3):
        home.do(home.guard.on_flow, Flow(home.now_s, total_w=500.0))
        home.pass_time(1.0)
    assert home.offered_a() == 0.0
    assert mains(home).reason == "the mains meter tells no current of each phase"


def test_without_a_fuse_nothing_is_limited() -> None:
    home = Home()
    home.start()
    home.pass_time(10.0)
    assert home.entry("mains") is None
