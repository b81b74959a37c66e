"""The EV board's switches and interlock; plain asserts, for both interpreters."""

from ampkeeper.board.ev_rp2040 import wiring as w
from ampkeeper.board.ev_rp2040.ev import LINE_CHARACTERS_MAX, Ev

PIN = dict(w.RELAYS)
ALL = [pin for _, pin in w.RELAYS] + [pin for _, pin in w.CODINGS]


class Rig:
    """An ``Ev`` with relays that remember, and a loop that can be opened."""

    def __init__(self):
        self.levels = {}
        self.moves = []
        self.is_whole = True
        self.ev = Ev(self.drive, lambda: self.is_whole)
        self.moves = []

    def drive(self, pin, level):
        self.levels[pin] = level
        self.moves.append((pin, level))

    def say(self, *lines):
        return [self.ev.take(line, 5) for line in lines]

    def on(self):
        return sorted([pin for pin in self.levels if self.levels[pin]])


def test_every_relay_is_driven_off_before_anything_else():
    rig = Rig()
    assert sorted(rig.levels) == sorted(ALL)
    assert rig.on() == []


def test_nothing_is_switched_before_it_is_armed():
    rig = Rig()
    assert rig.say("set mains 1", "set plug 1", "pp 32") == ["no: not armed"] * 3
    assert rig.on() == []
    assert rig.say("arm", "set plug 1", "pp 32") == ["ok 5", "ok 5", "ok 5"]
    assert rig.on() == [PIN["plug"], dict(w.CODINGS)[32]]


def test_without_a_whole_loop_nothing_is_armed_and_never_again():
    rig = Rig()
    rig.is_whole = False
    assert rig.say("arm")[0].startswith("no E-stop loop")
    rig.is_whole = True
    assert rig.say("arm", "set plug 1") == [
        "no E-stop loop: pressed, cut or not wired; close it and restart the board",
        "no: not armed",
    ]
    assert rig.ev.notes == ["estop 5"]


def test_a_loop_that_opens_lets_everything_go_mains_first():
    rig = Rig()
    rig.say("arm", "set mains 1", "set plug 1", "set s2 1", "pp 13")
    rig.moves = []
    rig.is_whole = False
    rig.ev.tick(1, 77)
    assert rig.on() == []
    assert rig.moves[0] == (PIN["mains"], 0)
    assert rig.ev.notes == ["estop 77"]
    rig.ev.tick(1, 78)
    assert rig.ev.notes == ["estop 77"], "told once"


def test_a_loop_that_opens_between_two_ticks_is_seen_by_the_next_switch():
    rig = Rig()
    rig.say("arm", "set mains 1")
    rig.is_whole = False
    assert rig.say("set s2 1") == ["no: not armed"]
    assert rig.on() == []


def test_a_host_that_says_nothing_for_two_seconds_is_gone():
    rig = Rig()
    rig.say("arm", "set mains 1", "set plug 1")
    rig.ev.tick(1_999, 8)
    rig.say("ping")
    rig.ev.tick(1_999, 9)
    assert rig.ev.is_armed
    rig.ev.tick(1, 10)
    assert rig.on() == []
    assert rig.ev.notes == ["silent 10"]
    assert rig.say("set plug 1", "arm", "set plug 1") == ["no: not armed", "ok 5", "ok 5"]


def test_two_coding_resistors_are_never_on_at_once():
    rig = Rig()
    rig.say("arm")
    for current_a, pin in w.CODINGS:
        assert rig.say("pp " + str(current_a)) == ["ok 5"]
        assert rig.on() == [pin]
    assert rig.say("pp 0") == ["ok 5"]
    assert rig.on() == []


def test_off_lets_go_and_disarms():
    rig = Rig()
    rig.say("arm", "set mains 1", "pp 20")
    assert rig.say("off", "set mains 1") == ["ok 5", "no: not armed"]
    assert rig.on() == []


def test_what_is_not_a_line_is_refused_and_moves_nothing():
    rig = Rig()
    rig.say("arm")
    rig.moves = []
    for line in (
        "", "set", "set s2", "set s2 2", "set s3 1", "set coil 1", "pp", "pp 80", "pp -1", "pp x",
        "arm now", "set s2 1 1", "\x00", "x" * (LINE_CHARACTERS_MAX + 1),
    ):  # fmt: skip
        (answer,) = rig.say(line)
        assert answer.startswith("no "), line
    assert rig.moves == []


def test_it_says_who_it_is():
    assert Rig().say("hello") == ["ok 5 ampkeeper-ev 1"]
