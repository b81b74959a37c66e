"""Security log: what happened is written down once, and told until the central system has heard.

Written first, then told, one after another in their order, each until it is answered (A04.FR.02):
before the station is accepted, and while it is away, they wait. What a peer or a bad line can
cause again and again is counted, not repeated.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from ampkeeper.firmware.ocpp.dialect import Call, Dialect, Payload
from ampkeeper.firmware.ocpp.outcome import INVALID, REPLAY
from ampkeeper.firmware.safety import selftest
from ampkeeper.firmware.security_events import (
    TECH_INFO_CHARS_MAX,
    SecurityEvent,
    SecurityEventKind,
)
from ampkeeper.firmware.selftests import words
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import (
    AddSecurityEvent,
    ClearSecurityLog,
    SaveFault,
    SaveMeta,
    SaveSelfTest,
    SecurityEventTold,
)
from ampkeeper.firmware.store.rows import SecurityEventRow

OWED_MAX = 1_000  # then the oldest of the new one's kind is only in the log, or else the oldest
LOOK_S = 60.0  # between two tries to be heard
VERSION_KEY = "firmware_version"  # in the books: of the last start
UPDATE_S = 60.0  # in which new firmware is told once, whoever finds it
REPEAT_S = 3_600.0  # in which the same event is told once
DIFFERENT_MAX = 10  # events of one kind, with different texts, in that time
SUSPICIONS = {
    INVALID: SecurityEventKind.INVALID_MESSAGES,
    REPLAY: SecurityEventKind.REPLAY_ATTEMPTED,
}
STARTUP, UPDATED = SecurityEventKind.STARTUP, SecurityEventKind.FIRMWARE_UPDATED
NEVER = datetime.min.replace(tzinfo=UTC)
NEWEST = 16  # events of the log that a start looks at
EACH_TIME = frozenset(  # rare by nature, and each is told
    (
        SecurityEventKind.STARTUP,
        SecurityEventKind.RESET,
        SecurityEventKind.LOG_CLEARED,
        SecurityEventKind.RECONFIGURED,
        SecurityEventKind.FIRMWARE_UPDATED,
    )
)

Event = Callable[[datetime, float], Effects]
Heard = Callable[[Payload | None, bool], None]
Tell = Callable[[Callable[[Dialect], Call | None], Heard], None]


@dataclass(slots=True)
class _Repeat:
    """How often the same came since it was last told."""

    told_s: float
    count: int = 0


class SecurityLog:
    """The log and its queue; ``tell`` says one thing to the central system, once, now."""

    def __init__(self, post: Callable[[Event], bool], tell: Tell) -> None:
        self._post = post
        self._tell = tell
        self._next_id = 1
        self._owed: dict[int, SecurityEvent] = {}  # oldest first
        self._asked: int | None = None  # the one that was told and is not answered
        self._repeats: dict[SecurityEventKind, dict[str, _Repeat]] = {}
        self._next_look_s = 0.0
        self._update_told_until_s = -math.inf
        self._was_updated = False  # in the life before, as it was told
        self._versions: tuple[str | None, str] = (None, "")  # before, and now
        self.lost = 0  # events that found the inbox full

    @property
    def owed(self) -> int:
        """How many the central system has not heard of."""
        return len(self._owed)

    def recall(self, newest: Iterable[SecurityEventRow], owed: Iterable[SecurityEventRow]) -> None:
        """Take up what the books hold: the ``NEWEST`` events, and those that are owed."""
        known = list(newest)
        self._next_id = max((row.id for row in known), default=0) + 1
        last = {kind: _last(known, kind) for kind in (STARTUP, UPDATED)}
        self._was_updated = last[UPDATED] >= last[STARTUP] > NEVER
        for row in owed:
            try:
                kind = SecurityEventKind(row.kind)
            except ValueError:
                continue  # written by another version; it stays in the log
            self._owed[row.id] = SecurityEvent(kind, row.at, row.tech_info)

    def note(self, kind: SecurityEventKind, tech_info: str = "") -> None:
        """Something happened; it is written down with the station's next events."""
        if not self._post(partial(self.on_event, kind, tech_info)):
            self.lost += 1

    def on_event(
        self, kind: SecurityEventKind, tech_info: str, now: datetime, now_s: float
    ) -> Effects:
        """Write an event down, unless it is a repetition."""
        effects = Effects()
        self.add(effects, kind, tech_info, now, now_s)
        return effects

    def add(
        self,
        effects: Effects,
        kind: SecurityEventKind,
        tech_info: str,
        now: datetime,
        now_s: float,
    ) -> None:
        """The same, with what else an event leads to."""
        if kind is SecurityEventKind.FIRMWARE_UPDATED:
            if now_s < self._update_told_until_s:
                return  # by the version that changed, and now by the update that did it
            self._update_told_until_s = now_s + UPDATE_S
        if kind not in EACH_TIME:
            count = self._count(kind, tech_info, now_s)
            if count is None:
                return
            tech_info = f"{tech_info} ({count} more before)".strip() if count else tech_info
        event = SecurityEvent(kind, now, _printable(tech_info))
        row_id, self._next_id = self._next_id, self._next_id + 1
        if event.is_told and len(self._owed) >= OWED_MAX:
            self._forget_one(kind, effects)
        effects.changes.append(
            AddSecurityEvent(kind.value, now, event.tech_info, event.is_told, row_id)
        )
        effects.notice("security_event", type=kind.value, tech_info=event.tech_info)
        if event.is_told:
            self._owed[row_id] = event
            effects.acts.append(self.tell_next)

    def on_suspicion(self, suspicion: str, text: str, now: datetime, now_s: float) -> Effects:
        """The central system, or who speaks for it, sent what it should not."""
        return self.on_event(SUSPICIONS[suspicion], text, now, now_s)

    def on_start(
        self,
        was_reset: str | None,
        version_before: str | None,
        version: str,
        now: datetime,
        now_s: float,
        *,
        is_on_trial: bool = False,
    ) -> Effects:
        """The station begins: why, and with which firmware, proven or not."""
        self._versions = (version_before, version)
        if self._was_updated and version_before == version:  # told, and then the power went
            self._update_told_until_s = now_s + UPDATE_S
        effects = Effects() if is_on_trial else self.on_proven(now, now_s)
        if was_reset:
            self.add(effects, SecurityEventKind.RESET, f"{was_reset} reset", now, now_s)
        self.add(effects, SecurityEventKind.STARTUP, f"firmware {version}", now, now_s)
        return effects

    def on_proven(self, now: datetime, now_s: float) -> Effects:
        """What runs is good: if it is another version than before, it is told."""
        effects = Effects()
        before, version = self._versions
        self._versions = (version, version)
        if before not in (None, version):
            text = f"from {before} to {version}"
            self.add(effects, SecurityEventKind.FIRMWARE_UPDATED, text, now, now_s)
        if before != version:
            effects.changes.append(SaveMeta(VERSION_KEY, version))
        return effects

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """After every event of the station: what of it is one for this log."""
        if now_s >= self._next_look_s:
            self._next_look_s = now_s + LOOK_S
            effects.acts.append(self.tell_next)  # one that nobody answered
        for change in tuple(effects.changes):
            match change:
                case SaveFault(evse_id, "Tampered"):
                    text = f"EVSE {evse_id}"
                    self.add(effects, SecurityEventKind.TAMPERED, text, now, now_s)
                case SaveSelfTest(test=words.STORAGE, result=selftest.FAILED, value=value):
                    text = f"{value} MiB are free"
                    self.add(effects, SecurityEventKind.MEMORY_EXHAUSTED, text, now, now_s)
                case _:
                    pass

    def on_clear(self, by: str, now: datetime, now_s: float) -> Effects:
        """Somebody empties the log; what is owed stays, and that it was emptied is told."""
        effects = Effects(changes=[ClearSecurityLog()])
        self.add(effects, SecurityEventKind.LOG_CLEARED, by, now, now_s)
        return effects

    def tell_next(self) -> None:
        """Tell the oldest that is owed, if none is on its way; when accepted, and now and then."""
        if self._asked is not None or not self._owed:
            return
        row_id, event = next(iter(self._owed.items()))
        self._asked = row_id
        self._tell(lambda dialect: dialect.security_event(event), partial(self._heard, row_id))

    def _heard(self, row_id: int, answer: Payload | None, is_refused: bool) -> None:
        """Answered, or refused, which saying it again would not change; or not at all."""
        if answer is None and not is_refused:
            self._asked = None
        elif not self._post(partial(self._on_told, row_id)):
            self._asked = None  # told again, rather than lost

    def _on_told(self, row_id: int, now: datetime, now_s: float) -> Effects:
        return Effects(changes=[SecurityEventTold(row_id)], acts=[partial(self._go_on, row_id)])

    def _go_on(self, row_id: int) -> None:
        self._owed.pop(row_id, None)
        self._asked = None
        self.tell_next()

    def _forget_one(self, kind: SecurityEventKind, effects: Effects) -> None:
        """Make room, but not of the one that is on its way."""
        ids = [row_id for row_id in self._owed if row_id != self._asked]
        alike = [row_id for row_id in ids if self._owed[row_id].kind is kind]
        row_id = (alike or ids)[0]
        del self._owed[row_id]
        effects.changes.append(SecurityEventTold(row_id))

    def _count(self, kind: SecurityEventKind, tech_info: str, now_s: float) -> int | None:
        """How many like it were passed over before; None: so is this one."""
        known = self._repeats.setdefault(kind, {})
        for text in [text for text, each in known.items() if now_s - each.told_s >= REPEAT_S]:
            if not known[text].count and text != tech_info:
                del known[text]
        found = known.get(tech_info)
        if found is None and len(known) >= DIFFERENT_MAX:
            found = known[next(iter(known))]
        if found is None:
            known[tech_info] = _Repeat(now_s)
            return 0
        if now_s - found.told_s < REPEAT_S:
            found.count += 1
            return None
        count, found.count, found.told_s = found.count, 0, now_s
        return count


def _printable(text: str) -> str:
    """``text`` on one line, of what can be stored and sent."""
    clean = "".join(each if each.isprintable() else "?" for each in text)
    return clean[:TECH_INFO_CHARS_MAX]


def _last(rows: Iterable[SecurityEventRow], kind: SecurityEventKind) -> datetime:
    return max((row.at for row in rows if row.kind == kind.value), default=NEVER)
