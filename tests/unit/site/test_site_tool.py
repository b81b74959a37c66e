"""tools/site: what it prints and draws is of the run, and the same each time."""

import json
from pathlib import Path

import pytest

from tools.site.__main__ import main, spec_of, title_of
from tools.site.cars import ENFORCE_S, Car
from tools.site.feeder import BEGIN, END, ROWS, page_of, worst_of
from tools.site.picture import PICTURE, drawn
from tools.site.troubles import KINDS, Trouble
from tools.site.watch import Watch


def test_the_picture_in_the_readme_is_current() -> None:
    assert PICTURE.read_text() == drawn(), "run python -m tools.site.picture"


def test_a_run_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--chargers", "3", "--hours", "0.05", "--loss", "0.1", "--leader", "1-2"]
    assert main([*asked, "--out", str(tmp_path)]) == 0
    numbers = json.loads((tmp_path / "summary.json").read_text())
    assert numbers["title"] in (tmp_path / "site.svg").read_text()
    assert numbers["beyond the curve of a fuse"] == "never"
    assert "3 chargers, 0.05 h" in capsys.readouterr().out


def test_troubles_are_asked_for_in_minutes() -> None:
    spec, folder = spec_of(["--partition", "30-45", "--partition", "60-61", "--meter", "1-2"])
    assert spec.troubles == (
        Trouble("partition", 1_800.0, 2_700.0),
        Trouble("partition", 3_600.0, 3_660.0),
        Trouble("meter", 60.0, 120.0),
    )
    assert folder is None
    assert title_of(spec).startswith("8 chargers, 4 h, seed 1; partition 30 to 45 min")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--chargers", "0"], "--chargers 0: must be 1 to 500"),
        (["--hours", "-1"], "--hours -1: must be more than 0"),
        (["--loss", "1"], "--loss 1: must be 0 to 0.9"),
        (["--delay", "-1"], "--delay -1: must be 0 to 60 s"),
        (["--leader", "9-3"], "--leader 9-3: must be two whole minutes, such as 30-45"),
        (["--broker", "soon"], "--broker soon: must be two whole minutes"),
    ],
)
def test_what_cannot_be_run_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        spec_of(arguments)
    assert words in capsys.readouterr().err


def test_a_fuse_that_would_blow_is_told() -> None:
    watch = Watch({("feeder", 0): 63.0})
    for second in range(1, 13):
        watch.look({("feeder", 0): 3.0 * 63.0}, float(second), 1.0)
    assert watch.worst == pytest.approx(3.0)
    assert watch.over_s == pytest.approx(12.0)
    assert watch.breaches()[-1].startswith("feeder L1")
    borne = Watch({("feeder", 0): 63.0})
    for second in range(1, 13):
        borne.look({("feeder", 0): 1.2 * 63.0}, float(second), 1.0)
    assert borne.breaches() == []
    assert borne.longest_above_s(1.1) == pytest.approx(12.0)


def test_a_load_that_falls_for_a_moment_begins_a_new_stretch() -> None:
    watch = Watch({("feeder", 0): 10.0})
    for second, load_a in enumerate((11.0, 11.0, 9.0, 11.0), 1):
        watch.look({("feeder", 0): load_a}, float(second), 1.0)
    assert watch.over_s == pytest.approx(2.0)
    assert watch.over_in_all_s == pytest.approx(3.0)


def test_a_car_follows_late_and_one_that_does_not_obey_is_stopped() -> None:
    car = Car(max_a=16.0, lag_s=3.0)
    drawn_a = [car.step(10.0, float(second), 1.0) for second in range(5)]
    assert drawn_a == [0.0, 0.0, 0.0, 10.0, 10.0]
    deaf = Car(max_a=16.0, obeys=False)
    seconds = [second for second in range(60) if deaf.step(8.0, float(second), 1.0) > 0.0]
    assert seconds == list(range(int(ENFORCE_S)))
    assert deaf.wish_a == 0.0


def test_a_feeder_is_safe_while_messages_are_lost_and_the_leader_dies() -> None:
    """The large run is for the hand: ``python -m tools.site.feeder``."""
    names = {row.name: row for row in ROWS}
    for name in ("30% of the messages lost", "the leader loses power"):
        found = worst_of(names[name], (1,), minutes=4.0, chargers=4)
        assert found.is_good, found
        assert found.worst < 1.3
        assert found.use > 0.5


def test_the_table_takes_its_place_in_the_page() -> None:
    text = f"before\n{BEGIN}old\n{END}\nafter\n"
    page = page_of([], text, "words")
    assert page.startswith("before\n")
    assert "old" not in page
    assert page.endswith(f"{END}\nafter\n")
    assert set(KINDS) <= {kind for row in ROWS for kind in row.kinds}
