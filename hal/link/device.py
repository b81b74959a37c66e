"""Device half: what the pilot board says and hears. Both interpreters, no clock, no I/O.

It decides which orders are fresh enough to be passed on; what an order does is ring 1's
decision. An order is fresh when it carries the epoch of the last greeting and a counter above
all before it; so one that was repeated, overtaken or recorded is refused, and one from before a
restart of either side too. A permit or a measurement must besides answer a STATUS of the last
1.5 s, so one that was stuck in a buffer cannot prolong anything.
Until a HELLO of our own protocol came, and after one of another, no order is fresh but the one
to stop and be flashed, since a pair of different versions has to become one again.
"""

from ampkeeper.hal.link.frame import (
    CRC_BYTES,
    FRAME_BYTES_MAX,
    HEADER_BYTES,
    FrameParser,
    const,
    one_more,
    seal,
)
from ampkeeper.hal.link.messages import (
    BITS_30,
    COMMAND,
    ENTER,
    HELLO,
    IDENTITY,
    MEASURED,
    PERMIT,
    PROFILE,
    PROTOCOL,
    RESULT,
    SETTINGS,
    STATUS,
    TRACE,
    TRACE_LAYOUT,
    Message,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ampkeeper.hal.link.frame import Buffer

STATUS_MS = 100
CHANGE_GAP_MS = 20  # between two reports of changes: at most 50 a second, a third of the line
FRESH_MS = 1_500  # the host's 1 s of silence, plus half a second on the way
NOTHING = memoryview(b"")
_SHOWN_MAX = const(100_000)  # of a counter: more than STATUS can tell, and sums do not allocate
ORDERS = (SETTINGS, PERMIT, COMMAND, MEASURED, PROFILE)
IN_TIME = (PERMIT, MEASURED)  # orders that must besides answer a STATUS of late


class DeviceLink:
    """Feed bytes, take orders with ``next_order``, fill ``status``, send what ``to_send`` gives."""

    def __init__(
        self,
        board: str,
        firmware_version: str,
        epoch: int,
        boot_reason: int,
        image: int = 0,
    ) -> None:
        assert 1 <= epoch <= BITS_30
        self.parser = FrameParser()
        self.is_matched = False  # the station speaks our protocol
        self.settings = Message(SETTINGS)
        self.permit = Message(PERMIT)
        self.command = Message(COMMAND)
        self.measured = Message(MEASURED)
        self.profile = Message(PROFILE)
        self.result = Message(RESULT)
        self.trace = Message(TRACE)
        self.trace.values["layout"] = TRACE_LAYOUT
        self.status = Message(STATUS)
        self.unknown_count = 0  # message types that we do not know, or do not take
        self.invalid_count = 0  # length or values not allowed
        self.refused_count = 0  # orders that are not fresh, or that ring 1 did not accept
        self._hello = Message(HELLO)
        self._identity = Message(IDENTITY)
        self._identity.values["protocol"] = PROTOCOL
        self._identity.values["boot_reason"] = boot_reason
        self._identity.values["image"] = image
        self._identity.texts["board"] = board
        self._identity.texts["firmware_version"] = firmware_version
        self.status.values["epoch"] = epoch
        self._nonce = 0
        self._sequence = 0
        self._told_count = 0  # RESULT and TRACE of this epoch
        self._is_identity_due = False
        self._is_change_due = False
        self._since_status_ms = STATUS_MS
        self._identity_frame = bytearray(FRAME_BYTES_MAX)
        self._frame = bytearray(FRAME_BYTES_MAX)
        self._identity_view = frame_view(self._identity_frame, self._identity)
        self._status_view = frame_view(self._frame, self.status)
        self._result_view = frame_view(self._frame, self.result)
        self._trace_view = frame_view(self._frame, self.trace)

    def feed(self, data: "Buffer", start: int = 0) -> int:
        """Take bytes from ``data[start:]``; return how many. Drain ``next_order`` after it."""
        return self.parser.feed(data, start)

    def next_order(self) -> int:
        """Return the type of the next fresh order, whose fields are then set; 0 for none."""
        while self.parser.next():
            kind = self.parser.kind
            if kind == HELLO:
                self._greet()
            elif kind in ORDERS:
                if self._accept(self._message(kind)):
                    return kind
            else:
                self.unknown_count = one_more(self.unknown_count)
        return 0

    def tick(self, elapsed_ms: int) -> None:
        """Let time pass; a clock that goes backwards stands still here. Allocates nothing."""
        elapsed_ms = max(elapsed_ms, 0)
        values = self.status.values
        left_ms = BITS_30 - values["uptime_ms"]
        if elapsed_ms > left_ms:  # without a sum beyond 30 bits, which would allocate
            values["uptime_ms"] = elapsed_ms - left_ms - 1
        else:
            values["uptime_ms"] += elapsed_ms
        self._since_status_ms = min(self._since_status_ms + elapsed_ms, STATUS_MS)
        self.parser.tick(elapsed_ms)

    def note_change(self) -> None:
        """Report soon, not at the next tenth of a second."""
        self._is_change_due = True

    def count_refused(self) -> None:
        """An order was not accepted."""
        self.refused_count = one_more(self.refused_count)

    def not_understood_count(self) -> int:
        """Return how many messages had an unknown type, a wrong length or a value out of range."""
        return min(self.unknown_count, _SHOWN_MAX) + min(self.invalid_count, _SHOWN_MAX)

    def garbled_count(self) -> int:
        """Return how many frames had a wrong CRC or length, or never ended."""
        parser = self.parser
        count = min(parser.bad_crc_count, _SHOWN_MAX) + min(parser.bad_length_count, _SHOWN_MAX)
        return count + min(parser.truncated_count, _SHOWN_MAX)

    def to_send(self) -> memoryview:
        """Return one frame that waits to be sent, or nothing. Copy it before the next call."""
        if self._is_identity_due:
            self._is_identity_due = False
            return self._seal(self._identity, self._identity_frame, self._identity_view)
        waited_ms = self._since_status_ms
        if waited_ms >= STATUS_MS or (self._is_change_due and waited_ms >= CHANGE_GAP_MS):
            self._since_status_ms = 0
            self._is_change_due = False
            return self._seal(self.status, self._frame, self._status_view)
        return NOTHING

    def send_result(self) -> memoryview:
        """Return ``result`` as a frame, when ``to_send`` gave nothing. Copy it likewise."""
        return self._tell(self.result, self._result_view)

    def send_trace(self) -> memoryview:
        """Return ``trace`` as a frame, when ``to_send`` gave nothing. Copy it likewise."""
        return self._tell(self.trace, self._trace_view)

    def _tell(self, message: Message, view: memoryview) -> memoryview:
        self._told_count = one_more(self._told_count)
        message.values["epoch"] = self.status.values["epoch"]
        message.values["counter"] = self._told_count
        return self._seal(message, self._frame, view)

    def _seal(self, message: Message, frame: bytearray, view: memoryview) -> memoryview:
        message.pack_into(frame, HEADER_BYTES)
        self._sequence = (self._sequence + 1) & 0xFF
        seal(frame, message.length, self._sequence, message.kind)
        return view

    def _message(self, kind: int) -> Message:
        if kind == PERMIT:
            return self.permit
        if kind == MEASURED:
            return self.measured
        if kind == PROFILE:
            return self.profile
        return self.settings if kind == SETTINGS else self.command

    def _unpack(self, message: Message) -> bool:
        parser = self.parser
        if message.unpack_from(parser.buffer, parser.offset, parser.length):
            return True
        self.invalid_count = one_more(self.invalid_count)
        return False

    def _greet(self) -> None:
        """Answer a HELLO; a nonce that is not the last one's starts a new epoch."""
        if not self._unpack(self._hello):
            return
        hello = self._hello.values
        values = self.status.values
        self.is_matched = hello["protocol"] == PROTOCOL
        if hello["nonce"] != self._nonce:
            self._nonce = hello["nonce"]
            values["epoch"] = values["epoch"] + 1 if values["epoch"] < BITS_30 else 1
            values["counter"] = 0
            values["command_id"] = 0
            values["command_result"] = 0
            self._told_count = 0
        self._identity.values["nonce"] = self._nonce
        self._identity.values["epoch"] = values["epoch"]
        self._is_identity_due = True

    def _accept(self, message: Message) -> bool:
        """True for an order that is well formed and fresh; it is the newest from then on."""
        if not self._unpack(message):
            return False
        order = message.values
        now = self.status.values
        is_fresh = (
            (self.is_matched or (message.kind == COMMAND and order["code"] == ENTER))
            and order["epoch"] == now["epoch"]
            and order["counter"] > now["counter"]
            and (message.kind not in IN_TIME or self._is_recent(order["seen_ms"]))
        )
        if is_fresh:
            now["counter"] = order["counter"]
        else:
            self.count_refused()
        return is_fresh

    def _is_recent(self, seen_ms: int) -> bool:
        """True if the status that the permit answers is at most ``FRESH_MS`` old."""
        age_ms = self.status.values["uptime_ms"] - seen_ms
        if age_ms < FRESH_MS - BITS_30:  # the uptime has started at 0 again since
            age_ms += BITS_30 + 1
        return 0 <= age_ms <= FRESH_MS


def frame_view(frame: bytearray, message: Message) -> memoryview:
    """The part of ``frame`` that is sent, made once so that sending allocates nothing."""
    return memoryview(frame)[: HEADER_BYTES + message.length + CRC_BYTES]
