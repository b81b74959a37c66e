"""Installer: what a board must be able to do so that its software can be replaced."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class InstallError(Exception):
    """It was not installed, and what ran before will go on running; the text says why."""


class Installer(Protocol):
    """Replaces the software of one station. All of it blocks and runs in a worker thread."""

    needs_idle: bool  # charging cannot go on meanwhile

    def version(self) -> str:
        """What runs now; empty: what the configuration says."""

    def install(self, file: "Path", progress: Callable[[int], None]) -> bool:
        """Install ``file``, telling the permille done; True: it runs after a restart.

        Raises InstallError. A power cut at any moment leaves software that runs.
        """

    def outcome(self) -> str | None:
        """After a start: empty if what was installed runs, else why not; None: nothing was.

        Never raises, like all but ``install``.
        """

    def forget(self) -> None:
        """The outcome is in the books."""


class NoInstaller:
    """A board whose software is replaced by other means: every order ends with a reason."""

    needs_idle = False

    def version(self) -> str:
        return ""

    def install(self, file: "Path", progress: Callable[[int], None]) -> bool:
        raise InstallError("no installer on this board")

    def outcome(self) -> str | None:
        return None

    def forget(self) -> None:
        """There is nothing to forget."""
