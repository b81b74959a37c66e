"""Homes: what may be said to whom, and whose number it is."""

from ampkeeper.firmware.station.homes import KEPT_MAX, Homes


def homes(here: str = "a", known: tuple[str, ...] = ("a", "b")) -> Homes:
    made = Homes()
    made.here, made.known = here, frozenset(known)
    made.load({"t-a": "a", "t-b": "b"})
    return made


def test_what_is_nobodys_may_be_said_anywhere() -> None:
    assert homes().belongs_here("t-new")
    assert homes().belongs_here(None)


def test_what_belongs_to_another_may_not() -> None:
    assert homes().belongs_here("t-a")
    assert not homes().belongs_here("t-b")
    assert not homes().knows_number("t-b")


def test_who_is_not_configured_any_more_owns_nothing_but_its_numbers() -> None:
    made = homes(known=("a",))
    assert made.belongs_here("t-b")
    assert not made.knows_number("t-b")
    assert made.must_claim("t-b")


def test_a_begin_is_claimed_once() -> None:
    made = homes()
    assert made.must_claim("t-new")
    made.claim("t-new")
    assert not made.must_claim("t-new")
    assert made.home("t-new") == "a"


def test_with_one_central_system_of_no_name_nothing_is_claimed() -> None:
    made = Homes()
    assert not made.must_claim("t-new")
    assert made.belongs_here("t-new")
    assert made.knows_number("t-new")


def test_homes_that_nobody_needs_are_forgotten_when_there_are_many() -> None:
    made = homes()
    made.forget(["t-a"])
    assert made.home("t-b") == "b"
    made.load({f"t-{number}": "a" for number in range(KEPT_MAX + 1)})
    made.forget(["t-1", "t-none"])
    assert [made.home("t-1"), made.home("t-2")] == ["a", ""]
