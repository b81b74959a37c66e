"""Whole parties of a site: they find a leader, share, survive, and are not fooled."""

import pytest

from ampkeeper.firmware.site import turns
from ampkeeper.firmware.site.circuits import PHASES
from ampkeeper.firmware.site.messages import TERM_MAX, Beat, Grant, Lease, Report
from ampkeeper.firmware.site.place import Measured, Send, Wish
from ampkeeper.firmware.site.seal import Seals

from .party_rig import FULL, KEY, Yard

SETTLED_S = 40


def test_a_site_finds_a_leader_and_shares_its_fuse() -> None:
    yard = Yard(5)
    yard.run(SETTLED_S)
    assert sorted(yard.states().values()) == ["following"] * 4 + ["leading"]
    assert [yard.limit_a(name) for name in yard.names] == [pytest.approx(12.6, abs=0.1)] * 5
    assert {party.followed for party in yard.parties.values()} == set(yard.leading())


def test_who_wants_nothing_leaves_it_to_the_others() -> None:
    yard = Yard(3)
    yard.wishes["AK1"] = Wish(PHASES, 0.0, 6.0)
    yard.run(SETTLED_S)
    assert yard.limit_a("AK2") == pytest.approx(31.5, abs=0.2)


def test_each_hears_only_what_it_has_to() -> None:
    """Per second: a beat to all, a report and a grant for each but the leader; at times a page."""
    yard = Yard(5)
    yard.run(SETTLED_S)
    yard.line.clear()
    yard.run(10)
    kinds = [topic.split("/")[0] for topic, _ in yard.line]
    assert (kinds.count("beat"), kinds.count("to")) == (10 + 2, 80)
    assert max(len(payload) for _, payload in yard.line) < 450


def test_a_leader_that_dies_is_followed_by_another_and_back_again_it_follows() -> None:
    yard = Yard(5)
    yard.run(SETTLED_S)
    (first,) = yard.leading()
    yard.away.add(first)
    yard.run(SETTLED_S)
    (second,) = [name for name in yard.leading() if name != first]
    yard.away.clear()
    yard.boot(first)
    yard.run(SETTLED_S)
    assert yard.leading() == [second]
    assert yard.states()[first] == "following"


def test_without_a_broker_all_are_alone_at_their_safe_share_and_then_share_again() -> None:
    yard = Yard(5)
    yard.run(SETTLED_S)
    yard.is_up = False
    for party in yard.parties.values():
        party.on_bus(False, yard.now_s)
    yard.run(30)
    assert set(yard.states().values()) == {"alone"}
    assert [yard.limit_a(name) for name in yard.names] == [6.0] * 5
    yard.is_up = True
    for party in yard.parties.values():
        party.on_bus(True, yard.now_s)
    yard.run(SETTLED_S)
    assert sorted(yard.states().values()) == ["following"] * 4 + ["leading"]
    assert {party.term for party in yard.parties.values()} == {party.term}


def test_a_broker_that_hangs_leaves_all_at_their_safe_share() -> None:
    yard = Yard(5)
    yard.run(SETTLED_S)
    yard.is_up = False  # nobody is told
    yard.run(60)
    assert [yard.limit_a(name) for name in yard.names] == [6.0] * 5
    assert "following" not in yard.states().values()


def test_half_of_all_messages_are_enough_for_no_overload() -> None:
    yard = Yard(5, loss=0.5)
    yard.run(300)


def test_a_load_besides_that_another_measures_is_made_room_for() -> None:
    yard = Yard(3, meter="AK3")
    yard.run(SETTLED_S)
    before_a = yard.limit_a("AK1")
    yard.feeder_a += 30.0  # the house may overload it for a moment; chargers alone may not
    yard.others_a = (20.0, 20.0, 20.0)
    yard.run(6)
    assert yard.limit_a("AK1") < before_a - 6.0
    assert sum(yard.limit_a(name) for name in yard.names) + 20.0 <= 63.0 + 1e-6


