"""Way back: to the first central system of the file, after another one took its place.

A new password takes the place of the old one together with the new system. So the old one is kept
aside for as long as the file's system is replaced: it may be another than the file's own, told by
the central system itself.
"""

from dataclasses import replace

from ampkeeper.firmware.ocpp.system import MAIN, System
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.station.passwords import BASIC_AUTH
from ampkeeper.firmware.store.changes import Change, DropSetting, DropSystem, SaveMeta, SaveSystem
from ampkeeper.firmware.store.store import Reads

TOLD_KEY = "password_of_the_file_s_system"  # in the books: the one that it told, or ""


class WayBack:
    """The first central system of the file, and the password that held there."""

    def __init__(self, system: System, password_file: str) -> None:
        self._system = system
        self._password_file = password_file
        self._told = ""

    def recall(self, books: Reads) -> None:
        """Take up the password that was kept aside."""
        self._told = books.meta(TOLD_KEY) or ""

    def to(self, profile: int) -> System:
        """The system to try, with the security profile that is the least by now."""
        return replace(
            self._system,
            security_profile=max(profile, self._system.security_profile),
            password=self._told,
            password_file="" if self._told else self._password_file,
        )

    def is_reached(self, system: System) -> bool:
        """True if the file's own system is number 1 again; its profile is a setting."""
        profile = self._system.security_profile
        bare = replace(system, password="", password_file="", security_profile=profile)
        return bare == self._system

    def kept(self, system: System, is_left: bool, settings: Settings) -> list[Change]:
        """What is written when ``system`` becomes number 1; ``is_left``: of the file's own."""
        if self.is_reached(system):
            changes: list[Change] = [DropSystem(MAIN), SaveMeta(TOLD_KEY, "")]
            return changes + ([DropSetting(BASIC_AUTH)] if system.password_file else [])
        kept = replace(system, password="", password_file="")
        aside = [SaveMeta(TOLD_KEY, settings.changed.get(BASIC_AUTH, ""))] if is_left else []
        return [SaveSystem(MAIN, kept.to_text()), *aside]

    def follow(self, system: System, is_left: bool, settings: Settings) -> System | None:
        """The same in force; what stands in slot 1 now, None: what the file says."""
        if self.is_reached(system):
            self._told = ""
            if system.password_file:
                settings.forget(BASIC_AUTH)
            return None
        if is_left:
            self._told = settings.changed.get(BASIC_AUTH, "")
        return replace(system, password="", password_file="")
