"""A meter that is late, drops answers, is wired backwards or rolls over: row 24 of the EV model.

The whole charger is here, since it is the station that reads the meter and writes the bill. A
meter that is silent, frozen or says NaN is in ``tests/station/test_meter_faults.py`` as well.
"""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.scenarios_ev.rows import shows
from tests.support.rig import CARD
from tests.support.transactions import Transaction
from tests.support.virtual import Charger

WH_PER_S = 16 * 230 * 3 / 3_600
NEAR_WH = 2


def charged(
    made: Charger, seconds: float, meter: str = "ok", lag_s: int = 0
) -> tuple[Transaction, float]:
    """Charge with this meter for so long; return the one transaction and what truly flowed."""

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(20)
            made.car.causes.meter, made.car.causes.meter_lag_s = meter, lag_s
            await asyncio.sleep(seconds)
            made.car.causes.meter, made.car.causes.meter_lag_s = "ok", 0
            await asyncio.sleep(20)
            made.swipe(CARD)
            await made.until(lambda: made.told[0].is_over, 30)
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    (metered_mwh,) = made.watch.metered_mwh.values()
    return done, metered_mwh / 1_000


@shows(24)
@pytest.mark.parametrize("lag_s", [1, 10])
def test_a_late_meter_is_billed_in_full_at_the_end(tmp_path: Path, lag_s: int) -> None:
    done, metered_wh = charged(Charger(tmp_path), 60, lag_s=lag_s)
    assert abs(done.energy_wh - metered_wh) <= NEAR_WH
    assert metered_wh >= 60 * WH_PER_S, "and nothing was stopped for it"


@shows(24)
def test_a_meter_that_drops_answers_stops_nothing_and_loses_nothing(tmp_path: Path) -> None:
    done, metered_wh = charged(Charger(tmp_path), 60, "dropping")
    assert abs(done.energy_wh - metered_wh) <= NEAR_WH
    assert metered_wh >= 60 * WH_PER_S


@shows(24)
@pytest.mark.parametrize("meter", ["nan", "negative"])
def test_a_meter_that_cannot_be_right_never_bills_more_than_flowed(
    tmp_path: Path, meter: str
) -> None:
    done, metered_wh = charged(Charger(tmp_path), 120, meter)
    assert 0 <= done.energy_wh <= metered_wh + NEAR_WH


@shows(24)
def test_a_register_that_rolls_over_in_mid_session_is_never_billed_backwards(
    tmp_path: Path,
) -> None:
    made = Charger(tmp_path)
    made.car.register.set_wh(99_999_950)
    done, metered_wh = charged(made, 120)
    assert 0 <= done.energy_wh <= metered_wh + NEAR_WH
