"""Make: the reader that was connected, by its name in the configuration. Opens nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.ports import Clock, Reader
from ampkeeper.hal.readers.form import Form
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.text import TextReader


@dataclass(frozen=True, slots=True)
class Options:
    """What can be set for a reader; each kind takes what concerns it."""

    form: Form = field(default_factory=Form)


def make_reader(kind: str, port: str, clock: Clock, options: Options | None = None) -> Reader:
    """Return the driver for ``kind``, one of ``KINDS``, at ``port``; raise ValueError."""
    if kind not in MAKERS:
        raise ValueError(f"reader kind is {kind!r}, allowed are {', '.join(KINDS)}")
    return MAKERS[kind](port, clock, options or Options())


def _pn532(port: str, clock: Clock, options: Options) -> Reader:
    return Pn532Reader(SerialStream(port), clock)


def _text(port: str, clock: Clock, options: Options) -> Reader:
    return TextReader(SerialStream(port), clock)


MAKERS: dict[str, Callable[[str, Clock, Options], Reader]] = {
    "pn532": _pn532,
    "text": _text,
}
KINDS = tuple(MAKERS)
