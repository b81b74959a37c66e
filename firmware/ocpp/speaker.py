"""Speaker: which call goes out next, and what its answer means.

By priority: boot, a probe of a silent peer, authorisations, status and what was asked for, the
outbox, and a heartbeat when all else was quiet. One call at a time; what a registration allows
is asked of ``registration.py`` before every one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ampkeeper.firmware.facts import ConnectorReport
from ampkeeper.firmware.ocpp import effects as fx
from ampkeeper.firmware.ocpp import jobs
from ampkeeper.firmware.ocpp import registration as reg
from ampkeeper.firmware.ocpp.dialect import Dialect, Payload, Verdict
from ampkeeper.firmware.ocpp.fact_pump import FactPump
from ampkeeper.firmware.ocpp.jobs import Job, JobQueue
from ampkeeper.firmware.ocpp.outcome import Finished, Outcome, Refusal, Result, Silence
from ampkeeper.firmware.ocpp.registration import Registration
from ampkeeper.firmware.ocpp.rpc import Exchange, attempt
from ampkeeper.firmware.ocpp.schemas import SENT_ONLY

DAY_S = 86_400.0  # at least one heartbeat a day, for its time (J-errata 3.9)
BUSY_WAIT_S = 2.0  # after "call already in progress": the peer waits for an answer of ours
SILENCES_MAX = 2  # calls in a row without any sign of life: the peer is gone
STEPS_MAX = 256  # of one turn: more than all queues together
BUSY = "RpcFrameworkError"  # what CitrineOS says while a call of its own is unanswered

Given = TypeVar("Given")
Read = TypeVar("Read")


@dataclass(slots=True)
class Line:
    """What exists only while a socket is open."""

    exchange: Exchange
    dialect: Dialect
    quiet_until_s: float
    silences: int = 0
    wants_probe: bool = False
    is_dead: bool = False


class Speaker:
    """Says one thing after the other on the open line."""

    def __init__(
        self,
        registration: Registration,
        put: Callable[[fx.Effect], None],
        new_message_id: Callable[[], str],
        on_boot: Callable[[Outcome, Dialect], None],
    ) -> None:
        self.line: Line | None = None
        self.facts = FactPump(put)
        self.boot_reason = "PowerUp"
        self.heartbeat_s = 0.0
        self.now_s = 0.0
        self._registration = registration
        self._put = put
        self._new_message_id = new_message_id
        self._on_boot = on_boot
        self._queue = JobQueue()
        self._open: dict[int, Job] = {}  # authorisations whose asker still waits
        self._reported: dict[int, Payload] = {}  # the last word on each connector
        self._last_call_s = 0.0
        self._told_s = 0.0  # when the central system last told the time, or was asked

    def open(self, exchange: Exchange, dialect: Dialect) -> None:
        """A socket is open."""
        self.line = Line(exchange, dialect, self.now_s)
        self._last_call_s = self.now_s
        self.facts.reload()

    def close(self) -> None:
        """The socket is gone, and with it all that was not in the outbox, but for reports."""
        if self.line is None:
            return
        cut_off = self.line.exchange.close()
        self.line = None
        self.facts.reload()
        for job in [cut_off, *self._queue.drain()]:
            if isinstance(job, Job) and not (job.is_page and self._queue.add(job) is None):
                self._drop(job, "the link was lost")

    def heard(self) -> None:
        """A frame came, and has been worked on."""
        if self.line is not None:
            self.line.silences = 0
            self.line.wants_probe = False
        if self.facts.is_doubted:  # the peer lives: it was the message
            self.facts.failed("no answer", self.now_s)

    def add(self, job: Job) -> None:
        """Queue ``job``, or answer it at once where it may not be said."""
        is_asked = job.kind not in (jobs.AUTHORIZE, jobs.DATA, jobs.TOLD)
        if job.kind == jobs.AUTHORIZE:
            self._open[job.key] = job
        if self.line is None or (not is_asked and self._registration.may_send != reg.SAY_ALL):
            self._drop(job, "not registered")
            return
        dropped = self._queue.add(job)
        if dropped is not None:
            self._drop(dropped, "too many messages wait")

    def expire(self) -> None:
        """Answer the authorisations whose time is over."""
        for job in list(self._open.values()):
            if self.now_s >= job.until_s:
                self._settle(job, None)

    def told_time(self) -> None:
        """The central system told the time."""
        self._told_s = self.now_s

    def deadlines(self) -> Iterator[float]:
        """When time has to be told to it."""
        for job in self._open.values():
            yield job.until_s
        if self.line is None:
            return
        if self.line.exchange.deadline_s is not None:
            yield self.line.exchange.deadline_s
        if self.line.exchange.is_free and not self.line.is_dead:
            yield max(self._next_call_s(), self.line.quiet_until_s)

    def speak(self) -> None:
        """Say what may be said now."""
        for _ in range(STEPS_MAX):
            line = self.line
            if line is None or line.is_dead or not line.exchange.is_free:
                return
            if self.now_s < line.quiet_until_s:
                return
            if not self._say_next(line):
                return

    def _next_call_s(self) -> float:
        """When the next call may be due."""
        may_send = self._registration.may_send
        if may_send >= reg.SAY_ASKED and self._queue.has_jobs(may_send == reg.SAY_ALL):
            return self.now_s
        if may_send != reg.SAY_ALL:
            return self._registration.boot_due_s
        facts_s = self.facts.wait_until_s
        if facts_s is not None:
            return min(facts_s, self._heartbeat_due_s())
        return self._heartbeat_due_s()

    def _heartbeat_due_s(self) -> float:
        if self.heartbeat_s <= 0:
            return self._told_s + DAY_S
        return min(self._last_call_s + self.heartbeat_s, self._told_s + DAY_S)

    def _say_next(self, line: Line) -> bool:
        """Say the most urgent thing; False if there is nothing to say now."""
        may_send = self._registration.may_send
        if may_send == reg.SAY_BOOT:
            if self.now_s < self._registration.boot_due_s:
                return False
            return self._say(line, Job(jobs.BOOT, line.dialect.boot(self.boot_reason)))
        is_all = may_send == reg.SAY_ALL
        if is_all and line.wants_probe:
            line.wants_probe = False
            return self._say(line, Job(jobs.HEARTBEAT, line.dialect.heartbeat()))
        job = self._queue.take(with_authorizations=is_all) if may_send >= reg.SAY_ASKED else None
        if job is not None:
            self._say(line, job)
            return True
        if not is_all:
            return False
        if self._say_fact(line):
            return True
        is_due = self.now_s >= self._heartbeat_due_s()
        return is_due and self._say(line, Job(jobs.HEARTBEAT, line.dialect.heartbeat()))

    def _say_fact(self, line: Line) -> bool:
        row = self.facts.next_row(self.now_s)
        if row is None:
            return False
        call = self.facts.word(row, line.dialect)
        if call is None:
            return True
        if self._say(line, Job(jobs.FACT, call, row=row), row.message_id):
            self.facts.sent()
        else:
            self.facts.give_up(row, f"its {call.action} is not valid")
        return True

    def _say(self, line: Line, job: Job, message_id: str | None = None) -> bool:
        """Send ``job``; False: there is nothing to say, or it cannot be said."""
        if job.report is not None and not self._word_status(line, job, job.report):
            return False
        if job.call is None or (job.kind == jobs.AUTHORIZE and job.key not in self._open):
            return False
        if job.call.action == SENT_ONLY:  # a SEND of 2.1: nothing to wait for
            is_sent = line.exchange.send(job.call, self._new_message_id())
            self._put(fx.ToldAnswered(job.key, {} if is_sent else None, "", not is_sent))
            return True
        job.sends += 1
        self._last_call_s = self.now_s
        if job.kind == jobs.HEARTBEAT:
            self._told_s = self.now_s
        if line.exchange.call(job.call, message_id or self._new_message_id(), job, self.now_s):
            return True
        self._drop(job, "not valid", is_refused=job.kind == jobs.TOLD)
        if job.kind == jobs.BOOT:
            self._on_boot(Refusal("", "not valid"), line.dialect)
        return False

    def _word_status(self, line: Line, job: Job, report: ConnectorReport) -> bool:
        """Put ``report`` into words; False if it is a change that these words do not show."""
        job.call = line.dialect.status(report)
        words = {} if job.call is None else _undated(job.call.payload)
        is_first = job.sends == 0
        if job.is_change and is_first and self._reported.get(report.evse_id) == words:
            return False
        self._reported[report.evse_id] = words
        return True

    def finish(self, finished: Finished) -> None:
        """Act on the answer to a call, or on its absence."""
        job, outcome, line = finished.key, finished.outcome, self.line
        assert isinstance(job, Job)
        if line is None:
            return
        if isinstance(outcome, Silence) and outcome.is_total:
            self._count_silence(line)
        if job.kind == jobs.FACT:
            self._finish_fact(job, outcome, line.dialect)
        elif finished.is_late:
            return
        elif job.kind == jobs.BOOT:
            self._on_boot(outcome, line.dialect)
        elif isinstance(outcome, Result):
            self._finish_well(job, outcome.payload, line.dialect)
        elif self._is_worth_another(job, outcome) and self._queue.put_back(job):
            line.quiet_until_s = self.now_s + BUSY_WAIT_S
        else:
            self._drop(job, _why(outcome), is_refused=isinstance(outcome, Refusal))

    def _finish_fact(self, job: Job, outcome: Outcome, dialect: Dialect) -> None:
        assert job.row is not None
        if isinstance(outcome, Result):
            self.facts.answered(job.row, outcome.payload, dialect)
        elif isinstance(outcome, Silence) and outcome.is_total:
            self.facts.silent()
        else:
            self.facts.failed(_why(outcome), self.now_s)

    def _finish_well(self, job: Job, payload: Payload, dialect: Dialect) -> None:
        if job.kind == jobs.AUTHORIZE:
            self._settle(job, self.read(dialect.read_authorize, payload))
        elif job.kind == jobs.DATA:
            self._put(fx.DataTransferAnswered(job.key, payload))
        elif job.kind == jobs.TOLD:
            self._put(fx.ToldAnswered(job.key, payload))
        elif job.kind == jobs.HEARTBEAT:
            time = self.read(dialect.read_heartbeat, payload)
            if time is not None:
                self._put(fx.TimeTold(time))

    def _count_silence(self, line: Line) -> None:
        line.silences += 1
        line.wants_probe = True
        if line.silences >= SILENCES_MAX and not line.is_dead:
            line.is_dead = True
            self._put(fx.Reconnect(f"{line.silences} calls without any sign of life"))

    def _is_worth_another(self, job: Job, outcome: Outcome) -> bool:
        if isinstance(outcome, Refusal):
            return outcome.code == BUSY
        is_owed = job.kind == jobs.STATUS or job.is_page
        return is_owed and isinstance(outcome, Silence) and outcome.is_total

    def _drop(self, job: Job, reason: str, is_refused: bool = False) -> None:
        if job.report is not None and job.sends:
            self._reported.pop(job.report.evse_id, None)  # nobody knows whether it arrived
        if job.kind == jobs.AUTHORIZE:
            self._settle(job, None)
        elif job.kind == jobs.DATA:
            self._put(fx.DataTransferAnswered(job.key, None, reason, is_refused))
        elif job.kind == jobs.TOLD:
            self._put(fx.ToldAnswered(job.key, None, reason, is_refused))
        elif job.call is not None and job.kind != jobs.FACT:
            self._put(fx.Noted(f"{job.call.action} dropped: {reason}"))

    def _settle(self, job: Job, verdict: Verdict | None) -> None:
        if self._open.pop(job.key, None) is not None:
            assert job.token is not None
            self._put(fx.TokenAnswered(job.key, job.token, verdict))

    def read(self, read: Callable[[Given], Read], given: Given) -> Read | None:
        """Read a checked answer; None, and a note, where our own code fails at it."""
        answer, error = attempt(read, given)
        if error:
            self._put(fx.Noted(f"an answer cannot be read: {error}"))
        return answer


def _undated(payload: Payload) -> Payload:
    return {name: part for name, part in payload.items() if name != "timestamp"}


def _why(outcome: Outcome) -> str:
    if isinstance(outcome, Refusal):
        return f"{outcome.code} {outcome.description}".strip()
    return "no answer"
