"""The button at the charger: it takes away, gives back what it took, and starts nothing."""

import pytest

from ampkeeper.firmware.facts import StopReason, TransactionEnded
from ampkeeper.firmware.station.button import Buttons
from ampkeeper.firmware.station.effects import Effects
from tests.unit.station.charger import Charger


def said(effects: Effects) -> str:
    return next(fields["result"] for kind, fields in effects.notices if kind == "button")


def charging() -> tuple[Charger, Buttons]:
    made = Charger()
    made.start()
    made.draw()
    return made, Buttons(made.station)


@pytest.mark.parametrize(
    ("action", "result"), [("stop", "nothing to stop"), ("pause", "nothing to pause")]
)
def test_a_press_at_a_free_place_starts_nothing(action: str, result: str) -> None:
    made = Charger(is_free=True)
    made.report()
    assert said(made.do(Buttons(made.station).press, 1, action)) == result
    assert made.evse.transaction is None
    assert made.evse.permit().current_a == 0


def test_a_stop_ends_the_charge_as_local() -> None:
    made, buttons = charging()
    assert said(made.do(buttons.press, 1, "stop")) == "stopped"
    assert made.evse.permit().current_a == 0
    made.opened()
    made.wait(2.0)
    ended = [fact for fact in made.facts if isinstance(fact, TransactionEnded)]
    assert [fact.reason for fact in ended] == [StopReason.LOCAL]


def test_a_stop_takes_back_a_card_that_nobody_plugged_in_for() -> None:
    made = Charger()
    made.report()
    made.swipe("0BCAFE01")
    assert made.evse.session.grant is not None
    assert said(made.do(Buttons(made.station).press, 1, "stop")) == "withdrawn"
    assert made.evse.session.grant is None


def test_a_pause_is_a_limit_of_nothing_until_the_next_press() -> None:
    made, buttons = charging()
    assert said(made.do(buttons.press, 1, "pause")) == "paused"
    assert (made.evse.permit().current_a, made.evse.limit()) == (0, (0.0, "button"))
    assert said(made.do(buttons.press, 1, "pause")) == "goes on"
    assert made.evse.permit().current_a > 0


def test_a_pause_ends_with_its_transaction() -> None:
    made, buttons = charging()
    made.do(buttons.press, 1, "pause")
    assert not buttons.is_left_over(1)
    made.unplug()
    made.opened()
    made.wait(2.0)
    assert made.evse.transaction is None
    assert buttons.is_left_over(1)
    made.do(buttons.follow, 1)
    assert not buttons.is_left_over(1)
    assert made.evse.ledger.offered_a() > 0
