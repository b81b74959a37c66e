"""Streams at the station: opened, filled, sent, closed. OCPP 2.1 N11 to N15."""

from datetime import timedelta
from typing import Any

import pytest

from ampkeeper.firmware.device_model.monitor import PERIODIC, Happened
from ampkeeper.firmware.device_model.stream import Bundle, Closed, Opened, Rate
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.streams import STREAMS_MAX, Streams
from tests.unit.station.charger import START

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


class Central:
    """Hears what is said of streams, and answers each time ``answer``."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.answer: tuple[Any, bool] = (ACCEPTED, False)
        self.streams = Streams(self._tell)
        self.now_s = 0.0

    def stream(self, word: Any) -> None:
        self.said.append(word)

    def _tell(self, word: Any, heard: Any) -> None:
        word(self)
        heard(*self.answer)

    def turn(self, seconds: float = 1.0, is_online: bool = True) -> list[Any]:
        """Let time pass; return what was said then."""
        self.said.clear()
        self.now_s += seconds
        effects = Effects()
        self.streams.follow(is_online, self.now_s, effects)
        for act in effects.acts:
            act()
        return list(self.said)

    def see(self, text: str, monitor_id: int = 7) -> bool:
        at = START + timedelta(seconds=self.now_s)
        event = Happened(1, monitor_id, None, 5, "CustomMonitor", PERIODIC, text, at)
        return self.streams.take(event)


def texts(said: list[Any]) -> list[list[str]]:
    return [[text for _, text in word.values] for word in said if isinstance(word, Bundle)]


def test_a_stream_is_opened_then_filled_and_sent() -> None:
    """N11.FR.02, N15.FR.06."""
    central = Central()
    central.streams.open(7, Rate(10))
    assert not central.see("early"), "it is told as an event until the stream is open"
    assert central.turn() == [Opened(1, 7, Rate(10))]
    assert central.streams.all() == (Opened(1, 7, Rate(10)),)
    assert all(central.see(str(number)) for number in range(3))
    assert not central.see("x", monitor_id=8)
    assert central.turn(9.0) == []
    assert texts(central.turn(1.0)) == [["0", "1", "2"]]


@pytest.mark.parametrize("answer", [(REJECTED, False), (None, True)])
def test_a_stream_that_is_refused_or_not_known_there_is_none(answer: Any) -> None:
    """N11.FR.07."""
    central = Central()
    central.answer = answer
    central.streams.open(7, Rate(10))
    central.turn()
    assert not central.see("x")
    assert central.turn() == []
    assert central.streams.all() == ()


def test_a_stream_is_asked_for_again_after_a_lost_link() -> None:
    central = Central()
    central.answer = (None, False)
    central.streams.open(7, Rate(10))
    assert central.turn(is_online=False) == []
    assert len(central.turn()) == 1
    central.answer = (ACCEPTED, False)
    assert len(central.turn()) == 1
    assert central.see("x")


def test_values_wait_while_the_central_system_is_away() -> None:
    central = Central()
    central.streams.open(7, Rate(0, 2))
    central.turn()
    for number in range(5):
        central.see(str(number))
    assert central.turn(is_online=False) == []
    assert texts(central.turn()) == [["0", "1"], ["2", "3"]]


def test_a_stream_that_is_closed_sends_the_rest_and_says_so() -> None:
    """N13.FR.01, FR.03 to FR.05."""
    central = Central()
    central.streams.open(7, Rate(3600))
    central.turn()
    central.see("last")
    central.streams.close_others({8})
    assert not central.see("x")
    bundle, closed = central.turn()
    assert texts([bundle]) == [["last"]]
    assert closed == Closed(1)
    assert central.turn() == []


def test_one_closed_before_it_was_open_is_closed_then() -> None:
    central = Central()
    central.streams.open(7, Rate(10))
    effects = Effects()
    central.streams.follow(True, 1.0, effects)
    central.streams.close(7)
    for act in effects.acts:
        act()
    assert central.turn() == [Closed(1)]


def test_a_monitor_set_anew_has_a_new_stream() -> None:
    central = Central()
    central.streams.open(7, Rate(10))
    central.turn()
    central.streams.open(7, Rate(20))
    assert central.turn() == [Opened(2, 7, Rate(20)), Closed(1)]


def test_a_rate_is_adjusted_by_the_streams_number() -> None:
    """N14.FR.02, FR.03."""
    central = Central()
    central.streams.open(7, Rate(3600))
    assert not central.streams.adjust(1, Rate(5)), "it is not open yet"
    central.turn()
    assert central.streams.adjust(1, Rate(5))
    assert not central.streams.adjust(2, Rate(5))
    central.see("x")
    assert central.turn(4.0) == []
    assert texts(central.turn(1.0)) == [["x"]]


def test_there_is_room_for_so_many_and_for_one_that_is_there() -> None:
    central = Central()
    for number in range(STREAMS_MAX):
        assert central.streams.has_room(None)
        central.streams.open(number, Rate(10))
    assert not central.streams.has_room(None)
    assert not central.streams.has_room(99)
    assert central.streams.has_room(3)


def test_streams_outlive_a_restart_and_are_asked_for_anew() -> None:
    """N11: the settings of monitors are persistent; the numbers go on."""
    before = Central()
    before.streams.open(7, Rate(10))
    before.streams.open(8, Rate(0, 5))
    before.turn()
    before.see("lost with the power")
    after = Central()
    assert after.streams.load(before.streams.dump()) == []
    assert not after.see("x"), "it is told as an event until the stream is open"
    assert after.turn() == [Opened(1, 7, Rate(10)), Opened(2, 8, Rate(0, 5))]
    assert after.see("x")
    after.streams.open(9, Rate(10))
    assert after.turn() == [Opened(3, 9, Rate(10))]


def test_a_stream_that_was_refused_is_not_asked_for_after_a_restart() -> None:
    before = Central()
    before.answer = (REJECTED, False)
    before.streams.open(7, Rate(10))
    before.turn()
    after = Central()
    after.streams.load(before.streams.dump())
    assert after.turn() == []


@pytest.mark.parametrize("text", ["", "{", "[1]", "[[1, 2]]", '[["a", 1, 1, 1]]', "null"])
def test_streams_that_cannot_be_read_are_none(text: str) -> None:
    central = Central()
    assert len(central.streams.load(text)) == 1
    assert central.turn() == []