def test_a_meter_that_is_somebody_elses_is_not_heard() -> None:
    yard = Yard(3, meter="AK3")
    yard.run(SETTLED_S)
    (leader,) = yard.leading()
    other = next(name for name in yard.names if name not in (leader, "AK3"))
    shown = {"feeder": Measured((0.0, 0.0, 0.0), yard.now_s)}
    yard.carry(yard.parties[other].tick({}, shown, yard.now_s))
    assert yard.parties[leader].refused.counts["stranger"] == 1


def test_what_is_not_answered_is_asked_again_and_readings_are_told_again() -> None:
    yard = Yard(3, meter="AK3")
    yard.run(SETTLED_S)
    (leader,) = yard.leading()
    party, shown = yard.parties["AK3"], {"feeder": Measured((0.0, 0.0, 0.0), yard.now_s)}
    told = [party.tick({1: FULL}, shown, yard.now_s + later_s) for later_s in (0.0, 0.5, 1.0)]
    assert [len(sends) for sends in told] == [2, 2, 2]
    assert {send.topic for sends in told for send in sends} == {f"to/{leader}/AK3"}
    other = next(name for name in yard.names if name not in (leader, "AK3"))
    party = yard.parties[other]
    yard.tick(other)
    assert not party.is_due(yard.now_s + 0.5), "it was answered"
    yard.away.add(leader)
    yard.now_s += 1.0
    yard.tick(other)
    assert party.is_due(yard.now_s + 0.5)
    assert len(party.tick({1: FULL}, {}, yard.now_s + 0.5)) == 1


def test_forged_orders_change_nothing_and_are_counted() -> None:
    yard = Yard(3, safe_a=0.0)
    yard.run(SETTLED_S)
    before = {name: yard.limit_a(name) for name in yard.names}
    (leader,) = yard.leading()
    victim = next(name for name in yard.names if name != leader)
    lease = yard.parties[victim]._beat
    assert lease is not None
    forger = Seals((b"x" * 32,), "f", leader, "boot9", yard.names)
    for number in range(50):
        grant = Grant(lease.lease, victim, yard.parties[victim]._seals.boot, number, 80.0)
        payload = forger.seal(grant, yard.parties[victim]._seals.boot)
        assert yard.parties[victim].hear(f"to/{victim}/{leader}", payload, yard.now_s) == []
    assert yard.parties[victim].refused.counts["forged"] == 50
    assert {name: yard.limit_a(name) for name in yard.names} == before


def test_all_that_was_ever_said_said_again_changes_nothing() -> None:
    yard = Yard(5)
    yard.run(SETTLED_S)
    recorded = list(yard.line)
    assert yard.play(recorded) == 0
    yard.run(5)
    assert sorted(yard.states().values()) == ["following"] * 4 + ["leading"]
    assert all(party.refused.counts["replayed"] for party in yard.parties.values())


def test_copies_out_of_a_former_life_of_the_whole_site_overload_nothing() -> None:
    """All start anew with the same leases; who recorded the first life plays it into the second."""
    yard = Yard(5)
    yard.run(SETTLED_S)
    recorded = list(yard.line)
    for name in yard.names:
        yard.boot(name)
    step = len(recorded) // 120
    for number in range(120):
        yard.run(1)
        yard.play(recorded[number * step : (number + 1) * step])
        yard.look()
    assert all(party.refused.counts["not_for_us"] for party in yard.parties.values())


def test_who_speaks_for_another_is_not_followed() -> None:
    yard = Yard(3)
    yard.run(SETTLED_S)
    states = yard.states()
    liar = Seals((KEY,), "f", "AK3", "boot9", yard.names)
    payload = liar.seal(Beat(Lease(99, "AK1"), 1))
    yard.parties["AK2"].hear("beat/AK3", payload, yard.now_s)
    assert yard.parties["AK2"].refused.counts["stranger"] == 1
    assert yard.states() == states


