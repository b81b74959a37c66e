"""I2C: reads and writes of one device, over a file in the bus's place."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from ampkeeper.hal.errors import AbsentError, TransientError
from ampkeeper.hal.linux.i2c import I2cDevice

Calls = list[tuple[int, int]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    made: Calls = []
    monkeypatch.setattr(fcntl, "ioctl", lambda fd, request, value: made.append((request, value)))
    return made


@pytest.fixture
def device(tmp_path: Path) -> I2cDevice:
    (tmp_path / "i2c-1").write_bytes(b"\x01\x02\x03")
    return I2cDevice(str(tmp_path / "i2c-1"), 0x24)


def test_the_address_and_a_limit_are_set_then_bytes_go_both_ways(
    calls: Calls, device: I2cDevice
) -> None:
    device.open()
    assert calls == [(0x0703, 0x24), (0x0702, 5)]
    assert device.read(2) == b"\x01\x02"
    device.write(b"\xaa\xbb")
    device.close()
    device.close()


def test_a_bus_that_is_not_there_or_closed_is_absent(calls: Calls, device: I2cDevice) -> None:
    with pytest.raises(AbsentError, match="No such file"):
        I2cDevice("/nowhere/i2c-1", 0x24).open()
    with pytest.raises(AbsentError, match="0x24"):
        device.read(1)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(errno.EREMOTEIO, TransientError), (errno.EIO, TransientError), (errno.ENODEV, AbsentError)],
)
def test_no_acknowledge_is_transient_and_no_bus_is_absent(
    calls: Calls,
    device: I2cDevice,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    kind: type[Exception],
) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(code, os.strerror(code))

    device.open()
    with monkeypatch.context() as patch:
        patch.setattr(os, "read", fail)
        patch.setattr(os, "write", fail)
        with pytest.raises(kind, match="i2c-1 0x24"):
            device.read(1)
        with pytest.raises(kind, match="i2c-1 0x24"):
            device.write(b"\x00")
    device.close()
