"""Signing: what a meter that signs is asked for, when a transaction begins and when it ends.

A transaction waits for the meter's signature, but not for ever: after ``SIGN_S`` it begins, or
ends, without one, and that is told. Pure: ``signer.py`` carries the orders out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ampkeeper.firmware.facts import IdToken, StampedReading
from ampkeeper.hal.ports import MeterReading, SignedValue

SIGN_S = 30.0  # a meter signs within two or three seconds; three tries of ten
BEGIN, END = "Transaction.Begin", "Transaction.End"


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What the meter is asked to sign: a begin with ``dataset``, or the end of ``begun``."""

    since_s: float
    context: str
    dataset: bytes = b""
    begun: SignedValue | None = None


class Signing:
    """The signatures of one EVSE's meter; without ``describe`` its meter does not sign."""

    def __init__(self, describe: Callable[[IdToken | None], bytes] | None = None) -> None:
        self.order: Order | None = None  # to be carried out now
        self._missing: list[str] = []
        self._describe = describe
        self._asked: Order | None = None
        self._answer: SignedValue | None = None

    @property
    def is_on(self) -> bool:
        """True if the meter signs."""
        return self._describe is not None

    def awaits_begin(self, token: IdToken | None, now_s: float) -> bool:
        """True while a transaction of ``token`` should not begin yet, for its signature."""
        if self._describe is None:
            return False
        wanted = self._describe(token)
        asked = self._asked
        if asked is None or asked.context != BEGIN or asked.dataset != wanted:
            self._ask(Order(now_s, BEGIN, wanted))
        return self._awaits(now_s)

    def awaits_end(self, begin: StampedReading, now_s: float) -> bool:
        """True while the transaction that began so should not end yet, for its signature."""
        begun = begin.reading.signed
        if self._describe is None or begun is None:
            return False
        if self._asked is None or self._asked.context != END:
            self._ask(Order(now_s, END, begun=begun))
        return self._awaits(now_s)

    def take(self, order: Order, signed: SignedValue | None) -> None:
        """The meter answered an order; what nobody waits for any more is left out."""
        if order is self.order and signed is not None:
            self.order = None
            self._answer = signed

    def on(self, reading: MeterReading, context: str) -> MeterReading:
        """Return ``reading`` with what the meter signed for ``context``, and nothing else."""
        is_asked = self._asked is not None and self._asked.context == context
        return replace(reading, signed=self._answer if is_asked else None)

    def drop(self, context: str) -> None:
        """What was asked for ``context`` is not wanted any more."""
        if self._asked is not None and self._asked.context == context:
            self._asked = self.order = self._answer = None

    def take_missing(self) -> list[str]:
        """The contexts that had to do without a signature since this was asked last."""
        missing, self._missing = self._missing, []
        return missing

    def _ask(self, order: Order) -> None:
        self._asked = self.order = order
        self._answer = None

    def _awaits(self, now_s: float) -> bool:
        asked = self._asked
        assert asked is not None, "asked for just now"
        if self._answer is not None:
            return False
        if now_s < asked.since_s + SIGN_S:
            return True
        if self.order is not None:
            self.order = None
            self._missing.append(asked.context)
        return False
