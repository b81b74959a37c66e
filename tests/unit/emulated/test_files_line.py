"""The emulated network's cut, between the station and the shipped carriers."""

from collections.abc import Callable

import pytest

from ampkeeper.board.emulated.files_line import FilesLine
from ampkeeper.firmware.transfers.address import Address
from ampkeeper.hal.errors import AbsentError

PLACE = Address("http", "a", 80, "/f", "/f")


class Carrier:
    """Both ways, without a network; it counts."""

    def __init__(self, offset: int = 0, mark: str = "") -> None:
        self.offset, self.mark = offset, mark
        self.size_bytes: int | None = None
        self.steps: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def download(self, place: Address, offset: int, mark: str) -> "Carrier":
        self.offset, self.mark = offset, mark
        return self

    def upload(self, place: Address, size_bytes: int, sent_bytes: int) -> "Carrier":
        return self

    def open(self) -> None:
        self.steps.append("open")
        self.offset, self.mark, self.size_bytes = 3, "m", 9

    def read(self) -> bytes:
        self.meanwhile()
        return b"data"

    def write(self, data: bytes) -> None:
        self.steps.append("write")

    def finish(self) -> bool:
        return True

    def abort(self) -> None:
        self.steps.append("abort")

    def close(self) -> None:
        self.steps.append("close")


def test_a_line_that_is_up_changes_nothing() -> None:
    carrier = Carrier()
    line = FilesLine(carrier)
    download = line.download(PLACE, 5, "old")
    assert (download.offset, download.mark) == (5, "old")
    download.open()
    assert (download.offset, download.mark, download.size_bytes) == (3, "m", 9)
    assert download.read() == b"data"
    upload = line.upload(PLACE, 4, 0)
    upload.open()
    upload.write(b"data")
    assert upload.offset == 3
    assert upload.finish()


def test_a_cut_fails_every_step_but_the_end() -> None:
    carrier = Carrier()
    line = FilesLine(carrier)
    download, upload = line.download(PLACE, 0, ""), line.upload(PLACE, 4, 0)
    line.set_up(False)
    for step in (download.open, download.read, upload.open, upload.finish):
        with pytest.raises(AbsentError):
            step()
    with pytest.raises(AbsentError):
        upload.write(b"data")
    for each in (download, upload):
        each.abort()
        each.close()
    assert carrier.steps == ["abort", "close", "abort", "close"]


def test_what_waited_over_a_cut_fails_though_the_line_is_up_again() -> None:
    carrier = Carrier()
    line = FilesLine(carrier)
    download, upload = line.download(PLACE, 0, ""), line.upload(PLACE, 4, 0)
    download.open()
    upload.open()

    def meanwhile() -> None:
        line.set_up(False)
        line.set_up(True)

    carrier.meanwhile = meanwhile
    with pytest.raises(AbsentError):
        download.read()
    with pytest.raises(AbsentError):
        upload.finish()
    carrier.meanwhile = lambda: None
    assert line.download(PLACE, 4, "m").read() == b"data"
