"""Probe: finds the facts out, and judges none. It changes nothing and opens no serial port.

All of it is read from files of the kernel and of udev, below ``root``; only the station is asked
at its door, and the central system for one connection.
"""

import importlib
import os
import shutil
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from ampkeeper.board.host import keys
from ampkeeper.board.host.doctor.facts import Facts, Port, Ring, Server, Storage
from ampkeeper.board.host.doctor.rauc_probe import rauc_of
from ampkeeper.firmware import __version__
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.faces.cli.client import ask
from ampkeeper.firmware.faces.cli.errors import NotReachableError, RefusedError
from ampkeeper.hal.linux.by_id import lasting_name
from ampkeeper.hal.linux.usb import is_usb_name

CONNECT_S = 5.0
USUAL_PORTS = {"ws": 80, "wss": 443}
RING = b"ampkeeper.board.pi_peak.ring"
RING_BOARD = "pi_peak"
SYNCHRONIZED = "run/systemd/timesync/synchronized"  # systemd-timesyncd makes it at the first answer
TIMESYNC = "run/systemd/timesync"
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
TENTH_PERCENT = 10  # JEDEC 5.0: life_time is told in tenths, the worse of two kinds of cells
NAMES = ("dev/serial/by-id", "dev/ampkeeper")


def facts_of(config: Config | None, problems: tuple[str, ...], state: Path, root: Path) -> Facts:
    """Look at everything; ``config`` None: it has ``problems`` and says nothing."""
    status, silence = _asked(state)
    return Facts(
        now=datetime.now(UTC),
        built=datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC),
        version=__version__,
        config_problems=problems,
        is_config_read=config is not None,
        ports=() if config is None else ports_of(config, root),
        adapters=_adapters(root),
        ring=None if config is None else ring_of(config, root),
        is_clock_set=is_clock_set(root),
        has_clock_chip=(root / "dev/rtc0").exists(),
        storage=storage_of(state, root),
        throttled=_number(root / THROTTLED, 16),
        rauc=None if config is None else rauc_of(config, root),
        server=None if config is None else server_of(config),
        status=status,
        silence=silence,
    )


def ports_of(config: Config, root: Path) -> tuple[Port, ...]:
    """The ports of the board's parts, with the defaults of those that are not named."""
    try:
        known = importlib.import_module(f"ampkeeper.board.{config.board.name}.config_keys").KEYS
    except (ImportError, AttributeError):
        return ()
    values = keys.values_of(known, config.board.tables)
    names = [name for name in values if name.endswith(".port")]
    if values.get("reader.kind") == keys.NONE:
        names.remove("reader.port")
    paths = {f"board.{name}": str(values[name]) for name in names}
    return tuple(_port(key, path, root) for key, path in paths.items() if "://" not in path)


def ring_of(config: Config, root: Path) -> Ring | None:
    """Ring 1's process, where the board needs one."""
    if config.board.name != RING_BOARD:
        return None
    for folder in (root / "proc").glob("[0-9]*"):
        with suppress(OSError):
            if RING in (folder / "cmdline").read_bytes():
                is_real_time = os.sched_getscheduler(int(folder.name)) == os.SCHED_FIFO
                return Ring(is_running=True, is_real_time=is_real_time)
    return Ring(is_running=False)


def is_clock_set(root: Path) -> bool | None:
    """Whether a time server did; None where systemd-timesyncd does not run."""
    return (root / SYNCHRONIZED).exists() if (root / TIMESYNC).is_dir() else None


def storage_of(state: Path, root: Path) -> Storage | None:
    """The medium below the state folder."""
    try:
        usage, number = shutil.disk_usage(state), state.stat().st_dev
    except OSError:
        return None
    block = root / "sys/dev/block" / f"{os.major(number)}:{os.minor(number)}"
    disk = block.resolve()
    if (disk / "partition").exists():
        disk = disk.parent
    is_writable = os.access(state, os.W_OK)
    return Storage(disk.name, usage.free, usage.total, is_writable, _life(disk))


def server_of(config: Config) -> Server | None:
    """The central system, by one connection that says nothing."""
    if not config.ocpp.url:
        return None
    parts = urlsplit(config.ocpp.url)
    port = parts.port or USUAL_PORTS.get(parts.scheme, 443)
    host = parts.hostname or ""
    address, problem = f"{host}:{port}", ""
    try:
        socket.create_connection((host, port), CONNECT_S).close()
    except OSError as error:
        problem = error.strerror or str(error) or type(error).__name__
    return Server(config.ocpp.url, address, problem)


def _asked(state: Path) -> tuple[dict[str, object], str]:
    try:
        return ask(state, "status"), ""
    except (NotReachableError, RefusedError) as error:
        return {}, str(error)


def _port(key: str, path: str, root: Path) -> Port:
    if is_usb_name(path):
        return Port(key, path, device=path, is_ours=True)
    place = root / path.removeprefix("/")
    if not place.exists():
        return Port(key, path)
    is_ours = os.access(place, os.R_OK | os.W_OK)
    links = (lasting_name(str(place), root / folder) for folder in NAMES)
    lasting = next((link for link in links if link and link != str(place)), "")
    device = str(place.resolve())
    return Port(key, path, device, is_ours, lasting)


def _adapters(root: Path) -> tuple[str, ...]:
    found = (sorted((root / folder).glob("*")) for folder in NAMES)
    return tuple(str(each) for folder in found for each in folder)


def _life(disk: Path) -> int | None:
    try:
        told = (disk / "device" / "life_time").read_text(encoding="ascii").split()
        return max(int(each, 16) for each in told) * TENTH_PERCENT or None
    except (OSError, ValueError):
        return None


def _number(path: Path, base: int) -> int | None:
    try:
        return int(path.read_text(encoding="ascii").strip(), base)
    except (OSError, ValueError):
        return None
