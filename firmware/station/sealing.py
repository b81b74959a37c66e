"""Sealing: the installer's limits at work; what only his key can change (NEC 625.42).

The first key that the configuration names is kept for good: who can write that file later cannot
bring another. The seals are checked again at every start; one that was tampered with, or a key
that is not the kept one, stops the charge until the installer seals anew. Pure.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.limits.seal import (
    COUNTER_MAX,
    EACH,
    Seal,
    SealRefused,
    check,
    public_key_of,
    seal_of,
)
from ampkeeper.firmware.security_events import SecurityEventKind as Kind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import Change, SaveMeta

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.security_log import SecurityLog
    from ampkeeper.firmware.station.station import Station

KEY_KEY, SEALS_KEY, COUNTER_KEY = "seal_key", "seals", "seal_counter"
SOURCE = "seal"
COUNTER_DIGITS = len(str(COUNTER_MAX))


class Sealing:
    """A source of the ledger; ``on_seal`` is an event of the station."""

    def __init__(
        self, station: "Station", serial: str, pem: bytes = b"", is_required: bool = False
    ) -> None:
        """``pem``: the key that the configuration names; empty: none."""
        self._station = station
        self._serial = serial
        self._is_required = is_required
        self._named = pem
        self._pem = b""
        self._seals: dict[int, Seal] = {}
        self._counter = 0
        self._broken = ""  # why no seal can be believed

    def recall(self, read: Callable[[str], str | None]) -> tuple[list[Change], str]:
        """Take up key and seals; return what is to be written, and what is wrong, in words."""
        pem = self._named
        try:
            kept = base64.b64decode(read(KEY_KEY) or "", validate=True)
        except ValueError:
            kept = b""
            self._broken = "the installer's key in the books cannot be read"
        self._pem = kept or pem
        if self._broken:
            return [], self._broken
        if not kept and (read(SEALS_KEY) or read(COUNTER_KEY)):
            self._broken = "the installer's key was taken out of the books"
            return [], self._broken
        if not self._pem:
            return [], ""
        try:
            public_key_of(self._pem)
            self._take_up(read)
        except SealRefused as error:
            self._broken = str(error)
        if not self._broken and kept and pem and kept != pem:
            return [], "the configuration names another installer's key: the first one counts"
        changes: list[Change] = []
        if not kept and not self._broken:
            changes.append(SaveMeta(KEY_KEY, base64.b64encode(pem).decode()))
        return changes, self._broken

    def on_start(
        self, log: "SecurityLog", changes: list[Change], wrong: str, now: datetime, now_s: float
    ) -> Effects:
        """Write down what a start found."""
        effects = Effects(changes=list(changes))
        if changes:
            text = f"installer's key {self.fingerprint} is kept"
            log.add(effects, Kind.RECONFIGURED, text, now, now_s)
        if wrong:
            log.add(effects, Kind.TAMPERED, f"seal: {wrong}", now, now_s)
        return effects

    @property
    def fingerprint(self) -> str:
        """Of the installer's key; empty: there is none."""
        return hashlib.sha256(self._pem).hexdigest()[:16] if self._pem else ""

    def view(self) -> dict[str, Any]:
        """What there is, for people; the next seal has the number after ``counter``."""
        return {
            "serial": self._serial,
            "key": self.fingerprint or None,
            "counter": self._counter,
            "broken": self._broken or None,
            "required": self._is_required,
            "seals": [
                {"evse": evse_id or None, "max_a": seal.max_a, "counter": seal.counter}
                for evse_id, seal in sorted(self._seals.items())
            ],
        }

    def problem_of(self, seal: Seal) -> tuple[str, Kind]:
        """Why it is refused, and as which event; empty: it is not."""
        if not self._pem:
            return "no installer's key is kept: name it in [seal] key_file", Kind.INVALID_MESSAGES
        if seal.evse_id not in (EACH, *self._station.evses):
            return f"there is no EVSE {seal.evse_id} here", Kind.INVALID_MESSAGES
        try:
            check(seal, public_key_of(self._pem), self._serial, -1)
        except SealRefused as error:
            return str(error), Kind.TAMPERED
        if seal.counter <= self._counter:
            text = f"the seal has number {seal.counter}, it must be above {self._counter}"
            return text, Kind.REPLAY_ATTEMPTED
        return "", Kind.RECONFIGURED

    def on_seal(
        self, seal: Seal, log: "SecurityLog", said: list[str], now: datetime, now_s: float
    ) -> Effects:
        """Take a seal, or refuse it; why not goes to ``said``, and both into the security log."""
        effects = Effects()
        problem, kind = self.problem_of(seal)
        said.append(problem)
        where = f"EVSE {seal.evse_id}" if seal.evse_id else "each EVSE"
        text = f"seal of {where}, {seal.max_a:g} A"
        log.add(effects, kind, f"{text} refused: {problem}" if problem else text, now, now_s)
        if problem:
            return self._station.settle(now, now_s, effects)
        if self._broken:  # nothing of what was there can be believed
            self._seals, self._broken = {}, ""
        self._seals[seal.evse_id] = seal
        self._counter = seal.counter
        effects.changes.append(SaveMeta(KEY_KEY, base64.b64encode(self._pem).decode()))
        rows = [one.to_text() for one in self._seals.values()]
        effects.changes.append(SaveMeta(SEALS_KEY, json.dumps(rows)))
        effects.changes.append(SaveMeta(COUNTER_KEY, str(self._counter)))
        return self._station.settle(now, now_s, effects)

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        """What the installer lets this EVSE take."""
        found = [self._seals[place] for place in (evse.evse_id, EACH) if place in self._seals]
        if self._broken or (self._is_required and not found):
            why = self._broken or "the installer has not sealed this charger yet"
            yield Entry(SOURCE, 0.0, evse.rules.phases, why, now)
            return
        for seal in found:
            reason = f"sealed by the installer (number {seal.counter})"
            yield Entry(SOURCE, seal.max_a, evse.rules.phases, reason, now)

    def _take_up(self, read: Callable[[str], str | None]) -> None:
        text, counter = read(SEALS_KEY), read(COUNTER_KEY)
        if text is None and counter is None:
            return
        known = counter is not None and counter.isdecimal() and len(counter) <= COUNTER_DIGITS
        self._counter = int(counter or 0) if known else 0  # no older seal comes back, come what may
        if text is None or not known:
            raise SealRefused("a seal was taken out of the books")
        try:
            rows = [seal_of(str(row)) for row in json.loads(text)]
        except (TypeError, ValueError) as error:
            raise SealRefused("the seals in the books cannot be read") from error
        key = public_key_of(self._pem)
        for seal in rows:
            check(seal, key, self._serial, 0)
        newest = max((seal.counter for seal in rows), default=0)
        if newest != self._counter:
            self._counter = max(newest, self._counter)
            raise SealRefused("the newest seal is not in the books")
        self._seals = {seal.evse_id: seal for seal in rows}
