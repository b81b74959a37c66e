"""Archive: many parts into one ZIP file, streamed, so that it needs no memory of its size.

Both the parts and the whole are bounded. What does not fit is left out, and the last part of the
archive, ``contents.txt``, says so: a reader is never led to believe that it has everything.
"""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

PART_BYTES_MAX = 8 << 20  # of one part, before it is packed
WHOLE_BYTES_MAX = 32 << 20  # of all of them
CONTENTS = "contents.txt"
DATE = (1980, 1, 1, 0, 0, 0)  # the oldest that ZIP knows: times are in the parts


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive. ``lines`` is read once, while it is written."""

    name: str
    lines: Iterable[str]


def pack(parts: Iterable[Part], sink: IO[bytes], whole_bytes_max: int = WHOLE_BYTES_MAX) -> None:
    """Write all of it to ``sink``; what a part's lines raise ends the packing."""
    left = whole_bytes_max
    told = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            most = min(PART_BYTES_MAX, left)
            count, is_whole = _write(archive, part, most)
            left -= count
            told.append(f"{part.name}: {count} bytes" + ("" if is_whole else f", cut at {most}"))
        archive.writestr(zipfile.ZipInfo(CONTENTS, DATE), "\n".join(told) + "\n")


def _write(archive: zipfile.ZipFile, part: Part, most: int) -> tuple[int, bool]:
    """Write one part; return how many bytes, and whether that was all of it."""
    info = zipfile.ZipInfo(part.name, DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    count = 0
    with archive.open(info, "w") as file:
        for data in _encoded(part.lines):
            if count + len(data) > most:
                return count, False
            file.write(data)
            count += len(data)
    return count, True


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    for line in lines:
        yield (line + "\n").encode("utf-8", "replace")
