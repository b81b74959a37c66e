"""Leader: it counts on what a member may still take, and on what its car still draws."""

import math

import pytest

from ampkeeper.firmware.site.circuits import Circuit, PerPhase, SiteRefused, Tree
from ampkeeper.firmware.site.leader import QUIET_S, Leader, Metered
from ampkeeper.firmware.site.mains import DOUBT_S
from ampkeeper.firmware.site.messages import (
    BELIEF_S,
    GRANT_S,
    SILENCE_S,
    SLACK,
    Beat,
    Lease,
    Report,
)
from ampkeeper.firmware.site.rising import FOLLOW_S
from ampkeeper.firmware.site.roster import Roster, Seat

ALL = (0, 1, 2)


class Table:
    """A leader, and reports of members put before it by hand; all hear all at once."""

    def __init__(
        self,
        *members: str,
        imbalance_a: float = math.inf,
        safe_a: float = 0.0,
        **more: dict[str, PerPhase],
    ) -> None:
        tree = Tree([Circuit("feeder", (32.0,) * 3, imbalance_a=imbalance_a)])
        roster = Roster(tree, [Seat(name, "feeder", ALL, safe_a) for name in members], **more)
        self.leader = Leader(roster, Lease(1, members[0]), 0.0)
        self.now_s = 0.0
        self.held = dict.fromkeys(members, 0)
        self.number = dict.fromkeys(members, 0)
        self.drawn_a = dict.fromkeys(members, 0.0)
        self.boot = dict.fromkeys(members, "1")
        self.phases: dict[str, tuple[int, ...]] = dict.fromkeys(members, ALL)
        self.wish_a = dict.fromkeys(members, 32.0)
        self.has_a = dict.fromkeys(members, 0.0)
        self.meter_a: float | None = None
        self.beat = self.leader.beat(0.0)

    def report(self, name: str, beat: Beat | None = None) -> Report:
        self.number[name] += 1
        return Report(
            name,
            self.boot[name],
            self.number[name],
            beat or self.beat,
            self.held[name],
            self.phases[name],
            self.wish_a[name],
            6.0,
            (self.drawn_a[name],) * 3,
        )

    def run(self, seconds: float, *silent: str) -> None:
        for _ in range(round(seconds)):
            self.now_s += 1.0
            if self.meter_a is not None:
                shown = Metered((self.meter_a,) * 3, self.now_s, round(self.now_s))
                self.leader.on_meter("feeder", shown, self.now_s)
            self.leader.tick(self.now_s)
            self.beat = self.leader.beat(self.now_s)
            for name in self.held:
                if name not in silent:
                    self.tell(self.report(name))

    def tell(self, report: Report) -> None:
        assert self.leader.on_report(report, self.now_s)
        grant = self.leader.grant(report.member, self.now_s)
        if grant is not None:
            self.held[report.member] = grant.number
            self.has_a[report.member] = grant.current_a


def test_nothing_is_granted_until_all_that_another_may_have_granted_is_over() -> None:
    table = Table("a", "b")
    table.run(QUIET_S - 1)
    assert table.held == {"a": 0, "b": 0}
    table.run(6)
    assert table.has_a == {"a": 16.0, "b": 16.0}
    before = dict(table.held)
    table.run(SILENCE_S + 2, "a", "b")  # another may lead them now
    table.run(QUIET_S - 1)
    assert table.held == before
    table.run(6)
    assert table.held["a"] > before["a"]
    assert table.held["b"] > before["b"]


def test_one_that_is_silent_may_make_phases_differ_by_its_safe_share() -> None:
    table = Table("a", "b", "c", imbalance_a=20.0, safe_a=6.0)
    table.phases["a"] = (0,)
    table.wish_a.update(b=0.0, c=0.0)
    table.run(QUIET_S + 3)
    assert table.has_a["a"] == 20.0
    table.run(20, "c")
    assert table.has_a["a"] == 14.0
    table.run(3)
    assert table.has_a["a"] == 20.0


