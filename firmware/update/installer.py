"""Installer: what a board must be able to do so that its software can be replaced.

What it installs is on trial from the next start of the machine until ``confirm`` or ``reject``;
``trial.py`` says which. Whoever implements it judges every image by ``verdict.py`` first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class InstallError(Exception):
    """It was not installed, and what ran before will go on running; the text says why."""


class Phase(Enum):
    """Where the last installation stands."""

    NONE = "none"  # what the machine came with runs, and nothing is to be told
    DUE = "due"  # installed; it runs from the next start of the machine
    TRYING = "trying"  # it runs, on trial
    GOOD = "good"  # what was installed runs, and is good
    REVERTED = "reverted"  # it did not prove itself: what was good before runs again


@dataclass(frozen=True, slots=True)
class Outcome:
    """``reason`` says why it was reverted, in one sentence.

    ``trial_s``: it is tried, and ended after that time since its start; 0: by nobody. ``revoked``:
    fingerprints of certificates that the maker has taken back.
    """

    phase: Phase
    reason: str = ""
    trial_s: float = 0.0
    revoked: frozenset[str] = frozenset()


class Installer(Protocol):
    """Replaces the software of one station. All of it blocks and runs in a worker thread."""

    needs_idle: bool  # charging cannot go on meanwhile

    def version(self) -> str:
        """What runs now; empty: what the configuration says."""

    def examine(self, file: "Path", now: datetime) -> None:
        """Judge an image by what stands before its payloads; a file that is not whole will do.

        Raises ImageRefused, InstallError, OSError. Changes nothing.
        """

    def install(self, file: "Path", now: datetime, progress: Callable[[int], None]) -> bool:
        """Install ``file``, telling the permille done; True: it runs after a restart.

        Raises ImageRefused, InstallError, OSError. A power cut at any moment leaves software that
        runs.
        """

    def outcome(self) -> Outcome:
        """Where the last installation stands. Raises nothing, like ``version``."""

    def confirm(self) -> None:
        """What is on trial works. Raises OSError, and is asked again.

        Raises InstallError where it no longer is on trial: somebody else has decided.
        """

    def reject(self, reason: str) -> None:
        """What is on trial does not work: the one before starts next. Raises OSError."""

    def forget(self) -> None:
        """How it ended is in the books. Raises nothing: else it is told again."""


class NoInstaller:
    """A board whose software is replaced by other means: every order ends with a reason."""

    needs_idle = False

    def __init__(self, why: str = "no installer on this board") -> None:
        self._why = why

    def version(self) -> str:
        return ""

    def examine(self, file: "Path", now: datetime) -> None:
        raise InstallError(self._why)

    def install(self, file: "Path", now: datetime, progress: Callable[[int], None]) -> bool:
        raise InstallError(self._why)

    def outcome(self) -> Outcome:
        return Outcome(Phase.NONE)

    def confirm(self) -> None:
        """There is nothing to confirm."""

    def reject(self, reason: str) -> None:
        """There is nothing to reject."""

    def forget(self) -> None:
        """There is nothing to forget."""
