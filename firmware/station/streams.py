"""Periodic event streams at work: opened, filled by monitors, sent, closed (2.1, N11 to N15).

A stream is a setting of its monitor, and settings of monitors outlive a restart (N11): it is asked
for again then, under its old number. Values that waited are not kept. While a stream is not open,
or where the version that is spoken has none, its monitor tells events one by one.
"""

import json
from collections.abc import Callable
from functools import partial
from itertools import count

from ampkeeper.firmware.device_model.monitor import Happened
from ampkeeper.firmware.device_model.stream import Closed, Opened, Rate, Stream, StreamWord
from ampkeeper.firmware.ocpp.dialect import Call, Dialect, Payload
from ampkeeper.firmware.station.csms import Heard, Word
from ampkeeper.firmware.station.effects import Effects

STREAMS_MAX = 10


class Streams:
    """Part of what is watched; ``now_s`` is that of the newest event."""

    def __init__(self, tell: Callable[[Word, Heard], None]) -> None:
        self._tell = tell
        self._streams: dict[int, Stream] = {}  # by monitor
        self._unasked: list[Stream] = []
        self._over: list[Stream] = []
        self._ids = count(1)
        self._now_s = 0.0

    def dump(self) -> str:
        """What must outlive a restart."""
        return json.dumps(
            [
                [each.id, each.monitor_id, each.rate.interval_s, each.rate.values]
                for each in self._streams.values()
            ]
        )

    def load(self, text: str) -> list[str]:
        """Take up what ``dump`` wrote, to be asked for anew; what cannot be used, in words."""
        try:
            rows = [tuple(map(int, row)) for row in json.loads(text)]
            found = [Stream(a, b, Rate(interval_s, values)) for a, b, interval_s, values in rows]
        except (ValueError, TypeError) as error:
            return [f"event streams cannot be read: {error!r}"]
        for stream in found[:STREAMS_MAX]:
            self._streams[stream.monitor_id] = stream
            self._unasked.append(stream)
        self._ids = count(max((each.id for each in found), default=0) + 1)
        return []

    def has_room(self, monitor_id: int | None) -> bool:
        """True if one more can be opened, for this monitor or a new one."""
        is_known = monitor_id is not None and monitor_id in self._streams
        return is_known or len(self._streams) < STREAMS_MAX

    def all(self) -> tuple[Opened, ...]:
        """Those that are open (N12)."""
        return tuple(stream.opened for stream in self._streams.values() if stream.is_open)

    def open(self, monitor_id: int, rate: Rate) -> None:
        """Stream what a monitor sees (N11.FR.02)."""
        self.close(monitor_id)
        stream = Stream(next(self._ids), monitor_id, rate)
        self._streams[monitor_id] = stream
        self._unasked.append(stream)

    def close(self, monitor_id: int) -> None:
        """Stream it no more; what waits is still sent, and then that it is over (N13)."""
        stream = self._streams.pop(monitor_id, None)
        if stream is not None and stream.is_open:
            self._over.append(stream)

    def close_others(self, monitor_ids: set[int]) -> None:
        """Monitors are gone."""
        for monitor_id in self._streams.keys() - monitor_ids:
            self.close(monitor_id)

    def adjust(self, stream_id: int, rate: Rate) -> bool:
        """Another rate; False: there is no such stream (N14)."""
        for stream in self._streams.values():
            if stream.id == stream_id and stream.is_open:
                stream.adjust(rate, self._now_s)
                return True
        return False

    def take(self, event: Happened) -> bool:
        """Put an event into its monitor's stream; False: there is none that is open."""
        if event.monitor_id is None:
            return False
        stream = self._streams.get(event.monitor_id)
        if stream is None or not stream.is_open:
            return False
        stream.waiting.append((event.at, event.text))
        return True

    def follow(self, is_online: bool, now_s: float, effects: Effects) -> None:
        """Ask for what is new, send what is due, and say what is over."""
        self._now_s = now_s
        if not is_online:
            return
        for stream in self._unasked:
            effects.acts.append(partial(self._ask, stream))
        self._unasked = []
        for stream in self._over:
            for bundle in stream.take_due(now_s, is_over=True):
                effects.acts.append(partial(self._say, bundle))
            effects.acts.append(partial(self._say, Closed(stream.id)))
        self._over = []
        for stream in self._streams.values():
            for bundle in stream.take_due(now_s) if stream.is_open else ():
                effects.acts.append(partial(self._say, bundle))

    def _ask(self, stream: Stream) -> None:
        def heard(answer: Payload | None, is_refused: bool) -> None:
            is_there = self._streams.get(stream.monitor_id) is stream
            if answer is not None and answer["status"] == "Accepted":
                stream.is_open = True
                stream.next_s = self._now_s + stream.rate.interval_s
                if not is_there:  # closed before it was open
                    self._over.append(stream)
            elif is_there and (answer is not None or is_refused):
                del self._streams[stream.monitor_id]  # N11.FR.07
            elif is_there:
                self._unasked.append(stream)  # the link was lost

        self._tell(partial(_worded, stream.opened), heard)

    def _say(self, word: StreamWord) -> None:
        self._tell(partial(_worded, word), _nothing)


def _worded(word: StreamWord, dialect: Dialect) -> Call | None:
    return dialect.stream(word)


def _nothing(answer: Payload | None, is_refused: bool) -> None:
    """Values are not sent twice, and nobody has to agree to an end."""
