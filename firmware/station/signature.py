"""Signature: a new key, the request to sign it, and the patience until it is signed (A02, A03).

One request waits at a time; its key is in the books, so that what is signed while the power is
away is still ours. A certificate that expires within 30 days is replaced, asked for once a day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.certificates.values import (
    CertificateRefused,
    Change,
    KeyRequest,
    Usage,
)
from ampkeeper.firmware.ocpp.dialect import Call, Dialect, Payload
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.security_log import Tell
from ampkeeper.firmware.store.changes import Change as StoreChange
from ampkeeper.firmware.store.changes import SaveMeta

if TYPE_CHECKING:
    from ampkeeper.firmware.certificates.book import CertificateBook

ORGANIZATION = "SecurityCtrlr.OrganizationName"
WAIT = "SecurityCtrlr.CertSigningWaitMinimum"
REPEATS = "SecurityCtrlr.CertSigningRepeatTimes"
KEY_KEY = "signature_key"  # in the books: the private key that waits for its certificate, or ""
EXPIRY_WARNING = timedelta(days=30)  # A03.FR.02: one month
RENEW_S = 86_400.0
LOOK_S = 60.0  # between two looks at the calendar, and two tries to be heard


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a certificate is for; ``key``: where in the books its private key waits."""

    usage: Usage
    key: str
    word: Callable[[Dialect, str], Call | None]


FOR_CENTRAL = Purpose(Usage.STATION, KEY_KEY, lambda dialect, csr: dialect.sign_certificate(csr))


class Signature:
    """What is asked for, and when it is asked for again; ``name`` is the owner's, the CN."""

    def __init__(
        self, name: str, settings: Settings, tell: Tell, purpose: Purpose = FOR_CENTRAL
    ) -> None:
        self.name = name
        self._purpose = purpose
        self._settings = settings
        self._tell = tell
        self._private_key = ""
        self._request: KeyRequest | None = None
        self._is_unheard = False  # the central system has not answered the request
        self._due_s: float | None = None  # when to ask again
        self._accepted = False
        self._repeats = 0
        self._next_look_s = 0.0
        self._next_renewal_s = 0.0

    def recall(self, private_key: str | None) -> None:
        """Take up the key that waits."""
        self._private_key = private_key or ""

    @property
    def can_ask(self) -> bool:
        """True if owner and operator are known (A02: CpoName must be set)."""
        return bool(self.name and self._settings.value(ORGANIZATION))

    def on_ask(self, now: datetime, now_s: float) -> Effects:
        """Make a new key, write it down, and ask."""
        from ampkeeper.firmware.certificates.keys import make_request  # 9 MB, if ever

        try:
            request = make_request(self.name, str(self._settings.value(ORGANIZATION)))
        except CertificateRefused as error:
            effects = Effects()
            effects.notice("sign_certificate", result="not asked", reason=str(error))
            return effects
        return Effects(
            changes=[SaveMeta(self._purpose.key, request.private_key)],
            acts=[partial(self._begin, request)],
        )

    def take(self, book: "CertificateBook", pem: str, now: datetime, allows_later: bool) -> Change:
        """What the signed certificate changes; raises CertificateRefused."""
        if not self._private_key:
            raise CertificateRefused("no certificate was asked for")
        organization = str(self._settings.value(ORGANIZATION))
        key = self._private_key
        usage = self._purpose.usage
        try:
            return book.take_signed(pem, key, self.name, organization, now, allows_later, usage)
        except CertificateRefused:
            self._due_s, self._accepted = None, False  # A02.FR.20: nor asked for again
            raise

    def taken(self) -> list[StoreChange]:
        """The certificate is being written down: nothing is asked for any more."""
        self._private_key, self._request, self._due_s = "", None, None
        self._is_unheard = False
        return [SaveMeta(self._purpose.key, "")]

    def follow(
        self,
        book: "CertificateBook | None",
        effects: Effects,
        now: datetime,
        now_s: float,
    ) -> None:
        """Ask again where it is time; renew what will expire."""
        if self._accepted:
            self._accepted = False
            wait_s = float(str(self._settings.value(WAIT))) * 2.0**self._repeats
            self._due_s = now_s + wait_s
        if self._due_s is not None and now_s >= self._due_s:
            self._due_s = None
            if self._repeats < int(str(self._settings.value(REPEATS))):
                self._repeats += 1
                effects.acts.append(self.ask)
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + LOOK_S
        if self._is_unheard:
            effects.acts.append(self.ask)
        if now_s >= self._next_renewal_s and self._must_renew(book, now):
            self._next_renewal_s = now_s + RENEW_S
            asked = self.on_ask(now, now_s)
            effects.changes += asked.changes
            effects.acts += asked.acts
            effects.notices += asked.notices

    def ask(self) -> None:
        """Say the request; also after each registration, until it is heard."""
        if self._request is not None:
            csr = self._request.csr
            self._is_unheard = True
            self._tell(lambda dialect: self._purpose.word(dialect, csr), self._heard)

    def ask_if_unheard(self) -> None:
        """The station is accepted."""
        if self._is_unheard:
            self.ask()

    def _begin(self, request: KeyRequest) -> None:
        self._private_key, self._request = request.private_key, request
        self._repeats, self._due_s = 0, None
        self.ask()

    def _heard(self, answer: Payload | None, is_refused: bool) -> None:
        """Not answered: again with the next look. Rejected: a person has to look (A02)."""
        if answer is None and not is_refused:
            return
        self._is_unheard = False
        self._accepted = answer is not None and answer.get("status") == "Accepted"

    def _must_renew(self, book: "CertificateBook | None", now: datetime) -> bool:
        """True if the last of the station's certificates ends within a month."""
        if book is None:
            return False
        ends = [each.leaf.not_valid_after_utc for each in book.entries(self._purpose.usage)]
        return self.can_ask and bool(ends) and max(ends) - now < EXPIRY_WARNING
