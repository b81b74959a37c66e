"""The disk of an image: a table that a BIOS reads, and GRUB where its first part looks for it."""

import struct
from pathlib import Path

import pytest

from tools.osimage.disk import ALIGNED, MIB, SECTOR, Partition, write

BOOT, CORE = bytes(range(1, 256)) * 2, b"\x01" * 3_000


def image(folder: Path, name: str, size: int) -> Partition:
    path = folder / name
    path.write_bytes(name.encode() * (size // len(name)))
    return Partition(path)


def entries(disk: bytes) -> list[tuple[int, int, int]]:
    """Flag, first sector and number of sectors."""
    told = []
    for at in range(446, 510, 16):
        flag, _, kind, _, start, count = struct.unpack("<B3sB3sII", disk[at : at + 16])
        if kind:
            told.append((flag, start, count))
    return told


def test_partitions_follow_each_other_on_whole_mebibytes(tmp_path: Path) -> None:
    parts = [image(tmp_path, "a", MIB), image(tmp_path, "b", 2 * MIB - SECTOR)]
    write(tmp_path / "disk", parts, 0x414D504B, BOOT, CORE)
    disk = (tmp_path / "disk").read_bytes()
    assert entries(disk) == [(0x80, ALIGNED, ALIGNED), (0, 2 * ALIGNED, 2 * ALIGNED)]
    assert disk[510:512] == b"\x55\xaa"
    assert struct.unpack_from("<I", disk, 440) == (0x414D504B,)
    assert disk[MIB : 2 * MIB] == b"a" * MIB
    assert disk[2 * MIB :].rstrip(b"\0") == b"b" * (2 * MIB - SECTOR)
    assert len(disk) == 4 * MIB


def test_grub_finds_its_parts(tmp_path: Path) -> None:
    write(tmp_path / "disk", [image(tmp_path, "a", MIB)], 1, BOOT, CORE)
    disk = (tmp_path / "disk").read_bytes()
    assert struct.unpack_from("<Q", disk, 0x5C) == (1,)
    assert disk[:0x5C] == BOOT[:0x5C]
    core = disk[SECTOR : SECTOR + len(CORE)]
    assert struct.unpack_from("<Q", core, SECTOR - 12) == (2,)
    assert core[SECTOR:] == CORE[SECTOR:]


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    part = image(tmp_path, "a", MIB)
    with pytest.raises(ValueError, match=r"core\.img has 1048576 bytes"):
        write(tmp_path / "disk", [part], 1, BOOT, b"x" * MIB)
    with pytest.raises(ValueError, match="5 partitions, must be 1 to 4"):
        write(tmp_path / "disk", [part] * 5, 1, BOOT, CORE)
