"""Does the mains meter see the charger? What it switches itself has to show there."""

import pytest

from ampkeeper.firmware.energy.mains import Flow
from ampkeeper.firmware.energy.own import Draw
from ampkeeper.firmware.energy.steps import Steps

HOUSE_A = (2.0, 3.0, 4.0)


def mains_of(kind: str, own_a: list[float]) -> list[float]:
    """What a meter that was fitted like this shows."""
    if kind == "right":
        return [house + own for house, own in zip(HOUSE_A, own_a, strict=True)]
    if kind == "reversed":
        return [-(house + own) for house, own in zip(HOUSE_A, own_a, strict=True)]
    if kind == "swapped":
        return [HOUSE_A[0] + own_a[1], HOUSE_A[1] + own_a[0], HOUSE_A[2] + own_a[2]]
    return list(HOUSE_A)  # it sits behind the charger


def switched(steps: Steps, kind: str, times: int, phases: int, level_a: float = 16.0) -> None:
    """The charger switches on and off so often, five seconds each."""
    start_s = 1_000.0 if steps.wrong else 0.0
    for second in range(times * 5 + 5):
        is_on = second // 5 % 2 == 1
        own = [level_a if is_on and phase < phases else 0.0 for phase in range(3)]
        first_a, second_a, third_a = mains_of(kind, own)
        flow = Flow(start_s + second, (first_a, second_a, third_a))
        steps.see(flow, Draw((own[0], own[1], own[2]), 0.0))


@pytest.mark.parametrize("phases", [1, 3])
def test_a_meter_that_is_right_stays_believed(phases: int) -> None:
    steps = Steps()
    switched(steps, "right", 8, phases)
    assert steps.wrong == ""


@pytest.mark.parametrize(
    ("kind", "phases", "words"),
    [
        ("reversed", 1, "the other way round"),
        ("reversed", 3, "the other way round"),
        ("swapped", 1, "shows on L2, not on L1"),
        ("blind", 1, "does not show"),
        ("blind", 3, "does not show"),
    ],
)
def test_a_meter_that_was_fitted_wrongly_is_found(kind: str, phases: int, words: str) -> None:
    steps = Steps()
    switched(steps, kind, 2, phases)
    assert steps.wrong == "", "two steps may be chance"
    switched(steps, kind, 4, phases)
    assert words in steps.wrong


def test_it_is_believed_again_when_it_was_put_right() -> None:
    steps = Steps()
    switched(steps, "reversed", 4, 1)
    assert steps.wrong
    switched(steps, "right", 4, 1)
    assert steps.wrong == ""


def test_small_steps_prove_nothing() -> None:
    steps = Steps()
    switched(steps, "reversed", 10, 3, level_a=3.0)
    assert steps.wrong == ""


def test_one_coincidence_in_the_house_changes_nothing() -> None:
    steps = Steps()
    switched(steps, "reversed", 2, 1)
    switched(steps, "right", 2, 1)
    assert steps.wrong == ""


@pytest.mark.parametrize(("sign", "is_wrong"), [(1.0, False), (-1.0, True)])
def test_a_total_is_judged_by_its_sign(sign: float, is_wrong: bool) -> None:
    steps = Steps()
    for second in range(30):
        own_w = 3_680.0 if second // 5 % 2 else 0.0
        flow = Flow(float(second), total_w=sign * (500.0 + own_w))
        steps.see(flow, Draw((own_w / 230.0, 0.0, 0.0), own_w))
    assert bool(steps.wrong) is is_wrong


def test_a_charger_whose_draw_is_not_known_proves_nothing() -> None:
    assert not Steps().see(Flow(0.0, (1.0, 1.0, 1.0)), None)
