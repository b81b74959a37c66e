"""Local list: what a dialect asks of the list of tokens that the central system sends."""

from typing import Protocol

from ampkeeper.firmware.local_list import ListUpdate


class LocalListPort(Protocol):
    """Part of ``StationPort``."""

    def version(self) -> int:
        """The version in force; 0 of an empty list, -1 where there is none."""

    def update(self, update: ListUpdate) -> str:
        """Take an update: "accepted", "failed", "mismatch" or "not_supported"."""
