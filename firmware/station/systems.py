"""Systems: the central systems that are configured, and the change of the first at run time.

A change is written down as a system on trial (slot 0). It takes the place of slot 1 once it has
accepted the station; if it does not in time, it is dropped with its reason, and nothing of the
old one was touched, its password and certificates included. A power cut in between begins the
trial anew. What is decided is in one commit each, and in force after it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.ocpp.system import (
    MAIN,
    TRIAL,
    System,
    SystemRefused,
    Wish,
    changed,
    check,
    check_scheme,
    from_text,
    takes_tls_away,
)
from ampkeeper.firmware.ocpp.variables import Settings, Value, refusal, text_of
from ampkeeper.firmware.security_events import SecurityEventKind as Kind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.passwords import BASIC_AUTH
from ampkeeper.firmware.station.security import PROFILE, Security
from ampkeeper.firmware.station.security_log import Event
from ampkeeper.firmware.station.staged import (
    BOOKS,
    ID,
    NEW_BASIC_AUTH,
    STAGED,
    URL,
    VERSIONS,
    wish_of,
)
from ampkeeper.firmware.station.system_file import interfaces_of, systems_of
from ampkeeper.firmware.station.upgrade import PRIORITY as PRIORITY
from ampkeeper.firmware.station.upgrade import is_due, on_due
from ampkeeper.firmware.station.way_back import WayBack
from ampkeeper.firmware.store.changes import (
    Change,
    DropSetting,
    DropSystem,
    SaveMeta,
    SaveSetting,
    SaveSystem,
)
from ampkeeper.firmware.store.store import Reads

IDENTITY = "SecurityCtrlr.Identity"
URGENT_KEY = "central_system_is_urgent"  # in the books: "1" where a trial waits for nothing
CHANGE_KEY = "central_system_change"  # in the books: what became of the last change
TIMEOUT = "OCPPCommCtrlr.MessageTimeout[Default]"
BEGUN, PROVEN, FAILED = "begun", "proven", "failed"  # of a trial
NARROWED = "narrowed"  # there are fewer


class Systems:
    """What may be connected to; ``order`` is fixed until the next start."""

    def __init__(
        self,
        config: Config,
        settings: Settings,
        security: Security,
        post: Callable[[Event], bool],
    ) -> None:
        self.on_change: Callable[[str], None] = _nothing  # BEGUN, PROVEN, FAILED or NARROWED
        self.active = MAIN  # the slot that is connected, or was last
        self.trial: System | None = None
        self.is_urgent = False  # the trial does not wait for a quiet hour
        self.last = ""  # what became of the last change, for people
        self._settings = settings
        self._security = security
        self._post = post
        self._file = systems_of(config)
        self.interfaces = interfaces_of(config)  # of the machine; none: its routes decide
        self._back = WayBack(self._main, config.ocpp.password_file)
        self._stored: dict[int, System] = {}
        self._is_deciding = False
        self.priority = tuple(int(str(slot)) for slot in _items(settings.value(PRIORITY)))

    def recall(self, books: Reads) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        wrong = []
        for slot, text in books.systems().items():
            try:
                system = from_text(text)
            except SystemRefused as error:
                wrong.append(f"central system {slot}: {error}")
                continue
            own = self._file.get(slot)
            if system.replaces and (own is None or own.address != system.replaces):
                wrong.append(f"password of central system {slot}: the file names another one now")
            else:
                self._stored[slot] = system
        self._back.recall(books)
        self.trial = self._stored.pop(TRIAL, None)
        self.is_urgent = self.trial is not None and books.meta(URGENT_KEY) == "1"
        self.last = books.meta(CHANGE_KEY) or ""
        return wrong

    # what there is

    @property
    def slots(self) -> tuple[int, ...]:
        """The slots that hold a system."""
        return tuple(sorted(self._file.keys() | self._stored.keys()))

    @property
    def order(self) -> tuple[int, ...]:
        """The slots in order of preference, of those that may be used."""
        found = tuple(slot for slot in self.priority if self._is_usable(slot))
        return found or (MAIN,)

    def system(self, slot: int) -> System:
        """The system of a slot as it is in force."""
        if slot == TRIAL and self.trial is not None:
            return self.trial
        found = self._stored.get(slot) or self._file.get(slot) or self._main
        if slot == MAIN:
            profile = max(found.security_profile, self._security.main_profile)
            return replace(found, security_profile=profile)
        return found

    @property
    def all_books(self) -> frozenset[str]:
        """The names of all books that any of them keeps."""
        names = {self.system(slot).books_name for slot in self.slots}
        return frozenset(names | ({self.trial.books_name} if self.trial else set()))

    @property
    def all_versions(self) -> frozenset[str]:
        """The versions that any of them is offered."""
        return frozenset(each for slot in self.slots for each in self.system(slot).versions)

    def shown(self, name: str, value: Value) -> Value:
        """A setting as it holds for the system that is connected."""
        if name == IDENTITY:
            return self.system(self.active).id
        if name == PROFILE:
            return self.system(self.active).security_profile
        if name == TIMEOUT:
            return self.system(self.active).message_timeout_s or value
        if name in STAGED and not self._is_staged(name):
            system = self.system(MAIN)
            in_force = {URL: system.url, ID: system.id, BOOKS: system.books}
            return system.versions if name == VERSIONS else in_force.get(name, value)
        return value

    @property
    def timeout_s(self) -> int:
        """How long answers may take of a system that does not say so itself."""
        return int(str(self._settings.value(TIMEOUT)))

    def is_from_file(self, slot: int) -> bool:
        """False for what was changed at run time."""
        return slot != TRIAL and slot not in self._stored

    # changes

    def allows(self, name: str, value: str) -> bool:
        """False if a setting may not be this now."""
        if name == PRIORITY:
            asked = [int(slot) for slot in value.split(",")]
            return all(self._is_usable(slot) and not self._lacks(slot) for slot in asked)
        if name == PROFILE:
            return self.trial is None
        if name == TIMEOUT:
            return not self.system(self.active).message_timeout_s  # it came with the system
        if name not in STAGED:
            return True
        staged = {key: self._settings.changed.get(key, "") for key in STAGED} | {name: value}
        try:
            system = self._wished(wish_of(staged))
            self._check(system)
        except SystemRefused:
            return False
        return not takes_tls_away(system, self.system(MAIN), self.system(self.active))

    def is_in_force(self, name: str, value: str) -> bool:
        """True if a setting is this already, and nothing else was set of it."""
        if name not in STAGED or name == NEW_BASIC_AUTH or self._is_staged(name):
            return False
        return text_of(self.shown(name, value)) == value

    def propose(self, wish: Wish, is_urgent: bool, who: str) -> bool:
        """Put another system on trial for slot 1; False: the station cannot keep up.

        SystemRefused names what is wrong, and then nothing has changed.
        """
        if self._security.is_trying:
            raise SystemRefused("profile: another security profile is being tried just now")
        system = self._wished(wish)
        self._check(system)
        if system == self.system(MAIN):
            raise SystemRefused("url: this central system is in use already")
        return self._post(partial(self._on_proposed, system, is_urgent, who))

    def undo(self, who: str) -> str:
        """End the trial, or go back to what the file says, on trial too; what is done, in words.

        Empty: the station cannot keep up. SystemRefused: there is nothing to undo.
        """
        if self.trial is not None:
            is_taken = self._post(partial(self._on_failed, f"given up {who}"))
            return "the change is given up" if is_taken else ""
        if MAIN not in self._stored:
            raise SystemRefused("url: the central system is the one of the file")
        system = self._back.to(self._security.main_profile)
        is_taken = self._post(partial(self._on_proposed, system, False, who))
        return "what the file says is tried" if is_taken else ""

    def prove(self) -> None:
        """The system on trial has accepted the station."""
        if not self._is_deciding:
            self._is_deciding = self._post(self._on_proven)

    def fail(self, reason: str) -> None:
        """It has not, in its time."""
        if not self._is_deciding:
            self._is_deciding = self._post(partial(self._on_failed, reason))

    def accepted(self) -> None:
        """The system that is connected has accepted the station."""
        if is_due(self, self._settings, self._security):
            self._post(partial(on_due, self, self._settings, self._security))

    def narrow(self, order: tuple[int, ...], dropped: tuple[int, ...]) -> None:
        """Only these are left to be connected to; what was told of others is forgotten."""
        self.priority = order
        for slot in dropped:
            self._stored.pop(slot, None)
        self.on_change(NARROWED)

    def take_password(self, value: str) -> Effects | None:
        """A password belongs to the system that tells it; None: it is that of [ocpp]."""
        if self.active == MAIN and not self.system(MAIN).password:
            return None
        slot, system = self.active, replace(self.system(self.active), password=value)
        if slot in self._file and slot not in self._stored:
            system = replace(system, replaces=system.address)
        effects = Effects(changes=[SaveSystem(slot, system.to_text())])
        effects.acts.append(partial(self.put, slot, system))
        return effects

    # events

    def on_start(self, now: datetime, now_s: float) -> Effects:
        """What was set through OCPP before the restart goes on trial now."""
        staged = {key: self._settings.changed[key] for key in STAGED if self._is_staged(key)}
        if not staged:
            return Effects()
        try:
            system = self._wished(wish_of(staged))
            self._check(system)
        except SystemRefused as error:
            effects = self._decided(f"the change of central system is no good: {error}", now, now_s)
        else:
            is_other = system != self.system(MAIN)
            who = "by the central system"
            effects = self._on_proposed(system, False, who, now, now_s) if is_other else Effects()
        effects.changes += [DropSetting(key) for key in staged]
        effects.acts += [partial(self._settings.forget, key) for key in staged]
        return effects

    def _on_proposed(
        self, system: System, is_urgent: bool, who: str, now: datetime, now_s: float
    ) -> Effects:
        text = f"central system {system.endpoint} is to be tried, {who}"
        effects = self._decided(text, now, now_s)
        effects.changes.append(SaveSystem(TRIAL, system.to_text()))
        effects.changes.append(SaveMeta(URGENT_KEY, "1" if is_urgent else ""))
        effects.acts.append(partial(self._begin, system, is_urgent))
        return effects

    def _on_proven(self, now: datetime, now_s: float) -> Effects:
        system = self.trial
        if system is None:
            return Effects()
        effects = self._decided(f"central system {system.endpoint} is in use", now, now_s)
        is_left = MAIN not in self._stored
        changes: list[Change] = self._back.kept(system, is_left, self._settings)
        settings = {BASIC_AUTH: system.password} if system.password else {}
        if system.security_profile != self._security.main_profile:
            settings[PROFILE] = str(system.security_profile)
        changes += [SaveSetting(name, text) for name, text in settings.items()]
        effects.changes += [*changes, DropSystem(TRIAL)]
        effects.acts.append(partial(self._promote, system, is_left, settings))
        return effects

    def _on_failed(self, reason: str, now: datetime, now_s: float) -> Effects:
        system = self.trial
        if system is None:
            return Effects()
        back = self.system(MAIN).endpoint
        text = f"central system {system.endpoint}: {reason}; back to {back}"
        effects = self._decided(text, now, now_s)
        effects.changes.append(DropSystem(TRIAL))
        effects.acts.append(partial(self._end, FAILED))
        return effects

    # inside

    @property
    def _main(self) -> System:
        return self._file[MAIN]

    def _is_usable(self, slot: int) -> bool:
        """A security profile that OCPP raised rules out the systems below it (A05.FR.04)."""
        if slot not in self.slots:
            return False
        raised = self._security.main_profile
        is_raised = raised > self._main.security_profile
        return not is_raised or self.system(slot).security_profile >= raised

    def _lacks(self, slot: int) -> str:
        """What a system with a higher security profile than now still needs (A05.FR.02, 03)."""
        system, current = self.system(slot), self.system(self.active)
        if system.security_profile <= current.security_profile:
            return ""
        return self._security.lacks(system.security_profile, self._has_password(system))

    def _is_staged(self, key: str) -> bool:
        return bool(self._settings.changed.get(key))

    def _wished(self, wish: Wish) -> System:
        return changed(self.system(MAIN), wish)

    def _check(self, system: System) -> None:
        """Raise SystemRefused, by its key, for what cannot go on trial."""
        check(system)
        old = self.system(MAIN)
        if system.url != old.url:
            check_scheme(system)
        if system.security_profile < old.security_profile:
            low = old.security_profile
            raise SystemRefused(f"profile {system.security_profile}: at least {low} is allowed")
        if system.password and (refused := refusal(NEW_BASIC_AUTH, system.password)):
            raise SystemRefused(f"password: {refused}")
        if system.security_profile > old.security_profile:
            lacks = self._security.lacks(system.security_profile, self._has_password(system))
            if lacks:
                raise SystemRefused(f"profile {system.security_profile}: it needs {lacks}")
        others = {slot: self.system(slot) for slot in self.slots if slot != MAIN}
        for slot, other in others.items():
            if other.address == system.address:
                raise SystemRefused(f"url {system.url!r}: it is that of central system {slot}")

    def _has_password(self, system: System) -> bool:
        return bool(system.password) or self._security.passwords.has_main

    def _decided(self, text: str, now: datetime, now_s: float) -> Effects:
        kept = json.dumps({"at": now.isoformat(), "text": text})
        effects = Effects(changes=[SaveMeta(CHANGE_KEY, kept)])
        effects.notice("central_system", text=text)
        effects.acts.append(partial(setattr, self, "last", kept))
        self._security.log.add(effects, Kind.RECONFIGURED, text, now, now_s)
        return effects

    def _begin(self, system: System, is_urgent: bool) -> None:
        self.trial, self.is_urgent, self._is_deciding = system, is_urgent, False
        self.on_change(BEGUN)

    def _promote(self, system: System, is_left: bool, settings: Mapping[str, str]) -> None:
        kept = self._back.follow(system, is_left, self._settings)
        for name, text in settings.items():
            self._settings.change(name, text)
        if kept is None:
            self._stored.pop(MAIN, None)
        else:
            self._stored[MAIN] = kept
        self._end(PROVEN)

    def _end(self, what: str) -> None:
        self.trial, self.is_urgent, self._is_deciding = None, False, False
        self.on_change(what)

    def put(self, slot: int, system: System) -> None:
        """A system that is written down is in its slot."""
        if slot == TRIAL:
            self.trial = system
        else:
            self._stored[slot] = system


def _items(value: Value) -> tuple[str, ...]:
    return tuple(text_of(value).split(","))


def _nothing(what: str) -> None:
    """No central system is configured."""
