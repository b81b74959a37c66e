"""``POST /v1/power`` at random points of a session, and restart: what was sold is billed, once.

``AMPKEEPER_POWER_CUTS`` is how often; 200 take about a quarter of an hour.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.power_loss.process_story import Sessions
from tests.support.rig import VERSIONS, rig

CUTS = int(os.environ.get("AMPKEEPER_POWER_CUTS", "8"))
BATCH = 2  # cuts of one charger

pytestmark = pytest.mark.process


@pytest.mark.parametrize("first", range(0, CUTS, BATCH))
async def test_each_transaction_is_told_once_with_all_that_was_metered(
    tmp_path: Path, seed: int, first: int, record_property: Callable[[str, object], None]
) -> None:
    number = first // BATCH
    version = VERSIONS[number % 2]
    ends_on_return = number // 2 % 2 == 1
    sets = ('session.on_power_return="end"',) if ends_on_return else ()
    async with rig(tmp_path, version, sets) as made:
        before = await made.charger.evse()
        sessions = Sessions(made, Random(f"{seed}/{first}"), ends_on_return)
        for _ in range(min(BATCH, CUTS - first)):
            await sessions.one()
        found = await sessions.judge(before)
    cuts = sessions.cuts
    reasons = Counter(each.reason for each in found)
    record_property(
        "covered",
        f"{version}, {'end' if ends_on_return else 'resume'}: {len(cuts)} power cuts, "
        f"{sum(cut.tx_id is not None for cut in cuts)} in a transaction, "
        f"{sessions.gone_on} seen to charge on; {len(found)} transactions: "
        + ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())),
    )
