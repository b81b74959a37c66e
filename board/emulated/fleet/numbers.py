"""Numbers: what a fleet came to so far; every charger counts here."""

import json
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from ampkeeper.firmware.ocpp.dialer import Dialer, Socket

KEPT = 10_000  # answers, the newest, of which the times are told
CALL, RESULT, ERROR = "2", "3", "4"


@dataclass
class Numbers:
    """Counts since the start, and how many there are of what now."""

    chargers: int
    began_s: float  # of the machine's clock
    running: int = 0
    connected: int = 0
    booted: int = 0  # accepted at least once
    connects: int = 0
    calls: int = 0
    answers: int = 0
    errors: int = 0  # answers that were none, and connections lost in the middle of a call
    heard: int = 0  # calls of the central system
    booted_after_s: float = 0.0  # when the last of them was
    statuses: dict[int, str] = field(default_factory=dict)  # of each charger's EVSE
    faults: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)  # that were answered
    answered_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    def note(self, number: int, kind: str, fields: dict[str, Any]) -> None:
        """Something happened at one charger."""
        if kind == "status":
            self.statuses[number] = str(fields["status"])
        elif kind == "fault_raised":
            self.faults[fields["fault"]] += 1

    def told(self) -> dict[str, Any]:
        """Everything, by name."""
        times_s = sorted(self.answered_s)
        return {
            "chargers": self.chargers,
            "running": self.running,
            "connected": self.connected,
            "booted": self.booted,
            "booted_after_s": round(self.booted_after_s, 2),
            "statuses": dict(sorted(Counter(self.statuses.values()).items())),
            "connects": self.connects,
            "calls": self.calls,
            "answers": self.answers,
            "errors": self.errors,
            "heard": self.heard,
            "messages": dict(sorted(self.messages.items())),
            "faults": dict(sorted(self.faults.items())),
            "answer_ms_p50": _percentile_ms(times_s, 50),
            "answer_ms_p99": _percentile_ms(times_s, 99),
        }


def _percentile_ms(times_s: Sequence[float], percent: int) -> float | None:
    if not times_s:
        return None
    return round(times_s[min(len(times_s) - 1, len(times_s) * percent // 100)] * 1_000, 2)


class CountingDialer:
    """Another dialer, whose connections are counted."""

    def __init__(self, inner: Dialer, numbers: Numbers) -> None:
        self.has_booted = False
        self.numbers = numbers
        self._inner = inner

    async def connect(self, url: str, subprotocols: Sequence[str]) -> Socket:
        """As the other one."""
        socket = await self._inner.connect(url, subprotocols)
        self.numbers.connects += 1
        self.numbers.connected += 1
        return CountingSocket(socket, self)


class CountingSocket:
    """One connection."""

    def __init__(self, inner: Socket, dialer: CountingDialer) -> None:
        self._inner = inner
        self._dialer = dialer
        self._numbers = dialer.numbers
        self._sent_s: dict[str, tuple[float, str]] = {}  # calls that are not answered yet
        self._is_open = True

    @property
    def subprotocol(self) -> str | None:
        return self._inner.subprotocol

    @property
    def trust(self) -> tuple[str, ...] | None:
        return self._inner.trust

    async def send(self, text: str) -> None:
        if text[1:2] == CALL:
            _, message_id, _, action, _ = text.split('"', 4)
            self._sent_s[message_id] = (monotonic(), action)
            self._numbers.calls += 1
        await self._inner.send(text)

    async def recv(self) -> str | bytes:
        text = await self._inner.recv()
        if isinstance(text, str):
            self._note(text)
        return text

    async def ping(self) -> None:
        await self._inner.ping()

    async def close(self) -> None:
        self._end()
        await self._inner.close()

    def abort(self) -> None:
        self._end()
        self._inner.abort()

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            self._numbers.connected -= 1
            self._numbers.errors += len(self._sent_s)

    def _note(self, text: str) -> None:
        kind = text.lstrip("[ \n\r\t")[:1]
        if kind == CALL:
            self._numbers.heard += 1
            return
        parts = text.split('"', 2)
        sent = self._sent_s.pop(parts[1], None) if len(parts) == 3 else None
        if sent is None:
            return
        if kind == ERROR:
            self._numbers.errors += 1
            return
        self._numbers.answers += 1
        self._numbers.messages[sent[1]] += 1
        self._numbers.answered_s.append(monotonic() - sent[0])
        if sent[1] == "BootNotification" and not self._dialer.has_booted and _is_accepted(text):
            self._dialer.has_booted = True
            self._numbers.booted += 1
            self._numbers.booted_after_s = monotonic() - self._numbers.began_s


def _is_accepted(text: str) -> bool:
    """Of a BootNotification's answer."""
    try:
        return bool(json.loads(text)[2]["status"] == "Accepted")
    except (ValueError, LookupError, TypeError):
        return False
