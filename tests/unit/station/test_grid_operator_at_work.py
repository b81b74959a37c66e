"""The grid operator's cap at a station: at once, over a power cut, with evidence."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ampkeeper.firmware.energy.grid_evidence import BEGIN, GridEvent, first_broken
from ampkeeper.firmware.energy.grid_export import KEPT_AS, public_key
from ampkeeper.firmware.energy.grid_operator import GridRules
from ampkeeper.firmware.station.feeds import hear_grid
from ampkeeper.firmware.station.grid import KEY
from ampkeeper.firmware.store.changes import AddGridEvent, SaveMeta
from ampkeeper.hal.ports import BusMessage, MeterReading

from .charger import Charger


def rows(charger: Charger) -> list[GridEvent]:
    found = [one for one in charger.changes if isinstance(one, AddGridEvent)]
    return [
        GridEvent(
            one.at, one.kind, one.commanded_w, one.measured_w, one.source, one.reason,
            one.previous, one.digest,
        )
        for one in found
    ]  # fmt: skip


def capped(power_w: float | None = None, **rules: float) -> Charger:
    charger = Charger(grid=GridRules(**rules))
    charger.start()
    charger.do(charger.station.limiting.grid.on_order, power_w, "line")
    return charger


def test_an_order_limits_at_once_to_4_2_kw_on_the_phases_that_are_used():
    charger = capped()
    limit_a, source = charger.evse.limit()
    assert source == "grid"
    assert round(limit_a, 2) == round(4_200 / 3 / 230, 2)
    entry = charger.evse.ledger.binding()
    assert entry is not None
    assert (entry.external, entry.power_w) == ("SO", 4_200.0)


def test_a_release_gives_back_what_there_was():
    charger = capped()
    charger.do(charger.station.limiting.grid.on_release)
    assert charger.evse.limit() == (20.0, "cable")


def test_evidence_tells_receipt_effect_and_release_as_a_whole_chain():
    charger = capped()
    charger.wait(3.0)
    charger.do(charger.station.limiting.grid.on_release)
    found = rows(charger)
    assert [row.kind for row in found] == ["received", "effective", "released", "free"]
    assert {row.commanded_w for row in found} == {4_200}
    assert first_broken(found) is None


def test_an_order_outlives_a_power_cut():
    charger = capped(6_000.0)
    kept = {one.key: one.value for one in charger.changes if isinstance(one, SaveMeta)}
    after = Charger()
    assert after.station.limiting.grid.recall(kept.get) == []
    after.start()
    assert after.evse.limit()[1] == "grid"


def test_the_key_of_the_evidence_is_made_once_with_the_first_order():
    charger = capped()
    charger.do(charger.station.limiting.grid.on_release)
    keys = [one for one in charger.changes if isinstance(one, SaveMeta) and one.key == KEPT_AS]
    assert len(keys) == 1
    assert len(public_key(keys[0].value)) == 64
    after = Charger()
    after.station.limiting.grid.recall({KEPT_AS: keys[0].value}.get)
    after.start()
    after.do(after.station.limiting.grid.on_order, None, "line")
    assert not [one for one in after.changes if isinstance(one, SaveMeta) and one.key == KEPT_AS]


def test_an_order_that_cannot_be_read_caps():
    after = Charger()
    (problem,) = after.station.limiting.grid.recall({KEY: "{"}.get)
    assert "cannot be read" in problem
    after.start()
    assert after.evse.limit()[1] == "grid"


def test_of_two_cars_on_three_phases_the_first_goes_on():
    charger = Charger(count=2)
    charger.start()
    charger.read(2)
    charger.plug(2)
    charger.do(charger.station.limiting.grid.on_order, None, "line")
    assert charger.evse.limit()[0] > 6.0
    assert charger.evse.ledger.offered_a() * 3 * 230 <= 4_200


class Inbox:
    """Takes what is posted at once."""

    def __init__(self, charger: Charger) -> None:
        self._charger = charger

    def post(self, event: Any) -> None:
        self._charger.do(event)


class Line:
    """A broker that hands over what a test says."""

    def subscribe(self, topic: str, handler: Callable[[BusMessage], None], *, qos: int) -> None:
        self.topic, self.say = topic, handler


def test_orders_come_by_mqtt_and_an_old_release_frees_nothing():
    charger, line = Charger(), Line()
    charger.start()
    hear_grid(Inbox(charger), charger.station.limiting.grid, "grid/cap", line)
    line.say(BusMessage("grid/cap", b"5000", is_retained=True))
    assert charger.evse.limit()[1] == "grid"
    line.say(BusMessage("grid/cap", b"false", is_retained=True))
    line.say(BusMessage("grid/cap", b"nonsense"))
    assert charger.evse.limit()[1] == "grid"
    line.say(BusMessage("grid/cap", b"false"))
    assert charger.evse.limit()[1] == "cable"


def restarted(charger: Charger, **rules: float) -> Charger:
    kept = {one.key: one.value for one in charger.changes if isinstance(one, SaveMeta)}
    after = Charger(grid=GridRules(**rules))
    assert after.station.limiting.grid.recall(kept.get) == []
    after.start()
    return after


def test_an_order_that_ends_by_itself_does_not_end_with_a_restart():
    """The machine's clock runs on: how long the order lasted must not be counted from its start."""
    after = restarted(capped(duration_s_max=600.0), duration_s_max=600.0)
    assert after.evse.limit()[1] == "grid"
    after.wait(590.0)
    assert after.evse.limit()[1] == "grid"
    after.wait(20.0)
    assert after.evse.limit()[1] != "grid"


