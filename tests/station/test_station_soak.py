"""Whatever happens: what must hold for every charger, checked from outside while it happens.

``AMPKEEPER_SOAK_H`` is how many hours are simulated, ``--seed`` where chance starts. The contactor
is closed only with a car that asks and a transaction that runs; each transaction is told once,
with one reason, without gaps; what is billed is what flowed; nothing is said before the station
is accepted, and one thing at a time.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.station.soak import Soak
from tests.support.rig import VERSIONS
from tests.support.virtual import Charger

HOURS = float(os.environ.get("AMPKEEPER_SOAK_H", "0.08"))

pytestmark = pytest.mark.timeout(300 + round(HOURS * 1_800))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_invariants_hold_whatever_happens(
    tmp_path: Path, version: str, seed: int, record_property: Callable[[str, object], None]
) -> None:
    made = Charger(tmp_path, version, seed)
    soak = Soak(made, seed)
    run_virtual(soak.run(HOURS * 3600))
    found = made.check()
    made.check_bills(found)
    acts = ", ".join(f"{count} {name}" for name, count in soak.done.most_common())
    record_property("covered", f"{HOURS} h, {len(found)} transactions; {acts}")
