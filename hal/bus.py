"""Bus: the rules that every broker's client here keeps: topics, sizes, and what is lost when.

- A message goes out while the broker is there, or not at all: nothing waits for its return, and
  ``Bus.watch`` tells when to say again what shall be known.
- Of what waits to go out ``WAITING_MAX`` messages are kept, those of QoS 0 and the others apart;
  a newer one replaces a retained one of its topic; beyond that the oldest is dropped. The order
  holds among those of QoS 0 and among the others.
- Of what came in ``HEARD_MAX`` messages wait for their handlers; then the oldest is dropped.
- What is longer than ``PAYLOAD_BYTES_MAX`` is refused when sent, and dropped when received.
- All that is dropped is counted. QoS 1 may come twice; a copy is not told from a new message.
"""

from collections import deque
from dataclasses import dataclass

from ampkeeper.hal.ports import BusMessage

PAYLOAD_BYTES_MAX = 64 * 1024
TOPIC_BYTES_MAX = 1024
WAITING_MAX = 256
HEARD_MAX = 1024
QOS = (0, 1)  # 2 brings nothing that the messages here do not bring themselves
PUBLISHED_NEVER = ("+", "#", "\x00")


@dataclass(frozen=True, slots=True)
class Sending:
    """A message on its way out."""

    message: BusMessage
    qos: int


class Waiting:
    """What waits to go out; by the rules above."""

    def __init__(self) -> None:
        self.dropped_count = 0
        self._queues: dict[bool, deque[Sending]] = {False: deque(), True: deque()}

    def add(self, sending: Sending) -> None:
        """Take one more."""
        queue = self._queues[sending.qos > 0]
        message = sending.message
        if message.is_retained:
            same = [each for each in queue if _is_of(each, message.topic)]
            for each in same:
                queue.remove(each)
        if len(queue) >= WAITING_MAX:
            queue.popleft()
            self.dropped_count += 1
        queue.append(sending)

    def take(self, *, is_acknowledged: bool) -> Sending | None:
        """The next of those that are, or are not, acknowledged by the broker."""
        queue = self._queues[is_acknowledged]
        return queue.popleft() if queue else None

    def clear(self) -> None:
        """The broker is gone, and with it all that waits."""
        for queue in self._queues.values():
            self.dropped_count += len(queue)
            queue.clear()


def _is_of(sending: Sending, topic: str) -> bool:
    return sending.message.is_retained and sending.message.topic == topic


def check_message(message: BusMessage, qos: int) -> None:
    """Raise ValueError for what must not be published."""
    topic = message.topic
    if not topic or any(sign in topic for sign in PUBLISHED_NEVER):
        raise ValueError(f"topic {topic!r}: not empty, and without + # and NUL")
    _check_length(topic)
    if len(message.payload) > PAYLOAD_BYTES_MAX:
        size = len(message.payload)
        raise ValueError(f"topic {topic}: {size} bytes, at most {PAYLOAD_BYTES_MAX}")
    if qos not in QOS:
        raise ValueError(f"topic {topic}: QoS {qos}, must be 0 or 1")


def check_filter(topic_filter: str) -> None:
    """Raise ValueError for what no topic can match, or MQTT does not know."""
    levels = topic_filter.split("/")
    is_one_mixed = any(sign in level and level != sign for level in levels for sign in "+#")
    if not topic_filter or is_one_mixed or "#" in levels[:-1] or "\x00" in topic_filter:
        raise ValueError(f"filter {topic_filter!r}: + is a whole level, # the whole last one")
    _check_length(topic_filter)


def _check_length(topic: str) -> None:
    if len(topic.encode()) > TOPIC_BYTES_MAX:
        raise ValueError(f"topic {topic[:40]!r}...: at most {TOPIC_BYTES_MAX} bytes")


def matches(topic_filter: str, topic: str) -> bool:
    """True if MQTT hands ``topic`` to who asked for ``topic_filter`` (MQTT 5, 4.7)."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or level not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)
