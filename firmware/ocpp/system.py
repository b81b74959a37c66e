"""System: one central system that the station may connect to, and what makes a good one.

It is what OCPP 2.0.1 calls a NetworkConnectionProfile in a configuration slot (B09). Slot 1 is
[ocpp] of the file, 2 and on are its [[fallback]] tables; what is changed at run time has the slot
of what it replaces, and slot 0 while it is on trial.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from urllib.parse import urlsplit

from ampkeeper.firmware.ocpp.connection import (
    SUBPROTOCOLS,
    EndpointError,
    endpoint_url,
    with_tls,
)
from ampkeeper.firmware.place import place_of

TRIAL = 0  # the slot of a system that has yet to prove itself
MAIN = 1  # the slot of [ocpp]
SLOTS_MAX = 4
URL_CHARS_MAX = 512
BOOKS_CHARS_MAX = 50
PROFILE_MAX = 3
PASSWORD_PROFILES = (1, 2)
MESSAGE_TIMEOUT_S_MAX = 600
INTERFACE_CHARS_MAX = 20
TLS_PROFILE_MIN = 2
VERSIONS = ("2.1", "2.0.1", "1.6")


class SystemRefused(Exception):
    """This cannot be a central system; the message names the key and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One central system; ``password`` and ``password_file`` empty: that of slot 1."""

    url: str
    id: str
    versions: tuple[str, ...]
    security_profile: int = 0
    password: str = field(default="", repr=False)
    password_file: str = ""
    books: str = ""  # systems of one name know each other's transactions; empty: its own
    message_timeout_s: int = 0  # for its answers; 0: as the setting says
    interface: str = ""  # a name of OCPP; the file says what of the machine it is, if anything
    replaces: str = ""  # the address of the one in the file of which it is a copy, with changes

    @property
    def endpoint(self) -> str:
        """The whole URL, with the identity."""
        base = with_tls(self.url) if self.security_profile >= TLS_PROFILE_MIN else self.url
        return endpoint_url(base, self.id, self.versions)

    @property
    def has_tls(self) -> bool:
        """True if it is met by TLS, for its address or its security profile."""
        return self.endpoint.startswith("wss:")

    @property
    def subprotocols(self) -> tuple[str, ...]:
        """What is offered, in this order."""
        return tuple(SUBPROTOCOLS[version] for version in self.versions)

    @property
    def address(self) -> str:
        """Who it is, by TLS or not: its address and the station's identity there."""
        return f"{place_of(self.url)} {self.id}"

    @property
    def books_name(self) -> str:
        """Whose books these are: a name, or an address where there is none."""
        return f"books {self.books}" if self.books else self.address

    def to_text(self) -> str:
        """As the store keeps it."""
        return json.dumps({each.name: getattr(self, each.name) for each in fields(self)})


def from_text(text: str) -> System:
    """What ``to_text`` wrote; SystemRefused if it is not that, or no good system."""
    try:
        found = json.loads(text)
        found["versions"] = tuple(found["versions"])
        system = System(**found)
        check(system)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SystemRefused(f"stored by another version: {error}") from error
    return system


def check(system: System) -> None:
    """Raise SystemRefused for what can never connect; it names the key."""
    _check_versions(system.versions)
    _check_url(system.url)
    try:
        _ = system.endpoint
    except EndpointError as error:
        raise SystemRefused(str(error)) from error
    if not 0 <= system.security_profile <= PROFILE_MAX:
        raise SystemRefused(f"profile {system.security_profile}: 0 to {PROFILE_MAX} is allowed")
    if not 0 <= system.message_timeout_s <= MESSAGE_TIMEOUT_S_MAX:
        text = f"messageTimeout {system.message_timeout_s}: 1 to {MESSAGE_TIMEOUT_S_MAX} s"
        raise SystemRefused(text)
    if len(system.interface) > INTERFACE_CHARS_MAX:
        raise SystemRefused(f"interface: at most {INTERFACE_CHARS_MAX} characters")
    if len(system.books) > BOOKS_CHARS_MAX or not system.books.isprintable():
        text = f"books {system.books[:BOOKS_CHARS_MAX]!r}: at most {BOOKS_CHARS_MAX} characters"
        raise SystemRefused(text)


def check_scheme(system: System) -> None:
    """Raise SystemRefused for a URL whose scheme the security profile forbids."""
    scheme, profile = urlsplit(system.url).scheme, system.security_profile
    if profile == 1 and scheme == "wss":
        raise SystemRefused(f"url {system.url!r}: security profile 1 is without TLS: ws:// only")
    if profile >= TLS_PROFILE_MIN and scheme == "ws":
        text = f"url {system.url!r}: security profile {profile} is with TLS: wss:// only"
        raise SystemRefused(text)


def takes_tls_away(system: System, *others: System) -> bool:
    """True if ``system`` is met without TLS where one of ``others`` is met by it.

    Nobody may do so from afar, at security profile 0 neither, where wss:// is the URL's word.
    """
    return not system.has_tls and any(other.has_tls for other in others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to be another; None stays as it is, and so does an empty password."""

    url: str | None = None
    id: str | None = None
    versions: tuple[str, ...] | None = None
    security_profile: int | None = None
    password: str = field(default="", repr=False)
    books: str | None = None


def changed(system: System, wish: Wish) -> System:
    """``system`` as wished: at another address or identity it has books of its own, unless told."""
    profile = wish.security_profile
    made = System(
        url=system.url if wish.url is None else wish.url,
        id=system.id if wish.id is None else wish.id,
        versions=system.versions if wish.versions is None else wish.versions,
        security_profile=system.security_profile if profile is None else profile,
        password=wish.password or system.password,
        password_file=system.password_file,
        books=system.books if wish.books is None else wish.books,
    )
    is_told = wish.books is not None or made.address == system.address
    return made if is_told else replace(made, books="")


def _check_versions(versions: Sequence[str]) -> None:
    is_fine = versions and set(versions) <= set(VERSIONS) and len(set(versions)) == len(versions)
    if not is_fine:
        words = " or ".join(VERSIONS)
        text = ",".join(map(str, versions))
        raise SystemRefused(f"versions {text[:40]!r}: {words}, each at most once, at least one")


def _check_url(url: str) -> None:
    if len(url) > URL_CHARS_MAX:
        raise SystemRefused(f"url: {len(url)} characters; at most {URL_CHARS_MAX} are allowed")
    try:
        parts = urlsplit(url)
        has_user = parts.username is not None or parts.password is not None
    except ValueError as error:
        raise SystemRefused(f"url {url!r}: {error}") from error
    if has_user:
        raise SystemRefused("url: it holds a user or password, which is told apart from it")
    if parts.fragment or " " in url or not url.isprintable():
        raise SystemRefused(f"url {url!r}: no fragment (#), space or control character is allowed")
