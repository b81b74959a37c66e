"""What binds and why, as every face shows it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.limits.ledger import Entry, Stale
from ampkeeper.firmware.safety.limit import BY_BOARD, BY_CABLE
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.view import why_view

from .charger import Charger


class Mains:
    """A source in a test: heard once, and then no more."""

    def __init__(self, heard_s: float) -> None:
        self._heard_s = heard_s

    def limits(self, evse: Evse, now: datetime, now_s: float) -> Iterator[Entry]:
        words = ("mains", 9.0, 3, "mains L2", now)
        numbers = {"phase_a": (12.0, 9.0, 16.0), "detail": "16 A of 25 A"}
        yield Entry(*words, heard_s=self._heard_s, stale=Stale(60.0, 6.0), **numbers)


def test_the_binding_one_is_first_with_its_reason_and_since_when():
    charger = Charger()
    charger.start()
    charger.station.limiting.sources.append(Mains(charger.now_s))
    charger.wait(10.0)
    (seen,) = why_view(charger.station, charger.now, charger.now_s)["evses"]
    first, *others = seen["entries"]
    assert (seen["limit_a"], seen["limited_by"]) == (9.0, "mains")
    assert seen["reason"] == first["reason"] == "mains L2: 16 A of 25 A"
    assert seen["since"] == first["since"] == stamp(charger.now - timedelta(seconds=9.5))
    assert [one["binds"] for one in (first, *others)] == [True] + [False] * len(others)
    assert {one["source"] for one in others} == {"board", "cable"}


def test_what_ring_1_and_the_station_both_say_is_one_line():
    charger = Charger()
    charger.start()
    for by, source in ((BY_CABLE, "cable"), (BY_BOARD, "board")):
        same_a = {"cable": 20.0, "board": 32.0}[source]
        charger.draw(limit_a=same_a, limited_by=by)
        (seen,) = why_view(charger.station, charger.now, charger.now_s)["evses"]
        assert [one["source"] for one in seen["entries"]] == ["cable", "board"]
        charger.draw(limit_a=13.0, limited_by=by)
        (seen,) = why_view(charger.station, charger.now, charger.now_s)["evses"]
        (first, *others) = seen["entries"]
        assert (first["source"], first["current_a"], first["binds"]) == (source, 13.0, True)
        assert "ring 1" in first["reason"]
        assert [one["source"] for one in others] == ["cable", "board"]


def test_what_it_falls_to_is_told_before_and_that_it_has_fallen_after():
    charger = Charger()
    charger.start()
    charger.station.limiting.sources.append(Mains(charger.now_s))
    charger.wait(10.0)
    (seen,) = why_view(charger.station, charger.now, charger.now_s)["evses"]
    mains = seen["entries"][0]
    assert mains["phase_a"] == [12.0, 9.0, 16.0]
    assert (mains["is_stale"], mains["falls_to_a"]) == (False, 6.0)
    assert mains["expires"] == stamp(charger.now + timedelta(seconds=50))
    charger.wait(60.0)
    (seen,) = why_view(charger.station, charger.now, charger.now_s)["evses"]
    mains = seen["entries"][0]
    assert (mains["current_a"], mains["phase_a"], mains["is_stale"]) == (6.0, None, True)
    assert (mains["expires"], mains["falls_to_a"]) == (None, None)
    assert "silent for 60 s, falls to 6 A" in mains["reason"]


def test_before_anything_is_known_that_is_what_is_said():
    charger = Charger()
    (seen,) = why_view(charger.station, charger.now, charger.now_s)["evses"]
    assert seen["entries"] == []
    assert (seen["limit_a"], seen["since"]) == (0.0, None)
