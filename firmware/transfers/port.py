"""Port: what a station needs of whatever brings files over the network.

Everything here blocks, and is called in one thread at a time; only ``abort`` comes from another,
and wakes that one. ``hal/carriers`` implements it. What fails is ``AbsentError`` (try again) or
``RefusedError`` (do not).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ampkeeper.firmware.transfers.address import Address
from ampkeeper.hal.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path


class Download(Protocol):
    """One attempt to fetch a file."""

    offset: int  # before open: what is wanted; after: what the server begins with
    mark: str  # what tells this file from a later one at the same address
    size_bytes: int | None  # of the whole file, where the server tells

    def open(self) -> None:
        """Connect and ask."""

    def read(self) -> bytes:
        """The next bytes; empty at the end."""

    def abort(self) -> None:
        """End what waits; from any thread."""

    def close(self) -> None:
        """Release; safe twice."""


class Upload(Protocol):
    """One attempt to send a file."""

    offset: int  # after open: how much of it the server has

    def open(self) -> None:
        """Connect and announce."""

    def write(self, data: bytes) -> None:
        """Send the next bytes."""

    def finish(self) -> bool:
        """True once the server has all of it; False: open again and send it anew."""

    def abort(self) -> None:
        """End what waits; from any thread."""

    def close(self) -> None:
        """Release; safe twice."""


class Carriers(Protocol):
    """Makes both; nothing is touched before their ``open``."""

    def download(self, place: Address, offset: int, mark: str) -> Download:
        """What fetches ``place`` from ``offset`` on, if it is still the file of that ``mark``."""

    def upload(self, place: Address, size_bytes: int, sent_bytes: int) -> Upload:
        """What sends a file of ``size_bytes``; ``sent_bytes`` went out in attempts before."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Which machines are believed: the configuration's ``[transfers]``.

    ``roots_pem``: the central system's roots now, which are believed beside (2.0.1 N01.FR.15).
    """

    known_hosts: "Path"
    learns_hosts: bool = False
    ca_file: str = ""
    roots_pem: Callable[[], str] = str


MakeCarriers = Callable[[Trust], Carriers]


class NoCarriers:
    """A board without a way to other machines: nothing comes and nothing goes."""

    def download(self, place: Address, offset: int, mark: str) -> Download:
        raise RefusedError("this board has no way to files", "unsupported")

    def upload(self, place: Address, size_bytes: int, sent_bytes: int) -> Upload:
        raise RefusedError("this board has no way to files", "unsupported")


def no_carriers(trust: Trust) -> Carriers:
    """What makes none."""
    return NoCarriers()
