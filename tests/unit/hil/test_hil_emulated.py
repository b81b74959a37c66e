"""The timing cases on the emulated backend: they pass, and a wrong charger fails them."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT
from tools.hil import __main__ as command
from tools.hil import bench as b
from tools.hil.cases import CASES, NOT_FROM_OUTSIDE
from tools.hil.emulated import EmulatedBench
from tools.hil.run import FAILED, STOPPED, Outcome, run
from tools.hil.twin import StationTwin
from tools.requirements.scan import ids_in

EMULATED = ROOT / "tools" / "hil" / "rigs" / "emulated.toml"


def played(name: str, **settings: int) -> Outcome:
    cases = [case for case in CASES if case.name == name]
    (outcome,) = run(EmulatedBench(StationTwin(**settings)), cases)
    return outcome


def test_every_timing_case_passes_and_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    junit, html = tmp_path / "rig.xml", tmp_path / "rig.html"
    arguments = [str(EMULATED), "--junit", str(junit), "--html", str(html), "--json"]
    assert command.main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["case"]: each["verdict"] for each in told} == {
        case.name: "passed" for case in CASES
    }
    suite = ET.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == (str(len(CASES)), "0")
    text = html.read_text()
    assert text.count("<svg") == len(CASES)
    for each in told:
        assert all(check["ids"] for check in each["checks"])
        assert all(check["what"] in text for check in each["checks"])
    assert "<script" not in text
    assert "http" not in text, "one file, nothing to fetch"


def test_every_sequence_of_the_requirements_is_a_case_or_says_why_not() -> None:
    wanted = {f"TV-SEQ-{number}" for number in range(1, 14)}
    cased = set().union(*(ids_in(case.ids) for case in CASES))
    assert wanted - cased == set(NOT_FROM_OUTSIDE)


@pytest.mark.parametrize(
    ("name", "settings", "bad"),
    [
        ("s2-closed", {"ready_ms": 300}, "TV-SEQ-3"),
        ("stop-ignored", {"stop_ms": 7_000}, "TV-SEQ-6"),
        ("limit-lowered-twice", {"is_stepping_down_at_once": 1}, "TV-SEQ-4"),
        ("earth-lost", {"pilot_f_ms": 0}, "TV-SEQ-13"),
        ("no-air", {"has_ventilation": 1}, "TV-CP-15"),
    ],
)
def test_a_charger_with_a_wrong_time_fails_by_the_requirement(
    name: str, settings: dict[str, int], bad: str
) -> None:
    outcome = played(name, **settings)
    assert outcome.verdict == FAILED
    assert bad in [check.ids for check in outcome.checks if not check.is_good]


def test_a_charger_that_never_offers_fails_with_what_was_seen() -> None:
    bench = EmulatedBench()
    bench.twin.is_host_alive = False
    bench.host = lambda is_alive: bench.now_us()  # type: ignore[method-assign]
    (outcome,) = run(bench, CASES[:1])
    assert outcome.verdict == FAILED
    assert outcome.why.startswith("no PWM within 45 s; coil 0, duty_permille 1000")


def test_an_open_e_stop_line_lets_nothing_be_switched() -> None:
    bench = EmulatedBench()
    bench.is_estop_whole = False
    outcomes = run(bench, CASES)
    assert {each.verdict for each in outcomes} == {STOPPED}
    assert not bench.is_energised
    assert bench.twin.now_ms == 0, "nothing was done at all"


def test_a_line_that_opens_in_mid_charge_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = EmulatedBench()
    wait = bench.wait

    def press(wait_ms: int) -> None:
        bench.is_estop_whole = bench.twin.now_ms < 4_000
        wait(wait_ms)

    monkeypatch.setattr(bench, "wait", press)
    outcomes = run(bench, CASES[:3])
    assert [each.verdict for each in outcomes] == [STOPPED] * 3
    assert not bench.is_energised
    bench.twin.pass_ms(100)
    assert not bench.twin.out.coil, "unplugged, so the charger opened too"


def test_glitches_are_to_the_millisecond_wherever_ring_1_looks() -> None:
    """TV-SEQ-11: 8 ms of B is nothing, at each of the ten places in a block."""
    bench = EmulatedBench()
    bench.energise()
    bench.switch(b.PLUG, True)
    bench.wait(5_000)
    bench.switch(b.S2, True)
    bench.wait(10_000)
    for offset_ms in range(10):
        bench.wait(200 + offset_ms)
        assert bench.twin.out.coil
        bench.switch(b.S2, False)
        bench.wait(8)
        bench.switch(b.S2, True)
        bench.wait(200)
        assert bench.twin.out.coil, offset_ms
