"""Messages of an energy meter, put together to what flows."""

import pytest

from ampkeeper.firmware.energy.mains import Fitting, Flow, FlowRefused
from ampkeeper.firmware.energy.payload import PayloadRefused
from ampkeeper.firmware.energy.telegrams import Telegrams

PLAIN = Fitting()


def test_one_topic_gives_a_total() -> None:
    one = Telegrams(["home/grid"], [], "kW", PLAIN)
    assert one.hear("home/grid", b"-1.5", 7.0) == Flow(7.0, total_w=-1_500.0)


def test_one_message_gives_all_phases() -> None:
    one = Telegrams(["em"], ["a[0]", "a[1]", "a[2]"], "A", Fitting(is_reversed=True))
    flow = one.hear("em", b'{"a": [1, 2, -3]}', 7.0)
    assert flow is not None
    assert flow.current_a == (-1.0, -2.0, 3.0)


def test_three_topics_are_needed_together() -> None:
    one = Telegrams(["l1", "l2", "l3"], ["v"], "mA", PLAIN)
    assert one.hear("l1", b'{"v": 1000}', 1.0) is None
    assert one.hear("l2", b'{"v": 2000}', 1.5) is None
    assert one.hear("l3", b'{"v": 3000}', 2.0) == Flow(
        1.0, (1.0, 2.0, 3.0), (230.0, 460.0, 690.0), 1_380.0
    )
    assert one.hear("l1", b'{"v": 1000}', 9.0) is None, "the others are too old"


@pytest.mark.parametrize("payload", [b"", b"unavailable", b'{"v": 1}', b"NaN"])
def test_what_is_no_value_is_refused(payload: bytes) -> None:
    with pytest.raises(PayloadRefused):
        Telegrams(["home/grid"], [], "W", PLAIN).hear("home/grid", payload, 0.0)


def test_a_value_that_cannot_be_is_refused() -> None:
    with pytest.raises(FlowRefused):
        Telegrams(["home/grid"], [], "kW", PLAIN).hear("home/grid", b"9e9", 0.0)
