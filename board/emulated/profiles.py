"""Profiles: the cars of ``cars.toml`` by name, each as the settings that make it special."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from ampkeeper.board.emulated.car_settings import OF_THE_VISIT, SETTINGS, CarSettings

CARS = Path(__file__).with_name("cars.toml")
PLAIN = "plain"


@cache
def profiles() -> dict[str, dict[str, Any]]:
    """Every car by name, without its ``about``."""
    found = {name: dict(car) for name, car in _table().items()}
    for name, car in found.items():
        del car["about"]
        unknown = set(car) - set(SETTINGS)
        assert not unknown, f"cars.toml: {name} has {', '.join(sorted(unknown))}"
    return found


def names() -> tuple[str, ...]:
    """Every car, in the order of the table."""
    return tuple(profiles())


def about(name: str) -> str:
    """What is known of a car."""
    return str(_table()[name]["about"])


def with_profile(values: dict[str, Any]) -> dict[str, Any]:
    """Settings of a request with those of its profile under them, if it names one."""
    if "profile" not in values:
        return values
    plain = CarSettings()
    under = {name: getattr(plain, name) for name in SETTINGS if name not in OF_THE_VISIT}
    return under | profiles()[values["profile"]] | values


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(CARS.read_text(encoding="utf-8"))
