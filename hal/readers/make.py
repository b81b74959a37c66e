"""Make: the reader that was connected, by its name in the configuration. Opens nothing.

``port`` is what the kind hangs on: a serial line's path or ``usb:VVVV:PPPP``, ``/dev/i2c-1``,
``/dev/spidev0.0``, or for a wedge its path in ``/dev/input/by-id`` or ``usb:VVVV:PPPP``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ampkeeper.hal.linux.i2c import I2cDevice
from ampkeeper.hal.linux.input_events import InputStream
from ampkeeper.hal.linux.spi import SpiDevice
from ampkeeper.hal.linux.stream import SerialStream
from ampkeeper.hal.linux.usb import UsbSerialStream, is_usb_name
from ampkeeper.hal.ports import Clock, Reader
from ampkeeper.hal.readers import pn532_i2c, rdm6300
from ampkeeper.hal.readers.form import Form
from ampkeeper.hal.readers.mfrc522 import Mfrc522Reader
from ampkeeper.hal.readers.pn532 import Pn532Reader
from ampkeeper.hal.readers.pn532_i2c import Pn532I2cStream
from ampkeeper.hal.readers.rdm6300 import Rdm6300Reader
from ampkeeper.hal.readers.text import TextReader
from ampkeeper.hal.readers.twn4 import TYPES, Twn4Reader
from ampkeeper.hal.readers.wedge import WedgeReader

PN532_BAUD = 115_200
TWN4_BAUD = 9_600  # on a UART; USB-CDC takes any
TEXT_BAUD = 115_200
MFRC522_HZ = 1_000_000  # 10 MHz at most; 1 MHz forgives wires
TAG_TYPES = tuple(TYPES)


@dataclass(frozen=True, slots=True)
class Options:
    """What can be set for a reader; each kind takes what concerns it.

    ``baud`` of a serial line, 0 for the kind's own; ``form``: how it sends tokens; ``has_crc``,
    ``beeps`` and ``types`` (one of ``TAG_TYPES``) are a TWN4's.
    """

    baud: int = 0
    form: Form = field(default_factory=Form)
    has_crc: bool = False
    beeps: bool = True
    types: str = "hf"


def make_reader(kind: str, port: str, clock: Clock, options: Options | None = None) -> Reader:
    """Return the driver for ``kind``, one of ``KINDS``, at ``port``; raise ValueError."""
    if kind not in MAKERS:
        raise ValueError(f"reader kind is {kind!r}, allowed are {', '.join(KINDS)}")
    return MAKERS[kind](port, clock, options or Options())


def _serial(port: str, baudrate: int) -> SerialStream:
    if is_usb_name(port):
        return UsbSerialStream(port, baudrate)
    return SerialStream(port, baudrate)


def _pn532(port: str, clock: Clock, options: Options) -> Reader:
    return Pn532Reader(_serial(port, options.baud or PN532_BAUD), clock, form=options.form)


def _pn532_i2c(port: str, clock: Clock, options: Options) -> Reader:
    stream = Pn532I2cStream(I2cDevice(port, pn532_i2c.ADDRESS))
    return Pn532Reader(stream, clock, form=options.form)


def _mfrc522(port: str, clock: Clock, options: Options) -> Reader:
    return Mfrc522Reader(SpiDevice(port, MFRC522_HZ), clock, form=options.form)


def _rdm6300(port: str, clock: Clock, options: Options) -> Reader:
    name = f"RDM6300 at {port}"
    return Rdm6300Reader(_serial(port, options.baud or rdm6300.BAUD), clock, options.form, name)


def _twn4(port: str, clock: Clock, options: Options) -> Reader:
    return Twn4Reader(
        _serial(port, options.baud or TWN4_BAUD),
        clock,
        form=options.form,
        has_crc=options.has_crc,
        beeps=options.beeps,
        types=options.types,
    )


def _wedge(port: str, clock: Clock, options: Options) -> Reader:
    return WedgeReader(InputStream(port), clock, options.form, f"wedge at {port}")


def _text(port: str, clock: Clock, options: Options) -> Reader:
    stream = _serial(port, options.baud or TEXT_BAUD)
    return TextReader(stream, clock, form=options.form, name=f"text reader at {port}")


MAKERS: dict[str, Callable[[str, Clock, Options], Reader]] = {
    "pn532": _pn532,
    "pn532_i2c": _pn532_i2c,
    "mfrc522": _mfrc522,
    "rdm6300": _rdm6300,
    "twn4": _twn4,
    "wedge": _wedge,
    "text": _text,
}
KINDS = tuple(MAKERS)