def test_a_release_that_is_drawn_out_outlives_a_power_cut():
    charger = capped(release_s_max=20.0)
    charger.do(charger.station.limiting.grid.on_release)
    after = restarted(charger, release_s_max=20.0)
    assert after.evse.limit()[1] == "grid"
    after.wait(25.0)
    assert after.evse.limit()[1] != "grid"


@pytest.mark.parametrize(
    "kept", [{"head": "zz"}, {"head": ""}, {"commanded_w": float("inf")}, {"commanded_w": 10**400}]
)
def test_books_that_somebody_spoiled_cap_and_end_nothing(kept: dict[str, Any]):
    text = json.dumps({"head": BEGIN, "by": "", "commanded_w": 5_000.0, "is_capped": False} | kept)
    after = Charger()
    assert after.station.limiting.grid.recall({KEY: text}.get)
    after.start()
    after.wait(2.0)
    assert after.evse.limit()[1] == "grid"


def supplied(charger: Charger, volts: float, power_w: float) -> float:
    """The meter shows this; the limit then."""
    charger.now_s += 1.0
    reading = MeterReading(
        charger.now_s, charger.energy_wh, power_w, (0.0, 0.0, 0.0), (volts, volts, volts)
    )
    charger.do(charger.station.on_reading, 1, reading)
    charger.do(charger.station.on_tick)
    return charger.evse.limit()[0]


@pytest.mark.parametrize(
    ("volts", "counted_v"), [(230.0, 230), (240.0, 240), (253.0, 253), (180.0, 230), (999.0, 276)]
)
def test_the_cap_holds_at_the_voltage_there_is(volts: float, counted_v: int):
    charger = capped(6_000.0)
    assert supplied(charger, volts, 0.0) == pytest.approx(6_000 / 3 / counted_v)


def test_the_least_that_a_car_can_use_is_effective_at_a_high_voltage_too():
    charger = Charger()
    charger.start()
    supplied(charger, 240.0, 10.0 * 3 * 240)
    charger.do(charger.station.limiting.grid.on_order, None, "line")
    assert supplied(charger, 240.0, 6.5 * 3 * 240) == 6.0
    assert [row.kind for row in rows(charger)] == ["received"]
    supplied(charger, 240.0, 6.0 * 3 * 240)
    assert [row.kind for row in rows(charger)] == ["received", "effective"]
