"""Update door: answers "image" for who stands before the station with an image in his hands."""

from pathlib import Path
from typing import Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.updates import Updates
from ampkeeper.firmware.update.installer import Installer

PATH_CHARS_MAX = 4_096


class UpdateDoor:
    """Offers files to the updates, and tells how they fare."""

    def __init__(self, updates: Updates, installer: Installer) -> None:
        self._updates = updates
        self._installer = installer

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer one request; LocalRefusedError says why not."""
        match arguments.get("action"):
            case "status":
                return self._status()
            case "install":
                return self._install(arguments.get("file"), arguments.get("move") is True)
        raise LocalRefusedError("image: allowed actions are install, status")

    def _status(self) -> dict[str, Any]:
        outcome = self._installer.outcome()  # of a file of a few hundred bytes
        told = {"version": self._installer.version() or None, "trial": outcome.phase.value}
        return told | self._updates.view()

    def _install(self, file: object, is_ours: bool) -> dict[str, Any]:
        if not isinstance(file, str) or not 0 < len(file) <= PATH_CHARS_MAX or "\0" in file:
            raise LocalRefusedError(f"file {str(file)[:60]!r}: the path of an image is due")
        path = Path(file)
        if not path.is_absolute():
            raise LocalRefusedError(f"file {file[:60]!r}: an absolute path is due")
        try:
            self._updates.offer(path, is_ours=is_ours)
        except ValueError as error:
            raise LocalRefusedError(str(error)) from error
        return {"result": "taken"}
