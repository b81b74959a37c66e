"""Signed records: the begin and the end of each session, in the books with what they are of.

What the meter signed is kept as it is. What it did not is signed here, where the configuration
says so; then the page number and the record are in the same commit as the session, so that no
number is given twice. Pure, but for the signature.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from ampkeeper.firmware.billing import ocmf, ocmf_keys
from ampkeeper.firmware.billing.ocmf import Gateway, MeterName, OcmfRefused, Reading
from ampkeeper.firmware.facts import (
    Fact,
    StampedReading,
    TransactionEnded,
    TransactionStarted,
)
from ampkeeper.firmware.session.session import Transaction
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.signing import BEGIN, END
from ampkeeper.firmware.store.changes import AddSignedRecord, SaveMeta
from ampkeeper.firmware.store.rows import SessionRow
from ampkeeper.firmware.store.signed_records import LAST_PAGE
from ampkeeper.hal.ports import MeterIdentity, SignedValue

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse

KEPT_AS = "ocmf_key"  # the private key in the books of the station
MISSING_AT_END = "meter_missing_at_end"
OCMF = "OCMF"
SYNCHRONISED_S = 86_400.0  # 100 ppm of a quartz are 8.6 s then: less than a clock may be off


class Books(Protocol):
    """What the store has of records."""

    def meta(self, key: str) -> str | None:
        """A small value."""

    def open_sessions(self) -> list[SessionRow]:
        """Those that have not ended."""

    def signed_records(self, tx_id: str) -> list[AddSignedRecord]:
        """Those of a session, in order."""


@dataclass(frozen=True, slots=True)
class RecordRules:
    """Whether the station signs, by what; and who it is."""

    signs: bool
    algorithm: str
    gateway: Gateway
    sends: bool = False  # to the central system too
    clock_age_s: Callable[[], float | None] = lambda: None  # how long ago it was set; None: never


@dataclass(frozen=True, slots=True)
class Begun:
    """The meter's serial, and the state of the clock, when a transaction began."""

    serial: str
    clock: str


class SignedRecords:
    """Part of the station; ``tariff_of`` tells what the price is called in words."""

    def __init__(self, rules: RecordRules, tariff_of: Callable[[str], str]) -> None:
        self._rules = rules
        self._tariff_of = tariff_of
        self._key = ""  # of the station; empty: none yet
        self._public_key = ""
        self._page = 0  # that was given last
        self._begun: dict[str, Begun] = {}  # by transaction

    def recall(self, books: Books) -> list[str]:
        """Take up key, page and what runs; return what of it cannot be used, in words."""
        if not self._rules.signs:
            return []
        wrong = []
        try:
            self._page = int(books.meta(LAST_PAGE) or 0)
            for row in books.open_sessions():
                self._take_begun(books.signed_records(row.tx_id))
        except ValueError as error:
            wrong.append(f"a signed record: {error}")
        key = books.meta(KEPT_AS)
        if key:
            wrong += self._take_up(key)
        return wrong

    def on_start(self) -> Effects:
        """Make the key, where there is none for what is configured."""
        effects = Effects()
        if self._rules.signs and not self._key:
            self._key = ocmf_keys.make_key(self._rules.algorithm)
            self._public_key = ocmf_keys.public_key(self._key)
            effects.changes.append(SaveMeta(KEPT_AS, self._key))
        return effects

    def dress(
        self, evse: "Evse | None", running: Transaction, fact: Fact, effects: Effects
    ) -> Fact:
        """Write down what is signed of the begin or the end; ``evse`` None: it is gone."""
        if isinstance(fact, TransactionStarted):
            signed = self._keep(evse, running, fact, fact.begin, effects)
            return fact if signed is None else replace(fact, begin=_with(fact.begin, signed))
        if isinstance(fact, TransactionEnded):
            signed = self._keep(evse, running, fact, fact.end, effects)
            self._begun.pop(fact.tx_id, None)
            return fact if signed is None else replace(fact, end=_with(fact.end, signed))
        return fact

    @property
    def told_key(self) -> bytes:
        """The public key, as DER, where records go to the central system; else nothing."""
        return bytes.fromhex(self._public_key) if self._rules.sends else b""

    # helpers

    def _take_begun(self, records: list[AddSignedRecord]) -> None:
        for one in records:
            if one.page is not None:
                begun = ocmf.read(one.text).content
                clock = str(begun["RD"][0].get("TM", ""))[-1:]
                self._begun[one.tx_id] = Begun(str(begun.get("MS", "")), clock)

    def _take_up(self, key: str) -> list[str]:
        """A key for another algorithm gives way; records name the key they were signed with."""
        try:
            if ocmf_keys.algorithm_of(key) == self._rules.algorithm:
                self._key, self._public_key = key, ocmf_keys.public_key(key)
        except OcmfRefused as error:
            return [f"{error}; there is a new one"]
        return []

    def _keep(
        self,
        evse: "Evse | None",
        running: Transaction,
        fact: TransactionStarted | TransactionEnded,
        stamped: StampedReading,
        effects: Effects,
    ) -> SignedValue | None:
        """Return what the central system gets of it, if it was signed here."""
        context = BEGIN if isinstance(fact, TransactionStarted) else END
        signed = stamped.reading.signed
        if signed is not None:
            effects.changes.append(of_meter(fact.tx_id, context, signed))
        elif self._rules.signs and self._key:
            made = self._own(evse, running, fact, context, effects)
            effects.changes.append(made)
            if self._rules.sends:
                return SignedValue(made.text.encode(), b"", OCMF, self.told_key)
        return None

    def _own(
        self,
        evse: "Evse | None",
        running: Transaction,
        fact: TransactionStarted | TransactionEnded,
        context: str,
        effects: Effects,
    ) -> AddSignedRecord:
        identity = None if evse is None else evse.register.identity
        meter = _name(identity)
        clock = clock_state(self._rules.clock_age_s())
        begin = Reading(fact.begin.at, fact.begin.reading.energy_wh, ocmf.BEGIN, clock=clock)
        readings = [begin]
        if isinstance(fact, TransactionEnded):
            begun = self._begun.get(fact.tx_id)
            if evse is None and begun is not None:
                meter = replace(meter, serial=begun.serial)
            readings = [replace(begin, clock=begun.clock if begun is not None else ocmf.UNSET)]
            serial = None if begun is None else begun.serial
            readings.append(replace(_end(evse, fact, meter, serial, effects), clock=clock))
        else:
            self._begun[fact.tx_id] = Begun(meter.serial or "unknown", clock)
        self._page += 1
        text = ocmf.payload(
            self._rules.gateway,
            meter,
            self._page,
            fact.evse_id,
            running.token,
            self._tariff_of(fact.tx_id),
            readings,
        )
        record = ocmf_keys.sign(text, self._key).to_text()
        return AddSignedRecord(fact.tx_id, context, OCMF, record, self._public_key, self._page)


