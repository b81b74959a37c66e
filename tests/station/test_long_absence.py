"""Hours without the central system: every session and every sample is told afterwards, in order.

``AMPKEEPER_ABSENCE_H`` is how many hours; the standard run is short, with short sessions that are
sampled often, because the world is stepped in real detail.
"""

import asyncio
import os
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import CAR, CARD, VERSIONS
from tests.support.transactions import UPDATE
from tests.support.virtual import Charger

HOURS = float(os.environ.get("AMPKEEPER_ABSENCE_H", "0.07"))
SESSION_S = 100.0
PAUSE_S = 30.0
SAMPLE_S = 10
SAMPLED = {"ocpp__keys__MeterValueSampleInterval": str(SAMPLE_S)}

pytestmark = pytest.mark.timeout(1_200)


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_lost_while_the_central_system_is_away(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version, **SAMPLED)
    count = max(2, round(HOURS * 3600 / (SESSION_S + PAUSE_S)))

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.app.csms.set_network(False)
            for _ in range(count):
                await made.until(lambda: made.status() == "Charging", 60)
                await asyncio.sleep(SESSION_S)
                made.unplug()
                await made.until(lambda: made.is_free, 60)
                await asyncio.sleep(PAUSE_S)
                made.plug(**(CAR | {"soc_percent": 10.0}))
                made.swipe(CARD)
            made.unplug()
            await made.until(lambda: made.is_free, 60)
            samples = int(count * SESSION_S / SAMPLE_S)
            assert made.app.csms.view()["queued"] >= samples
            assert (made.app.csms.view()["link"], made.csms.links) == ("down", {})
            made.app.csms.set_network(True)
            await made.settle()

    run_virtual(play())
    found = made.check()
    made.check_bills(found)
    billed = [each for each in found if each.energy_wh > 0]
    assert len(billed) == count
    for each in billed:
        kinds = [message.kind for message in each.told]
        assert kinds.count(UPDATE) >= int(SESSION_S / SAMPLE_S)
    assert {each.reason for each in found} == {"EVDisconnected"}
    starts = [each.told[0].at for each in found]
    assert starts == sorted(starts), "the oldest first"


def test_what_must_go_when_too_much_is_owed_is_told_as_a_security_event(tmp_path: Path) -> None:
    made = Charger(tmp_path, "1.6", **SAMPLED)

    async def play() -> None:
        async with made.running():
            store = made.app._store
            store._outbox_max = 12
            await made.charge()
            made.app.csms.set_network(False)
            await asyncio.sleep(20 * SAMPLE_S)
            made.unplug()
            await made.until(lambda: made.is_free, 60)
            assert made.app.csms.view()["queued"] == store.outbox_count() <= 12
            made.app.csms.set_network(True)
            await made.settle()
            await made.until(lambda: made.app.security.log.owed == 0, 300)

    run_virtual(play())
    told = made.watched.record.calls("SecurityEventNotification")
    shed = [event["techInfo"] for event in told if event["type"] == "MemoryExhaustion"]
    assert shed != []
    assert all("queued messages or samples were given up" in text for text in shed)
    found = made.check()
    made.check_bills(found)
