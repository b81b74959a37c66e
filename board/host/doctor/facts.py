"""Facts: what was found out about a controller. None, or an empty text: that could not be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Port:
    """One part's port, as configured: ``key`` names it, such as "board.meter.port"."""

    key: str
    path: str
    device: str = ""  # where it leads; empty: nowhere
    is_ours: bool = False  # this account may read and write it
    lasting: str = ""  # a name that it keeps, if another


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the state lies. Percent of ``life`` that is used up, as an eMMC tells it."""

    device: str
    free_bytes: int
    total_bytes: int
    is_writable: bool
    life_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring 1's process on a board without a pilot board."""

    is_running: bool
    is_real_time: bool = False


@dataclass(frozen=True, slots=True)
class Rauc:
    """What rauc needs of the machine. None: it could not be found out."""

    is_counted: bool | None  # a station that does not start reboots, so the boot loader counts
    may_reboot: bool | None  # the account of the station


@dataclass(frozen=True, slots=True)
class Server:
    """The central system, as far as a connection says."""

    url: str
    address: str
    problem: str = ""  # why there is no connection


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything."""

    now: datetime
    built: datetime  # no clock is right that is before it
    version: str
    config_problems: tuple[str, ...] = ()
    is_config_read: bool = True  # False: nothing that it names is known
    ports: tuple[Port, ...] = ()
    adapters: tuple[str, ...] = ()  # serial adapters that are there, by lasting names
    ring: Ring | None = None  # None: this board needs none
    is_clock_set: bool | None = None
    has_clock_chip: bool | None = None
    storage: Storage | None = None
    throttled: int | None = None  # the Pi's bits on its supply
    rauc: Rauc | None = None  # None: it does not install here
    server: Server | None = None  # None: no central system is configured
    status: Mapping[str, Any] = field(default_factory=dict)  # what the station tells of itself
    silence: str = ""  # why it tells nothing
