"""Application: the archive of the station's software: which is taken, and what is in it.

A zip, as a wheel is one. Whoever signed it may have been mistaken, or his packer: names lead
nowhere but below, nothing is a link, and nothing is unpacked that says too little of its size.
"""

import errno
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ampkeeper.firmware.update.envelope import CHUNK_BYTES
from ampkeeper.firmware.update.refused import Ground, ImageRefused

FILES_MAX = 5_000
BYTES_MAX = 64 << 20  # unpacked; ours has some 4 MB
NAME_CHARS_MAX = 1_000
PART = re.compile(r"[^\x00-\x1f\x7f/\\]{1,60}")  # of a name; 60 of any character fit into 255 bytes
UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)


class Application:
    """An archive that is open; ``members`` are the files in it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members = [info for info in archive.infolist() if not info.is_dir()]
        if len(self.members) > FILES_MAX or sum(one.file_size for one in self.members) > BYTES_MAX:
            raise _content(f"more than {FILES_MAX} files or {BYTES_MAX >> 20} MiB unpacked")
        names = [info.filename for info in self.members]
        odd = next((info for info in self.members if not _is_plain(info)), None)
        if odd is not None:
            raise _content(f"a file named {odd.filename[:60]!r}, which is none that is unpacked")
        folders = {name[:at] for name in names for at, sign in enumerate(name) if sign == "/"}
        if len(set(names)) != len(names) or not folders.isdisjoint(names):
            raise _content("two files of one name")

    def chunks(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """What a file holds, unpacked; never more than it says."""
        with self._archive.open(member) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


@contextmanager
def application_in(file: BinaryIO) -> Iterator[Application]:
    """The archive in a file; raises ImageRefused for what cannot be unpacked, when that shows."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield Application(archive)
    except ImageRefused:
        raise
    except (*UNREADABLE, ValueError) as error:
        raise _content(f"no zip archive ({str(error)[:80]})") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # of a disk
            raise
        raise _content("no zip archive (it points before its begin)") from error


def _is_plain(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.split("/")
    is_name = all(PART.fullmatch(part) and part not in (".", "..") for part in parts)
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    return is_name and not is_link and len(info.filename) <= NAME_CHARS_MAX


def _content(text: str) -> ImageRefused:
    return ImageRefused(Ground.CONTENT, f"station: {text}")
