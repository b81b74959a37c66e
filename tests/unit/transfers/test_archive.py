"""The archive: whole where it fits, and honest where it does not."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any

from ampkeeper.firmware.transfers.archive import PART_BYTES_MAX, Part, pack


def packed(*parts: Part, most: int = 1 << 30) -> zipfile.ZipFile:
    sink = io.BytesIO()
    pack(parts, sink, most)
    return zipfile.ZipFile(sink)


def test_the_parts_are_in_it_line_by_line() -> None:
    archive = packed(Part("a.txt", ["one", "zwei ä"]), Part("b/c.txt", []))
    assert archive.testzip() is None
    assert archive.read("a.txt").decode() == "one\nzwei ä\n"
    assert archive.read("b/c.txt") == b""
    assert archive.read("contents.txt").decode() == "a.txt: 12 bytes\nb/c.txt: 0 bytes\n"


def test_a_part_that_is_too_long_is_cut_at_a_line_and_says_so() -> None:
    line = "x" * 1023
    archive = packed(Part("log.txt", (line for _ in range(PART_BYTES_MAX))), Part("b", ["b"]))
    assert len(archive.read("log.txt")) == PART_BYTES_MAX
    contents = archive.read("contents.txt").decode()
    assert f"log.txt: {PART_BYTES_MAX} bytes, cut at {PART_BYTES_MAX}" in contents
    assert archive.read("b") == b"b\n"


def test_the_whole_is_bounded() -> None:
    archive = packed(*(Part(f"{n}", ["x" * 99] * 10) for n in range(10)), most=2500)
    assert sum(len(archive.read(f"{n}")) for n in range(10)) <= 2500
    assert "cut at 0" in archive.read("contents.txt").decode()


def test_text_that_no_file_can_hold_is_replaced() -> None:
    assert packed(Part("a", ["\ud800"])).read("a") == b"?\n"


def test_a_long_part_needs_no_memory_of_its_size() -> None:
    def lines() -> Iterator[str]:
        for number in range(60_000):
            yield f"{number:0100d}"

    class Sink(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return len(bytes(data))

    tracemalloc.start()
    try:
        with io.BufferedWriter(Sink()) as sink:
            pack([Part("log", lines())], sink)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20
