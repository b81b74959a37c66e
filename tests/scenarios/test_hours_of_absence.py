"""Hours without the central system, by the whole process on its disk, while cars charge.

``AMPKEEPER_ABSENCE_H`` is how many hours; an hour takes a bit more than a minute.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.rig import CAR, CARD, VERSIONS, rig
from tests.support.transactions import MOST, Transaction

HOURS = float(os.environ.get("AMPKEEPER_ABSENCE_H", "0.05"))
SPEED = 1_000.0  # as fast as the machine can
SHARES = (0.5, 0.25, 0.25)  # of the absence, charged by one session each
SAMPLE_S = 10.0  # as the rig's configuration says
LATE_S = 1.0  # that a sample may be
EDGE_S = 5.0  # around the two ends of the absence, where either is right
BIG_CAR = CAR | {"soc_percent": 5.0, "capacity_wh": 1_000_000}

pytestmark = [
    pytest.mark.process,
    pytest.mark.parametrize("version", VERSIONS),
    pytest.mark.timeout(300 + 1_200 * HOURS),
]


async def test_all_that_was_charged_is_told_afterwards_once(
    tmp_path: Path, version: str, record_property: Callable[[str, object], None]
) -> None:
    async with rig(tmp_path, version, speed=SPEED) as made:
        charger = made.charger
        meter_wh = [(await charger.evse())["energy_wh"]]
        known = len(made.csms.record.frames)
        for number, share in enumerate(SHARES):
            await charger.car(plugged=True, **BIG_CAR)
            await charger.swipe(CARD)
            await charger.until_status("Charging")
            if number == 0:
                await charger.network(up=False)
                known, cut_at = len(made.csms.record.frames), await charger.now()
            await charger.until_passed(share * HOURS * 3_600)
            if number < len(SHARES) - 1:
                meter_wh.append(await leave(charger))
        assert len(made.csms.record.frames) == known, "nothing may pass a line that is cut"
        state = await charger.state()
        assert state["csms"]["link"] == "down"
        assert state["evses"][0]["status"] == "Charging"
        owed = state["csms"]["queued"]

        back_at = await charger.now()
        await charger.network(up=True)
        await made.until_queue_empty()  # while the third car charges on
        meter_wh.append(await leave(charger))
        told = await made.over(len(SHARES))
        for each, (before_wh, after_wh) in zip(told, pairwise(meter_wh), strict=True):
            assert abs(each.energy_wh - (after_wh - before_wh)) <= MOST, (each.key, meter_wh)
            check_samples(each)
            check_offline(each, cut_at, back_at)
        assert [each.reason for each in told] == ["EVDisconnected"] * len(SHARES)
        assert [each.id_token for each in told] == [CARD] * len(SHARES)
        await charger.until_told("contactor", "state", ["open", *["closed", "open"] * len(SHARES)])
        assert charger.told("fault_raised", "fault") == []
        assert charger.told("status", "status").count("Charging") == len(SHARES), "none paused"
        calls = [seen.parts[1] for seen in made.csms.record.frames if seen.is_call]
    record_property(
        "covered",
        f"{version}: {(back_at - cut_at).total_seconds() / 3_600:.2f} h of absence, {owed} owed, "
        f"{sum(len(each.told) for each in told)} messages of {len(told)} transactions, "
        f"{len(calls) - len(set(calls))} calls repeated; "
        f"billed {sum(each.energy_wh for each in told)} Wh, "
        f"metered {meter_wh[-1] - meter_wh[0]} Wh",
    )


async def leave(charger: Emulator) -> int:
    """The car goes; return what the meter shows then."""
    await charger.car(plugged=False)
    evse = await charger.until_status("Available")
    assert evse["contactor"] == "open"
    return int(evse["energy_wh"])


def check_samples(told: Transaction) -> None:
    """Not one is missing between its start and its stop."""
    for earlier, later in pairwise(message.at for message in told.told):
        gap_s = (later - earlier).total_seconds()
        assert gap_s <= SAMPLE_S + LATE_S, f"transaction {told.key}: nothing from {earlier} on"


def check_offline(told: Transaction, cut_at: datetime, back_at: datetime) -> None:
    """2.0.1 says of all that happened in the absence, and of nothing before it, that it did so."""
    edge = timedelta(seconds=EDGE_S)
    for message in told.told:
        if message.seq_no is None:
            return
        is_before = message.at < cut_at - edge
        if is_before or cut_at + edge < message.at < back_at - edge:
            assert message.payload["offline"] is not is_before, message
