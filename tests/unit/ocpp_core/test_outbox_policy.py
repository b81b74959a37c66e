"""The outbox: its table, and order, loss and doubling against a simple model."""

from dataclasses import dataclass, field
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.ocpp import outbox
from ampkeeper.firmware.ocpp.charge_point import ChargePointSettings
from ampkeeper.firmware.ocpp.outbox import Outbox, context_of
from tests.unit.ocpp_core.core_fakes import MemoryOutbox, Rig, Row, ended, started, updated

NOT_YET = {"FOUND", "FOUND_NONE"}  # the store says something only when it was asked
NOT_SENT = {"SENDING", "SILENCE", "AGAIN", "DUE"}
IGNORED = {
    "UNKNOWN": {"APPENDED", "RELOAD", "OVER"} | NOT_YET | NOT_SENT,
    "LOADING": {"ASKED", "OVER"} | NOT_SENT,
    "STALE": {"ASKED", "APPENDED", "RELOAD", "OVER"} | NOT_SENT,
    "EMPTY": {"ASKED", "OVER"} | NOT_YET | NOT_SENT,
    "READY": {"APPENDED", "ASKED", "SILENCE", "DUE"} | NOT_YET,
    "SENT": {"APPENDED", "ASKED", "SENDING", "DUE"} | NOT_YET,
    "DOUBTED": {"APPENDED", "ASKED", "SENDING", "SILENCE", "DUE"} | NOT_YET,
    "WAITING": {"APPENDED", "ASKED", "SENDING", "SILENCE", "AGAIN"} | NOT_YET,
}


def test_no_pair_has_two_rows() -> None:
    pairs = [row[:2] for row in outbox.TABLE]
    assert len(pairs) == len(set(pairs))


def test_every_pair_is_a_row_or_ignored_on_purpose() -> None:
    rows = {row[:2]: row[2] for row in outbox.TABLE}
    for state, event in product(range(len(outbox.STATES)), range(len(outbox.EVENTS))):
        is_ignored = outbox.EVENTS[event] in IGNORED[outbox.STATES[state]]
        assert is_ignored != ((state, event) in rows), (outbox.STATES[state], outbox.EVENTS[event])
        box = Outbox()
        box.state = state
        assert box.feed(event) != is_ignored
        assert box.state == rows.get((state, event), state)


def test_a_new_connection_is_read_anew_from_every_state_but_the_first_two() -> None:
    rows = {row[:2]: row[2] for row in outbox.TABLE}
    for state in (outbox.EMPTY, outbox.READY, outbox.SENT, outbox.DOUBTED, outbox.WAITING):
        assert rows[state, outbox.RELOAD] == outbox.UNKNOWN


def test_a_fact_written_while_the_store_looks_is_not_overlooked() -> None:
    box = Outbox()
    box.feed(outbox.ASKED)
    box.feed(outbox.APPENDED)
    box.loaded(None, 0.0)
    assert box.state == outbox.UNKNOWN


def test_waits_grow_with_the_sends_and_the_last_failure_gives_up() -> None:
    box = Outbox()
    box.feed(outbox.ASKED)
    box.loaded(Row(1, started(), "m"), 0.0)
    box.feed(outbox.SENDING)
    assert not box.failed(100.0, 3, 60.0)
    assert box.wait_until_s == 160.0
    box.due(160.0)
    box.feed(outbox.SENDING)
    assert not box.failed(200.0, 3, 60.0)
    assert box.wait_until_s == 320.0
    box.due(320.0)
    box.feed(outbox.SENDING)
    assert box.failed(400.0, 3, 60.0)


def test_a_row_loaded_anew_waits_until_its_time() -> None:
    box = Outbox()
    row = Row(1, started(), "m")
    box.feed(outbox.ASKED)
    box.loaded(row, 0.0)
    box.feed(outbox.SENDING)
    box.failed(0.0, 3, 60.0)
    box.feed(outbox.RELOAD)
    box.feed(outbox.ASKED)
    box.loaded(row, 30.0)
    assert box.state == outbox.WAITING
    box.due(60.0)
    assert box.state == outbox.READY


