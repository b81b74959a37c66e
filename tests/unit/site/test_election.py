"""Election: one steps forward at a time, and later than any lease that somebody goes by."""

from ampkeeper.firmware.site.election import PATIENCE_S, RANK_S, RETREAT_S, Election
from ampkeeper.firmware.site.messages import SILENCE_S, SLACK, Beat, Lease
from tools.site.world import Site, roster_of


def test_members_step_forward_in_the_order_of_their_rank_after_a_silence() -> None:
    first, second = Election("a", 0, 0.0), Election("b", 1, 0.0)
    assert first.step_forward(SILENCE_S * SLACK - 0.1) is None
    assert first.step_forward(SILENCE_S * SLACK) == Lease(1, "a")
    assert second.step_forward(SILENCE_S * SLACK) is None
    assert second.step_forward(SILENCE_S * SLACK + RANK_S) == Lease(1, "b")


def test_a_beat_keeps_others_from_stepping_forward() -> None:
    election = Election("a", 0, 0.0)
    election.on_beat(Beat(Lease(3, "b"), 1), 4.0)
    assert election.step_forward(8.0) is None
    assert election.step_forward(8.3) == Lease(4, "a")


def test_a_lease_that_a_report_names_is_overtaken_at_once() -> None:
    election = Election("a", 0, 0.0)
    election.on_lease(Lease(900, "z"))
    assert election.step_forward(5.0) == Lease(901, "a")


def test_a_leader_that_nobody_follows_steps_back_and_stays_back() -> None:
    election = Election("a", 0, 0.0)
    assert not election.must_step_back(False, 1.0)
    assert not election.must_step_back(True, PATIENCE_S)
    assert not election.must_step_back(False, PATIENCE_S + 1.0)
    assert election.must_step_back(False, 2 * PATIENCE_S + 1.0)
    back_s = 2 * PATIENCE_S + 1.0 + RETREAT_S
    assert election.step_forward(back_s - 0.1) is None
    assert election.step_forward(back_s) == Lease(1, "a")


def test_one_who_remembers_a_late_lease_does_not_keep_a_site_that_begins_anew_from_a_leader() -> (
    None
):
    """All but one lost power; that one follows a lease of a term that the others never heard of."""
    site = Site(roster_of(3), 11)
    (member,) = site.stations["m02"].party.members.values()
    member.on_beat(Beat(Lease(900, "gone"), 1))
    site.run(45)
    assert sorted(site.states().values()) == ["following", "following", "leading"]
    assert member.beat is not None
    assert member.beat.lease.term == 901
