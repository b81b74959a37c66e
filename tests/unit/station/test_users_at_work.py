"""Users at the door: days, energy of the month, several cards, and a card that is learnt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import IdToken, StopReason, TransactionStarted
from ampkeeper.firmware.station.entry import Remote
from ampkeeper.firmware.station.users import LAPSED, LEARNT, REFUSED, Users
from ampkeeper.firmware.users.book import User

from .charger import START, Charger, ended

ANNA = User(1, "Anna", ("A1", "A2"))


def charger_of(*users: User) -> tuple[Charger, Users]:
    made = Charger()
    known = made.station.entrance.users
    known.load(users)
    return made, known


def refusals(made: Charger) -> list[str]:
    told = [notice for effects in made.effects for notice in effects.notices]
    return [str(fields["why"]) for kind, fields in told if kind == "tag_refused"]


def starts(made: Charger) -> int:
    return sum(isinstance(fact, TransactionStarted) for fact in made.facts)


def test_a_user_s_card_charges_and_nobody_is_asked() -> None:
    made, _ = charger_of(ANNA)
    made.start("a2")
    assert starts(made) == 1
    assert not any(effects.asks for effects in made.effects)


def test_another_card_of_the_same_user_stops_and_a_stranger_s_does_not() -> None:
    made, _ = charger_of(ANNA, User(2, "Bob", ("B1",)))
    made.start("A1")
    made.swipe("B1")
    assert made.statuses[-1] == "Charging"
    made.swipe("A2")
    assert made.statuses[-1] == "Finishing"


def test_outside_the_days_a_card_is_refused_with_the_day() -> None:
    later = replace(ANNA, valid_from=START + timedelta(days=9))
    made, _ = charger_of(later, User(2, "Bob", ("B1",), valid_until=START))
    made.start("A1")
    made.start("B1")
    assert starts(made) == 0
    assert refusals(made) == [
        "the user may charge from 2026-12-01 12:00 UTC on",
        "the user might charge until 2026-11-22 12:00 UTC",
    ]


def test_the_owner_s_no_outweighs_the_central_system_s_yes() -> None:
    made, _ = charger_of(replace(ANNA, valid_until=START))
    made.read()
    made.plug()
    made.do(made.station.on_remote_start, 1, IdToken("A1"), Remote(), False)
    made.do(made.station.on_verdict, IdToken("A1"), Known("Accepted"))
    assert starts(made) == 0
    assert len(refusals(made)) == 1


def test_a_session_stops_for_its_one_reason_when_the_month_is_used_up() -> None:
    made, users = charger_of(replace(ANNA, budget_wh=500))
    users.load_used([(1, START.replace(day=1), 200), (1, START - timedelta(days=30), 9_000)])
    made.start("A1")
    made.energy_wh += 299
    made.wait(3)
    assert made.statuses[-1] == "Charging"
    assert users.used_wh(users.book.named("Anna"), made.now) == 499
    made.energy_wh += 1
    made.wait(2)
    assert made.statuses[-1] == "Finishing"
    made.opened()
    made.wait(2)
    assert ended(made).reason == StopReason.ENERGY_LIMIT
    for effects in made.effects:
        users.follow(effects, made.now, made.now_s)
    made.unplug()
    made.start("A1")
    assert starts(made) == 1
    assert refusals(made) == ["the user's 0.5 kWh of this month are used up"]


def test_a_new_month_has_its_own_energy() -> None:
    _, users = charger_of(replace(ANNA, budget_wh=500))
    users.load_used([(1, START, 500)])
    anna = users.book.named("Anna")
    assert users.why_not(anna, START)
    assert users.why_not(anna, datetime(2026, 12, 1, tzinfo=UTC)) == ""


def test_a_tap_teaches_a_card_and_starts_nothing() -> None:
    made, users = charger_of(ANNA)
    made.read()
    made.plug()
    users.teach(ANNA, made.now_s + 30)
    made.swipe("new1")
    assert (users.lesson, users.lesson_says) == (LEARNT, "NEW1")
    assert starts(made) == 0
    assert not any(effects.asks for effects in made.effects)
    made.swipe("NEW1")
    made.offer()
    made.draw()
    assert starts(made) == 1


def test_nobody_learns_the_card_of_somebody_else_or_after_the_time() -> None:
    made, users = charger_of(ANNA, User(2, "Bob", ("B1",)))
    users.teach(ANNA, made.now_s + 30)
    made.swipe("B1")
    assert users.lesson == REFUSED
    assert "card B1: " in users.lesson_says
    assert "has it already" in users.lesson_says
    users.teach(ANNA, made.now_s + 2)
    made.wait(3)
    assert users.lesson == LAPSED
    made.swipe("NEW1")
    assert users.of(IdToken("NEW1")) is None
