"""Seals: each message of a site is signed by the site's key, and counts once. Pure.

A message is the HMAC-SHA-256 of the rest in hex, a space, and an object: version, fingerprint of
the site's description, sender, the sender's boot, a number that counts up in it, and the message.
One that is meant for a single charger names the boot of that charger too, as it was last told: so
it was made after that boot, and nothing out of a former life of either side is taken for new,
whatever their clocks say. Within a boot a number that is not above the last one is a copy.

What is told to all, which is only who leads, cannot be asked back: a copy of a former life's can
silence a site, as whoever can copy could anyway. It then falls to its safe shares.
"""

import hashlib
import hmac
import json
from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from ampkeeper.firmware.site.circuits import SiteRefused
from ampkeeper.firmware.site.wire import Message, NotAMessage, decoded, encoded, parsed

VERSION = 1
KEY_BYTES_MIN = 32
KEYS_MAX = 8
MESSAGE_BYTES_MAX = 2048
MAC_HEX = 64
SENDERS_KEPT = 4096  # boots of others whose numbers are known; the one unheard longest goes first
BOOTS_OVER_MAX = 8  # of one sender

TOO_LONG, FORGED, MALFORMED = "too_long", "forged", "malformed"
OTHER_SITE, STRANGER, NOT_FOR_US, REPLAYED = "other_site", "stranger", "not_for_us", "replayed"


class Unbelieved(ValueError):
    """A message that is not taken; ``reason`` is one of the words above."""

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(f"{reason}: {words}" if words else reason)
        self.reason = reason


@dataclass
class Refusals:
    """What was not taken, for people to see: how often, and the last words."""

    counts: Counter[str] = field(default_factory=Counter)
    last: str = ""

    def add(self, error: Unbelieved) -> None:
        """One more."""
        self.counts[error.reason] += 1
        self.last = str(error)[:200]


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that is believed, and by whom it was sent in which boot."""

    sender: str
    boot: str
    message: Message


@dataclass(slots=True)
class _Heard:
    """What was heard of one boot of a sender: the last number told to all, and to us."""

    to_all: int = 0
    to_us: int = 0


@dataclass
class Seals:
    """One charger's."""

    keys: Sequence[bytes] = field(repr=False)  # the first signs, all prove
    fingerprint: str
    own: str
    boot: str
    stations: Collection[str]
    _number: int = 0
    _heard: OrderedDict[tuple[str, str], _Heard] = field(default_factory=OrderedDict)
    _over: dict[str, list[str]] = field(default_factory=dict)
    _current: dict[str, str] = field(default_factory=dict)

    def seal(self, message: Message, to_boot: str = "") -> bytes:
        """A message on its way; without ``to_boot`` it is told to all."""
        self._number += 1
        text = json.dumps(
            {
                "v": VERSION,
                "site": self.fingerprint,
                "from": self.own,
                "life": self.boot,
                "n": self._number,
                "to": to_boot,
                "is": encoded(message),
            },
            separators=(",", ":"),
        ).encode()
        return _mac(self.keys[0], text) + b" " + text

    def open(self, data: bytes, sender: str) -> Opened:
        """What ``sender``, as the topic has it, said; raise Unbelieved."""
        found = self._proven(data)
        if found.get("site") != self.fingerprint:
            words = f"{sender} describes circuits and members otherwise"
            raise Unbelieved(OTHER_SITE, words)
        if found.get("from") != sender or sender not in self.stations:
            raise Unbelieved(STRANGER, sender[:64])
        boot, number, to_boot = found.get("life"), found.get("n"), found.get("to")
        if not isinstance(boot, str) or not isinstance(number, int) or not 1 <= len(boot) <= 64:
            raise Unbelieved(MALFORMED, "life and n")
        if to_boot not in ("", self.boot):
            raise Unbelieved(NOT_FOR_US, f"{sender} knows a former life of ours")
        message = _message(found.get("is"))
        self._count(sender, boot, number, to_us=bool(to_boot))
        return Opened(sender, boot, message)

    def _proven(self, data: bytes) -> dict[str, Any]:
        if len(data) > MESSAGE_BYTES_MAX:
            raise Unbelieved(TOO_LONG, f"{len(data)} bytes, at most {MESSAGE_BYTES_MAX}")
        mac, text = data[:MAC_HEX], data[MAC_HEX + 1 :]
        if not any(hmac.compare_digest(_mac(key, text), mac) for key in self.keys):
            raise Unbelieved(FORGED, "the site's key did not sign it")
        try:
            found = parsed(text)
        except NotAMessage as error:
            raise Unbelieved(MALFORMED, str(error)) from error
        if not isinstance(found, dict) or found.get("v") != VERSION:
            raise Unbelieved(MALFORMED, f"must be of version {VERSION}")
        return found

    def _count(self, sender: str, boot: str, number: int, *, to_us: bool) -> None:
        """Take each number once; what names our boot also tells which boot of theirs is now."""
        if boot in self._over.get(sender, ()):
            raise Unbelieved(REPLAYED, f"a former life of {sender}")
        heard = self._heard.setdefault((sender, boot), _Heard())
        self._heard.move_to_end((sender, boot))
        if number <= (heard.to_us if to_us else heard.to_all):
            raise Unbelieved(REPLAYED, f"number {number} of {sender}")
        if to_us:
            heard.to_us = number
            self._live(sender, boot)
        else:
            heard.to_all = number
        if len(self._heard) > SENDERS_KEPT:
            self._heard.popitem(last=False)

    def _live(self, sender: str, boot: str) -> None:
        before = self._current.get(sender)
        self._current[sender] = boot
        if before is not None and before != boot:
            over = [*self._over.get(sender, ()), before]
            self._over[sender] = over[-BOOTS_OVER_MAX:]


def keys_of(text: str) -> tuple[bytes, ...]:
    """The keys of a file, one a line as hex; SiteRefused for what is none, without showing it."""
    lines = [line.strip() for line in text.splitlines()]
    found = []
    for place, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        try:
            key = bytes.fromhex(line)
        except ValueError:
            key = b""
        if len(key) < KEY_BYTES_MIN:
            raise SiteRefused(f"line {place}: must be at least {KEY_BYTES_MIN} bytes as hex")
        found.append(key)
    if not 1 <= len(found) <= KEYS_MAX:
        raise SiteRefused(f"{len(found)} keys: must be 1 to {KEYS_MAX}")
    return tuple(found)


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).hexdigest().encode()


def _message(found: Any) -> Message:
    try:
        return decoded(found)
    except NotAMessage as error:
        raise Unbelieved(MALFORMED, str(error)) from error
