"""Devices: why a device that somebody named cannot be used, said before it is tried."""

import grp
import os
import stat
from pathlib import Path

from ampkeeper.firmware.faces.cli.errors import RefusedError

USABLE = os.R_OK | os.W_OK


def require_device(device: str) -> None:
    """Raise RefusedError if ``device`` is a path and not that of a device we may use."""
    if "://" in device:
        return
    try:
        found = Path(device).stat()
    except OSError as error:
        raise RefusedError(f"{device}: cannot be opened: {error.strerror}") from error
    if not stat.S_ISCHR(found.st_mode):
        raise RefusedError(f"{device}: cannot be opened: it is no device, such as /dev/ttyUSB0")
    if not os.access(device, USABLE):
        why = f"Permission denied; its group is {_group(found.st_gid)}"
        raise RefusedError(f"{device}: cannot be opened: {why}")


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
