"""The archive of the application: what is wrong with one is said, whatever a packer did to it."""

import io
import stat
import struct
import zipfile

import pytest

from ampkeeper.firmware.update.application import BYTES_MAX, FILES_MAX, application_in
from ampkeeper.firmware.update.refused import Ground, ImageRefused

CENTRAL = b"PK\x01\x02"
SIZE_AT, CENTRAL_SIZE_AT = 22, 24  # of the unpacked size in a header, and in the directory's
METHOD_AT, CENTRAL_METHOD_AT = 8, 10
FLAGS_AT, CENTRAL_FLAGS_AT = 6, 8


def packed(*names: str, data: bytes = b"x" * 50) -> bytearray:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return bytearray(file.getvalue())


def altered(local_at: int, central_at: int, form: str, value: int, data: bytes) -> bytes:
    """One field of the only file, changed in both places that have it."""
    raw = packed("main", data=data)
    struct.pack_into(form, raw, local_at, value)
    struct.pack_into(form, raw, raw.rindex(CENTRAL) + central_at, value)
    return bytes(raw)


def link() -> bytes:
    file, info = io.BytesIO(), zipfile.ZipInfo("main")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return bytes(packed("main", "main"))


def unpack(raw: bytes) -> dict[str, bytes]:
    with application_in(io.BytesIO(raw)) as archive:
        return {one.filename: b"".join(archive.chunks(one)) for one in archive.members}


def refused(raw: bytes) -> str:
    with pytest.raises(ImageRefused) as caught:
        unpack(raw)
    assert caught.value.ground is Ground.CONTENT
    return str(caught.value)


def test_files_come_out_as_they_went_in():
    assert unpack(bytes(packed("main", "package/module"))) == {
        "main": b"x" * 50,
        "package/module": b"x" * 50,
    }


@pytest.mark.parametrize(
    "name",
    [
        "../main", "/etc/passwd", "a/../../main", "./main", "a//b", "a/./b", "a\\b", "..",
        "a\x1fb", "a" * 61, "/".join("ab" * 200) + "/" + "c" * 400, "C:\\main",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_or_nowhere_is_refused(name: str):
    assert "a file named" in refused(bytes(packed(name)))


def test_a_link_is_refused():
    assert "a file named 'main'" in refused(link())


def test_two_files_of_one_name_are_refused():
    assert "two files" in refused(twice())


def test_a_file_that_is_a_folder_too_is_refused():
    assert "two files" in refused(bytes(packed("main", "main/more")))


def test_too_many_files_are_refused():
    assert "more than" in refused(bytes(packed(*map(str, range(FILES_MAX + 1)), data=b"")))


def test_a_bomb_that_says_its_size_is_refused_by_it():
    assert "more than" in refused(bytes(packed("main", data=bytes(BYTES_MAX + 1))))


def test_a_bomb_that_says_less_is_unpacked_no_further_than_it_says():
    raw = altered(SIZE_AT, CENTRAL_SIZE_AT, "<I", 10, bytes(1 << 20))
    seen = []

    def unpack_some() -> None:
        with application_in(io.BytesIO(raw)) as archive:
            seen.extend(len(chunk) for chunk in archive.chunks(archive.members[0]))

    with pytest.raises(ImageRefused):
        unpack_some()
    assert sum(seen) <= 10


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no archive",
        bytes(packed("main"))[:-1],
        altered(METHOD_AT, CENTRAL_METHOD_AT, "<H", 99, b"x" * 50),
        altered(FLAGS_AT, CENTRAL_FLAGS_AT, "<H", 1, b"x" * 50),
        altered(SIZE_AT, CENTRAL_SIZE_AT, "<I", 49, b"x" * 50),
        altered(0, CENTRAL_SIZE_AT + 18, "<I", 7, b"x" * 50),
        bytes(packed("main")).replace(b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 16, 1),
    ],
    ids=["empty", "none", "cut", "method", "encrypted", "size", "header", "directory"],
)
def test_what_cannot_be_unpacked_is_refused_and_raises_nothing_else(raw: bytes):
    refused(raw)


def test_every_byte_flipped_is_refused_or_unpacks_within_bounds():
    whole = packed("main", "package/module", data=bytes(range(200)))
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            found = unpack(bytes(damaged))
        except ImageRefused:
            continue
        assert sum(map(len, found.values())) <= BYTES_MAX
        assert all(".." not in name.split("/") for name in found)


def test_a_disk_that_fails_is_no_fault_of_the_archive():
    class Failing(io.BytesIO):
        is_broken = False

        def read(self, size: int | None = -1, /) -> bytes:
            if self.is_broken:
                raise OSError(5, "Input/output error")
            return super().read(size)

    file = Failing(packed("main"))

    def unpack_some() -> None:
        with application_in(file) as archive:
            file.is_broken = True
            list(archive.chunks(archive.members[0]))

    with pytest.raises(OSError, match="Input/output"):
        unpack_some()
