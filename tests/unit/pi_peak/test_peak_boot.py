"""Why ring 1 starts: only a first start after a power-on reset says that the mains were away."""

from pathlib import Path

import pytest

from ampkeeper.board.pi_peak.boot import boot_reason
from ampkeeper.hal.link.messages import BOOT_POWER, BOOT_SOFTWARE, BOOT_UNKNOWN, BOOT_WATCHDOG

POWER_ON = bytes.fromhex("00001000")
REBOOT = bytes.fromhex("00000020")
REBOOT_WITH_POWER_BIT = bytes.fromhex("00001020")  # a Pi 4's log in rpi-eeprom, issue 279


class Machine:
    """What a Pi shows of its boot."""

    def __init__(self, folder: Path) -> None:
        self.marker = folder / "ring.sock.boot"
        self.boot_id = folder / "boot_id"
        self.bootloader = folder / "bootloader"
        self.bootloader.mkdir()

    def boot(self, number: int, register: bytes = POWER_ON, name: str = "pm_rsts") -> None:
        self.boot_id.write_text(f"0b0a7c1e-0000-4000-8000-{number:012}\n")
        (self.bootloader / name).write_bytes(register)

    def start(self, was_watchdog: bool = False) -> int:
        return boot_reason(self.marker, was_watchdog, self.boot_id, self.bootloader)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_start_after_a_power_cut_is_one_by_power(machine: Machine) -> None:
    machine.boot(1)
    assert machine.start() == BOOT_POWER


def test_a_second_start_is_none_whatever_the_register_shows(machine: Machine) -> None:
    machine.boot(1)
    machine.start()
    assert machine.start() == BOOT_SOFTWARE
    assert machine.start(was_watchdog=True) == BOOT_SOFTWARE, "it restarted the machine long ago"


def test_the_next_power_cut_is_one_again_where_the_marker_outlived_it(machine: Machine) -> None:
    for number in (1, 2):
        machine.boot(number)
        assert machine.start() == BOOT_POWER


@pytest.mark.parametrize("register", [REBOOT, REBOOT_WITH_POWER_BIT])
def test_a_reboot_of_the_machine_is_none(machine: Machine, register: bytes) -> None:
    machine.boot(1, register)
    assert machine.start() == BOOT_UNKNOWN


def test_a_watchdog_that_restarted_the_machine_is_told(machine: Machine) -> None:
    machine.boot(1)
    assert machine.start(was_watchdog=True) == BOOT_WATCHDOG


def test_an_older_bootloader_names_the_register_otherwise(machine: Machine) -> None:
    machine.boot(1, name="rsts")
    assert machine.start() == BOOT_POWER


@pytest.mark.parametrize("register", [b"", b"\x10\x00", b"\x00" * 4])
def test_a_register_that_cannot_be_read_says_nothing(machine: Machine, register: bytes) -> None:
    machine.boot(1, register)
    assert machine.start() == BOOT_UNKNOWN


def test_a_machine_that_is_no_pi_says_nothing(machine: Machine) -> None:
    machine.boot(1, name="other")
    assert machine.start() == BOOT_UNKNOWN


def test_a_kernel_without_a_boot_id_says_nothing(machine: Machine) -> None:
    machine.boot(1)
    machine.boot_id.unlink()
    assert machine.start() == BOOT_UNKNOWN


def test_where_no_marker_can_be_left_no_start_is_the_first(machine: Machine) -> None:
    machine.boot(1)
    machine.marker.mkdir()
    assert machine.start() == BOOT_UNKNOWN
