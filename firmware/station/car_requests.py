"""Car requests: what a car asks by ISO 15118 and only the central system can answer.

A contract certificate to install or update (M01, M02), and whether the car's own certificates are
revoked (2.1 M07). Whoever speaks ISO 15118 asks here; each question is answered once, by None at
the latest when the car's patience is over: then the car is told that it failed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from ampkeeper.firmware.certificates.values import CertificateRefused, HashData, Question, Usage
from ampkeeper.firmware.ocpp.dialect import Payload
from ampkeeper.firmware.ocpp.orders import certificate_hash
from ampkeeper.firmware.ocpp.ports.secc import AskChain, AskContract, CarWord, ChainQuestion
from ampkeeper.firmware.ocpp.wire import read_time
from ampkeeper.firmware.station.certificate_rows import asked_of, named
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.security import Security
from ampkeeper.firmware.station.security_log import Event, Tell

CAR_WAITS_S = 4.5  # ISO 15118-2 gives CertificateInstallationReq and CertificateUpdateReq 5 s
WAITING_MAX = 4  # questions that wait for an answer; a further one is refused
EXI_CHARS_MAX = 11_000  # exiRequest of 2.1; 2.0.1 has room for 5,600
QUESTIONS_MAX = 4  # certificateStatusRequests
CHAIN_CHARS_MAX = 10_000
KNOWN_MAX = 100  # certificates of cars whose status is remembered; then the oldest goes
KNOWN_FOR = timedelta(days=7)  # M07.FR.09
FAILED = "Failed"  # nothing is known of it


@dataclass(frozen=True, slots=True)
class Contract:
    """The answer for the car. ``remaining``: how many more contracts wait (2.1 M01.FR.05).

    While there are more, the same question brings the next one (M01.FR.06).
    """

    is_accepted: bool
    exi: str
    remaining: int | None = None


ContractHeard = Callable[[Contract | None], None]
ChainHeard = Callable[[tuple[str, ...] | None], None]  # Good, Revoked, Unknown or Failed, each


@dataclass(frozen=True, slots=True)
class _Waiting:
    until_s: float
    heard: Callable[[Payload | None], None]


class CarRequests:
    """What waits for an answer, and what is known of cars' certificates."""

    def __init__(self, security: Security, tell: Tell, post: Callable[[Event], bool]) -> None:
        self._security = security
        self._tell = tell
        self._post = post
        self._waiting: dict[int, _Waiting] = {}
        self._numbers = count(1)
        self._known: dict[HashData, tuple[str, datetime]] = {}  # until when, oldest first

    def ask_contract(
        self, word: AskContract, heard: ContractHeard, timeout_s: float = CAR_WAITS_S
    ) -> bool:
        """Ask for a contract; False, and ``heard`` is not called, where that cannot be asked."""
        if len(word.exi) > EXI_CHARS_MAX or not self._has_room:
            return False
        return self._post(partial(self._on_ask, word, partial(_contract, heard), timeout_s))

    def ask_chain(self, pem: str, heard: ChainHeard, timeout_s: float = CAR_WAITS_S) -> bool:
        """Ask for the status of a car's chain, but of its root; False where that cannot be asked.

        ``heard`` gets a word for each certificate in their order; None: no answer.
        """
        from ampkeeper.firmware.certificates.reading import read_chain  # 9 MB, if ever

        try:
            chain = read_chain(pem, CHAIN_CHARS_MAX)
        except CertificateRefused:
            return False
        from ampkeeper.firmware.certificates.ocsp import question_of

        book = self._security.book
        roots = (*book.roots(Usage.V2G_ROOT), *book.roots(Usage.MO_ROOT))
        below = [place for place, one in enumerate(chain) if one.issuer != one.subject]
        asked = [question_of(chain, place, roots, takes_lists=True) for place in below]
        if len(asked) > QUESTIONS_MAX or not self._has_room:
            return False
        return self._post(partial(self._on_chain, asked, heard, timeout_s))

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """After every event of the station: whose patience is over."""
        for number, waiting in list(self._waiting.items()):
            if now_s >= waiting.until_s:
                effects.acts.append(partial(self._answer, number, None))

    @property
    def _has_room(self) -> bool:
        return len(self._waiting) < WAITING_MAX

    def _on_ask(
        self,
        word: CarWord,
        heard: Callable[[Payload | None], None],
        timeout_s: float,
        now: datetime,
        now_s: float,
    ) -> Effects:
        if not self._has_room:
            return Effects(acts=[partial(heard, None)])
        number = next(self._numbers)
        self._waiting[number] = _Waiting(now_s + timeout_s, heard)
        return Effects(acts=[partial(self._say, number, word)])

    def _say(self, number: int, word: CarWord) -> None:
        def answered(answer: Payload | None, is_refused: bool) -> None:
            self._answer(number, answer)

        self._tell(lambda dialect: dialect.for_cars(word), answered)

    def _answer(self, number: int, answer: Payload | None) -> None:
        """Hand it back, unless it was already."""
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting.heard(answer)

    def _on_chain(
        self,
        asked: Sequence[Question | None],
        heard: ChainHeard,
        timeout_s: float,
        now: datetime,
        now_s: float,
    ) -> Effects:
        """M07.FR.10, FR.11: what is known is not asked for."""
        unknown = [each for each in asked if each is not None and not self._word(each, now)]
        if not unknown:
            return Effects(acts=[partial(heard, self._words(asked, now))])
        word = AskChain(
            tuple(ChainQuestion(named(each.hashes), each.urls, each.is_ocsp) for each in unknown)
        )
        learn = partial(self._learn, asked, heard, now)
        return self._on_ask(word, learn, timeout_s, now, now_s)

    def _learn(
        self,
        asked: Sequence[Question | None],
        heard: ChainHeard,
        now: datetime,
        answer: Payload | None,
    ) -> None:
        if answer is None:
            heard(None)
            return
        for told in answer.get("certificateStatus", ()):
            until, hashes = read_time(told["nextUpdate"]), told["certificateHashData"]
            if until is not None and told["status"] != FAILED:
                key = asked_of(certificate_hash(hashes)).folded()
                self._known.pop(key, None)
                self._known[key] = (told["status"], min(until, now + KNOWN_FOR))
        while len(self._known) > KNOWN_MAX:
            del self._known[next(iter(self._known))]
        heard(self._words(asked, now))

    def _words(self, asked: Sequence[Question | None], now: datetime) -> tuple[str, ...]:
        words = ("" if each is None else self._word(each, now) for each in asked)
        return tuple(word or FAILED for word in words)

    def _word(self, question: Question, now: datetime) -> str:
        word, until = self._known.get(question.hashes.folded(), ("", now))
        return word if now < until else ""


def _contract(heard: ContractHeard, answer: Payload | None) -> None:
    if answer is None:
        heard(None)
        return
    is_accepted = answer["status"] == "Accepted"
    heard(Contract(is_accepted, answer["exiResponse"], answer.get("remainingContracts")))