def test_only_a_start_may_go_without_the_central_systems_id() -> None:
    assert context_of(Row(1, started(), "m")).csms_tx_id is None
    assert context_of(Row(1, updated(), "m")).csms_tx_id == -1
    assert context_of(Row(1, ended(), "m")).csms_tx_id == -1
    assert context_of(Row(1, ended(), "m", csms_tx_id=0)).csms_tx_id == 0
    assert context_of(Row(1, ended(), "m", csms_tx_id=-1)).csms_tx_id == -1


# Against a model: a central system that remembers which message ids it has taken.


@dataclass
class Central:
    """What the far side holds: the ids it processed, in the order of their first arrival."""

    taken: list[str] = field(default_factory=list)
    arrivals: list[str] = field(default_factory=list)

    def take(self, message_id: str) -> None:
        self.arrivals.append(message_id)
        if message_id not in self.taken:
            self.taken.append(message_id)


STEPS = st.sampled_from(
    ["append"] * 4
    + ["reply"] * 5
    + ["late", "refuse", "busy", "ignore", "lose before", "lose after", "restart", "garbage"]
)


class Model:
    """A rig and a central system under one list of steps."""

    def __init__(self) -> None:
        self.outbox = MemoryOutbox()
        self.central = Central()
        self.written: list[str] = []
        self.late: list[Any] = []
        self.refusals: dict[str, int] = {}
        self.start()

    def start(self) -> None:
        self.rig = Rig(settings=ChargePointSettings(fact_attempts=3), outbox=self.outbox)
        self.rig.connect()
        self.rig.boot("Accepted")
        self.answer_others()

    def answer_others(self) -> Any:
        """Answer everything that is no fact; return the fact that waits for an answer."""
        for _ in range(50):
            if not self.rig.sent:
                return None
            call = self.rig.sent[0]
            if call[2] == "DataTransfer":
                return call
            self.rig.reply()
        raise AssertionError("the charge point does not come to rest")

    def step(self, step: str) -> None:
        if step == "append":
            number = len(self.written)
            self.written.append(self.rig.add_fact(updated(seq_no=number)).message_id)
        elif step == "restart":
            self.start()
        elif step == "garbage":
            self.rig.receive_text('[3,"who","knows"')
        elif step == "late" and self.late:
            self.rig.receive(3, self.late.pop(), {"status": "Accepted"})
        else:
            self.answer(step)

    def answer(self, step: str) -> None:
        call = self.answer_others()
        if call is None:
            self.rig.wait(61.0)
            call = self.answer_others()
        if call is None:
            return
        message_id = call[1]
        assert message_id == self.outbox.rows[0].message_id, "not the oldest"
        if step == "reply":
            self.central.take(message_id)
            self.rig.reply()
        elif step in ("refuse", "busy"):
            self.refusals[message_id] = self.refusals.get(message_id, 0) + 1
            self.rig.refuse("RpcFrameworkError" if step == "busy" else "InternalError")
        elif step == "ignore":
            self.rig.next()
            self.central.take(message_id)
            self.refusals[message_id] = self.refusals.get(message_id, 0) + 1
            self.late.append(message_id)
            self.rig.wait(31.0)
        elif step.startswith("lose"):
            if step == "lose after":
                self.central.take(message_id)
            self.rig.disconnect()
            self.rig.sent.clear()
            self.rig.connect()

    def drain(self) -> None:
        for _ in range(20 + 4 * len(self.written)):
            if not self.outbox.rows:
                return
            self.answer("reply")
        raise AssertionError("the outbox does not empty")


@settings(max_examples=150)
@given(st.lists(STEPS, max_size=60))
def test_order_is_kept_and_nothing_lost_or_doubled(steps: list[str]) -> None:
    model = Model()
    for step in steps:
        model.step(step)
    model.drain()
    outcome = [*model.outbox.delivered, *model.outbox.discarded]
    assert sorted(outcome) == sorted(model.written), "each fact has exactly one end"
    assert len(set(outcome)) == len(outcome)
    assert model.outbox.delivered == [m for m in model.written if m in model.outbox.delivered]
    assert model.central.taken == [m for m in model.written if m in model.central.taken]
    assert set(model.outbox.delivered) <= set(model.central.taken)
    for message_id in model.outbox.discarded:
        assert model.refusals[message_id] >= 3, "given up before its attempts were used up"
    for message_id in model.written:
        if message_id not in model.refusals:
            assert message_id in model.outbox.delivered
