"""What the central system has watched: looked at once a second, kept, and told.

While it is away, events up to OfflineQueuingSeverity wait for it, and others are not kept
(N07.FR.04); they wait in memory, so a power cut loses them, but not what the monitors remember.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from hashlib import sha256

from ampkeeper.firmware.device_model.monitor import Happened, Monitor
from ampkeeper.firmware.device_model.monitor_book import REJECTED, MonitorBook, Outcome, Wanted
from ampkeeper.firmware.device_model.stream import Opened, Rate
from ampkeeper.firmware.device_model.variable import ACTUAL, WRITE_ONLY, Variable
from ampkeeper.firmware.ocpp.declared.monitoring import preconfigured
from ampkeeper.firmware.ocpp.device import model_of, value_text
from ampkeeper.firmware.ocpp.dialect import Call, Dialect, Payload
from ampkeeper.firmware.station.csms import Heard, Word
from ampkeeper.firmware.station.desk import Desk, Event
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.streams import Streams
from ampkeeper.firmware.store.changes import SaveMeta

KEY = "monitors"
STREAMS_KEY = "event_streams"
LOOK_S = 1.0
EVENTS_MAX = 1_000  # that wait; then the oldest goes
EVENTS_PER_MESSAGE = 10
ENABLED = "MonitoringCtrlr.Enabled"
KEPT_SEVERITY = "MonitoringCtrlr.OfflineQueuingSeverity"


class MonitorDesk:
    """Implements ``MonitorPort``."""

    def __init__(
        self,
        desk: Desk,
        tell: Callable[[Word, Heard], None],
        is_online: Callable[[], bool],
        post: Callable[[Event], bool],
    ) -> None:
        self._desk = desk
        self._tell = tell
        self._is_online = is_online
        self._post = post
        ids = desk.evse_ids()
        self._book = MonitorBook(model_of(ids, desk.variable), preconfigured(ids))
        self._waiting: deque[Happened] = deque(maxlen=EVENTS_MAX)
        self._asked = 0  # events on their way: the first so many that wait
        self._next_look_s = 0.0
        self._streams = Streams(tell)
        self._kept_streams = self._streams.dump()

    def recall(self, read: Callable[[str], str | None]) -> list[str]:
        """Take up what the books hold; return what of it is of no use, in words."""
        kept, self._kept_streams = read(KEY), read(STREAMS_KEY) or ""
        wrong = self._book.load(kept) if kept else []
        return wrong + (self._streams.load(self._kept_streams) if self._kept_streams else [])

    # for the dialects

    def monitors(self) -> tuple[Monitor, ...]:
        return tuple(self._book.monitors.values())

    def base(self) -> str:
        return self._book.base

    def level(self) -> int:
        return self._book.level

    def set(self, wanted: Wanted, found: Variable | str) -> Outcome:
        if not self._desk.variable(ENABLED):
            return Outcome(REJECTED, "NotEnabled")
        if not self._post(self._on_changed):
            return Outcome(REJECTED)
        text = "" if isinstance(found, str) else self._text(found)
        return self._book.set(wanted, found, text, self._desk.now())

    def can_stream(self, monitor_id: int | None) -> bool:
        return self._streams.has_room(monitor_id)

    def stream(self, monitor_id: int, rate: Rate | None) -> None:
        if rate is None:
            self._streams.close(monitor_id)
        else:
            self._streams.open(monitor_id, rate)

    def streams(self) -> tuple[Opened, ...]:
        return self._streams.all()

    def adjust_stream(self, stream_id: int, rate: Rate) -> bool:
        return self._streams.adjust(stream_id, rate) and self._post(self._on_changed)

    def clear(self, monitor_id: int) -> str:
        return self._book.clear(monitor_id) if self._post(self._on_changed) else REJECTED

    def set_base(self, base: str) -> bool:
        if not self._post(self._on_changed):
            return False
        self._book.set_base(base, self._text, self._desk.now())
        return True

    def set_level(self, severity: int) -> bool:
        if not self._post(self._on_changed):
            return False
        self._book.level = severity
        return True

    # for the station

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """After every event of the station, but not more often than every second."""
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + LOOK_S
        self._keep(self._book.look_at_wired(self._text, now))
        if self._book.monitors and self._desk.variable(ENABLED):
            said = self._book.look(self._text, self._tx_of, now)
            self._keep(said)
            if said:
                effects.changes.append(SaveMeta(KEY, self._book.dump()))
        if self._waiting:
            effects.acts.append(self.tell_next)
        self._streams.close_others(set(self._book.monitors))
        self._streams.follow(self._is_online(), now_s, effects)
        self._keep_streams(effects)

    def tell_next(self) -> None:
        """Tell the oldest that wait, if none are on their way and somebody listens."""
        if self._asked or not self._waiting or not self._is_online():
            return
        events = tuple(self._waiting)[:EVENTS_PER_MESSAGE]
        self._asked = len(events)
        self._tell(partial(_word, events), self._heard)

    def _heard(self, answer: Payload | None, is_refused: bool) -> None:
        """Answered, or refused, which saying it again would not change; or not at all."""
        count, self._asked = self._asked, 0
        if answer is not None or is_refused:
            for _ in range(min(count, len(self._waiting))):
                self._waiting.popleft()
        elif not self._is_online():
            self._waiting = deque(filter(self._is_kept, self._waiting), EVENTS_MAX)

    def _keep(self, said: Iterable[Happened]) -> None:
        is_online = self._is_online()
        told = [event for event in said if not self._streams.take(event)]
        self._waiting += [event for event in told if is_online or self._is_kept(event)]

    def _is_kept(self, event: Happened) -> bool:
        return event.severity <= int(self._desk.variable(KEPT_SEVERITY))

    def _on_changed(self, now: datetime, now_s: float) -> Effects:
        effects = Effects(changes=[SaveMeta(KEY, self._book.dump())])
        self._keep_streams(effects)
        return effects

    def _keep_streams(self, effects: Effects) -> None:
        """Write down which there are, where that is news."""
        kept = self._streams.dump()
        if kept != self._kept_streams:
            self._kept_streams = kept
            effects.changes.append(SaveMeta(STREAMS_KEY, kept))

    def _text(self, variable: Variable) -> str:
        """The value now; of one that must not be read, only whether it is another."""
        text = value_text(variable, ACTUAL, self._desk)
        if any(each.access == WRITE_ONLY for each in variable.attributes):
            return sha256(text.encode()).hexdigest()
        return text

    def _tx_of(self, variable: Variable) -> str | None:
        evse_id = variable.component.evse_id
        asked = self._desk.evse_ids() if evse_id is None else (evse_id,)
        return next(filter(None, map(self._desk.running_tx, asked)), None)


def _word(events: tuple[Happened, ...], dialect: Dialect) -> Call | None:
    return dialect.notify_event(events)
