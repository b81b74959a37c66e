"""A pilot board's flash in memory, whose power can go at any write; and frames for a flasher.

Runs on both interpreters. A write that the power cut short leaves nothing, half, or all of it.
"""

from hashlib import sha256

from ampkeeper.hal.link import flash as f
from ampkeeper.hal.link.flash_programs import Programs
from ampkeeper.hal.link.flasher import Flasher
from ampkeeper.hal.link.frame import FrameParser

BOARD = "bench"
KEY = bytes(range(32))
OTHER_KEY = bytes(range(32, 64))


class Cut(Exception):
    """The power went."""


class Memory:
    """A ``Store``; the write number ``cut_at`` is the last, and of it ``torn`` quarters are there.

    ``full``: nothing more can be written. ``bad``: files that cannot be read until written
    anew; ``stuck``: cannot be written.
    """

    def __init__(self, files=None):
        self.files = dict(files or {})
        self.count = 0
        self.cut_at = -1
        self.torn = 0
        self.full = False
        self.bad = set()
        self.stuck = set()

    def read(self, name, most):
        self._check(name)
        data = self.files.get(name)
        return None if data is None else data[:most]

    def write(self, name, data):
        self._step(name, b"", data)

    def append(self, name, data):
        self._step(name, self.files.get(name, b""), data)

    def remove(self, name):
        if name in self.files:
            if self._is_last() and self.torn < 4:
                raise Cut
            del self.files[name]
            self._count()

    def size(self, name):
        return len(self.files[name]) if name in self.files else -1

    def digest(self, name):
        self._check(name)
        return sha256(self.files[name]).digest()

    def _step(self, name, before, data):
        if self.full or name in self.stuck:
            raise OSError(28)
        if self._is_last():
            if self.torn:
                self.files[name] = before + data[: len(data) * self.torn // 4]
            raise Cut
        self.files[name] = before + data
        self.bad.discard(name)
        self._count()

    def _check(self, name):
        if name in self.bad:
            raise OSError(5)

    def _is_last(self):
        return self.count == self.cut_at

    def _count(self):
        if self._is_last():
            raise Cut
        self.count += 1


def program(number, size=3_000):
    """Some program; another for each number."""
    data = bytearray(size)
    for index in range(size):
        data[index] = (number * 31 + index * 7 + (index >> 8)) & 0xFF
    return bytes(data)


def offer_of(data, counter=1, key=KEY, board=BOARD, version="1.0.0", size=None):
    """What is said of a program."""
    digest, raw = sha256(data).digest(), f.raw_of(version)
    size = len(data) if size is None else size
    mac = f.mac_of(key, board, size, counter, raw, digest)
    return f.pack(f.OFFER_FORM, size, counter, raw, digest, mac)


class Rig:
    """A flasher, and a station that says what a test wants."""

    def __init__(self, store=None, session=77):
        self.store = store or Memory()
        self.flasher = Flasher(Programs(self.store, BOARD), session)
        self.session = session
        self.parser = FrameParser()
        self._sequence = 0

    @property
    def slots(self):
        return self.flasher.programs.slots

    def say(self, kind, told=b"", session=None):
        """Send an order of this session; return the state that the board answers with."""
        head = b"" if kind == f.ASK else f.pack("<I", self.session if session is None else session)
        self.send(kind, head + told)
        return self.state()

    def send(self, kind, payload):
        self._sequence = (self._sequence + 1) & 0xFF
        self.flasher.feed(f.framed(kind, payload, self._sequence))

    def state(self):
        """The newest STATE; None if the board says nothing."""
        found = None
        frame = self.flasher.to_send()
        while frame:
            self.parser.feed(frame)
            assert self.parser.next()
            at = self.parser.offset
            payload = bytes(self.parser.buffer[at : at + self.parser.length])
            if self.parser.kind == f.STATE:
                told = f.unpack(f.STATE_FORM, payload)
                assert told is not None
                found = {f.STATE_NAMES[at]: told[at] for at in range(len(told))}
            frame = self.flasher.to_send()
        return found

    def chunk(self, offset, data):
        return self.say(f.CHUNK, f.pack("<I", offset) + data)

    def floor(self, image_id, counter, key=KEY, session=None):
        """Say that an image works, and that nothing below a counter shall start."""
        mac = f.floor_mac_of(key, BOARD, session or self.session, image_id, counter)
        return self.say(f.FLOOR, f.pack(f.FLOOR_FORM, image_id, counter, mac))

    def send_all(self, data, begin=0):
        """Send a program from an offset to its end."""
        state = None
        for at in range(begin, len(data), f.CHUNK_BYTES):
            state = self.chunk(at, data[at : at + f.CHUNK_BYTES])
        return state

    def flash(self, data, counter=1):
        """Pair, offer, send."""
        self.say(f.PAIR, KEY)
        self.say(f.OFFER, offer_of(data, counter))
        return self.send_all(data)