def clock_state(age_s: float | None) -> str:
    """What a record says of the time, by how long ago the clock was set, or found right."""
    if age_s is None:
        return ocmf.UNSET
    return ocmf.SYNCHRONISED if age_s <= SYNCHRONISED_S else ocmf.INFORMATIVE


def _with(stamped: StampedReading, signed: SignedValue) -> StampedReading:
    return replace(stamped, reading=replace(stamped.reading, signed=signed))


def _end(
    evse: "Evse | None",
    fact: TransactionEnded,
    meter: MeterName,
    at_begin: str | None,
    effects: Effects,
) -> Reading:
    """The last reading, and whether it may be billed."""
    reason = ocmf.ENDS.get(fact.reason, ocmf.END)
    is_missing = evse is None or any(
        kind == MISSING_AT_END and fields.get("tx_id") == fact.tx_id
        for kind, fields in effects.notices
    )
    status, errors = ocmf.GOOD, ""
    if at_begin is not None and at_begin != (meter.serial or "unknown"):
        status, errors = ocmf.EXCHANGED, ocmf.NO_ENERGY
    elif is_missing:
        status, errors = ocmf.TIMED_OUT, ocmf.NO_ENERGY
    elif evse is not None and evse.register.is_substituted:
        status, errors = ocmf.SUBSTITUTE, ocmf.NO_ENERGY
    return Reading(fact.end.at, fact.end.reading.energy_wh, reason, status, errors)


def _name(identity: MeterIdentity | None) -> MeterName:
    if identity is None:
        return MeterName()
    return MeterName(identity.vendor, identity.model, identity.serial)


def of_meter(tx_id: str, context: str, signed: SignedValue) -> AddSignedRecord:
    """A payload of OCMF as a record, anything else byte for byte in JSON.

    So is one by a key that cannot be read: nobody knows on which curve it was signed.
    """
    key = signed.public_key.hex()
    try:
        payload = signed.data.decode("ascii")
        algorithm = ocmf_keys.algorithm_of_public(key)
        record = ocmf.Record(payload, algorithm, signed.signature.hex()).to_text()
        ocmf.read(record)
        return AddSignedRecord(tx_id, context, OCMF, record, key)
    except ValueError:
        parts = {"data": signed.data.hex(), "signature": signed.signature.hex()}
        layout = f"layout {signed.format}"[:40]
        return AddSignedRecord(tx_id, context, layout, json.dumps(parts), key)
