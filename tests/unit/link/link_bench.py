"""A pilot board with a captive cable, its car and its contactor; and a way to write any frame.

Time is an argument: ``run(ms)`` lets it pass in ticks of 10 ms. Runs on both interpreters.
"""

from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import DUTY_X1, Inputs, Settings
from ampkeeper.hal.link.frame import FRAME_BYTES_MAX, HEADER_BYTES, FrameParser, seal
from ampkeeper.hal.link.messages import (
    COMMAND,
    HELLO,
    PERMIT,
    PROTOCOL,
    RESTORE_FAULTS,
    SETTINGS,
    SETTINGS_FIRST,
    STATUS,
    Message,
)

TICK_MS = 10
LEVEL_A, LEVEL_B, LEVEL_C = 12_000, 9_000, 6_000
IN_SERVICE = 2


def captive(max_ma=32_000):
    settings = Settings()
    settings.max_ma = max_ma
    settings.phases = 3
    settings.is_socket = 0
    return settings


def framed(kind, length_change=0, sequence=0, **values):
    """One frame of any type with any values."""
    message = Message(kind)
    message.values.update(values)
    buffer = bytearray(FRAME_BYTES_MAX)
    message.pack_into(buffer, HEADER_BYTES)
    return bytes(buffer[: seal(buffer, message.length + length_change, sequence, kind)])


def hello(nonce=1, protocol=PROTOCOL):
    return framed(HELLO, nonce=nonce, protocol=protocol)


def settings_order(epoch, counter, settings_id=77, **changes):
    values = {"epoch": epoch, "counter": counter, "settings_id": settings_id}
    made = captive()
    for name in Message(SETTINGS).names(SETTINGS_FIRST):
        values[name] = getattr(made, name)
    values.update(changes)
    return framed(SETTINGS, **values)


def reminder(epoch, counter, faults=0):
    """What the station remembers of the time before this boot."""
    values = {"epoch": epoch, "counter": counter, "command_id": counter}
    return framed(COMMAND, code=RESTORE_FAULTS, argument=faults, **values)


class Bench:
    """The board in its surroundings.

    ``edges`` records (at_ms, what, value); ``report`` is the newest STATUS that it sent.
    """

    def __init__(self, epoch=1000, max_ma=32_000, has_socket=False):
        settings = captive(max_ma)
        settings.is_socket = int(has_socket)
        self.board = PilotBoard(settings, "bench", epoch, "9.9.9")
        self.inputs = Inputs()
        self.level_mv = LEVEL_A
        self.obeys = True
        self.now_ms = 0
        self.edges = []
        self.report = {}
        self.report_count = 0
        self.out = self.board.supervisor.outputs
        self._parser = FrameParser()
        self._status = Message(STATUS)
        self._coils = [0, 0]

    def run(self, wait_ms):
        """Let time pass."""
        for _ in range(wait_ms // TICK_MS):
            self.tick()

    def tick(self):
        inputs = self.inputs
        is_offered = 0 < self.out.duty_ticks < DUTY_X1
        high_mv = self.level_mv
        if self.obeys and not is_offered and high_mv == LEVEL_C:
            high_mv = LEVEL_B  # S2 opens when the offer goes
        inputs.cp_high_mv = -12_000 if self.out.duty_ticks == 0 else high_mv
        inputs.cp_low_mv = -12_000 if is_offered else inputs.cp_high_mv
        inputs.mirror = self._coils.pop(0)
        before = (self.out.coil, self.out.duty_ticks)
        self.out = self.board.tick(TICK_MS, inputs)
        self.now_ms += TICK_MS
        self._coils.append(self.out.coil)
        self._note("coil", before[0], self.out.coil)
        self._note("duty", before[1], self.out.duty_ticks)
        sent = bytes(self.board.to_send())
        self.hear(sent)
        return sent

    def status(self):
        return self.board.link.status.values

    def plug_in_and_draw(self):
        """A car comes, which ring 1 has seen not to be there before."""
        self.run(5 * TICK_MS)
        self.level_mv = LEVEL_C

    def greet(self, nonce=1, **changes):
        """Remind of nothing, say hello and put settings in force; the next counter is 2."""
        self.remind(nonce + 1_000_000)
        self.board.feed(hello(nonce))
        self.board.feed(settings_order(self.status()["epoch"], 1, **changes))

    def remind(self, nonce, faults=0):
        """Say hello, and what a boot has forgotten."""
        self.board.feed(hello(nonce))
        self.board.feed(reminder(self.status()["epoch"], 1, faults))

    def permit(self, counter, current_ma=16_000, **changes):
        values = {
            "epoch": self.status()["epoch"],
            "counter": counter,
            "seen_ms": self.status()["uptime_ms"],
            "current_ma": current_ma,
            "phases": 3,
            "flags": IN_SERVICE,
        }
        values.update(changes)
        return framed(PERMIT, **values)

    def _note(self, what, before, now):
        if before != now:
            self.edges.append((self.now_ms, what, now))

    def hear(self, sent):
        """Take what the board sent."""
        if not sent:
            return
        parser = self._parser
        parser.feed(sent)
        while parser.next():
            if parser.kind == STATUS:
                status = self._status
                assert status.unpack_from(parser.buffer, parser.offset, parser.length)
                self.report = status.values
                self.report_count += 1
