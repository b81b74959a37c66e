"""Names that were probably meant."""

import pytest

from ampkeeper.firmware.config.problems import converted, nearest, same_quantity


@pytest.mark.parametrize(
    ("written", "known", "value", "expected"),
    [
        ("max_ma", "max_a", 16000, 16.0),
        ("timeout_ms", "timeout_s", 1500, 1.5),
        ("timeout_s", "timeout_ms", 1.5, 1500.0),
        ("wait_min", "wait_s", 2, 120.0),
        ("power_kw", "power_w", 11, 11000.0),
        ("MAX_MA", "max_a", 16000, 16.0),
    ],
)
def test_a_key_in_the_wrong_unit_is_known_and_converted(
    written: str, known: str, value: float, expected: float
) -> None:
    assert same_quantity(written, ["other", known]) == known
    assert converted(written, value, known) == expected


@pytest.mark.parametrize(
    ("written", "known"),
    [("max_s", "max_a"), ("min_ma", "max_a"), ("max_a", "max_a"), ("a", "max_a"), ("id", "id_a")],
)
def test_another_quantity_or_name_is_not_taken_for_a_wrong_unit(written: str, known: str) -> None:
    is_unit_left_out = written == "id"
    assert same_quantity(written, [known]) == (known if is_unit_left_out else None)


@pytest.mark.parametrize("value", ["16", True, None, [16]])
def test_only_a_number_is_converted(value: object) -> None:
    assert converted("max_ma", value, "max_a") is None


def test_the_nearest_name_does_not_mind_case() -> None:
    names = ["MeterValueSampleInterval", "HeartbeatInterval"]
    assert nearest("metervaluesampleinterval", names) == "MeterValueSampleInterval"
    assert nearest("colour", names) is None
