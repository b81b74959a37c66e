"""Job: one order to update, where it stands, and what is remembered of it over a power cut."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ampkeeper.firmware.update import table

TEXT_CHARS_MAX = 32_768  # of a job as it is kept; an order is at most some 9,000


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. Times are aware UTC; ``request_id`` None: by a message without one.

    ``certificate`` is PEM and ``signature`` base64, both empty where none was sent. ``is_local``:
    somebody brought the file, which is here; the central system is told nothing of it.
    """

    location: str
    retries: int
    interval_s: int
    fetch_at: datetime
    install_at: datetime | None = None
    request_id: int | None = None
    certificate: str = ""
    signature: str = ""
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Where an update stands. ``told`` is the status told last, ``reason`` why it ended badly."""

    state: int = table.IDLE
    order: Order | None = None
    told: str = ""
    request_id: int | None = None  # of the status told last
    reason: str = ""
    keeps_free: bool = False  # connectors that are free are kept so

    @property
    def is_busy(self) -> bool:
        """True while something is still to come of the order."""
        return self.state != table.IDLE

    @property
    def can_be_canceled(self) -> bool:
        """False while it is installed, and without an order."""
        return table.moved(self.state, table.CANCEL) is not None

    def stepped(self, event: int, reason: str = "") -> "Job":
        """The job after ``event``; itself where that changes nothing."""
        found = table.moved(self.state, event)
        if found is None or self.order is None:
            return self
        state, told, keeps_free = found
        order = self.order if state != table.IDLE else None  # its password is no longer needed
        request_id = self.order.request_id
        job = replace(self, state=state, order=order, reason=reason, keeps_free=keeps_free)
        if not told or self.order.is_local:
            return job
        return replace(job, told=told, request_id=request_id)

    def ordered(self, order: Order, now: datetime) -> "Job":
        """The job for an order; whatever was before is over."""
        event = table.LATER if order.fetch_at > now else table.NOW
        event = table.BROUGHT if order.is_local else event
        return Job(table.IDLE, order, self.told, self.request_id).stepped(event)

    def to_text(self) -> str:
        """As it is kept."""
        order = None
        if self.order is not None:
            order = asdict(self.order)
            for name in ("fetch_at", "install_at"):
                order[name] = None if order[name] is None else order[name].isoformat()
        state = table.STATES[self.state]
        return json.dumps(
            {
                "state": state,
                "order": order,
                "told": self.told,
                "request_id": self.request_id,
                "reason": self.reason,
                "keeps_free": self.keeps_free,
            }
        )


def job_of(text: str) -> Job:
    """The job that ``to_text`` wrote; raises ValueError for anything else."""
    if len(text) > TEXT_CHARS_MAX:
        raise ValueError(f"a job of {len(text)} characters; at most {TEXT_CHARS_MAX}")
    try:
        kept = json.loads(text)
        order = None if kept["order"] is None else _order(kept["order"])
        state = table.STATES.index(kept["state"])
        told, reason = str(kept["told"]), str(kept["reason"])
        request_id = None if kept["request_id"] is None else int(kept["request_id"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no job: {error!r}") from error
    if (order is None) != (state == table.IDLE):
        raise ValueError(f"a job that is {kept['state']} without its order, or with one too many")
    return Job(state, order, told, request_id, reason, kept["keeps_free"] is True)


def _order(kept: dict[str, Any]) -> Order:
    request_id, install_at = kept["request_id"], kept["install_at"]
    return Order(
        location=str(kept["location"]),
        retries=int(kept["retries"]),
        interval_s=int(kept["interval_s"]),
        fetch_at=_time(kept["fetch_at"]),
        install_at=None if install_at is None else _time(install_at),
        request_id=None if request_id is None else int(request_id),
        certificate=str(kept["certificate"]),
        signature=str(kept["signature"]),
        is_local=kept.get("is_local") is True,  # versions before did not write it
    )


def _time(text: object) -> datetime:
    at = datetime.fromisoformat(str(text))
    return at.astimezone(UTC)