def test_a_raise_waits_until_the_other_car_has_followed_not_only_its_charger() -> None:
    table = Table("a", "b")
    table.wish_a["b"] = 0.0
    table.run(QUIET_S + FOLLOW_S + 5)
    assert table.has_a == {"a": 32.0, "b": 0.0}
    table.drawn_a["a"], table.wish_a["b"] = 32.0, 32.0
    table.run(5)
    assert table.has_a == {"a": 16.0, "b": 0.0}
    table.drawn_a["a"] = 20.0
    table.run(3)
    assert table.has_a == {"a": 16.0, "b": 12.0}
    table.drawn_a["a"] = 16.0
    table.run(3)
    assert table.has_a == {"a": 16.0, "b": 16.0}


def test_a_raise_waits_for_a_car_that_did_not_even_begin_to_take_what_was_given_back() -> None:
    table = Table("a", "b")
    table.wish_a["b"] = 0.0
    table.run(QUIET_S + 3)
    assert table.has_a == {"a": 32.0, "b": 0.0}
    table.wish_a["b"] = 32.0
    table.run(FOLLOW_S)
    assert table.has_a == {"a": 16.0, "b": 0.0}, "its car may still rise to 32 A"
    table.run(4)
    assert table.has_a == {"a": 16.0, "b": 16.0}


def test_what_a_member_says_to_draw_beyond_its_grant_takes_nothing_from_the_others() -> None:
    table = Table("a", "b")
    table.run(QUIET_S + 5)
    table.drawn_a["a"] = 10_000.0
    table.run(5)
    assert table.has_a == {"a": 16.0, "b": 16.0}
    for absurd_a in (math.nan, -math.inf):
        table.drawn_a["a"] = absurd_a
        table.run(5)
        assert table.has_a == {"a": 16.0, "b": 16.0}


def test_what_one_had_that_falls_silent_is_kept_until_its_car_has_followed() -> None:
    table = Table("a", "b", "c")
    table.wish_a["c"] = 0.0
    table.run(QUIET_S + 5)
    assert table.has_a == {"a": 16.0, "b": 16.0, "c": 0.0}
    table.run(GRANT_S * SLACK + FOLLOW_S - 1, "b")
    assert table.has_a["a"] == 16.0
    table.run(3, "b")
    assert table.has_a["a"] == 32.0


def test_one_that_was_silent_for_some_seconds_is_not_stopped_when_it_is_heard_again() -> None:
    table = Table("a", "b", "c")
    table.wish_a["c"] = 0.0
    table.run(QUIET_S + 5)
    table.run(5, "b")
    for _ in range(5):
        table.run(1)
        assert table.has_a["b"] == 16.0


def test_a_late_report_of_a_boot_that_is_over_takes_no_grant_back() -> None:
    table = Table("a", "b", "c")
    table.wish_a["a"] = 0.0
    table.run(QUIET_S + 5)
    table.wish_a["c"] = 0.0
    late = table.report("c")
    table.boot["c"], table.number["c"], table.held["c"], table.wish_a["c"] = "2", 0, 0, 32.0
    table.run(2)
    assert table.has_a["c"] == 16.0
    assert table.leader.on_report(late, table.now_s)
    table.leader.tick(table.now_s)
    table.tell(table.report("b"))
    assert table.has_a["b"] == 16.0


def test_a_report_of_another_boot_counts_only_if_it_follows_now() -> None:
    table = Table("a", "b", "c")
    table.run(QUIET_S + 5)
    old_beat = table.beat
    had_a = table.has_a["c"]
    table.run(10)
    table.boot["c"] = "replayed"
    table.leader.on_report(table.report("c", old_beat), table.now_s)
    table.leader.tick(table.now_s)
    assert table.leader.target_a["c"] == pytest.approx(had_a, abs=0.11)


def test_what_flows_besides_is_the_meter_less_what_the_cars_measure() -> None:
    table = Table("a", "b")
    table.meter_a = 10.0
    table.run(QUIET_S + 5)
    assert table.has_a == {"a": 11.0, "b": 11.0}
    table.meter_a, table.drawn_a = 30.0, {"a": 10.0, "b": 10.0}
    table.run(5)
    assert table.has_a == {"a": 11.0, "b": 11.0}


def test_a_load_besides_that_no_car_can_explain_counts_at_once_and_stops_nobody() -> None:
    """Nor need the first to answer make room for what the other has not given back yet."""
    table = Table("a", "b")
    table.meter_a = 0.0
    table.run(QUIET_S + 5)
    table.meter_a = 32.0 + 12.0
    table.run(1)
    assert table.has_a == {"a": 10.0, "b": 10.0}


