"""A mover with the shipped carriers, and what a test wants of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ampkeeper.firmware.transfers.address import Address, address_of
from ampkeeper.firmware.transfers.gate import Judge
from ampkeeper.firmware.transfers.plan import Ended, Plan
from ampkeeper.firmware.transfers.task import Limits, Mover
from ampkeeper.hal.carriers.files import FileCarriers
from ampkeeper.hal.linux.clock import SystemClock

FILE_BYTES_MAX = 8 << 20
AT_ONCE = Plan(retries=3, interval_s=0)
ONCE = Plan(retries=0, interval_s=0)


class Moving:
    """Moves files within ``folder``; ``seen`` is the progress that was told."""

    def __init__(self, folder: Path, ca_file: str = "", timeout_s: float = 5.0) -> None:
        self.folder = folder
        self.rate = 0
        self.learns_hosts = False
        self.limits = Limits(lambda: self.rate, room_bytes_min=0)
        self.seen: list[int] = []
        self.has_begun = asyncio.Event()
        self.kept: dict[Path, bytes] = {}  # what a power cut would leave of the newest attempt
        self._ca_file = ca_file
        self.roots_pem = ""  # believed besides
        self._timeout_s = timeout_s

    @contextmanager
    def mover(self) -> Iterator[Mover]:
        carriers = FileCarriers(
            self.folder / "known_hosts",
            self.learns_hosts,
            self._ca_file,
            self._timeout_s,
            lambda: self.roots_pem,
        )
        mover = Mover(carriers, SystemClock(), self.limits, "files")
        try:
            yield mover
        finally:
            mover.close()

    async def fetch(
        self,
        url: str,
        plan: Plan = AT_ONCE,
        most: int = FILE_BYTES_MAX,
        judge: Judge | None = None,
    ) -> Ended:
        with self.mover() as mover:
            return await mover.fetch(place(url), self.file, most, plan, self._note, judge)

    def limit(self, **changes: float) -> None:
        """Shorter times, or more room, than a station has."""
        self.limits = replace(self.limits, **changes)

    async def send(self, url: str, data: bytes, plan: Plan = AT_ONCE) -> Ended:
        source = self.folder / "source"
        await asyncio.to_thread(source.write_bytes, data)
        with self.mover() as mover:
            return await mover.send(place(url), source, plan, self._note)

    @property
    def file(self) -> Path:
        return self.folder / "file.part"

    def got(self) -> bytes:
        return self.file.read_bytes()

    def _note(self, count: int, of: int | None) -> None:
        self.seen.append(count)
        self.has_begun.set()
        for file in (self.file, self.file.with_suffix(".mark")):
            if file.exists():
                self.kept[file] = file.read_bytes()

    def power_returns(self) -> None:
        """Put back what the newest attempt left, as a power cut would have."""
        for file, data in self.kept.items():
            file.write_bytes(data)


def place(url: str) -> Address:
    found = address_of(url)
    assert isinstance(found, Address), found
    return found
