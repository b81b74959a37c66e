"""The whole EV board, its ``main.py`` and the rig's half of the line, against a charger."""

import importlib
import sys
import tomllib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ampkeeper.board.ev_rp2040 import wiring as w
from tests.tidy.sources import ROOT
from tests.unit.ev_rp2040.fake_ev_chip import Chip, Reset, forget_board
from tools.hil import bench as b
from tools.hil.bench import HilError, InterlockError
from tools.hil.cases import CASES
from tools.hil.ev_board import EvBoardBench
from tools.hil.record import COIL, DUTY
from tools.hil.run import FAILED, PASSED, STOPPED, run
from tools.hil.twin import StationTwin

QUICK = ("unplugged", "thin-cable")


class Wire:
    """USB between host and board; the host's clock is not the board's."""

    def __init__(self, chip: Chip, main: Any) -> None:
        self.chip = chip
        self.main = main
        self.board = main.Board()
        self.is_board_alive = True
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.chip.heard.extend(data)

    def read(self, size: int) -> bytes:
        data, self.chip.said = self.chip.said[:size], self.chip.said[size:]
        return data.encode()

    def close(self) -> None:
        self.is_closed = True

    def clock(self) -> float:
        return 1_000.0 + self.chip.now_us / 1e6

    def sleep(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds * 1_000))):
            self.chip.pass_ms(1)
            if self.is_board_alive:
                self.board.turn()

    def bench(self) -> EvBoardBench:
        return EvBoardBench(self, self.clock, self.sleep)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    yield plugged(Chip(StationTwin()), monkeypatch)
    forget_board()


def plugged(chip: Chip, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """A board that has just started, at a host."""
    for name, module in chip.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    forget_board()
    main: Any = importlib.import_module("ampkeeper.board.ev_rp2040.main")
    catcher: Any = importlib.import_module("ampkeeper.board.ev_rp2040.catcher")
    take = catcher.Catcher.take

    def reading(self: Any) -> int:
        chip.reading = self._number
        return int(take(self))

    monkeypatch.setattr(catcher.Catcher, "take", reading)
    monkeypatch.setattr(main, "clock", chip)
    monkeypatch.setattr(main, "print", chip.print, raising=False)
    monkeypatch.setattr(main, "select", SimpleNamespace(poll=lambda: poll_of(chip), POLLIN=1))
    monkeypatch.setattr(main, "sys", SimpleNamespace(stdin=SimpleNamespace(buffer=chip)))
    return Wire(chip, main)


def poll_of(chip: Chip) -> Any:
    return SimpleNamespace(register=lambda stream, events: None, poll=chip.poll)


def test_the_cases_pass_by_the_boards_own_stamps(wire: Wire) -> None:
    outcomes = run(wire.bench(), [case for case in CASES if case.name in QUICK])
    assert {each.case.name: (each.verdict, each.why) for each in outcomes} == (
        dict.fromkeys(QUICK, (PASSED, ""))
    )
    assert not any(wire.chip.is_on(name) for name, _ in w.RELAYS)


def test_a_charger_that_is_quick_to_close_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = plugged(Chip(StationTwin(ready_ms=300)), monkeypatch)
    (outcome,) = run(wire.bench(), [case for case in CASES if case.name == "s2-closed"])
    forget_board()
    assert outcome.verdict == FAILED
    assert outcome.checks[0].measured == pytest.approx(310, abs=10)


def test_a_duty_is_measured_to_the_permille_and_the_coil_to_the_microsecond(wire: Wire) -> None:
    bench = wire.bench()
    bench.energise()
    bench.switch(b.PLUG, True)
    bench.wait(11_000)
    assert bench.record.last(DUTY) == 267
    at_us = bench.switch(b.S2, True)
    bench.wait(1_000)
    (closed_us,) = (at for at, level in bench.record.after(COIL, at_us) if level)
    assert 500_000 <= closed_us - at_us <= 530_000


def test_an_open_loop_lets_nothing_be_energised(wire: Wire) -> None:
    wire.chip.pin(w.ESTOP).move(0)
    wire.sleep(0.01)
    wire.chip.pin(w.ESTOP).move(1)
    outcomes = run(wire.bench(), CASES[:2])
    assert [each.verdict for each in outcomes] == [STOPPED, STOPPED]
    assert "close it and restart the board" in outcomes[0].why
    assert wire.chip.moves == []


def test_a_loop_that_opens_lets_every_relay_go_before_the_host_knows(wire: Wire) -> None:
    bench = wire.bench()
    bench.energise()
    bench.switch(b.PLUG, True)
    wire.chip.pin(w.ESTOP).move(0)
    assert not any(wire.chip.is_on(name) for name, _ in w.RELAYS), "in the interrupt itself"
    off = [name for name, level in wire.chip.moves if not level]
    assert off[0] == w.MAINS
    with pytest.raises(InterlockError, match="restart the board"):
        bench.wait(100)
    wire.chip.pin(w.ESTOP).move(1)
    with pytest.raises(InterlockError):
        bench.energise()


def test_a_host_that_dies_leaves_nothing_on(wire: Wire) -> None:
    bench = wire.bench()
    bench.energise()
    bench.switch(b.PLUG, True)
    wire.sleep(2.1)
    assert not any(wire.chip.is_on(name) for name, _ in w.RELAYS)
    with pytest.raises(HilError, match="heard nothing from here for 2 s"):
        bench.wait(100)


def test_a_board_that_hangs_is_restarted_by_its_watchdog(wire: Wire) -> None:
    bench = wire.bench()
    bench.energise()
    wire.is_board_alive = False
    with pytest.raises(Reset):
        bench.wait(3_000)


def test_a_board_that_is_not_there_is_said(wire: Wire) -> None:
    wire.is_board_alive = False
    with pytest.raises(HilError, match="no answer to 'hello' within 1 s"):
        wire.bench()


def test_edges_that_come_too_fast_end_the_run_and_are_never_taken_for_a_duty(wire: Wire) -> None:
    bench = wire.bench()
    bench.energise()
    wire.chip.pass_ms(1)
    for _ in range(300):
        wire.chip.pin(w.PILOT).move(1)
        wire.chip.pin(w.PILOT).move(0)
    with pytest.raises(HilError, match="faster than the EV board could tell"):
        bench.wait(100)
    assert not wire.chip.is_on(w.MAINS)


def test_nonsense_on_the_line_is_no_answer_and_no_event(wire: Wire) -> None:
    bench = wire.bench()
    wire.chip.said += "coil x 1\nduty 1\n\xff\nhello\n\n" + "z" * 5_000 + "\n"
    bench.wait(10)
    bench.energise()
    assert wire.chip.is_on(w.MAINS)


def test_the_wiring_is_what_the_board_file_says() -> None:
    told = tomllib.loads((ROOT / "board" / "ev_rp2040" / "board.toml").read_text())
    assert told["relays"] == dict(w.RELAYS)
    assert told["codings"] == {str(current_a): pin for current_a, pin in w.CODINGS}
    assert told["inputs"] == {"pilot": w.PILOT, "coil": w.COIL, "estop": w.ESTOP}
    pins = [*told["relays"].values(), *told["codings"].values(), *told["inputs"].values()]
    assert len(set(pins)) == len(pins)


def test_main_makes_every_relay_safe_before_it_loads_anything(wire: Wire) -> None:
    assert tuple(pin for _, pin in (*w.RELAYS, *w.CODINGS)) == wire.main.RELAY_PINS
    assert wire.chip.moves == [], "never on, not even for a moment"
