"""The books of a station whose central system changes what begins and ends a transaction.

Over the chances of ``test_books_against_a_model``: lost links, restarts, power cuts, messages that
are not taken. Every transaction has one begin, numbers without a gap, one end, and all that
flowed; and nothing flowed outside. ``AMPKEEPER_POINTS_RUNS`` says how many stories are told.
"""

import asyncio
import json
import os
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from ampkeeper.firmware.facts import TransactionEnded, TransactionStarted
from ampkeeper.firmware.station.rules import VERDICT_S
from tests.station.test_books_against_a_model import (
    COVERED,
    FATES,
    SETS,
    SETTLE_S,
    STORIES,
    Told201,
)
from tests.support.rig import CARD, OTHER_CARD

RUNS = int(os.environ.get("AMPKEEPER_POINTS_RUNS", "3"))
START = ("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer")
POINTS = st.lists(st.sampled_from(START), min_size=1, max_size=3, unique=True)


class StoryOfPoints(Told201):
    """One station with a captive cable, and all that happens to it."""

    @initialize(fates=FATES, start=POINTS, stop=POINTS, ends_on_unplug=st.booleans())
    def begin_with(
        self, fates: list[int], start: list[str], stop: list[str], ends_on_unplug: bool
    ) -> None:
        ends = str(ends_on_unplug).lower()
        self.sets = (
            *SETS,
            ("evse.1.socket", "false"),
            ('ocpp.variables."TxCtrlr.TxStartPoint"', json.dumps(",".join(start))),
            ('ocpp.variables."TxCtrlr.TxStopPoint"', json.dumps(",".join(stop))),
            ('ocpp.variables."TxCtrlr.StopTxOnEVSideDisconnect"', ends),
        )
        self.set_up(fates)

    @rule(start=POINTS, stop=POINTS, ends_on_unplug=st.booleans())
    def choose(self, start: list[str], stop: list[str], ends_on_unplug: bool) -> None:
        """Whatever runs, the next transaction is to begin and end so."""
        values = {
            "TxStartPoint": ",".join(start),
            "TxStopPoint": ",".join(stop),
            "StopTxOnEVSideDisconnect": str(ends_on_unplug).lower(),
        }
        component = {"name": "TxCtrlr"}
        asked = [
            {"component": component, "variable": {"name": name}, "attributeValue": value}
            for name, value in values.items()
        ]
        self.run(self.made.ask("SetVariables", {"setVariableData": asked}))

    @rule(seconds=st.sampled_from([2, 30, 130]))
    def plug(self, seconds: int) -> None:
        """A car comes, or comes again; perhaps nobody has a card."""
        self.made.plant.set_plugged(True)
        self.run(asyncio.sleep(seconds))

    @rule()
    def swipe_another(self) -> None:
        self.made.swipe(OTHER_CARD)
        self.run(asyncio.sleep(10))

    @rule()
    def start_remotely(self) -> None:
        token = {"idToken": CARD, "type": "ISO14443"}
        asked = {"remoteStartId": 1, "evseId": 1, "idToken": token}
        self.run(self.made.ask("RequestStartTransaction", asked))
        self.run(asyncio.sleep(5))

    @rule()
    def stop_remotely(self) -> None:
        running = self.made.app.station.evses[1].transaction
        tx_id = running.tx_id if running is not None else "nobody-s"
        self.run(self.made.ask("RequestStopTransaction", {"transactionId": tx_id}))
        self.run(asyncio.sleep(5))

    async def _settle(self) -> None:
        """Who was let in without a car gives up too."""
        self.made.csms.fates.clear()
        self.made.dialer.is_up = True
        self.made.plant.set_plugged(False)
        await asyncio.sleep(VERDICT_S + 5)
        await self.made.until(lambda: not self.made.app.station.is_busy, SETTLE_S)
        await super()._settle()

    def _judge_books(self) -> None:
        super()._judge_books()
        for fact in self.witness.written.values():
            if isinstance(fact, TransactionStarted):
                COVERED[f"begun by {fact.trigger}"] += 1
            elif isinstance(fact, TransactionEnded):
                COVERED[f"ended for {fact.reason}"] += 1


@pytest.mark.timeout(300 + 60 * RUNS)
def test_whatever_begins_and_ends_them_transactions_are_whole(record_property: Any) -> None:
    COVERED.clear()
    run_state_machine_as_test(StoryOfPoints, settings=settings(STORIES, max_examples=RUNS))
    record_property("covered", ", ".join(f"{count} {name}" for name, count in COVERED.items()))