def test_a_charger_with_two_places_shares_for_each() -> None:
    yard = Yard(3)
    yard.stations.update({"AK1": ((1, "AK1"), (2, "AK2")), "AK3": ((1, "AK3"),)})
    del yard.stations["AK2"]
    yard.names = ["AK1", "AK3"]
    yard.parties.clear()
    for name in yard.names:
        yard.boot(name)
    wish = Wish(PHASES, 32.0, 6.0)
    for _ in range(SETTLED_S):
        yard.carry(yard.parties["AK1"].tick({1: wish, 2: wish}, {}, yard.now_s))
        yard.carry(yard.parties["AK3"].tick({1: wish}, {}, yard.now_s))
        yard.now_s += 1
    two = [yard.parties["AK1"].limit_a(evse, set(PHASES), yard.now_s) for evse in (1, 2)]
    one = yard.parties["AK3"].limit_a(1, set(PHASES), yard.now_s)
    assert [*two, one] == [pytest.approx(21.0, abs=0.1)] * 3


def test_a_member_with_a_term_that_no_site_comes_to_locks_nobody_out() -> None:
    """Its beats and its reports are signed as they must be; AK2 boots while they are told."""
    yard = Yard(3)
    yard.run(SETTLED_S)
    (leader,) = yard.leading()
    broken = next(name for name in yard.names if name not in (leader, "AK2"))
    yard.away.add(broken)
    seals = Seals((KEY,), "f", broken, "boot9", yard.names)
    beat = Beat(Lease(TERM_MAX, broken), 1)
    for number in range(1, 2 * SETTLED_S):
        yard.carry([Send(f"beat/{broken}", seals.seal(beat))])
        report = Report(broken, "boot9", number, beat, 0, PHASES, 32.0, 6.0, (0.0,) * 3)
        to_boot = yard.parties[leader]._seals.boot
        yard.carry([Send(f"to/{leader}/{broken}", seals.seal(report, to_boot))])
        if number == SETTLED_S:
            yard.boot("AK2")
        yard.run(1)
    assert yard.leading() == [leader]
    assert yard.states()["AK2"] == "following"
    assert yard.parties[leader].refused.counts["absurd_term"] > SETTLED_S


def test_a_site_that_followed_a_term_that_was_made_up_is_led_again() -> None:
    """All begin while only the broken one is heard; then it falls silent."""
    yard = Yard(5, safe_a=0.0)
    yard.away.add("AK5")
    seals = Seals((KEY,), "f", "AK5", "boot9", yard.names)
    for number in range(20):
        beat = Beat(Lease(TERM_MAX, "AK5"), number)
        yard.carry([Send("beat/AK5", seals.seal(beat))])
        yard.run(1)
    assert set(yard.states().values()) == {"stale"}
    yard.run(2 * SETTLED_S)
    assert len(yard.leading()) == 1


def test_who_waits_keeps_its_turn_when_another_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 12 A there is room for two of four; each leader is gone before a turn is over."""
    monkeypatch.setattr(turns, "TURN_S", 90.0)
    yard = Yard(4, feeder_a=12.0, safe_a=0.0)
    had_current_s = dict.fromkeys(yard.names, 0)
    for _ in range(8):
        for _ in range(60):
            yard.run(1)
            for name in yard.names:
                had_current_s[name] += yard.limit_a(name) > 0.0
        for name in yard.leading():
            yard.parties[name].on_bus(False, yard.now_s)
            yard.parties[name].on_bus(True, yard.now_s)
    assert min(had_current_s.values()) >= 90


@pytest.mark.parametrize("name", ["AK1", "AK3"])
def test_one_whom_the_broker_lets_read_nothing_does_not_depose_who_leads(name: str) -> None:
    yard = Yard(5, deaf={name})
    yard.run(SETTLED_S)
    (leader,) = yard.leading()
    before = yard.parties[leader].term
    yard.run(3 * SETTLED_S)
    assert yard.leading() == [leader]
    assert yard.parties[leader].term == before
    assert yard.states()[name] == "stale"


def test_a_leader_that_goes_deaf_makes_way_for_good() -> None:
    yard = Yard(5)
    yard.run(SETTLED_S)
    (first,) = yard.leading()
    yard.deaf.add(first)
    yard.run(2 * SETTLED_S)
    (second,) = yard.leading()
    assert second != first
    yard.run(4 * SETTLED_S)
    assert yard.leading() == [second]
