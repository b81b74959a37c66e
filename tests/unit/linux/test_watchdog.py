"""The kernel's watchdog, on a file: what is written to it, and what is not."""

import array
import fcntl
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.watchdog import (
    WDIOC_GETBOOTSTATUS,
    WDIOC_SETTIMEOUT,
    WDIOF_CARDRESET,
    KernelWatchdog,
)


class Driver:
    """Answers the two calls as a driver does."""

    def __init__(self) -> None:
        self.timeout_s_max = 15
        self.status = 0

    def ioctl(self, fd: int, request: int, argument: Any) -> int:
        assert isinstance(argument, array.array)
        if request == WDIOC_SETTIMEOUT:
            argument[0] = min(argument[0], self.timeout_s_max)
        else:
            assert request == WDIOC_GETBOOTSTATUS
            argument[0] = self.status
        return 0


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    made = Driver()
    monkeypatch.setattr(fcntl, "ioctl", made.ioctl)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "watchdog"
    file.touch()
    return file


def test_it_is_armed_fed_and_disarmed(driver: Driver, path: Path) -> None:
    watchdog = KernelWatchdog(path, 10)
    watchdog.open()
    watchdog.open()
    watchdog.feed()
    watchdog.feed()
    assert path.read_bytes() == b"\0\0"
    watchdog.close()
    watchdog.close()
    assert path.read_bytes() == b"\0\0V"


def test_who_does_not_close_it_leaves_it_armed(driver: Driver, path: Path) -> None:
    watchdog = KernelWatchdog(path)
    watchdog.open()
    watchdog.feed()
    del watchdog
    assert b"V" not in path.read_bytes()


def test_the_driver_grants_what_it_can(driver: Driver, path: Path) -> None:
    driver.timeout_s_max = 7
    watchdog = KernelWatchdog(path, 10)
    watchdog.open()
    assert watchdog.timeout_s == 7
    watchdog.close()


@pytest.mark.parametrize(("status", "is_so"), [(0, False), (WDIOF_CARDRESET, True)])
def test_it_knows_whether_it_restarted_us(
    driver: Driver, path: Path, status: int, is_so: bool
) -> None:
    driver.status = status
    watchdog = KernelWatchdog(path)
    watchdog.open()
    assert watchdog.has_restarted_us is is_so
    watchdog.close()


def test_a_file_that_is_no_watchdog_is_absent(path: Path) -> None:
    with pytest.raises(AbsentError, match="is no watchdog"):
        KernelWatchdog(path).open()


def test_one_that_is_not_there_is_absent(tmp_path: Path) -> None:
    with pytest.raises(AbsentError, match="No such file"):
        KernelWatchdog(tmp_path / "watchdog").open()


def test_feeding_before_opening_is_an_error(path: Path) -> None:
    with pytest.raises(AbsentError):
        KernelWatchdog(path).feed()
