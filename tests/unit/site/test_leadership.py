"""Who may lead a site: who hears itself, whose grants arrive, and who gives what there is."""

import pytest

from ampkeeper.firmware.site.election import UNHEEDED_S
from ampkeeper.firmware.site.grievance import RANKS_MAX, WITHOUT_S
from ampkeeper.firmware.site.leader import HEEDED_S

from .party_rig import Yard

SETTLED_S = 40
RULES = [(right, kind) for right in ("read", "write") for kind in ("beat", "to")]

UNHEARD = ("read", "beat")  # who leads misses nothing by it: reports tell whom others follow


@pytest.mark.parametrize(("right", "kind"), RULES)
def test_one_that_the_broker_lets_read_or_write_only_some_never_leads(
    right: str, kind: str
) -> None:
    """AK1 would be the first to step forward."""
    yard = Yard(5, barred={("AK1", right, kind)})
    yard.run(SETTLED_S)
    (leader,) = yard.leading()
    term = yard.parties[leader].term
    assert leader != "AK1"
    yard.run(4 * SETTLED_S)
    assert (yard.leading(), yard.parties[leader].term) == ([leader], term)
    assert all(yard.limit_a(name) > 6.0 for name in yard.names if name != "AK1")


@pytest.mark.parametrize(("right", "kind"), [rule for rule in RULES if rule != UNHEARD])
def test_a_leader_that_may_no_longer_read_or_write_makes_way_for_good(
    right: str, kind: str
) -> None:
    yard = Yard(5)
    yard.run(SETTLED_S)
    (first,) = yard.leading()
    yard.barred.add((first, right, kind))
    yard.run(round(HEEDED_S + UNHEEDED_S) + SETTLED_S)
    (second,) = yard.leading()
    assert second != first
    yard.run(4 * SETTLED_S)
    assert yard.leading() == [second]
    assert all(yard.limit_a(name) > 6.0 for name in yard.names if name != first)


def test_a_leader_that_gives_nobody_anything_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    yard = Yard(5)
    yard.run(SETTLED_S)
    (first,) = yard.leading()
    broken = yard.parties[first].leader
    assert broken is not None

    def share_nothing(*_: object) -> None:
        broken.target_a = dict.fromkeys(yard.names, 0.0)

    monkeypatch.setattr(broken, "_share", share_nothing)
    yard.run(SETTLED_S)
    assert [yard.limit_a(name) for name in yard.names] == [0.0] * 5
    yard.run(round(WITHOUT_S) + 2 * RANKS_MAX + SETTLED_S)
    (second,) = yard.leading()
    assert second != first
    assert [yard.limit_a(name) for name in yard.names] == [pytest.approx(12.6, abs=0.1)] * 5


def test_a_leader_that_has_a_reason_to_give_nothing_leads_on() -> None:
    """What flows besides leaves less than a car needs; then a fuse that never has as much."""
    yard = Yard(3, meter="AK3", safe_a=0.0)
    yard.run(SETTLED_S)
    yard.feeder_a += 100.0  # the house may overload it; chargers may not
    yard.others_a = (60.0, 60.0, 60.0)
    assert _leads_on(yard)
    assert _leads_on(Yard(3, feeder_a=5.0, safe_a=0.0))


def test_a_leader_gives_reasons_enough_where_one_alone_has_current() -> None:
    assert _leads_on(Yard(4, feeder_a=7.0, safe_a=0.0))


def _leads_on(yard: Yard) -> bool:
    yard.run(SETTLED_S)
    (leader,) = yard.leading()
    term = yard.parties[leader].term
    yard.run(400)
    return yard.leading() == [leader] and yard.parties[leader].term == term
