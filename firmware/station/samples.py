"""Samples: booked as messages, and those of a transaction kept to go with its end.

A connector that is free is sampled by the clock too (OCPP 1.6 3.16.2, 2.0.1 J01.FR.14). No board
has a main meter, so nothing is sampled for connector 0.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ampkeeper.firmware.facts import MeterSampled
from ampkeeper.firmware.ocpp.samples import ALIGNED_LIST, ended_list_for
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.sampling import CLOCK
from ampkeeper.firmware.store.changes import AddFact, AddStopSample


def take(
    evse: Evse,
    variable: Callable[[str], Any],
    keeps: bool,
    now: datetime,
    now_s: float,
    effects: Effects,
) -> None:
    """Take what is due now. ``keeps``: a version may be spoken that tells them again at the end."""
    running = evse.transaction
    due = evse.sampler.tick(
        running.tx_id if running is not None else None,
        float(variable("SampledDataCtrlr.TxUpdatedInterval")),
        int(variable("AlignedDataCtrlr.Interval")),
        now,
        now_s,
    )
    if running is None:
        if due and variable(ALIGNED_LIST):
            _take_idle(evse, now, effects)
        return
    for context, trigger in due:
        evse.sample(now, context, trigger, effects)
        sampled = evse.transaction
        is_taken = sampled is not None and sampled.last.at == now
        if keeps and sampled is not None and is_taken and variable(ended_list_for(context)):
            effects.changes.append(AddStopSample(sampled.tx_id, sampled.last))


def _take_idle(evse: Evse, now: datetime, effects: Effects) -> None:
    """By the clock, while no transaction runs; none while the meter is stale."""
    reading = evse.stamped(now, CLOCK[0])
    if reading is not None:
        effects.changes.append(AddFact(MeterSampled(evse.evse_id, now, reading), evse.new_id()))
