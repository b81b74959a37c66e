"""A simulated life: one seed, one trace; what breaks an invariant is shown by the least of it."""

import json
from pathlib import Path

import pytest

from ampkeeper.board.emulated.demo.csms import DemoCsms
from ampkeeper.board.emulated.simulate import main, report
from ampkeeper.board.emulated.simulate.judge import Breach, check_books
from ampkeeper.board.emulated.simulate.life import live
from ampkeeper.board.emulated.simulate.visits import MISHAPS, Visit, moved_up, steps, visits
from ampkeeper.firmware.faces.cli import main as command

YEAR_S = 365 * 86_400.0
SHORT = Visit(300.0, 700.0, 5.0, 50, 40_000, says_goodbye=True)
TRIPPED = Visit(300.0, 700.0, 5.0, 50, 40_000, False, "leakage", 120.0, 5.0)


def test_one_seed_makes_one_year_of_visits_and_another_seed_another() -> None:
    first = visits(1, YEAR_S)
    assert first == visits(1, YEAR_S) != visits(2, YEAR_S)
    assert len(first) > 200
    assert {visit.mishap for visit in first} == {"", *(name for name, _, _ in MISHAPS)}
    at_s = [step[0] for step in steps(first)]
    assert at_s == sorted(at_s)
    assert at_s[-1] < YEAR_S


def test_a_short_life_is_the_same_twice_and_is_billed_to_the_watt_hour(tmp_path: Path) -> None:
    outcomes = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        outcomes.append(live([SHORT], 1_200.0, 1, tmp_path / name))
    first, second = outcomes
    assert first.tally.digest() == second.tally.digest()
    assert (first.sessions, dict(first.stops)) == (1, {"Local": 1})
    assert 4_000 < first.energy_wh < 4_400, "22 kW for 680 s"


def test_a_trip_of_the_leakage_monitor_ends_its_session_with_one_reason(tmp_path: Path) -> None:
    outcome = live([TRIPPED], 1_200.0, 1, tmp_path)
    assert dict(outcome.stops) == {"GroundFault": 1}
    assert outcome.tally.faults["RcdDc"] == 1
    assert outcome.tally.out_s > 0
    told = report.document(outcome, 1, 1.0)
    assert "GroundFault" in report.text(told)
    assert "<svg" in report.page(told)


def test_books_that_bill_what_was_not_metered_are_a_breach() -> None:
    csms = DemoCsms()
    begin = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
    answer = csms.books.answers("ocpp1.6", "A", "1", "StartTransaction", begin)
    assert answer is not None
    end = {"transactionId": answer["transactionId"], "meterStop": 500, "timestamp": "x"}
    with pytest.raises(Breach, match="ended 0 times"):
        check_books(csms, 500)
    csms.books.answers("ocpp1.6", "A", "2", "StopTransaction", end)
    check_books(csms, 501)
    with pytest.raises(Breach, match="billed 500 Wh, metered 502 Wh"):
        check_books(csms, 502)


def test_of_a_failure_the_least_that_fails_is_found() -> None:
    def fails(tried: list[Visit]) -> str:
        return "it trips" if any(visit.mishap == "leakage" for visit in tried) else ""

    heat = Visit(9_000.0, 700.0, 5.0, 50, 40_000, True, "heat", 100.0, 300.0)
    later = Visit(20_000.0, 700.0, 5.0, 50, 40_000, True, "leakage", 120.0, 5.0)
    assert main.smallest([SHORT, heat, later], fails) == moved_up([later])
    assert moved_up([later])[0].come_s == 300.0


def test_a_failure_names_its_seed_and_its_scenario(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lived(some: list[Visit], seconds: float, seed: int) -> None:
        raise Breach("after 1.00 s: I5: energy fell")

    monkeypatch.setattr(main, "lived", lived)
    assert main.main(2, 7, as_json=True, html=None) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["seed"], told["breaches"]) == (7, 1)
    assert told["error"] == "after 1.00 s: I5: energy fell"
    assert len(told["scenario"]) == 1


@pytest.mark.parametrize("length", ["0", "-1", "nan", "1e9", "ten"])
def test_a_length_that_cannot_be_is_refused(
    length: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["simulate", "--days", length]) == 2
    assert "must be a number, 0.1 to 36500" in capsys.readouterr().err
