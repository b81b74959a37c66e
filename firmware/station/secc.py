"""SECC: certificates by which the station shows itself to cars, and proof that they are in force.

No board speaks ISO 15118 yet. One that does attaches itself here under its name, and finds what
a handshake with a car needs: a chain with its key, and the OCSP responses of the chain, which
are fetched beforehand and kept over restarts (M06). Until then nothing of it is asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.certificates.statuses import KEPT_MAX, Status, Statuses, read_status
from ampkeeper.firmware.certificates.values import (
    CertificateRefused,
    Change,
    HashData,
    Question,
    Usage,
)
from ampkeeper.firmware.ocpp.dialect import Call, Dialect, Payload
from ampkeeper.firmware.ocpp.ports.secc import AskStatus, SignForCars
from ampkeeper.firmware.ocpp.ports.security import CertificateHash
from ampkeeper.firmware.ocpp.variables import Settings
from ampkeeper.firmware.security_events import SecurityEventKind as Kind
from ampkeeper.firmware.station.certificate_rows import named, rows_of
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.security import Security
from ampkeeper.firmware.station.security_log import Event, Tell
from ampkeeper.firmware.station.signature import Purpose, Signature
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.store.store import Reads

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from ampkeeper.firmware.certificates.book import CertificateBook, Entry

KEY_KEY = "v2g_signature_key"  # in the books, like ``signature.KEY_KEY``
STATUS_KEY = "ocsp_status_{}"  # in the books, by place
LOOK_S = 60.0  # between two looks at what is due, and two tries to be heard
FAILED_S = 3_600.0  # after the central system could not get a status


@dataclass(frozen=True, slots=True)
class Shown:
    """What a handshake with a car needs: PEM of chain and key, and OCSP responses (base64).

    ``statuses`` has one for each certificate of the chain, in its order; empty: not known.
    """

    chain_pem: str
    key_pem: str
    statuses: tuple[str, ...]


class Secc:
    """Implements ``SeccPort``, and is what an ISO 15118 stack asks."""

    def __init__(
        self,
        security: Security,
        settings: Settings,
        tell: Tell,
        clock_now: Callable[[], datetime],
        post: Callable[[Event], bool],
    ) -> None:
        self.signature = Signature(
            "", settings, tell, Purpose(Usage.V2G_STATION, KEY_KEY, self._sign_word)
        )
        self._security = security
        self._tell = tell
        self._now = clock_now
        self._post = post
        self._statuses = Statuses()
        self._asked: Question | None = None
        self._next_look_s = 0.0
        self._failed_until_s: dict[HashData, float] = {}

    def recall(self, books: Reads) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        self.signature.recall(books.meta(KEY_KEY))
        wrong = []
        for place in range(KEPT_MAX):
            kept = books.meta(STATUS_KEY.format(place))
            try:
                if kept:
                    self._statuses.keep(place, read_status(kept))
            except ValueError as error:
                wrong.append(f"OCSP status {place}: {error}")
        return wrong

    # for an ISO 15118 stack

    def attach(self, secc_id: str) -> None:
        """Somebody speaks ISO 15118 under this name (1 to 64 characters), from now on."""
        self.signature.name = secc_id

    def shown(self) -> tuple[Shown, ...]:
        """All that can be shown now, the newest first: one certificate of each root."""
        roots = self._book.roots(Usage.V2G_ROOT)
        return tuple(self._show(entry, roots) for entry in self._newest(self._now()))

    # for the dialects

    @property
    def is_there(self) -> bool:
        return bool(self.signature.name)

    def can_ask_signature(self) -> bool:
        return self._security.may_change and self.signature.can_ask

    def ask_signature(self) -> None:
        self._post(self.signature.on_ask)

    def take_signed(self, pem: str) -> bool:
        if not self._security.may_change:
            return False
        try:
            change = self.signature.take(self._book, pem, self._now(), allows_later=False)
        except CertificateRefused as error:
            self._security.log.note(Kind.INVALID_STATION_CERTIFICATE, f"for cars: {error}")
            return False
        return self._post(partial(self._on_taken, change))

    def chains(self) -> tuple[tuple[CertificateHash, ...], ...]:
        if not self.is_there:
            return ()
        entries = self._book.entries(Usage.V2G_STATION)
        return tuple(tuple(map(named, self._book.chain_hashes(entry))) for entry in entries)

    # at work

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """After every event of the station: what is due by now."""
        if not self.is_there:
            return
        self.signature.follow(self._book, effects, now, now_s)
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + LOOK_S
        asked = self._questions(now)
        for place in self._statuses.stale(asked):
            effects.changes.append(SaveMeta(STATUS_KEY.format(place), ""))
            effects.acts.append(partial(self._statuses.drop, place))
        self._failed_until_s = {
            hashes: until_s for hashes, until_s in self._failed_until_s.items() if until_s > now_s
        }
        due = self._statuses.due(asked, now)
        ready = [each for each in due if each.hashes not in self._failed_until_s]
        if ready:
            effects.acts.append(partial(self._ask, ready[0]))

    def on_accepted(self) -> None:
        """The central system listens: what was not heard is said now."""
        self._look_soon()
        self.signature.ask_if_unheard()

    def _ask(self, question: Question) -> None:
        """One after another; an answer that does not come is missed at the next look."""
        self._asked = question
        word = AskStatus(named(question.hashes), question.urls[0])
        self._tell(lambda dialect: dialect.for_cars(word), partial(self._heard, question))

    def _heard(self, question: Question, answer: Payload | None, is_refused: bool) -> None:
        if question is not self._asked:
            return  # asked again since
        self._asked = None
        if answer is not None and answer.get("status") == "Accepted":
            self._post(partial(self._on_status, question, str(answer.get("ocspResult", ""))))
        elif answer is not None or is_refused:
            self._post(partial(self._on_failed, question, "the central system has none"))

    def _on_status(self, question: Question, text: str, now: datetime, now_s: float) -> Effects:
        from ampkeeper.firmware.certificates.ocsp import read_response  # 9 MB, if ever

        try:
            response = read_response(text, question, now)
        except CertificateRefused as error:
            return self._on_failed(question, str(error), now, now_s)
        status = Status(question.hashes, text, now, response.next_update)
        place = self._statuses.place_of(status)
        if place is None:
            return self._on_failed(question, f"{KEPT_MAX} others are kept", now, now_s)
        effects = Effects(
            changes=[SaveMeta(STATUS_KEY.format(place), status.to_text())],
            acts=[partial(self._statuses.keep, place, status), self._look_soon],
        )
        if not response.is_good:
            effects.notice("v2g_certificate_not_good", serial=question.hashes.serial)
        return effects

    def _on_failed(self, question: Question, why: str, now: datetime, now_s: float) -> Effects:
        self._failed_until_s[question.hashes] = now_s + FAILED_S
        effects = Effects(acts=[self._look_soon])
        effects.notice("ocsp_status_missing", serial=question.hashes.serial, reason=why)
        return effects

    def _on_taken(self, change: Change, now: datetime, now_s: float) -> Effects:
        """M06.FR.07: the status of all that is new is asked for at once."""
        book = self._book
        effects = Effects(changes=rows_of(change) + self.signature.taken())
        effects.acts += [partial(book.apply, change), self._look_soon]
        names = ", ".join(book.name(record) for record in change.keep)
        text = f"certificate for cars installed {names}"
        self._security.log.add(effects, Kind.RECONFIGURED, text, now, now_s)
        return effects

    # inside

    def _look_soon(self) -> None:
        self._next_look_s = 0.0

    @property
    def _book(self) -> "CertificateBook":
        return self._security.book

    def _sign_word(self, dialect: Dialect, csr: str) -> Call | None:
        roots = self._book.hashes(Usage.V2G_ROOT, "SHA256")
        root = named(next(iter(roots))) if len(roots) == 1 else None
        return dialect.for_cars(SignForCars(csr, root))

    def _newest(self, now: datetime) -> list["Entry"]:
        """Of several that lead to one root the newest counts (A02.FR.15)."""
        found: dict[str, Entry] = {}
        for entry in self._book.own(now, Usage.V2G_STATION):
            found.setdefault(entry.chain[-1].issuer.rfc4514_string(), entry)
        return list(found.values())

    def _questions(self, now: datetime) -> list[Question]:
        from ampkeeper.firmware.certificates.ocsp import questions  # 9 MB, if ever

        roots = self._book.roots(Usage.V2G_ROOT)
        return [each for entry in self._newest(now) for each in questions(entry.chain, roots)]

    def _show(self, entry: "Entry", roots: tuple["Certificate", ...]) -> Shown:
        from ampkeeper.firmware.certificates.ocsp import question_of  # 9 MB, if ever

        statuses = []
        for place in range(len(entry.chain)):
            asked = question_of(entry.chain, place, roots)
            known = None if asked is None else self._statuses.of(asked, self._now())
            statuses.append("" if known is None else known.text)
        return Shown(entry.record.pem, entry.record.private_key or "", tuple(statuses))
