"""Election: one steps forward at a time, and later than any lease that somebody goes by."""

from ampkeeper.firmware.site.election import (
    ECHOES,
    PATIENCE_S,
    RANK_S,
    RETREAT_S,
    Election,
)
from ampkeeper.firmware.site.messages import (
    SILENCE_S,
    SLACK,
    TERM_JUMP_MAX,
    TERM_MAX,
    Beat,
    Lease,
)
from tools.site.world import Site, roster_of


def hear_all(election: Election, now_s: float) -> None:
    for kind in ECHOES:
        election.on_echo(kind, now_s)


def lease_of(election: Election, now_s: float) -> Lease | None:
    """Of one who hears itself."""
    hear_all(election, now_s)
    return election.step_forward(now_s)


def test_who_does_not_hear_itself_does_not_step_forward() -> None:
    election = Election("a", 0, 0.0)
    assert not election.is_quiet(1.0)
    assert election.is_quiet(SILENCE_S)
    assert election.step_forward(60.0) is None
    hear_all(election, 60.0)
    assert election.step_forward(60.0 + SILENCE_S) is None
    assert election.step_forward(60.0 + SILENCE_S - 0.1) == Lease(1, "a")


def test_members_step_forward_in_the_order_of_their_rank_after_a_silence() -> None:
    first, second = Election("a", 0, 0.0), Election("b", 1, 0.0)
    assert lease_of(first, SILENCE_S * SLACK - 0.1) is None
    assert lease_of(first, SILENCE_S * SLACK) == Lease(1, "a")
    assert lease_of(second, SILENCE_S * SLACK) is None
    assert lease_of(second, SILENCE_S * SLACK + RANK_S) == Lease(1, "b")


def test_a_beat_keeps_others_from_stepping_forward() -> None:
    election = Election("a", 0, 0.0)
    election.on_beat(Beat(Lease(3, "b"), 1), 4.0)
    assert lease_of(election, 8.0) is None
    assert lease_of(election, 8.3) == Lease(4, "a")


def test_a_lease_that_a_report_names_is_overtaken_at_once() -> None:
    election = Election("a", 0, 0.0)
    election.on_lease(Lease(900, "z"))
    assert lease_of(election, 5.0) == Lease(901, "a")


def test_a_term_that_no_site_comes_to_keeps_nobody_from_stepping_forward() -> None:
    election = Election("a", 0, 0.0)
    assert election.on_beat(Beat(Lease(3, "b"), 1), 4.0)
    assert not election.on_beat(Beat(Lease(4 + TERM_JUMP_MAX, "c"), 1), 8.0)
    assert lease_of(election, 8.3) == Lease(4, "a")


def test_who_began_with_a_term_that_was_made_up_comes_back_with_the_others() -> None:
    election = Election("a", 0, 0.0)
    assert election.on_beat(Beat(Lease(TERM_MAX, "c"), 1), 1.0)
    assert election.on_beat(Beat(Lease(3, "b"), 1), 2.0)
    assert lease_of(election, 7.0) == Lease(4, "a")


def test_no_term_is_the_last_one() -> None:
    election = Election("a", 0, 0.0)
    assert election.on_beat(Beat(Lease(TERM_MAX, "c"), 1), 0.0)
    lease = lease_of(election, 5.0)
    assert lease == Lease(1, "a")
    assert lease.beats(Lease(TERM_MAX, "c"))
    assert not Lease(TERM_MAX, "c").beats(lease)


def test_a_leader_that_nobody_follows_steps_back_and_stays_back() -> None:
    election = Election("a", 0, 0.0)
    assert not election.must_step_back(False, False, 1.0)
    assert not election.must_step_back(True, True, PATIENCE_S)
    assert not election.must_step_back(False, False, PATIENCE_S + 1.0)
    assert election.must_step_back(False, False, 2 * PATIENCE_S + 1.0)
    back_s = 2 * PATIENCE_S + 1.0 + RETREAT_S
    assert lease_of(election, back_s - 0.1) is None
    assert lease_of(election, back_s) == Lease(1, "a")


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
