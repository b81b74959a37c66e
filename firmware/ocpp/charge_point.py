"""Charge point: one station's side of OCPP over all its connections, without any I/O.

Registration (``registration.py``) decides what may be said, the speaker what comes next, the
exchange how frames are answered, and a dialect in which words. Inputs are methods with the
monotonic time ``now_s``; outputs wait in ``take_effects()`` for the task, in the order in which
they must be carried out. Nothing that comes from the network raises.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

from ampkeeper.firmware.facts import ConnectorReport, IdToken
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp import jobs
from ampkeeper.firmware.ocpp import registration as reg
from ampkeeper.firmware.ocpp.dialect import (
    Answer,
    BootAnswer,
    Call,
    Dialect,
    Follow,
    Later,
    Payload,
)
from ampkeeper.firmware.ocpp.jobs import Job
from ampkeeper.firmware.ocpp.outbox import OutboxRow
from ampkeeper.firmware.ocpp.outcome import Answered, Odd, Outcome, Output, Result, Written
from ampkeeper.firmware.ocpp.registration import BootBackoff, Registration
from ampkeeper.firmware.ocpp.rpc import MEET, STAY_SILENT, TURN_AWAY, Exchange
from ampkeeper.firmware.ocpp.rules import RULES
from ampkeeper.firmware.ocpp.schemas import schemas_for
from ampkeeper.firmware.ocpp.speaker import Speaker

REMOTE_ACTIONS = frozenset(  # not before Accepted: 1.6 4.2, 2.x B02.FR.05
    (
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "RequestStartTransaction",
        "RequestStopTransaction",
    )
)
REJECTED = Answer({"status": "Rejected"})
ANSWERS = (fx.TokenAnswered, fx.DataTransferAnswered, fx.ToldAnswered)


@dataclass(frozen=True, slots=True)
class ChargePointSettings:
    """What the configuration says about the exchange."""

    boot_reason: str = "PowerUp"
    heartbeat_interval_s: int = 300  # until the central system names its own
    call_timeout_s: float = 30.0
    later_timeout_s: float = 25.0
    fact_attempts: int = 3  # TransactionMessageAttempts, MessageAttempts[TransactionEvent]
    fact_retry_s: float = 60.0
    status_stable_s: float = 0.0  # MinimumStatusDuration: a shorter-lived state is not told
    offline_threshold_s: float = 0.0  # B04: after shorter absences only changes are reported
    boot_retry_s: float = 10.0  # own back-off, where the central system names none
    boot_retry_s_max: float = 600.0


class Connectors(Protocol):
    """What the charge point itself asks of the station: part of ``StationPort``."""

    def evse_ids(self) -> tuple[int, ...]:
        """The EVSEs, from 1."""

    def report(self, evse_id: int) -> ConnectorReport:
        """The present state of an EVSE, or of the station (0)."""


class Dialects(Protocol):
    """The words of each version."""

    def get(self, subprotocol: str, /) -> Dialect | None:
        """Those of ``subprotocol``; None: there are none."""


class ChargePoint:
    """The OCPP client; ``on_effect`` is called when ``take_effects()`` has something."""

    def __init__(
        self,
        dialects: Dialects,
        station: Connectors,
        settings: ChargePointSettings,
        new_message_id: Callable[[], str],
    ) -> None:
        self.on_effect: Callable[[], None] = _nothing
        self.settings = settings
        self.registration = Registration()
        self._dialects = dialects
        self._station = station
        self._effects: list[fx.Effect] = []
        self._speaker = Speaker(self.registration, self._put, new_message_id, self._on_boot)
        self._speaker.boot_reason = settings.boot_reason
        self._speaker.heartbeat_s = float(settings.heartbeat_interval_s)
        self._keys = 0
        self._lost_s = 0.0
        self._unsettled: dict[int, tuple[float, ConnectorReport]] = {}  # by EVSE, from when on
        self.configure(settings)

    # Inputs.

    def connected(self, subprotocol: str, now_s: float, system: str = "") -> None:
        """A socket to ``system`` is open and the server chose ``subprotocol``."""
        self._speaker.now_s = now_s
        dialect = self._dialects.get(subprotocol)
        if dialect is None:
            self._put(fx.Reconnect(f"the server chose {subprotocol!r}"))
            return
        rules, schemas = RULES[subprotocol], schemas_for(subprotocol)
        self._speaker.open(Exchange(rules, schemas, self._handle, self._on_output), dialect)
        self.configure(self.settings)
        self._put(fx.LinkUp(subprotocol))
        # What waits now waited offline: it was queued when the link went, or came since
        # (E11.FR.07). The outbox is read anew after it.
        self._put(fx.MarkOffline())
        self.registration.connect(subprotocol, now_s, system)
        if self.registration.state == reg.ACCEPTED:
            self._put(fx.Registered("accepted", int(self._speaker.heartbeat_s)))
            is_long = now_s - self._lost_s >= self.settings.offline_threshold_s
            self._report_all(only_changes=not is_long)  # B04.FR.01, FR.02
        self._turn()

    def disconnected(self, now_s: float) -> None:
        """The socket is gone."""
        self._speaker.now_s = now_s
        if self._speaker.line is None:
            return
        self.registration.lose()
        self._unsettled.clear()
        self._speaker.close()
        self._lost_s = now_s
        self._put(fx.LinkDown())

    def restart(self, now_s: float) -> None:
        """The task begins, or begins again after a failure: what it had in hand is not known.

        Whoever waits for an answer still hears that there is none.
        """
        self._effects = [effect for effect in self._effects if isinstance(effect, ANSWERS)]
        self.disconnected(now_s)
        self._speaker.facts.forget()

    def received(self, text: str | bytes, now_s: float) -> None:
        """A frame came."""
        self._speaker.now_s = now_s
        line = self._speaker.line
        if line is not None:
            line.exchange.receive(text, now_s)
            self._speaker.heard()
            self._turn()

    def tick(self, now_s: float) -> None:
        """Time passed. Needed at ``deadline_s`` and after ``on_effect``."""
        self._speaker.now_s = now_s
        self._speaker.expire()
        line = self._speaker.line
        if line is not None:
            line.exchange.tick(now_s)
            self.registration.tick(now_s)
            self._turn()

    def status_changed(self, report: ConnectorReport, now_s: float) -> None:
        """A connector does something else now. While not registered, nothing is kept of it."""
        self._speaker.now_s = now_s
        if self.registration.may_send == reg.SAY_ALL:
            self._unsettled[report.evse_id] = (now_s + self.settings.status_stable_s, report)
            self._turn()

    def outbox_changed(self, now_s: float) -> None:
        """A fact was written to the store."""
        self._speaker.now_s = now_s
        self._speaker.facts.appended()
        self._turn()

    def head_loaded(self, row: OutboxRow | None, now_s: float) -> None:
        """What ``LoadHead`` found."""
        self._speaker.now_s = now_s
        self._speaker.facts.loaded(row, now_s)
        self._turn()

    def authorize(self, token: IdToken, now_s: float, timeout_s: float) -> int:
        """Ask about a token. ``TokenAnswered`` with the returned key comes within the time."""
        self._speaker.now_s = now_s
        self._keys += 1
        job = Job(jobs.AUTHORIZE, key=self._keys, token=token, until_s=now_s + timeout_s)
        if self._speaker.line is not None:
            job.call = self._speaker.line.dialect.authorize(token)
        self._speaker.add(job)
        self._turn()
        return job.key

    def send_data_transfer(
        self, vendor_id: str, message_id: str | None, data: Any, now_s: float
    ) -> int:
        """Send a DataTransfer. ``DataTransferAnswered`` with the returned key comes."""
        self._speaker.now_s = now_s
        self._keys += 1
        job = Job(jobs.DATA, key=self._keys)
        if self._speaker.line is not None:
            job.call = self._speaker.line.dialect.data_transfer(vendor_id, message_id, data)
        self._speaker.add(job)
        self._turn()
        return job.key

    def tell(self, word: Callable[[Dialect], Call | None], now_s: float) -> int:
        """Say what ``word`` makes of the dialect spoken; None: this version has no word for it.

        ``ToldAnswered`` with the returned key comes; at once where nothing may be said now.
        Whoever must not lose it tells it again after the next ``Registered("accepted")``.
        """
        self._speaker.now_s = now_s
        self._keys += 1
        job = Job(jobs.TOLD, key=self._keys)
        line = self._speaker.line
        if line is not None:
            job.call = self._speaker.read(word, line.dialect)
        if line is not None and job.call is None:
            self._put(fx.ToldAnswered(job.key, None, "this version has no such message", True))
            return job.key
        self._speaker.add(job)
        self._turn()
        return job.key

    def configure(self, settings: ChargePointSettings) -> None:
        """Take changed settings; they are in force from the next message on."""
        if settings.heartbeat_interval_s != self.settings.heartbeat_interval_s:
            self._speaker.heartbeat_s = float(settings.heartbeat_interval_s)
        self.settings = settings
        self._speaker.facts.attempts_max = settings.fact_attempts
        self._speaker.facts.retry_s = settings.fact_retry_s
        if self._speaker.line is not None:
            self._speaker.line.exchange.call_timeout_s = settings.call_timeout_s
            self._speaker.line.exchange.later_timeout_s = settings.later_timeout_s

    # Outputs.

    def take_effects(self) -> list[fx.Effect]:
        """What is to be done, in order; the list is the caller's."""
        effects, self._effects = self._effects, []
        return effects

    @property
    def deadline_s(self) -> float | None:
        """When ``tick`` is due."""
        settled_s = (due_s for due_s, _ in self._unsettled.values())
        return min(chain(self._speaker.deadlines(), settled_s), default=None)

    @property
    def is_quiet(self) -> bool:
        """True if nothing waits to be answered, in either direction, or to be carried out."""
        line = self._speaker.line
        return not self._effects and (line is None or line.exchange.is_idle)

    @property
    def unanswered(self) -> int:
        """Calls in a row without any sign of life from the peer."""
        return 0 if self._speaker.line is None else self._speaker.line.silences

    # Inside.

    def _put(self, effect: fx.Effect) -> None:
        self._effects.append(effect)
        self.on_effect()

    def _turn(self) -> None:
        """Meet calls as the registration says now, then say what may be said."""
        line = self._speaker.line
        if line is None:
            return
        for evse_id, (due_s, report) in list(self._unsettled.items()):
            if self._speaker.now_s >= due_s:
                del self._unsettled[evse_id]
                self._speaker.add(Job(jobs.STATUS, report=report, is_change=True))
        if self.registration.answering != reg.REFUSE:
            line.exchange.meeting = MEET
        else:  # 1.6 4.2: do not even respond; B03.FR.08: SecurityError
            is_1_6 = not line.exchange.rules.answers_unreadable
            line.exchange.meeting = STAY_SILENT if is_1_6 else TURN_AWAY
        self._speaker.speak()

    def _on_boot(self, outcome: Outcome, dialect: Dialect) -> None:
        """Act on what came back for BootNotification."""
        now_s, answer = self._speaker.now_s, BootAnswer("none", 0, None)
        if isinstance(outcome, Result):
            answer = self._speaker.read(dialect.read_boot, outcome.payload) or answer
        backoff = BootBackoff(self.settings.boot_retry_s, self.settings.boot_retry_s_max)
        self.registration.take_answer(
            answer.status, answer.interval_s, dialect.subprotocol, now_s, backoff
        )
        self._put(fx.Registered(answer.status, answer.interval_s))
        if answer.time is not None:
            self._speaker.told_time()
            self._put(fx.TimeTold(answer.time))
        if self.registration.state == reg.ACCEPTED:
            interval_s = answer.interval_s or self.settings.heartbeat_interval_s
            self._speaker.heartbeat_s = float(interval_s)
            self._report_all(only_changes=False)

    def _report_all(self, only_changes: bool) -> None:
        """Report the present state of the station and of each connector (errata 3.22)."""
        for evse_id in (0, *self._station.evse_ids()):
            report = self._station.report(evse_id)
            self._speaker.add(Job(jobs.STATUS, report=report, is_change=only_changes))

    def _handle(self, action: str, payload: Payload) -> Answer | Later:
        """Answer a call that the schema found good."""
        line = self._speaker.line
        assert line is not None
        if self.registration.answering != reg.ANSWER_ALL and action in REMOTE_ACTIONS:
            return REJECTED
        answer = line.dialect.handle(action, payload)
        is_registered = self.registration.state == reg.ACCEPTED
        if isinstance(answer, Answer) and is_registered and _asks_boot(answer):
            return REJECTED  # errata 3.35, F06.FR.17
        return answer

    def _on_output(self, output: Output) -> None:
        if isinstance(output, Written):
            self._put(fx.Send(output.text, output.is_result))
        elif isinstance(output, Odd):
            self._put(fx.Noted(output.text, output.suspicion))
        elif isinstance(output, Answered):
            if output.answer.then is not None:
                self._put(fx.Run(output.answer.then))
            for follow in output.answer.follow:
                self._follow(follow)
        else:
            self._speaker.finish(output)

    def _follow(self, follow: Follow) -> None:
        """Queue what a trigger asked for; its reply is out by now (§4.7 row 25)."""
        line = self._speaker.line
        if line is None or follow.evse_id not in (None, 0, *self._station.evse_ids()):
            return
        is_all = follow.evse_id is None
        evse_ids = self._station.evse_ids() if follow.evse_id is None else (follow.evse_id,)
        calls = list(follow.calls)
        if follow.kind == "boot":
            self._speaker.boot_reason = "Triggered"
            self.registration.retry(self._speaker.now_s)
        elif follow.kind == "heartbeat":
            self._speaker.add(Job(jobs.HEARTBEAT, line.dialect.heartbeat()))
        elif follow.kind == "status":
            for evse_id in (0, *evse_ids) if is_all else evse_ids:
                self._speaker.add(Job(jobs.STATUS, report=self._station.report(evse_id)))
        elif follow.kind == "meter_values":
            worded = [line.dialect.meter_values(evse_id) for evse_id in evse_ids]
            calls += [call for call in worded if call is not None]
        for call in calls:
            self._speaker.add(Job(jobs.ASKED, call))


def _asks_boot(answer: Answer) -> bool:
    return any(follow.kind == "boot" for follow in answer.follow)


def _nothing() -> None:
    """Nobody listens yet."""
