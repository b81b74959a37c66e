"""Choosing a vehicle's profile: by card or vehicle id, else the station's default.

The profiles are data: ``profiles.toml`` ships those of known cars; the owner's own change one of
them. Ring 1 checks every value again.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ampkeeper.firmware.safety.profile import (
    WAKE_CP_OPEN,
    WAKE_F,
    WAKE_LADDER,
    Profile,
    is_valid,
)

FILE = "profiles.toml"
WAKES = ("never", "f", "cut", "ladder")  # in the order of ring 1's numbers
BY_F = (WAKE_F, WAKE_LADDER)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One car of the owner: how it is known, which shipped profile it is like, and what differs.

    ``changes`` has names and units of ring 1's ``Profile``.
    """

    tags: tuple[str, ...]
    like: str
    changes: Mapping[str, int]


class Garage:
    """Every profile that this station knows."""

    def __init__(self, default: str = "default", vehicles: Iterable[Vehicle] = ()) -> None:
        known = shipped()
        self.default = known[default]
        self._by_tag: dict[str, Profile] = {}
        for vehicle in vehicles:
            profile = _changed(known[vehicle.like], vehicle.changes)
            for tag in vehicle.tags:
                self._by_tag.setdefault(tag.casefold(), profile)

    def of(self, token: str | None) -> Profile:
        """Return the profile for a card or vehicle id; None: nobody said who it is."""
        if token is None:
            return self.default
        return self._by_tag.get(token.casefold(), self.default)


@cache
def shipped() -> Mapping[str, Profile]:
    """Return the profiles that come with the software, by name; nobody changes them."""
    document = tomllib.loads(files(__package__).joinpath(FILE).read_text("utf-8"))
    return {name: _profile(values) for name, values in document.items()}


def _profile(values: Mapping[str, str | int]) -> Profile:
    changes = {name: value for name, value in values.items() if name != "note"}
    if "wake_method" in changes:
        changes["wake_method"] = WAKES.index(str(changes["wake_method"]))
    return _changed(Profile(), {name: int(value) for name, value in changes.items()})


def _changed(like: Profile, changes: Mapping[str, int]) -> Profile:
    """Return a copy of ``like`` with the changes; a car that hates F is woken without it."""
    profile = Profile()
    for name in vars(profile):
        setattr(profile, name, changes.get(name, getattr(like, name)))
    if profile.never_f and profile.wake_method in BY_F and "wake_method" not in changes:
        profile.wake_method = WAKE_CP_OPEN
    assert is_valid(profile), f"{changes}: the configuration was checked"
    return profile
