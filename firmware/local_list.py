"""The local authorisation list: whom the central system lets in without being asked.

OCPP 1.6 3.5.2, 5.15; 2.0.1 D01. An update is taken whole or not at all. Tokens are compared
without case (CiString). Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

EMPTY = 0  # the version of an empty list
UNSUPPORTED = -1  # what is told as the version where there is no list (5.10)
ACCEPTED, FAILED, MISMATCH, NOT_SUPPORTED = "accepted", "failed", "mismatch", "not_supported"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One token. ``status`` is a 2.0.1 AuthorizationStatus name; None: take it off the list."""

    token: str
    status: str | None
    group_id: str | None = None
    expires: datetime | None = None
    evse_ids: tuple[int, ...] = ()  # where it may charge; empty: everywhere


@dataclass(frozen=True, slots=True)
class ListUpdate:
    """SendLocalList: the whole list, or what of it is different.

    ``names_empty``: a list that became empty keeps its version (2.0.1 D01.FR.04), else it has 0.
    """

    version: int
    is_full: bool
    entries: tuple[ListEntry, ...]
    names_empty: bool = False


class LocalList:
    """The list in force, by token in upper case."""

    def __init__(self, entries_max: int) -> None:
        self.version = EMPTY
        self.entries: dict[str, ListEntry] = {}
        self._entries_max = entries_max

    def load(self, version: int, entries: Iterable[ListEntry]) -> None:
        """Take the list as the books have it."""
        self.version = version
        self.entries = {entry.token.upper(): entry for entry in entries}

    def verdict(self, update: ListUpdate, items_max: int) -> str:
        """What becomes of ``update``: ACCEPTED, FAILED or MISMATCH.

        Versions begin at 1 (errata 3.52); a difference needs a newer one than is here (D01.FR.06).
        """
        tokens = [entry.token.upper() for entry in update.entries]
        is_whole = all(entry.status is not None for entry in update.entries)
        if update.version <= EMPTY or len(tokens) > items_max:
            return FAILED
        if len(set(tokens)) != len(tokens) or (update.is_full and not is_whole):
            return FAILED
        if not update.is_full and update.version <= self.version:
            return MISMATCH
        return ACCEPTED if len(self._after(update)) <= self._entries_max else FAILED

    def take(self, update: ListUpdate) -> None:
        """Put an accepted update in force."""
        self.entries = self._after(update)
        self.version = update.version if self.entries or update.names_empty else EMPTY

    def entry(self, token: str) -> ListEntry | None:
        """What the list says of a token."""
        return self.entries.get(token.upper())

    def _after(self, update: ListUpdate) -> dict[str, ListEntry]:
        entries = {} if update.is_full else dict(self.entries)
        for entry in update.entries:
            entries.pop(entry.token.upper(), None)
            if entry.status is not None:
                entries[entry.token.upper()] = entry
        return entries
