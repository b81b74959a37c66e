"""Host half: how the station greets ring 1, keeps it supplied and hears what it reports.

Sans-IO: bytes and the time in, reports and bytes out. It greets until the pilot board answers,
then repeats SETTINGS and the oldest COMMAND until a STATUS shows that they arrived. A ring 1 that
has booted gets no SETTINGS, and no permit, before it confirmed what had to be put back
(``commands``). A permit is sent once and never repeated: only the station may prolong a permit.
After one second without a usable STATUS the pilot board counts as silent.
"""

from ampkeeper.hal.link.commands import Commands
from ampkeeper.hal.link.frame import (
    COUNT_MAX,
    FRAME_BYTES_MAX,
    HEADER_BYTES,
    FrameParser,
    one_more,
    seal,
)
from ampkeeper.hal.link.messages import (
    BITS_30,
    COMMAND,
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
    Message,
)
from ampkeeper.hal.link.told import Told
from ampkeeper.hal.link.values import fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ampkeeper.hal.link.frame import Buffer

SILENT, GREETING, UP, MISMATCHED = range(4)  # states
HEARD, MATCHED, OTHER, ASTRAY, LATE = range(5)  # events
STATES = ("SILENT", "GREETING", "UP", "MISMATCHED")
EVENTS = ("HEARD", "MATCHED", "OTHER", "ASTRAY", "LATE")

SILENCE_MS = 1_000
REPEAT_MS = 200  # HELLO, SETTINGS and COMMAND until answered
LEFT_EPOCHS_MAX = 64  # a STATUS of one of them is late or replayed, no reason to greet
UNHEARD_ORDERS_MAX = 64  # sent, but not shown in a STATUS: the line is deaf or muddled
OUTBOX_BYTES_MAX = 4_096  # between two calls of to_send; beyond it frames are dropped, counted
PHASES = 3

# fmt: off
TABLE = (
    # state       event    next        greets  orders
    (SILENT,      HEARD,   GREETING,   1,      0),  # a line that was dead speaks again
    (SILENT,      MATCHED, UP,         0,      1),
    (SILENT,      OTHER,   MISMATCHED, 1,      0),
    (GREETING,    MATCHED, UP,         0,      1),
    (GREETING,    OTHER,   MISMATCHED, 1,      0),
    (GREETING,    LATE,    SILENT,     1,      0),
    (UP,          ASTRAY,  GREETING,   1,      0),  # the pilot restarted, or does not hear us
    (UP,          LATE,    SILENT,     1,      0),
    (MISMATCHED,  MATCHED, UP,         0,      1),  # somebody flashed the right firmware
    (MISMATCHED,  LATE,    SILENT,     1,      0),
)
IGNORED = (
    (SILENT,     ASTRAY), (SILENT,     LATE),
    (GREETING,   HEARD),  (GREETING,   ASTRAY),
    (UP,         HEARD),  (UP,         MATCHED), (UP, OTHER),  # late answers to a HELLO before
    (MISMATCHED, HEARD),  (MISMATCHED, OTHER),   (MISMATCHED, ASTRAY),
)
# fmt: on


