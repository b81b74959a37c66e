"""Port checks: whether a part can hang on the port that a configuration names for it. Pure.

What a path of the kernel's own says is believed; any other path may be a name of the owner's.
"""

import os

from ampkeeper.hal.linux.usb import is_usb_name

SERIAL, I2C, SPI, INPUT = range(4)  # sorts of port
SORTS = {  # how the kernel's and udev's own names of each sort begin
    "/dev/serial": SERIAL,
    "/dev/tty": SERIAL,
    "/dev/i2c-": I2C,
    "/dev/spidev": SPI,
    "/dev/input/": INPUT,
}
READERS = {"pn532_i2c": I2C, "mfrc522": SPI, "wedge": INPUT}  # by kind; all others are serial
HAS_USB_NAMES = (SERIAL, INPUT)
EXAMPLES = {
    SERIAL: "a serial port such as /dev/serial0, or usb:VVVV:PPPP",
    I2C: "an I2C bus such as /dev/i2c-1",
    SPI: "an SPI device such as /dev/spidev0.0",
    INPUT: "an input device such as /dev/input/by-id/..., or usb:VVVV:PPPP",
}


def wrong_reader_port(kind: str, port: str) -> str:
    """Return what a reader's port must be, if it is not; raise ValueError for half a USB name."""
    sort = READERS.get(kind, SERIAL)
    is_named = is_usb_name(port) and sort in HAS_USB_NAMES
    return "" if is_named or is_path_of(sort, port) else f"must be {EXAMPLES[sort]}"


def wrong_meter_port(port: str) -> str:
    """Return what a meter's port must be, if it is not."""
    is_possible = "://" in port or is_path_of(SERIAL, port)
    return "" if is_possible else "must be a serial port such as /dev/ttyUSB0, or tcp://host:port"


def is_path_of(sort: int, port: str) -> bool:
    """Tell whether a path may be a port of this sort."""
    told = next((known for start, known in SORTS.items() if port.startswith(start)), sort)
    return port.startswith("/") and told == sort


def is_same(port: str, other: str) -> bool:
    """Tell whether two paths lead to one port, by whatever links."""
    return os.path.realpath(port) == os.path.realpath(other)
