"""Samples: booked as messages, and those of a transaction kept to go with its end.

A connector that is free is sampled by the clock too (OCPP 1.6 3.16.2, 2.0.1 J01.FR.14). No board
has a main meter, so nothing is sampled for connector 0.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ampkeeper.firmware.facts import MeterSampled
from ampkeeper.firmware.ocpp.samples import (
    ALIGNED_LIST,
    ENDED_INTERVALS,
    ended_interval_for,
    ended_list_for,
)
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.sampling import CLOCK
from ampkeeper.firmware.store.changes import AddFact, AddStopSample

IDLE_ONLY = "AlignedDataCtrlr.SendDuringIdle"


def take(
    evse: Evse,
    variable: Callable[[str], Any],
    keeps: bool,
    is_busy: bool,
    now: datetime,
    now_s: float,
    effects: Effects,
) -> None:
    """Take what is due now. ``keeps``: a version may be spoken that tells them again at the end.

    ``is_busy``: a transaction runs at the station, so that nothing is sent by the clock where
    that is for idle times alone (2.0.1 J01.FR.19, FR.20).
    """
    running = evse.transaction
    due = evse.sampler.tick(
        running.tx_id if running is not None else None,
        float(variable("SampledDataCtrlr.TxUpdatedInterval")),
        int(variable("AlignedDataCtrlr.Interval")),
        now,
        now_s,
    )
    if is_busy and variable(IDLE_ONLY):
        due = tuple(each for each in due if each != CLOCK)
    if running is None:
        if due and variable(ALIGNED_LIST):
            _take_idle(evse, now, effects)
        return
    for context, trigger in due:
        evse.sample(now, context, trigger, effects)
        sampled = evse.transaction
        is_taken = sampled is not None and sampled.last.at == now
        has_own = bool(variable(ended_interval_for(context)))
        is_kept = keeps and is_taken and not has_own and variable(ended_list_for(context))
        if sampled is not None and is_kept:
            effects.changes.append(AddStopSample(sampled.tx_id, sampled.last))
    if keeps:
        _take_for_end(evse, running.tx_id, variable, now, now_s, effects)


def _take_for_end(
    evse: Evse,
    tx_id: str,
    variable: Callable[[str], Any],
    now: datetime,
    now_s: float,
    effects: Effects,
) -> None:
    """Samples that are told with the end only, in an interval of their own (2.0.1 J01, J02)."""
    every_s, aligned_s = (int(variable(name)) for name in ENDED_INTERVALS)
    for context, _ in evse.ended_sampler.tick(tx_id, every_s, aligned_s, now, now_s):
        reading = evse.stamped(now, context)
        if reading is not None and variable(ended_list_for(context)):
            effects.changes.append(AddStopSample(tx_id, reading))


def _take_idle(evse: Evse, now: datetime, effects: Effects) -> None:
    """By the clock, while no transaction runs; none while the meter is stale."""
    reading = evse.stamped(now, CLOCK[0])
    if reading is not None:
        effects.changes.append(AddFact(MeterSampled(evse.evse_id, now, reading), evse.new_id()))
