"""Surroundings: what a board gives the station: its opened parts, and ways to the outside."""

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.energy.grid_line import Contact
from ampkeeper.firmware.neighbors import MakeBus
from ampkeeper.firmware.ocpp.dialer import MakeDialer
from ampkeeper.firmware.post import MakePost
from ampkeeper.firmware.rhythm import Rhythm, Steady
from ampkeeper.firmware.terminal import MakeTerminal
from ampkeeper.firmware.transfers.port import MakeCarriers, no_carriers
from ampkeeper.firmware.update.installer import Installer, NoInstaller
from ampkeeper.hal.ports import Indicator, Meter, Pilot, Reader

if TYPE_CHECKING:
    from ampkeeper.firmware.faces.web.app import Extra


def no_notice(kind: str, fields: dict[str, Any]) -> None:
    """Nobody watches."""


def no_installer(state_dir: Path) -> Installer:
    """The software of this board is replaced by other means."""
    return NoInstaller()


def new_uuid() -> str:
    """A new id: unique for the station's lifetime."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Hardware:
    """The opened ports of a board, by EVSE; readers by their number."""

    pilots: Mapping[int, Pilot]
    meters: Mapping[int, Meter]
    readers: Mapping[int, Reader]
    indicators: Mapping[int, Indicator] = field(default_factory=dict)
    mains: Meter | None = None  # between house and grid
    grid_line: Contact | None = None  # of the grid operator's control box


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a board may replace: who watches, ids, chance, and the ways to others."""

    notice: Callable[[str, dict[str, Any]], None] = no_notice
    new_id: Callable[[], str] = new_uuid
    random: Callable[[], float] = field(default_factory=lambda: SystemRandom().random)
    new_bytes: Callable[[int], bytes] = secrets.token_bytes  # that nobody can guess
    is_clock_synchronised: Callable[[], bool] = bool  # somebody keeps the machine's clock right
    make_dialer: MakeDialer | None = None  # None: no central system can be reached
    make_bus: MakeBus | None = None  # None: no broker can be reached
    make_carriers: MakeCarriers = no_carriers
    make_post: MakePost | None = None  # None: no letter can be sent
    make_terminal: MakeTerminal | None = None  # None: this board has no payment terminal
    make_installer: Callable[[Path], Installer] = no_installer
    on_frame: Callable[[str, str], None] | None = None
    has_local_door: bool = True
    rhythm: Rhythm = field(default_factory=Steady)
    make_extras: "Callable[[], tuple[Extra, ...]]" = tuple  # routes of the page that a board brings