class HostLink:
    """One pilot board's other end.

    ``settings`` has an attribute for each value of the SETTINGS message, as
    ``firmware.safety.signals.Settings`` does.
    """

    def __init__(self, settings: object, host_version: str = "") -> None:
        self.state = SILENT
        self.greets = 1
        self.orders = 0
        self.parser = FrameParser()
        self.identity = Message(IDENTITY)
        self.unknown_count = 0
        self.invalid_count = 0
        self.stale_count = 0  # STATUS or IDENTITY repeated or overtaken
        self.untimely_count = 0  # sound, but we do not know the one who says it, or not yet
        self.lost_count = 0  # frames missing in the sequence
        self.dropped_count = 0  # permits and commands that could not be sent
        self.greeting_count = 0
        self.told = Told()
        self._answer = Message(IDENTITY)  # not believed yet
        self._status = Message(STATUS)
        self._hello = Message(HELLO)
        self._hello.values["protocol"] = PROTOCOL
        self._hello.texts["host_version"] = host_version
        self._settings = Message(SETTINGS)
        self._permit = Message(PERMIT)
        self._command = Message(COMMAND)
        self._measured = Message(MEASURED)
        self._profile = Message(PROFILE)
        self._profile_id = 0  # wanted; 0: none
        self._profile_id_in_force = 0
        fill(self._settings, settings, "settings_id")
        self._commands = Commands()
        self._outbox = bytearray()
        self._frame = bytearray(FRAME_BYTES_MAX)
        self._sequence = 0
        self._sequence_heard = -1
        self._counter = 0
        self._epoch = 0
        self._seen_ms = -1  # uptime of the newest STATUS of this epoch
        self._heard_at_ms = 0
        self._repeat_at_ms = 0
        self._fed_at_ms = 0
        self._settings_id_in_force = 0  # 0: ring 1 has booted, or we do not know yet

    def start(self, now_ms: int) -> None:
        """Forget everything about the other end and greet it."""
        self.parser.clear()
        self.state = GREETING
        self.greets, self.orders = 1, 0
        self._commands.clear()
        self.told.clear()
        self._outbox[:] = b""
        self._sequence_heard = -1
        self._heard_at_ms = self._fed_at_ms = now_ms
        self._begin_greeting(now_ms)

    def feed(self, data: "Buffer", now_ms: int) -> "list[dict[str, int]]":
        """Take bytes; return the reports in them, oldest first, as named in ``messages``.

        Each has besides ``is_forgetful``, as it was when ring 1 said so.
        """
        reports: "list[dict[str, int]]" = []
        taken = 0
        while taken < len(data):
            taken += self.parser.feed(data, taken)
            self._drain(reports, now_ms)
        return reports

    def tick(self, now_ms: int) -> "list[dict[str, int]]":
        """Let time pass; call it at least five times a second. Returns reports like ``feed``."""
        reports: "list[dict[str, int]]" = []
        if self.parser.tick(now_ms - self._fed_at_ms):
            self._drain(reports, now_ms)
        self._fed_at_ms = now_ms
        if now_ms - self._heard_at_ms >= SILENCE_MS:
            self._heard_at_ms = now_ms
            self._move(LATE, now_ms)
        if now_ms >= self._repeat_at_ms:
            self._repeat_at_ms = now_ms + REPEAT_MS
            self._repeat()
        return reports

    def permit(self, current_ma: int, phases: int, flags: int) -> bool:
        """Queue one permit; False, and dropped, while ring 1 cannot take one."""
        if not self.orders or self._seen_ms < 0 or not self._settings_id_in_force:
            self.dropped_count = one_more(self.dropped_count)
            return False
        values = self._permit.values
        values["seen_ms"] = self._seen_ms
        values["current_ma"] = current_ma
        values["phases"] = phases
        values["flags"] = flags
        self._send_order(self._permit)
        return True

    def measured(self, currents_ma: "tuple[int, ...]", voltages_mv: "tuple[int, ...]") -> bool:
        """Queue what the meter shows on L1 to L3, -1 where it cannot tell; False like a permit."""
        if not self.orders or self._seen_ms < 0:
            self.dropped_count = one_more(self.dropped_count)
            return False
        values = self._measured.values
        values["seen_ms"] = self._seen_ms
        for phase in range(PHASES):
            values["current_l%d_ma" % (phase + 1)] = currents_ma[phase]
            values["voltage_l%d_mv" % (phase + 1)] = voltages_mv[phase]
        self._send_order(self._measured)
        return True

    def adopt(self, profile: "object | None") -> None:
        """Keep a vehicle's profile in force until the next call; None: that of an unknown car."""
        if profile is None:
            self._profile_id = 0
            return
        fill(self._profile, profile, "profile_id")
        self._profile_id = self._profile.values["profile_id"]
        if self.orders:
            self._send_order(self._profile)

    def command(self, code: int, argument: int) -> bool:
        """Queue a command, sent until it was run; False if too many wait.

        What puts back or clears a fault ends at the next greeting; RESTORE_FAULTS is the last.
        """
        was_idle = not self._commands.waiting
        if not self._commands.add(code, argument):
            self.dropped_count = one_more(self.dropped_count)
            return False
        if self.orders and was_idle and self._commands.waiting:
            self._send_command()
        return True

    def is_forgetful(self) -> bool:
        """True while ring 1 has booted and has not confirmed what was to be put back."""
        return not self._settings_id_in_force and not self._commands.has_reminded()

    def is_settled(self) -> bool:
        """True when the newest report shows our settings in force."""
        return self._settings_id_in_force == self._settings.values["settings_id"]

    def to_send(self) -> bytes:
        """Return all that waits to be sent."""
        data = bytes(self._outbox)
        self._outbox[:] = b""
        return data

    def counters(self) -> "dict[str, int]":
        """What the line did to us so far, for diagnosis."""
        return {
            "good": self.parser.good_count,
            "noise_bytes": self.parser.noise_bytes,
            "bad_crc": self.parser.bad_crc_count,
            "bad_length": self.parser.bad_length_count,
            "truncated": self.parser.truncated_count,
            "unknown": self.unknown_count,
            "invalid": self.invalid_count,
            "stale": self.stale_count + self.told.stale_count,
            "lost": self.lost_count,
            "untimely": self.untimely_count + self.told.untimely_count,
            "dropped": self.dropped_count + self._commands.given_up_count,
            "declined": self._commands.declined_count,
            "greetings": self.greeting_count,
        }

    def _move(self, event: int, now_ms: int) -> None:
        """Change the state as ``TABLE`` says."""
        for state, on, next_state, greets, orders in TABLE:
            if state == self.state and on == event:
                has_to_begin = greets and not self.greets
                self.state, self.greets, self.orders = next_state, greets, orders
                if has_to_begin:
                    self._begin_greeting(now_ms)
                if event in (HEARD, MATCHED):
                    self._heard_at_ms = self._repeat_at_ms = now_ms
                return

    def _begin_greeting(self, now_ms: int) -> None:
        """A new nonce makes the pilot board start a new epoch: all orders before it are void."""
        self.greeting_count = one_more(self.greeting_count)
        self._hello.values["nonce"] = (now_ms + self.greeting_count) % BITS_30 + 1
        self._repeat_at_ms = now_ms
        self._seen_ms = -1

    def _drain(self, reports: "list[dict[str, int]]", now_ms: int) -> None:
        while self.parser.next():
            kind = self.parser.kind
            if kind == IDENTITY:
                self._hear_identity(now_ms)
            elif kind == STATUS:
                self._hear_status(reports, now_ms)
            elif kind in (RESULT, TRACE):
                self._hear_told(kind)
            else:
                self.unknown_count = one_more(self.unknown_count)

    def _unpack(self, message: Message) -> bool:
        parser = self.parser
        if message.unpack_from(parser.buffer, parser.offset, parser.length):
            return True
        self.invalid_count = one_more(self.invalid_count)
        return False

    def _hear_identity(self, now_ms: int) -> None:
        """Take the answer to our HELLO, if it is to the one of now and we still ask."""
        if not self._unpack(self._answer):
            return
        values = self._answer.values
        if not self.greets or values["nonce"] != self._hello.values["nonce"]:
            self.stale_count = one_more(self.stale_count)
            return
        self.identity, self._answer = self._answer, self.identity
        self._heard_at_ms = now_ms
        self._sequence_heard = self.parser.sequence
        if values["protocol"] != PROTOCOL:
            self._move(OTHER, now_ms)
            return
        self._epoch = values["epoch"]
        self._counter = 0
        self.told.begin_epoch(self._epoch)
        self._commands.begin_epoch()
        self._settings_id_in_force = 0
        self._move(MATCHED, now_ms)

    def _hear_status(self, reports: "list[dict[str, int]]", now_ms: int) -> None:
        """Pass on a report that is newer than the last one of this epoch."""
        if not self._unpack(self._status):
            return
        values = self._status.values
        self._move(HEARD, now_ms)
        if self.state != UP:
            self.untimely_count = one_more(self.untimely_count)
            return
        if 0 < self._epoch - values["epoch"] <= LEFT_EPOCHS_MAX:
            self.stale_count = one_more(self.stale_count)
            return
        if self._is_astray(values):
            self.untimely_count = one_more(self.untimely_count)
            self._move(ASTRAY, now_ms)
            return
        later_ms = (values["uptime_ms"] - self._seen_ms) & BITS_30
        if self._seen_ms >= 0 and not 0 < later_ms <= BITS_30 >> 1:
            self.stale_count = one_more(self.stale_count)
            return
        self._count_lost()
        self._seen_ms = values["uptime_ms"]
        self._heard_at_ms = now_ms
        self._settle(values)
        report = dict(values)
        report["is_forgetful"] = int(self.is_forgetful())  # others may follow in the same bytes
        reports.append(report)

    def _hear_told(self, kind: int) -> None:
        told = self.told
        if not self._unpack(told.result if kind == RESULT else told.trace):
            return
        if self.state != UP:
            self.untimely_count = one_more(self.untimely_count)
        elif told.take_result() if kind == RESULT else told.take_piece():
            self._count_lost()

    def _count_lost(self) -> None:
        gap = (self.parser.sequence - self._sequence_heard) & 0xFF
        self.lost_count = min(self.lost_count + max(gap - 1, 0), COUNT_MAX)
        self._sequence_heard = self.parser.sequence

    def _is_astray(self, values: "dict[str, int]") -> bool:
        """True if the other end is not where we think, or a counter of this epoch is used up."""
        unheard = self._counter - values["counter"]
        is_elsewhere = values["epoch"] != self._epoch or not 0 <= unheard <= UNHEARD_ORDERS_MAX
        return is_elsewhere or max(self._counter, self.told.newest) >= COUNT_MAX

    def _settle(self, values: "dict[str, int]") -> None:
        """Strike off what the report shows as done; send the next command at once."""
        was_forgetful = self.is_forgetful()
        self._settings_id_in_force = values["settings_id"]
        self._profile_id_in_force = values["profile_id"]
        if self._commands.settle(values["command_id"], values["command_result"]):
            self._send_command()
        if was_forgetful:
            self._send_settings()

    def _repeat(self) -> None:
        """Send again what has not been answered."""
        if self.greets:
            self._send(self._hello)
        if self.orders:
            self._send_settings()
        if self.orders and self._profile_id not in (0, self._profile_id_in_force):
            self._send_order(self._profile)
        if self.orders and self._commands.waiting:
            self._send_command()

    def _send_settings(self) -> None:
        """Only to a ring 1 that knows what was, since permits follow them."""
        if not self.is_forgetful() and not self.is_settled():
            self._send_order(self._settings)

    def _send_command(self) -> None:
        """Send the oldest command; its id is the counter of its first sending."""
        values = self._command.values
        commands = self._commands
        values["code"], values["argument"] = commands.waiting[0]
        if not commands.command_id:
            commands.command_id = self._counter + 1
        values["command_id"] = commands.command_id
        self._send_order(self._command)

    def _send_order(self, message: Message) -> None:
        """Make the order the newest of its epoch."""
        self._counter = one_more(self._counter)
        message.values["epoch"] = self._epoch
        message.values["counter"] = self._counter
        self._send(message)

    def _send(self, message: Message) -> None:
        message.pack_into(self._frame, HEADER_BYTES)
        self._sequence = (self._sequence + 1) & 0xFF
        total = seal(self._frame, message.length, self._sequence, message.kind)
        if len(self._outbox) + total > OUTBOX_BYTES_MAX:
            self.dropped_count = one_more(self.dropped_count)
            return
        self._outbox.extend(self._frame[:total])
