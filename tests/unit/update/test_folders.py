"""The installer on folders: what it takes, what it refuses, and that nothing good is touched."""

import importlib.util
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.update.application import FILES_MAX
from ampkeeper.firmware.update.disk import Disk
from ampkeeper.firmware.update.envelope import payload_of, write_image
from ampkeeper.firmware.update.folders import Folders, Machine
from ampkeeper.firmware.update.manifest import PILOT, STATION
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.slots import FACTORY, GOOD
from ampkeeper.firmware.update.unpacked import cached_name, compiled
from ampkeeper.hal.linux.files import FolderDisk
from tests.support.crash_disk import CrashDisk
from tests.support.releases import NOW, ReleaseMaker, draft

MAKER = ReleaseMaker()
MACHINE = Machine("emulated", 1, MAKER.trust)


def archive_of(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name, content in files.items():
            opened.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


APPLICATION = archive_of(
    {
        "main": b"print()",
        "package/module": b"x = 1",
        "package/data": bytes(3_000),
        "package/part.py": b"y = 2",
        "package/python2.py": b"print 1",
    }
)
CACHED = cached_name("package/part.py")


def image(counter: int = 5, **payloads: bytes) -> io.BytesIO:
    payloads = payloads or {STATION: APPLICATION, PILOT: b"pilot"}
    told = tuple(payload_of(kind, "1.5.0", io.BytesIO(raw)) for kind, raw in payloads.items())
    file = io.BytesIO()
    head = MAKER.head(draft(payloads=told, counter=counter))
    for _ in write_image(file, head, (io.BytesIO(raw) for raw in payloads.values())):
        pass
    file.seek(0)
    return file


def swap(disk: Disk, name: str, raw: bytes) -> None:
    disk.create(name)
    disk.append(name, raw)


def collision(raw: bytes) -> bytes:
    """Other bytes of the same length and CRC-32, which is linear."""
    pattern = (1 << 32 | 0x04C11DB7).to_bytes(5, "big")  # the polynomial itself: its CRC is 0
    mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in pattern)
    other = bytes(a ^ b for a, b in zip(raw, mirrored.ljust(len(raw), b"\0"), strict=True))
    assert other != raw
    assert zlib.crc32(other) == zlib.crc32(raw)
    return other


def quiet(permille: int) -> None:
    """Nobody looks."""


def contents(disk: Disk) -> dict[str, bytes]:
    found = {}
    for name in disk.names(""):
        with disk.open(name) as file:
            found[name] = file.read()
    return found


