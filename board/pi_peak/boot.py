"""Boot: why ring 1 starts, as far as a Pi can tell.

BOOT_POWER says that the mains were away, so a car that is plugged in was cut off too and need
not be cut off once more. It is said only for the first ring 1 since the kernel started, and only
if the chip's reset register had its power-on bit and no other. A marker with the kernel's boot id
beside the socket tells a second start from a first. Whatever cannot be read is BOOT_UNKNOWN, and
costs such a car the wait.

The register cannot tell a watchdog's reset from a reboot. After either it may keep the power-on
bit beside the watchdog's, 0x1020, so only that bit alone counts. A Pi 4 whose card runs at 1.8 V
shows it alone after a reboot too: its power chip switches it off and on.
"""

from pathlib import Path

from ampkeeper.hal.link.messages import BOOT_POWER, BOOT_SOFTWARE, BOOT_UNKNOWN, BOOT_WATCHDOG

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # new with each start of the kernel
BOOTLOADER = Path("/proc/device-tree/chosen/bootloader")
REGISTERS = ("pm_rsts", "rsts")  # PM_RSTS as the bootloader found it; older ones: the second
REGISTER_BYTES = 4  # big-endian
HAD_POWER_ON_RESET = 0x1000  # PM_RSTS, HADPOR; other bits: other resets, or a partition
ID_BYTES_MAX = 64


def boot_reason(
    marker: Path,
    was_watchdog: bool = False,
    boot_id_file: Path = BOOT_ID,
    bootloader: Path = BOOTLOADER,
) -> int:
    """Return why ring 1 starts, and note in ``marker`` that it did."""
    boot_id = _read(boot_id_file, ID_BYTES_MAX).strip()
    if not boot_id:
        return BOOT_UNKNOWN
    if _read(marker, ID_BYTES_MAX).strip() == boot_id:
        return BOOT_SOFTWARE
    if not _write(marker, boot_id):
        return BOOT_UNKNOWN  # nor would the next start know that it is not the first
    if was_watchdog:
        return BOOT_WATCHDOG
    return BOOT_POWER if _had_power_on_reset(bootloader) else BOOT_UNKNOWN


def _had_power_on_reset(bootloader: Path) -> bool:
    for name in REGISTERS:
        register = _read(bootloader / name, REGISTER_BYTES)
        if len(register) == REGISTER_BYTES:
            return int.from_bytes(register) == HAD_POWER_ON_RESET
    return False


def _read(path: Path, bytes_max: int) -> bytes:
    """Return the beginning of a file; nothing if there is none."""
    try:
        with path.open("rb") as file:
            return file.read(bytes_max)
    except OSError:
        return b""


def _write(path: Path, content: bytes) -> bool:
    try:
        path.write_bytes(content)
    except OSError:
        return False
    return True
