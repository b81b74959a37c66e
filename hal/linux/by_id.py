"""By-id: the name that a serial adapter keeps, under whatever path it comes back.

udev makes a link for each USB adapter from its maker, part and serial number. Standard library
only and nothing of ours: the guard's process uses it too.
"""

import os
from pathlib import Path

BY_ID = Path("/dev/serial/by-id")


def lasting_name(path: str, by_id: Path) -> str:
    """Return the link in ``by_id`` that leads to the same device; nothing if there is none."""
    try:
        links = sorted(by_id.iterdir())
    except OSError:
        return ""
    device = os.path.realpath(path)
    return next((str(link) for link in links if os.path.realpath(link) == device), "")