def test_who_has_more_than_the_fuse_carries_is_told_less_without_asking() -> None:
    table = Table("a", "b")
    table.meter_a = 0.0
    table.run(QUIET_S + 5)
    assert table.leader.lower(table.now_s) == []
    table.now_s += 0.5
    shown = Metered((44.0,) * 3, table.now_s, 1_000)
    table.leader.on_meter("feeder", shown, table.now_s)
    lowered = table.leader.lower(table.now_s)
    assert [(grant.number, grant.current_a) for grant in lowered] == [
        (table.number["a"], 10.0),
        (table.number["b"], 10.0),
    ]
    assert table.leader.lower(table.now_s) == lowered, "until a later report is answered"
    for name in ("a", "b"):
        table.tell(table.report(name))
    assert table.has_a == {"a": 10.0, "b": 10.0}


def test_no_grant_outlives_the_reading_that_it_stands_on() -> None:
    table = Table("a", "b")
    table.meter_a = 0.0
    table.run(QUIET_S + 5)
    taken_s, table.meter_a = table.now_s, None
    for _ in range(30):
        table.now_s += 0.1
        assert table.leader.on_report(table.report("a"), table.now_s)
        grant = table.leader.grant("a", table.now_s)
        assert grant is not None
        assert grant.good_s <= GRANT_S
        assert table.now_s + grant.good_s <= taken_s + BELIEF_S + 1e-9


def test_cars_that_begin_are_not_taken_for_a_load_besides() -> None:
    table = Table("a", "b")
    table.meter_a = 0.0
    table.run(QUIET_S + 5)
    table.meter_a = 32.0  # read before the chargers were
    table.run(1)
    table.drawn_a = {"a": 16.0, "b": 16.0}
    for _ in range(20):
        table.run(1)
        assert table.has_a == {"a": 16.0, "b": 16.0}


def test_a_meter_that_falls_silent_counts_as_the_whole_fuse_if_nobody_said_how_much() -> None:
    table = Table("a", "b")
    table.meter_a = 0.0
    table.run(QUIET_S + 5)
    table.meter_a = None
    table.run(3)
    assert table.has_a == {"a": 16.0, "b": 16.0}
    table.run(3)
    assert table.has_a == {"a": 0.0, "b": 0.0}


def test_a_meter_that_is_turned_round_is_not_believed_and_is_named() -> None:
    table = Table("a", "b", others_max_a={"feeder": (12.0,) * 3})
    table.meter_a = -4.0
    table.run(QUIET_S + 5)
    assert table.has_a == {"a": 10.0, "b": 10.0}
    assert table.leader.doubts == {
        "feeder": "meter of circuit 'feeder': -4.0 A on L1, where chargers take 0.0 A, and 0.0 A"
        " may be fed in"
    }
    table.meter_a = 0.0
    table.run(DOUBT_S - 5)
    assert table.has_a == {"a": 10.0, "b": 10.0}
    table.run(30)
    assert table.has_a == {"a": 16.0, "b": 16.0}
    assert table.leader.doubts == {}


def test_what_may_be_fed_in_is_no_reason_for_doubt_and_makes_no_room() -> None:
    table = Table("a", "b", fed_in_max_a={"feeder": (40.0,) * 3})
    table.meter_a = -40.0
    table.run(QUIET_S + 5)
    assert table.has_a == {"a": 16.0, "b": 16.0}
    assert table.leader.doubts == {}


def test_a_meter_that_cannot_be_is_refused_by_name() -> None:
    table = Table("a")
    with pytest.raises(SiteRefused, match="'garage': there is no such circuit"):
        table.leader.on_meter("garage", Metered((0.0, 0.0, 0.0), 1.0, 1), 1.0)
    with pytest.raises(SiteRefused, match=r"'feeder': .* are no currents"):
        table.leader.on_meter("feeder", Metered((0.0, math.nan, 0.0), 1.0, 1), 1.0)
    with pytest.raises(SiteRefused, match="'garage' is no circuit"):
        Table("a", others_max_a={"garage": (1.0, 1.0, 1.0)})
