"""Passwords: which one a central system is shown, and the ones before, until the new one got in.

A central system drops the old password when it hears that the new one was taken (OCPP 2.0.1
A01.FR.03, security whitepaper). If that answer is lost on its way, it goes on with the old one, and
a station that has only the new one is locked out for good. So the one that last got in is kept, by
address; after an HTTP 401 the next of them has its turn, and goes on as long as it gets in. When
the new one has got in, the old ones are forgotten. A system on trial sees its own password only.
"""

import json
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ampkeeper.firmware.ocpp.declared.security import FORM_BYTES
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.security_log import Event
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.store.store import Reads
from ampkeeper.hal.errors import CREDENTIALS, AbsentError, DistrustError

BASIC_AUTH = "SecurityCtrlr.BasicAuthPassword"
FORM = "OCPP16.AuthorizationKeyForm"
KEPT_KEY = "basic_auth_before"  # in the books: {address: [what got in, what else was told]}
KEPT_MAX = 3  # of one system: what last got in, and what was told since and never got in
ADDRESSES_MAX = 8  # twice as many as there are systems; of more, the one shown longest ago goes
KEY_BYTES_MIN = 16  # A00.FR.205
CHARS_MIN = 16


@dataclass(slots=True)
class _Known:
    """What is known of one system; passwords are as they were told, not as they are sent."""

    kept: tuple[bytes, ...] = ()  # beside the one that holds
    turn: int = 0  # which is shown: 0 the one that holds, else the so-manieth of ``kept``
    shown: bytes | None = None  # last; None: it was let in without
    got_in: bytes | None = None  # on the connection that is, or was last
    told: bytes | None = None  # since then


class Passwords:
    """All of them; ``show`` is asked before each attempt, then ``got_in`` or ``refused``."""

    def __init__(
        self, settings: Settings, of_file: Callable[[], bytes], post: Callable[[Event], bool]
    ) -> None:
        self._settings = settings
        self._of_file = of_file
        self._post = post
        self._known: dict[str, _Known] = {}

    def recall(self, books: Reads) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        text = books.meta(KEPT_KEY)
        try:
            kept = {
                str(address): tuple(str(word).encode("latin-1") for word in words[:KEPT_MAX])
                for address, words in json.loads(text or "{}").items()
            }
        except (ValueError, TypeError, AttributeError):
            return ["passwords before the last change, stored by another version"]
        for address in [*kept][-ADDRESSES_MAX:]:
            self._of(address).kept = kept[address]
        return []

    # the one that holds

    @property
    def main(self) -> bytes:
        """That of [ocpp], as it was told; raises AbsentError: try again later."""
        told = str(self._settings.value(BASIC_AUTH))
        return told.encode() if told else self._of_file()

    @property
    def has_main(self) -> bool:
        """True if it is there and long enough."""
        try:
            return len(self.as_sent(self.main)) >= CHARS_MIN
        except AbsentError:
            return False

    def as_sent(self, text: bytes) -> bytes:
        """A password as it goes into Basic auth."""
        if self._is_bytes and _is_hex(text.decode("latin-1")):
            return bytes.fromhex(text.decode("ascii"))
        return text

    def allows(self, text: str) -> bool:
        """False for a text that means no key, or too short a one (A00.FR.205)."""
        return not self._is_bytes or (_is_hex(text) and len(text) >= 2 * KEY_BYTES_MIN)

    # how to get in

    def show(self, address: str, current: bytes, is_trial: bool = False) -> bytes:
        """What goes into Basic auth there now; ``current`` is the one that holds."""
        known = self._of(address)
        choices = (current,) if is_trial else (current, *known.kept)
        known.turn %= len(choices)
        known.shown = choices[known.turn]
        return self.as_sent(known.shown)

    def show_none(self, address: str) -> None:
        """It is met without a password, and who gets in so proves none."""
        self._of(address).shown = None

    def got_in(self, address: str) -> None:
        """What was shown last got in; if it is the one that holds, the others go."""
        known = self._of(address)
        known.got_in, known.told = known.shown, None
        if known.kept and known.turn == 0 and known.shown is not None:
            self._post(partial(self._on_proven, address, known.kept))

    def refused(self, address: str, error: AbsentError) -> None:
        """It did not: after a 401 it is the next one's turn."""
        if isinstance(error, DistrustError) and error.reason == CREDENTIALS:
            self._of(address).turn += 1

    def follow_setting(self, address: str, value: str, effects: Effects) -> None:
        """A new one is being written, told by this system: what worked there is kept with it."""
        known, new = self._of(address), value.encode()
        if known.got_in is None:
            return
        found = [known.got_in, *([known.told] if known.told is not None else []), *known.kept]
        kept = tuple(word for word in dict.fromkeys(found) if word != new)[:KEPT_MAX]
        effects.changes.append(self._saved(address, kept))
        effects.acts.append(partial(self._keep, address, kept, new))

    # inside

    @property
    def _is_bytes(self) -> bool:
        return self._settings.value(FORM) == FORM_BYTES

    def _of(self, address: str) -> _Known:
        known = self._known.pop(address, None) or _Known()
        while len(self._known) >= ADDRESSES_MAX:
            self._known.pop(next(iter(self._known)))
        self._known[address] = known
        return known

    def _on_proven(
        self, address: str, kept: tuple[bytes, ...], now: datetime, now_s: float
    ) -> Effects:
        if self._of(address).kept != kept:
            return Effects()  # another one was told meanwhile
        act = partial(self._keep, address, (), None)
        return Effects(changes=[self._saved(address, ())], acts=[act])

    def _keep(self, address: str, kept: tuple[bytes, ...], told: bytes | None) -> None:
        known = self._of(address)
        known.kept, known.told, known.turn = kept, told, 0

    def _saved(self, address: str, kept: tuple[bytes, ...]) -> SaveMeta:
        all_kept = {each: known.kept for each, known in self._known.items()} | {address: kept}
        words = {
            each: [word.decode("latin-1") for word in found]
            for each, found in all_kept.items()
            if found
        }
        return SaveMeta(KEPT_KEY, json.dumps(words) if words else "")


def _is_hex(text: str) -> bool:
    return bool(text) and len(text) % 2 == 0 and set(text) <= set(string.hexdigits)