@pytest.fixture(params=["memory", "folder"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    """The model of a disk that power cuts are tried on, and a real one."""
    return CrashDisk() if request.param == "memory" else FolderDisk(tmp_path / "slots")


def test_an_image_is_unpacked_tried_and_kept(disk: Disk):
    slots, told = Folders(disk, MACHINE), []
    assert slots.start() == FACTORY
    head = slots.install(image(), NOW, told.append)
    assert told[-1] == 1000
    assert sorted(told) == told
    assert contents(disk)["a/app/package/module"] == b"x = 1"
    assert contents(disk)["a/pilot"] == b"pilot"
    assert slots.start() == "a"
    slots.confirm()
    assert slots.record().counter_min == head.manifest.counter
    assert slots.start() == "a"
    slots.install(image(6), NOW, quiet)
    assert [slots.start() for _ in range(4)] == ["b", "b", "b", "a"]
    assert "3 times" in slots.record().reason
    slots.told()
    slots.install(image(7, station=archive_of({"main": b"new"})), NOW, quiet)
    assert disk.names("b/app") == ["main"]
    assert slots.start() == "b"


def test_modules_are_compiled_where_python_looks_and_only_for_the_source_they_are_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    disk = FolderDisk(tmp_path / "slots")
    Folders(disk, MACHINE).install(image(), NOW, quiet)
    source = tmp_path / "slots/a/app/package/part.py"
    cached = Path(importlib.util.cache_from_source(str(source)))
    assert cached.relative_to(tmp_path / "slots/a/app").as_posix() == CACHED
    assert [name for name in disk.names("a/app") if "__pycache__" in name] == [CACHED]
    assert _imported(source).y == 2
    raw = compiled(b"y = 3", "package/part.py")
    cached.write_bytes(raw[:8] + cached.read_bytes()[8:16] + raw[16:])
    assert _imported(source).y == 3, "what was compiled is what runs"
    source.write_bytes(b"y = 4")
    assert _imported(source).y == 4, "but not for another source"


def _imported(source: Path) -> Any:
    spec = importlib.util.spec_from_file_location("part", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_was_a_folder_may_be_a_file_in_the_next_image_and_the_other_way_round(disk: Disk):
    slots = Folders(disk, MACHINE)
    deep = {"data/deep/one": b"1", "data/two": b"2"}
    for number, files in enumerate((deep, deep, {"data": b"3"}, {"data": b"4"}, deep, deep)):
        slots.install(image(5 + number, station=archive_of(files)), NOW, quiet)
        place = slots.start()
        assert place == "ab"[number % 2]
        assert disk.names(f"{place}/app") == sorted(files)
        slots.confirm()


def test_a_file_never_takes_the_place_of_a_folder_that_has_files(disk: Disk):
    disk.make_folder("folder")
    disk.make_folder("folder/inner")
    swap(disk, "folder/inner/file", b"kept")
    with pytest.raises(OSError, match=r"directory|not empty"):
        disk.create("folder")
    assert contents(disk) == {"folder/inner/file": b"kept"}


def test_an_application_that_unpacked_has_no_room_is_refused():
    disk = CrashDisk()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("data", bytes(30 << 20))
    disk.free = 20 << 20
    with pytest.raises(ImageRefused, match="20 MiB are free where 38 MiB are needed") as caught:
        Folders(disk, MACHINE).install(image(station=packed.getvalue()), NOW, quiet)
    assert caught.value.ground is Ground.SPACE
    assert disk.names("") == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda disk: disk.append("a/app/main", b" "),
        lambda disk: swap(disk, "a/app/package/data", collision(bytes(3_000))),
        lambda disk: disk.create("a/app/package/more.pyc"),
        lambda disk: disk.create("a/app/main"),
        lambda disk: disk.remove("a/app/package/data"),
        lambda disk: disk.create("a/app/package/more"),
        lambda disk: disk.append("a/station", b" "),
        lambda disk: disk.append("a/pilot", b" "),
        lambda disk: disk.append("a/head", b" "),
        lambda disk: disk.remove("a/head"),
    ],
)
def test_what_is_not_what_was_signed_does_not_start(disk: Disk, damage: Callable[[Disk], None]):
    slots = Folders(disk, MACHINE)
    slots.install(image(), NOW, quiet)
    damage(disk)
    if slots.head_of("a") is not None and contents(disk)["a/head"].endswith(b" "):
        assert slots.start() == "a", "what stands behind the head is not read"
        return
    assert slots.start() == FACTORY
    assert "not what was signed" in slots.record().reason


@pytest.mark.parametrize(
    "damage",
    [
        lambda disk: disk.append(f"a/app/{CACHED}", b" "),
        lambda disk: swap(disk, f"a/app/{CACHED}", compiled(b"y = 3", "package/part.py")),
        lambda disk: disk.remove(f"a/app/{CACHED}"),
        lambda disk: disk.create("a/app/package/__pycache__/more.pyc"),
        lambda disk: disk.append("a/compiled", b"x"),
        lambda disk: disk.remove("a/compiled"),
        lambda disk: swap(disk, "a/compiled", b'{"package/module.py": "0"}'),
        lambda disk: swap(disk, "a/compiled", b"[]"),
    ],
)
def test_what_nobody_signed_is_dropped_and_what_was_signed_starts(
    disk: Disk, damage: Callable[[Disk], None]
):
    slots = Folders(disk, MACHINE)
    slots.install(image(), NOW, quiet)
    slots.start()
    slots.confirm()
    damage(disk)
    assert slots.start() == "a"
    assert not [name for name in disk.names("a/app") if name.endswith(".pyc")]
    assert contents(disk)["a/compiled"] == b"{}"
    assert slots.record().good == "a"
    assert slots.start() == "a", "without it, too"


def test_a_bad_read_of_what_was_good_is_no_end_for_ever(disk: Disk):
    slots = Folders(disk, MACHINE)
    slots.install(image(), NOW, quiet)
    slots.start()
    slots.confirm()
    whole = contents(disk)["a/station"]
    swap(disk, "a/station", whole[:-1] + b"x")
    assert [slots.start(), slots.start()] == ["", ""]
    swap(disk, "a/station", whole)
    assert slots.start() == "a"
    assert slots.record().state == GOOD


def refused(disk: Disk, file: io.BytesIO) -> Ground:
    before = contents(disk)
    with pytest.raises(ImageRefused) as caught:
        Folders(disk, MACHINE).install(file, NOW, quiet)
    after = contents(disk)
    assert {name: after[name] for name in before} == before
    assert not any(name.endswith("/head") for name in after if name not in before)
    return caught.value.ground


def test_an_image_with_a_whole_system_is_not_for_folders(disk: Disk):
    assert refused(disk, image(rauc=b"bundle")) is Ground.BOARD


@pytest.mark.parametrize(
    "application",
    [
        b"no archive",
        archive_of({"../../etc/passwd": b"x"}),
        archive_of({"/etc/passwd": b"x"}),
        archive_of({f"file{number}": b"" for number in range(FILES_MAX + 1)}),
    ],
)
def test_an_archive_that_is_none_or_leads_out_or_is_too_much_is_refused(
    disk: Disk, application: bytes
):
    assert refused(disk, image(station=application)) is Ground.CONTENT


def test_a_bomb_is_refused_before_it_is_unpacked(disk: Disk):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("bomb", bytes(65 << 20))
    assert len(file.getvalue()) < 100_000
    assert refused(disk, image(station=file.getvalue())) is Ground.CONTENT


def test_a_cut_image_leaves_what_was_good(disk: Disk):
    slots = Folders(disk, MACHINE)
    slots.install(image(), NOW, quiet)
    slots.start()
    slots.confirm()
    whole = image(6).getvalue()
    assert refused(disk, io.BytesIO(whole[:-1])) is Ground.CONTENT
    assert refused(disk, io.BytesIO(whole + b"x")) is Ground.CONTENT
    assert slots.start() == "a"


def test_an_older_image_is_refused(disk: Disk):
    slots = Folders(disk, MACHINE)
    slots.install(image(), NOW, quiet)
    slots.start()
    slots.confirm()
    assert refused(disk, image(4)) is Ground.OLDER


def test_a_second_image_waits_until_the_first_one_is_judged(disk: Disk):
    Folders(disk, MACHINE).install(image(), NOW, quiet)
    assert refused(disk, image(6)) is Ground.DISK


def test_a_disk_that_is_full_is_told_before_anything_is_written():
    disk, steps = CrashDisk(free=1_000), []
    disk.after = lambda: steps.append(disk.names(""))
    assert refused(disk, image()) is Ground.SPACE
    assert steps == []


def test_a_record_that_is_damaged_starts_nothing(disk: Disk):
    disk.create("slots.json")
    disk.append("slots.json", b"{")
    with pytest.raises(ValueError, match="slots"):
        Folders(disk, MACHINE).start()


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "a\0b", "a\\b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="leads out"):
        FolderDisk(tmp_path).create(name)


def test_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "secret").write_text("kept")
    disk = FolderDisk(tmp_path / "slots")
    (tmp_path / "slots" / "a").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic"):
        disk.create("a")
    assert (tmp_path / "secret").read_text() == "kept"
