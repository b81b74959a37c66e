"""The books of a whole station against a list of what was written into them.

Chance cuts the power at any instant and around any access to the store, loses the connection,
resets the station, and lets the central system answer a message late, twice, out of order,
wrongly, with an error, or not at all. ``AMPKEEPER_BOOKS_RUNS`` says how many stories are told of
each version.
"""

import asyncio
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from ampkeeper.firmware.facts import (
    Fact,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from ampkeeper.firmware.store.changes import AddFact
from ampkeeper.firmware.store.store import Store
from tests.support import quick_charger as quick
from tests.support.quick_charger import QuickCharger
from tests.support.record import ANSWER_S, breaches
from tests.support.rig import CARD
from tests.support.virtual import CuttingLoop

RUNS = int(os.environ.get("AMPKEEPER_BOOKS_RUNS", "4"))
STEPS = 14
ATTEMPTS = 3
SETTLE_S = 3_600.0
SETS = (
    ("ocpp.keys.TransactionMessageRetryInterval", "5"),
    ("ocpp.keys.MeterValueSampleInterval", "20"),
    ("ocpp.keys.StopTxnSampledData", '"Energy.Active.Import.Register"'),
)
FATES = st.lists(st.sampled_from(range(len(quick.FATES))), min_size=12, max_size=30)
COVERED: Counter[str] = Counter()


class Witness:
    """What the store did, noted behind its back: messages written and given up, in order."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.written: dict[str, Fact] = {}
        self.given_up: list[str] = []
        self.offline: set[str] = set()  # written while the central system was away
        commit, discard = Store.commit, Store.outbox_discard

        def noted_commit(store: Store, changes: Any) -> int:
            shed = commit(store, changes)
            for change in changes:
                if isinstance(change, AddFact):
                    self.written.setdefault(change.message_id, change.fact)
                    if change.is_offline:
                        self.offline.add(change.message_id)
            return shed

        def noted_discard(store: Store, row_id: int) -> None:
            head = store.outbox_head()
            discard(store, row_id)
            if head is not None and head.id == row_id:
                self.given_up.append(head.message_id)

        patch.setattr(Store, "commit", noted_commit)
        patch.setattr(Store, "outbox_discard", noted_discard)

    def owed(self, is_16: bool) -> list[str]:
        """All messages that had to be told, in order. 1.6 has none for a mere change of state."""
        return [
            message_id
            for message_id, fact in self.written.items()
            if not (is_16 and isinstance(fact, TransactionUpdated) and fact.sample is None)
        ]


class Told(RuleBasedStateMachine):
    """One station and all that happens to it; a subclass says how it begins."""

    version = "1.6"
    sets: tuple[tuple[str, str], ...] = SETS

    def set_up(self, fates: list[int]) -> None:
        self.patch = pytest.MonkeyPatch()
        self.witness = Witness(self.patch)
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner(loop_factory=CuttingLoop)
        loop = self.runner.get_loop()
        assert isinstance(loop, CuttingLoop)
        self.loop = loop
        self.run(self._make())
        self.made.csms.fates.extend(fates)

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    async def _make(self) -> None:
        self.made = QuickCharger(Path(self.folder.name), self.version, self.sets)
        await self._power_on()

    async def _power_on(self) -> None:
        self.loop.power_on()
        await self.made.power_on()
        await asyncio.sleep(5)

    # people

    @rule()
    def charge(self) -> None:
        """A car comes and a card is held; energy flows if nothing is in the way."""
        self.made.plant.set_plugged(True)
        self.run(asyncio.sleep(3))
        self.made.swipe(CARD)
        self.run(asyncio.sleep(45))

    @rule()
    def swipe(self) -> None:
        self.made.swipe(CARD)
        self.run(asyncio.sleep(10))

    @rule()
    def unplug(self) -> None:
        self.made.plant.set_plugged(False)
        self.run(asyncio.sleep(5))

    @rule(seconds=st.sampled_from([1, 15, 60, 200]))
    def wait(self, seconds: int) -> None:
        self.run(asyncio.sleep(seconds))

    # the central system and the way to it

    @rule(
        fates=st.lists(st.integers(0, len(quick.FATES) - 1), min_size=1, max_size=6),
        late_s=st.sampled_from([20.13, 40.37, 70.71]),  # never just when it is sent again
    )
    def judge(self, fates: list[int], late_s: float) -> None:
        """The next messages meet these fates."""
        self.made.csms.late_s = late_s
        self.made.csms.fates.extend(fates)

    @rule(fate=st.sampled_from([quick.REFUSED, quick.UNHEARD, quick.UNSAID]))
    def judge_hard(self, fate: int) -> None:
        """The next message is given up, and the one after it nearly."""
        self.made.csms.fates.extend([fate] * (2 * ATTEMPTS - 1))

    @rule()
    def drop(self) -> None:
        self.made.drop()
        self.run(asyncio.sleep(1))

    @rule(is_up=st.booleans())
    def switch_network(self, is_up: bool) -> None:
        self.made.dialer.is_up = is_up
        if not is_up:
            self.made.drop()
        self.run(asyncio.sleep(20))

    @rule(kind=st.sampled_from(["Hard", "Soft"]))
    def reset(self, kind: str) -> None:
        word = kind if self.version == "1.6" else {"Hard": "Immediate", "Soft": "OnIdle"}[kind]
        self.run(self.made.ask("Reset", {"type": word}))
        self.run(asyncio.sleep(10))

    # power

    @rule(seconds=st.sampled_from([0.1, 30.0]))
    def cut(self, seconds: float) -> None:
        self.run(self._cut(seconds))

    @rule(accesses=st.integers(1, 12), is_before=st.booleans())
    def cut_at_an_access(self, accesses: int, is_before: bool) -> None:
        """The power goes just before or after the store does something."""
        self.loop.cut_after(accesses, is_before)
        self.run(self._cut_there())

    @rule(accesses=st.integers(1, 12), is_before=st.booleans())
    def cut_at_an_access_of_the_end(self, accesses: int, is_before: bool) -> None:
        self.made.swipe(CARD)
        self.cut_at_an_access(accesses, is_before)

    async def _cut(self, seconds: float) -> None:
        await self.made.power_off()
        await asyncio.sleep(seconds)
        await self._power_on()

    async def _cut_there(self) -> None:
        try:
            async with asyncio.timeout(60):
                await self.loop.has_cut.wait()
        except TimeoutError:
            COVERED["cuts that met no access"] += 1
        await self._cut(1)

    # what must hold in the end

    def teardown(self) -> None:
        if not hasattr(self, "made"):
            return
        try:
            self.run(self._settle())
            self._judge_messages()
            self._judge_words()
            self._judge_books()
            found = breaches(self.made.csms.record, ANSWER_S - 0.1)  # both are floats
            assert found == [], self.made.csms.record.tail(40)
            assert self.made.csms.rejected == []
        finally:
            self.run(self.made.power_off())
            self.runner.close()
            self.folder.cleanup()
            self.patch.undo()

    async def _settle(self) -> None:
        """All is well again, the car leaves, and the queue empties."""
        made = self.made
        made.csms.fates.clear()
        made.dialer.is_up = True
        self.loop.cut_at = 0
        made.plant.set_plugged(False)
        await made.until(lambda: made.is_registered and made.status == "Available", SETTLE_S)
        await made.until(lambda: made.app.task.owed.count == 0, SETTLE_S)
        store = made.app._store
        assert (store.outbox_count(), store.open_sessions()) == (0, [])
        kept = store._connection.execute("SELECT count(*) FROM stop_sample").fetchone()
        assert kept == (0,)

    def _judge_messages(self) -> None:
        """Each was heard, in the order of writing, or given up by the rule."""
        arrivals = self.made.csms.arrivals
        first = list(dict.fromkeys(each.message_id for each in arrivals))
        assert first == self.witness.owed(self.version == "1.6")
        heard = {each.message_id for each in arrivals if each.fate in quick.HEARD}
        sends = Counter(each.message_id for each in arrivals if each.fate != quick.ANSWERED)
        for message_id in self.witness.given_up:
            assert sends[message_id] >= ATTEMPTS, message_id
        assert set(first) - heard <= set(self.witness.given_up)
        COVERED.update(quick.FATES[each.fate] for each in arrivals)
        COVERED["messages"] += len(first)
        COVERED["given up"] += len(self.witness.given_up)

    def _judge_words(self) -> None:
        """Each message speaks of its own transaction, and each end tells what flowed."""
        by_id = {each.message_id: each for each in self.made.csms.arrivals}
        known: dict[str, int] = {}
        for message_id, fact in self.witness.written.items():
            if message_id not in by_id:
                continue
            payload = by_id[message_id].payload
            tx_id = str(fact.tx_id)
            if self.version != "1.6":
                assert payload["transactionInfo"]["transactionId"] == tx_id
                assert payload["offline"] or message_id not in self.witness.offline
            elif isinstance(fact, TransactionStarted):
                is_lost = message_id in self.witness.given_up
                known[tx_id] = -1 if is_lost else self.made.csms.numbers[message_id]
            else:
                assert payload["transactionId"] == known[tx_id], (message_id, fact)
            if isinstance(fact, TransactionEnded):
                self._judge_end(fact, payload)

    def _judge_books(self) -> None:
        """What was written is whole: one start, one end, no gap, and all that flowed."""
        by_tx: dict[str, list[Any]] = {}
        for fact in self.witness.written.values():
            by_tx.setdefault(str(fact.tx_id), []).append(fact)
        billed_wh = 0
        for facts in by_tx.values():
            start, end = facts[0], facts[-1]
            assert isinstance(start, TransactionStarted)
            assert isinstance(end, TransactionEnded)
            assert [fact.seq_no for fact in facts] == list(range(len(facts)))
            billed_wh += end.end.reading.energy_wh - start.begin.reading.energy_wh
        metered_wh = self.made.plant.energy_wh - quick.BEGIN_WH
        assert abs(billed_wh - metered_wh) <= 1 + len(by_tx)
        COVERED["transactions"] += len(by_tx)

    def _judge_end(self, fact: TransactionEnded, payload: dict[str, Any]) -> None:
        if self.version != "1.6":
            return
        assert payload["meterStop"] == fact.end.reading.energy_wh
        data = payload["transactionData"]
        contexts = [each["sampledValue"][0]["context"] for each in data]
        assert contexts[0] == "Transaction.Begin"
        assert contexts[-1] == "Transaction.End"
        assert set(contexts[1:-1]) <= {"Sample.Periodic"}
        samples = [
            other.sample
            for other in self.witness.written.values()
            if isinstance(other, TransactionUpdated) and other.tx_id == fact.tx_id and other.sample
        ]
        assert len(data) - 2 == len(samples)


class Told201(Told):
    """The same in 2.0.1."""

    version = "2.0.1"


class Story(Told):
    """From a station that is free."""

    @initialize(fates=FATES)
    def begin(self, fates: list[int]) -> None:
        self.set_up(fates)


class Story201(Told201):
    """The same in 2.0.1."""

    @initialize(fates=FATES)
    def begin(self, fates: list[int]) -> None:
        self.set_up(fates)


STORIES = settings(
    max_examples=RUNS,
    stateful_step_count=STEPS,
    deadline=None,
    phases=(Phase.generate,),  # to make it shorter takes as long as all the rest
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("story", [Story, Story201])
@pytest.mark.timeout(300 + 60 * RUNS)
def test_whatever_happens_each_message_is_told_in_order_or_given_up_by_the_rule(
    story: type[Told], record_property: Any
) -> None:
    COVERED.clear()
    run_state_machine_as_test(story, settings=STORIES)
    record_property("covered", ", ".join(f"{count} {name}" for name, count in COVERED.items()))
