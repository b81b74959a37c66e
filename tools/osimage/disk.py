"""Disk: an image of a disk with four partitions and GRUB for a BIOS; no loop device is needed.

The table is a classic one (MBR). GRUB's first sector says where its second part lies, and that one
where its rest does: the sectors between table and first partition. GRUB manual, section 3.4.
"""

import struct
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path

SECTOR = 512
MIB = 1_048_576
ALIGNED = MIB // SECTOR  # sectors before the first partition
LINUX = 0x83
SIGNATURE_AT, TABLE_AT, END_AT = 440, 446, 510
CODE_BYTES = 440
CORE_AT = 1  # sector of GRUB's second part
KERNEL_SECTOR_AT = 0x5C  # in boot.img
BLOCKLIST_AT = SECTOR - 12  # in the first sector of core.img


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition and the image of its file system."""

    image: Path

    @property
    def sectors(self) -> int:
        """Rounded up to whole MiB."""
        return -(-self.image.stat().st_size // MIB) * ALIGNED


def write(
    target: Path, partitions: list[Partition], signature: int, boot: bytes, core: bytes
) -> None:
    """Write the disk; raise ValueError if GRUB does not fit or there are too many partitions."""
    if not 1 <= len(partitions) <= 4:
        raise ValueError(f"{len(partitions)} partitions, must be 1 to 4")
    if len(core) > (ALIGNED - CORE_AT) * SECTOR:
        raise ValueError(f"core.img has {len(core)} bytes, must fit before the first partition")
    starts, next_start = [], ALIGNED
    for partition in partitions:
        starts.append(next_start)
        next_start += partition.sectors
    with target.open("wb") as disk:
        disk.truncate(next_start * SECTOR)
        disk.write(first_sector(partitions, starts, signature, boot))
        disk.seek(CORE_AT * SECTOR)
        disk.write(placed_core(core))
        for start, partition in zip(starts, partitions, strict=True):
            disk.seek(start * SECTOR)
            _copy(partition.image, disk)


def first_sector(
    partitions: list[Partition], starts: list[int], signature: int, boot: bytes
) -> bytes:
    """GRUB's first part and the table."""
    sector = bytearray(SECTOR)
    sector[:CODE_BYTES] = boot[:CODE_BYTES]
    struct.pack_into("<Q", sector, KERNEL_SECTOR_AT, CORE_AT)
    struct.pack_into("<I", sector, SIGNATURE_AT, signature)
    for number, (start, partition) in enumerate(zip(starts, partitions, strict=True)):
        flag = 0x80 if number == 0 else 0
        entry = struct.pack(
            "<B3sB3sII", flag, b"\xfe\xff\xff", LINUX, b"\xfe\xff\xff", start, partition.sectors
        )
        at = TABLE_AT + number * len(entry)
        sector[at : at + len(entry)] = entry
    sector[END_AT:] = b"\x55\xaa"
    return bytes(sector)


def placed_core(core: bytes) -> bytes:
    """core.img that knows where its rest lies: right behind its first sector."""
    made = bytearray(core)
    struct.pack_into("<Q", made, BLOCKLIST_AT, CORE_AT + 1)
    return bytes(made)


def _copy(source: Path, disk: BufferedWriter) -> None:
    """Copy what is not zero; the rest of the disk is a hole."""
    with source.open("rb") as file:
        while piece := file.read(MIB):
            if piece.count(0) == len(piece):
                disk.seek(len(piece), 1)
            else:
                disk.write(piece)
