"""The GPIO backend on gpiozero's mock pins, wired to a simulated charger: cases, interlock."""

import dataclasses
from collections.abc import Iterator

import pytest

from tests.tidy.sources import ROOT
from tests.unit.hil.wired_pins import Wiring
from tools.hil import bench as b
from tools.hil import pins, rigfile
from tools.hil.bench import HilError, InterlockError
from tools.hil.cases import CASES
from tools.hil.gpio import GpioBench
from tools.hil.rigfile import Rig
from tools.hil.run import FAILED, PASSED, SKIPPED, STOPPED, run
from tools.hil.station_door import StationDoor
from tools.hil.twin import StationTwin

PI = ROOT / "tools" / "hil" / "rigs" / "pi.toml"
QUICK = ("unplugged", "s2-opened", "c-pulse", "earth-lost", "thin-cable", "proximity-lost")


@pytest.fixture
def rig() -> Rig:
    return dataclasses.replace(rigfile.load(PI), settle_ms=0)


@pytest.fixture
def wiring(rig: Rig) -> Wiring:
    return Wiring(rig, StationTwin())


@pytest.fixture
def bench(rig: Rig, wiring: Wiring) -> Iterator[GpioBench]:
    made = GpioBench(rig, wiring, wiring.sleep)
    yield made
    made.close()


def test_the_cases_pass_through_the_pins(bench: GpioBench, wiring: Wiring) -> None:
    outcomes = run(bench, [case for case in CASES if case.name in QUICK])
    assert {each.case.name: (each.verdict, each.why) for each in outcomes} == (
        dict.fromkeys(QUICK, (PASSED, ""))
    )
    assert not any(wiring.is_on(name) for name in wiring.rig.outputs), "all let go at the end"


def test_a_charger_that_is_slow_fails_through_the_pins(rig: Rig) -> None:
    wiring = Wiring(rig, StationTwin(ready_ms=300))
    bench = GpioBench(rig, wiring, wiring.sleep)
    (outcome,) = run(bench, [case for case in CASES if case.name == "s2-closed"])
    bench.close()
    assert outcome.verdict == FAILED
    assert outcome.checks[0].measured == pytest.approx(310, abs=10)


def test_what_a_rig_cannot_ask_for_is_skipped_and_said(bench: GpioBench) -> None:
    (outcome,) = run(bench, [case for case in CASES if case.name == "stop-ignored"])
    assert (outcome.verdict, outcome.why) == (SKIPPED, "this rig offers no limit")


def test_where_the_station_can_be_asked_its_stops_are_timed(rig: Rig, wiring: Wiring) -> None:
    """TV-SEQ-6."""

    class Door(StationDoor):
        def limit(self, current_a: float) -> None:
            wiring.twin.limit_ma = round(current_a * 1_000)

        def clear(self) -> None:
            wiring.twin.limit_ma = 32_000

    bench = GpioBench(rig, wiring, wiring.sleep, Door("192.0.2.7:502", 1))
    (outcome,) = run(bench, [case for case in CASES if case.name == "stop-ignored"])
    bench.close()
    assert (outcome.verdict, outcome.why) == (PASSED, "")
    assert wiring.twin.limit_ma == 32_000, "the limit is taken back"


def test_with_an_open_e_stop_line_no_relay_is_even_claimed(rig: Rig, wiring: Wiring) -> None:
    wiring.estop.outside = False
    with pytest.raises(InterlockError, match=r"GPIO 21 is open.*nothing is energised"):
        GpioBench(rig, wiring, wiring.sleep)
    assert wiring.driven_log == []


def test_a_line_that_opens_before_the_run_keeps_the_mains_off(
    bench: GpioBench, wiring: Wiring
) -> None:
    wiring.estop.drive_low()
    wiring.estop.drive_high()
    outcomes = run(bench, CASES[:2])
    assert [each.verdict for each in outcomes] == [STOPPED, STOPPED]
    assert (pins.MAINS, True) not in wiring.driven_log


def test_the_e_stop_lets_every_relay_go_mains_first_and_ends_the_run(
    bench: GpioBench, wiring: Wiring
) -> None:
    wiring.cut_at_us = 6_000_000  # S2 is closed
    outcomes = run(bench, CASES[:3])
    assert {each.verdict for each in outcomes} == {STOPPED}
    opened = [name for name, is_on in wiring.driven_log if not is_on]
    last_on = max(at for at, (_, is_on) in enumerate(wiring.driven_log) if is_on)
    first_off = wiring.driven_log[last_on + 1 :][0]
    assert first_off == (pins.MAINS, False)
    assert b.PLUG in opened
    with pytest.raises(InterlockError):
        bench.switch(b.PLUG, True)


def test_a_line_that_closes_again_lets_nothing_be_energised(
    bench: GpioBench, wiring: Wiring
) -> None:
    wiring.estop.drive_low()
    with pytest.raises(InterlockError):
        bench.energise()
    wiring.estop.drive_high()
    with pytest.raises(InterlockError, match="start anew"):
        bench.energise()


def test_a_moment_of_open_line_between_two_looks_ends_the_run(
    bench: GpioBench, wiring: Wiring
) -> None:
    bench.energise()
    bench.switch(b.PLUG, True)
    wiring.estop.drive_low()
    wiring.estop.drive_high()
    assert not any(wiring.is_on(name) for name in wiring.rig.outputs)
    with pytest.raises(InterlockError):
        bench.wait(10)


def test_a_coil_that_is_driven_without_mains_is_refused(bench: GpioBench, wiring: Wiring) -> None:
    wiring.pin(24).drive_high()
    with pytest.raises(HilError, match=r"GPIO 24 says that the coil is driven before there is"):
        bench.energise()
    assert (pins.MAINS, True) not in wiring.driven_log
