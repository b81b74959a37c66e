"""Installer of the emulated board: what it installs runs after the next start, or does not.

An image is a line ``AMPKEEPER EMULATED IMAGE`` and a line of JSON: ``version``, and ``starts``,
which is false for software that fails to start, so that what ran before runs again. What is
installed is in a file of the state folder, and survives a cut of the power at any moment.
"""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ampkeeper.firmware.update.installer import InstallError

MAGIC = b"AMPKEEPER EMULATED IMAGE"
HEAD_BYTES_MAX = 4_096
VERSION_CHARS_MAX = 50  # BootNotification.firmwareVersion
FILE = "software.json"

log = logging.getLogger(__name__)


class EmulatedInstaller:
    """One life of the station: what was installed in the life before runs now."""

    needs_idle = True

    def __init__(self, state_dir: Path) -> None:
        self._file = state_dir / FILE
        kept = self._read()
        planned = kept.get("next")
        if planned is not None:
            starts = bool(planned.get("starts", True))
            if starts:
                kept["runs"] = str(planned["version"])
            kept["outcome"] = "" if starts else "the new software did not start"
            del kept["next"]
            self._write_if_possible(kept)  # else the next start does the same again
        self._kept = kept

    def version(self) -> str:
        """What runs now; empty: what the configuration says."""
        return str(self._kept.get("runs", ""))

    def install(self, file: Path, progress: Callable[[int], None]) -> bool:
        """Install an image; it runs after a restart."""
        image = read_image(file)
        progress(500)
        self._write(self._kept | {"next": image})
        progress(1000)
        return True

    def outcome(self) -> str | None:
        """After a start: empty if what was installed runs, else why not; None: nothing was."""
        outcome = self._kept.get("outcome")
        return None if outcome is None else str(outcome)

    def forget(self) -> None:
        """The outcome is in the books."""
        if self._kept.pop("outcome", None) is not None:
            self._write_if_possible(self._kept)

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _write_if_possible(self, kept: dict[str, Any]) -> None:
        try:
            self._write(kept)
        except InstallError as error:
            log.warning("not kept: %s", error)

    def _write(self, kept: dict[str, Any]) -> None:
        """Whole or not at all, and on the disk."""
        fresh = self._file.with_suffix(".new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self._file)
            folder = os.open(self._file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise InstallError(f"{self._file.name}: {error.strerror}") from error


def image_of(version: str, starts: bool = True, filling: bytes = b"") -> bytes:
    """An image, as ``install`` takes it."""
    told = json.dumps({"version": version, "starts": starts})
    return MAGIC + b"\n" + told.encode() + b"\n" + filling


def read_image(file: Path) -> dict[str, Any]:
    """What an image says; raises InstallError where it is none."""
    try:
        with file.open("rb") as source:
            lines = source.read(HEAD_BYTES_MAX).split(b"\n", 2)
    except OSError as error:
        raise InstallError(f"the file: {error.strerror}") from error
    if len(lines) < 3 or lines[0] != MAGIC:
        raise InstallError("the file is no image for this board")
    try:
        told = json.loads(lines[1])
        version, starts = told["version"], told.get("starts", True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InstallError("the image does not say what it is") from error
    if not isinstance(version, str) or not 0 < len(version) <= VERSION_CHARS_MAX:
        raise InstallError(f"the image's version is not 1 to {VERSION_CHARS_MAX} characters")
    return {"version": version, "starts": starts is not False}
