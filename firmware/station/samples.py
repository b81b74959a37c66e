"""Samples of running transactions: booked as messages, and kept to go with the end."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ampkeeper.firmware.ocpp.samples import ended_list_for
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.store.changes import AddStopSample


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
    for context, trigger in due:
        evse.sample(now, context, trigger, effects)
        sampled = evse.transaction
        is_taken = sampled is not None and sampled.last.at == now
        if keeps and sampled is not None and is_taken and variable(ended_list_for(context)):
            effects.changes.append(AddStopSample(sampled.tx_id, sampled.last))
