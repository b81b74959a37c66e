"""[[vehicle]] and [protection] in the file: what is taken, and what is refused with its line."""

import pytest

from ampkeeper.firmware.config import ConfigError, parse
from tests.unit.config.files import SMALLEST


def refusals(text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        parse(SMALLEST + text)
    return "\n".join(str(problem) for problem in refused.value.problems)


def test_without_vehicles_every_car_is_the_standards() -> None:
    config = parse(SMALLEST)
    assert config.vehicle == ()
    assert (config.protection.vehicle, config.protection.region) == ("default", "eu")


def test_vehicles_are_read_in_order() -> None:
    config = parse(
        SMALLEST
        + '[[vehicle]]\ntags = ["04A224B1"]\nlike = "vw"\nmin_a = 7\n'
        + '[[vehicle]]\ntags = ["WVWZZZ", "04A224B2"]\nmay_switch_phases = false\n'
    )
    first, second = config.vehicle
    assert (first.like, first.min_a, first.may_switch_phases) == ("vw", 7.0, None)
    assert (second.tags, second.may_switch_phases) == (("WVWZZZ", "04A224B2"), False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[vehicle]]\n", "tags"),
        ('[[vehicle]]\ntags = ["A"]\nmin_a = 5\n', "6 to 16 A"),
        ('[[vehicle]]\ntags = ["A"]\nwake = "shout"\n', "wake"),
        ('[[vehicle]]\ntags = ["A"]\nb_filter_ms = 61\n', "0 to 60 ms"),
        ('[[vehicle]]\ntags = ["A"]\nlike = "tesla"\n', "like"),
        ('[[vehicle]]\ntags = ["A"]\nnever_f = true\nwake = "ladder"\n', "never sees state F"),
        ('[[vehicle]]\ntags = ["A"]\nlike = "phev_no_f"\nwake = "f"\n', "never sees state F"),
        ('[[vehicle]]\ntags = ["A"]\n[[vehicle]]\ntags = ["a"]\n', "earlier [[vehicle]]"),
        ('[vehicle]\ntags = ["A"]\n', "write [[vehicle]]"),
        ('[protection]\nregion = "mars"\n', "region"),
        ("[protection]\nvoltage_v = 400\n", "120 to 277 V"),
        ("[protection]\nsimplified_a = 3\n", "simplified_a"),
    ],
)
def test_what_cannot_be_is_refused(text: str, words: str) -> None:
    assert words in refusals(text)


def test_a_card_of_another_vehicle_is_not_shown() -> None:
    text = '[[vehicle]]\ntags = ["SECRET1"]\n[[vehicle]]\ntags = ["SECRET1"]\n'
    assert "SECRET1" not in refusals(text)
