"""Rauc probe: whether systemd and polkit let this machine go back from a system that fails.

Read from their files below ``root``. The account of the station may not read polkit's own folder.
"""

from collections.abc import Iterator
from pathlib import Path

from ampkeeper.board.host.doctor.facts import Rauc
from ampkeeper.board.host.installing import RAUC
from ampkeeper.firmware.config.model import Config

UNIT = "ampkeeper.service"
UNITS = ("usr/lib/systemd/system", "run/systemd/system", "etc/systemd/system")  # the last wins
RULES = ("usr/share", "usr/local/share", "run", "etc")
REBOOT = "org.freedesktop.login1.reboot"
ACCOUNT = "ampkeeper"
FILE_CHARS_MAX = 65_536


def rauc_of(config: Config, root: Path) -> Rauc | None:
    """What rauc needs of the machine; None where the configuration does not name it."""
    if config.update.installer != RAUC:
        return None
    return Rauc(_is_counted(root), _may_reboot(root))


def _is_counted(root: Path) -> bool | None:
    """Whether a station that does not start reboots the machine; None: no unit can be read."""
    told: dict[str, str] = {}
    try:
        for text in _unit_texts(root):
            lines = [line.strip() for line in text.splitlines() if "=" in line]
            told |= dict(line.split("=", 1) for line in lines if line[0] not in "#;")
    except OSError:
        return None
    if not told:
        return None
    is_limited = told.get("StartLimitIntervalSec", "0") not in ("", "0")
    return is_limited and told.get("StartLimitAction", "").startswith("reboot")


def _unit_texts(root: Path) -> Iterator[str]:
    """The unit, then its drop-ins by name, wherever they lie."""
    units = [root / folder / UNIT for folder in UNITS]
    found = [unit for unit in units if unit.exists()][-1:]
    added = {file.name: file for unit in units for file in _files(unit.with_name(f"{UNIT}.d"))}
    found += [added[name] for name in sorted(added) if name.endswith(".conf")]
    return map(_text, found)


def _may_reboot(root: Path) -> bool | None:
    """Whether a rule of polkit names both; None: some cannot be read, and the others do not."""
    is_all_read = True
    for folder in RULES:
        try:
            texts = [_text(file) for file in _files(root / folder / "polkit-1/rules.d")]
        except OSError:
            is_all_read = False
            continue
        if any(REBOOT in text and ACCOUNT in text for text in texts):
            return True
    return False if is_all_read else None


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def _text(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as opened:
        return opened.read(FILE_CHARS_MAX)
