"""Jobs: what the charge point wants to say, in the order in which it may say it.

Boot, probe, outbox and heartbeat have a place of their own in the charge point; here wait
authorisations, and behind them everything else that lives only as long as the connection.
"""

from collections import deque
from dataclasses import dataclass

from ampkeeper.firmware.facts import ConnectorReport, IdToken
from ampkeeper.firmware.ocpp.dialect import Call
from ampkeeper.firmware.ocpp.outbox import OutboxRow

BOOT, AUTHORIZE, STATUS, ASKED, DATA, TOLD, FACT, HEARTBEAT = range(8)  # kinds
AUTHORIZATIONS_MAX = 16  # more are refused: nobody waits at that many readers
MESSAGES_MAX = 128  # more are dropped, the oldest status of the same connector first
SENDS_MAX = 3  # of one job whose connection lives
PAGES = frozenset(  # of reports: what was promised is told, if need be after an absence
    (
        "NotifyCustomerInformation",
        "NotifyDisplayMessages",
        "NotifyMonitoringReport",
        "NotifyReport",
        "ReportChargingProfiles",
    )
)


@dataclass(slots=True, eq=False)
class Job:
    """One message to send. STATUS has a ``report`` and is worded when it is sent.

    ``is_change``: not worth saying if the words are those that were said last.
    """

    kind: int
    call: Call | None = None
    key: int = 0
    token: IdToken | None = None
    report: ConnectorReport | None = None
    is_change: bool = False
    row: OutboxRow | None = None
    until_s: float = 0.0
    sends: int = 0

    @property
    def is_page(self) -> bool:
        """True for a part of a report that was promised."""
        return self.kind == ASKED and self.call is not None and self.call.action in PAGES


class JobQueue:
    """Authorisations first, then the rest in the order it came."""

    def __init__(self) -> None:
        self.authorizations: deque[Job] = deque()
        self.messages: deque[Job] = deque()

    def add(self, job: Job) -> Job | None:
        """Queue ``job``; return the job that had to go for it, which may be ``job`` itself."""
        if job.kind == AUTHORIZE:
            if len(self.authorizations) >= AUTHORIZATIONS_MAX:
                return job
            self.authorizations.append(job)
            return None
        dropped = None
        if len(self.messages) >= MESSAGES_MAX:
            dropped = self._older_status(job) or job
            if dropped is job:
                return job
            self.messages.remove(dropped)
        self.messages.append(job)
        return dropped

    def put_back(self, job: Job) -> bool:
        """Queue ``job`` again at its old place; False if it is out of date or was sent enough."""
        is_old = job.report is not None and any(
            other.report is not None and other.report.evse_id == job.report.evse_id
            for other in self.messages
        )
        if is_old or job.sends >= SENDS_MAX:
            return False
        (self.authorizations if job.kind == AUTHORIZE else self.messages).appendleft(job)
        return True

    def take(self, with_authorizations: bool) -> Job | None:
        """The next job, if there is one."""
        if with_authorizations and self.authorizations:
            return self.authorizations.popleft()
        return self.messages.popleft() if self.messages else None

    def has_jobs(self, with_authorizations: bool) -> bool:
        """True if ``take`` would find one."""
        return bool(self.messages or (with_authorizations and self.authorizations))

    def drain(self) -> list[Job]:
        """Empty the queue."""
        jobs = [*self.authorizations, *self.messages]
        self.authorizations.clear()
        self.messages.clear()
        return jobs

    def _older_status(self, job: Job) -> Job | None:
        if job.report is None:
            return None
        for other in self.messages:
            if other.report is not None and other.report.evse_id == job.report.evse_id:
                return other
        return None
