"""Makers: the kinds of setting that are declared again and again, each as one call."""

from functools import partial
from typing import Any

from ampkeeper.firmware.ocpp.samples import ENERGY, MEASURANDS_ALLOWED
from ampkeeper.firmware.ocpp.setting import Access, Kind, Origin, Role, Setting

READ_ONLY = Access.READ_ONLY


def switch(name: str, default: bool, text: str, key: str | None = None) -> Setting:
    """Something that is on or off."""
    return Setting(name=name, kind=Kind.BOOLEAN, default=default, help=text, key=key)


def number(
    name: str, default: int, low: int, high: int, unit: str, text: str, key: str | None = None
) -> Setting:
    """A whole number from ``low`` to ``high``."""
    return Setting(
        name=name,
        kind=Kind.INTEGER,
        default=default,
        lowest=low,
        highest=high,
        unit=unit,
        help=text,
        key=key,
    )


def decimal(name: str, default: float, low: int, high: int, unit: str, text: str) -> Setting:
    """A number from ``low`` to ``high``."""
    return Setting(
        name=name,
        kind=Kind.DECIMAL,
        default=default,
        lowest=low,
        highest=high,
        unit=unit,
        help=text,
    )


def measurands(name: str, text: str, key: str | None = None) -> Setting:
    """A list of measurands."""
    return Setting(
        name=name,
        kind=Kind.MEMBERS,
        default=(ENERGY,),
        allowed=MEASURANDS_ALLOWED,
        help=text,
        key=key,
    )


def _read_only(
    origin: Origin, name: str, kind: Kind, default: Any, text: str, key: str | None = None
) -> Setting:
    return Setting(
        name=name,
        kind=kind,
        default=default,
        help=text,
        key=key,
        access=READ_ONLY,
        origin=origin,
    )


fixed = partial(_read_only, Origin.FIXED)  # a fact of this firmware
hardware = partial(_read_only, Origin.HARDWARE)  # what board and configuration say


def counted(name: str, most: int, text: str, key: str | None = None) -> Setting:
    """How many there are; ``most`` is how many there can be, and all that 1.6 is told."""
    return Setting(
        name=name,
        kind=Kind.INTEGER,
        default=most,
        help=text,
        key=key,
        access=READ_ONLY,
        origin=Origin.FIXED,
        role=Role.MAX_LIMIT,
    )


def alarm(name: str, text: str) -> Setting:
    """Something that is wrong, or not, at the moment of asking."""
    return live(name, Kind.BOOLEAN, text)


def live(
    name: str, kind: Kind, text: str, unit: str = "", allowed: tuple[str, ...] = ()
) -> Setting:
    """Read at the moment of asking."""
    return Setting(
        name=name,
        kind=kind,
        default="",
        help=text,
        unit=unit,
        allowed=allowed,
        access=READ_ONLY,
        origin=Origin.LIVE,
    )
