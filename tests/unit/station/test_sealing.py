"""The installer's seal: only his key makes one, none works twice, tampering stops the charge."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ampkeeper.firmware.limits.seal import EACH, Seal, SealRefused, public_key_of, seal_of
from ampkeeper.firmware.security_events import SecurityEventKind as Kind
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.sealing import COUNTER_KEY, KEY_KEY, SEALS_KEY, Sealing
from ampkeeper.firmware.store.changes import Change, SaveMeta

from .charger import Charger

SERIAL = "AK-0001"
KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))


def pem_of(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def signed(max_a: float, counter: int, evse_id: int = EACH, **fields: Any) -> Seal:
    key = fields.pop("key", KEY)
    seal = Seal(fields.pop("serial", SERIAL), evse_id, max_a, counter)
    return replace(seal, signature=key.sign(seal.statement()).hex())


class Log:
    """A security log in a test."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []

    def add(self, effects: Effects, kind: Kind, tech_info: str, now: Any, now_s: float) -> None:
        self.kinds.append(kind)


class Sealed:
    """A charger with books of its own, that can be started again."""

    def __init__(self, **wish: Any) -> None:
        self.books: dict[str, str] = {}
        self.log = Log()
        self.start(**wish)

    def start(self, key: Any = KEY, is_required: bool = False) -> None:
        self.charger = Charger()
        pem = pem_of(key) if key is not None else b""
        self.sealing = Sealing(self.charger.station, SERIAL, pem, is_required)
        self.charger.station.limiting.sources.append(self.sealing)
        found = self.sealing.recall(self.books.get)
        self.keep(self.charger.do(self.sealing.on_start, self.log, *found).changes)
        self.charger.start()

    def keep(self, changes: list[Change]) -> None:
        self.books |= {one.key: one.value for one in changes if isinstance(one, SaveMeta)}

    def seal(self, seal: Seal) -> str:
        said: list[str] = []
        self.keep(self.charger.do(self.sealing.on_seal, seal, self.log, said).changes)
        return said[0]

    @property
    def limit(self) -> tuple[float, str]:
        return self.charger.evse.limit()


def test_the_first_key_is_kept_and_told():
    made = Sealed()
    assert KEY_KEY in made.books
    assert made.log.kinds == [Kind.RECONFIGURED]
    made.start()
    assert made.log.kinds == [Kind.RECONFIGURED], "once"


def test_a_seal_binds_is_kept_and_checked_again_after_a_restart():
    made = Sealed()
    assert made.seal(signed(16.0, 1)) == ""
    assert made.limit == (16.0, "seal")
    made.start()
    assert made.limit == (16.0, "seal")
    assert made.sealing.view()["seals"] == [{"evse": None, "max_a": 16.0, "counter": 1}]


def test_it_is_the_least_of_all_and_never_above_the_board():
    made = Sealed()
    assert made.seal(signed(80.0, 1)) == ""
    assert made.limit == (20.0, "cable")


def test_the_installer_may_raise_it_again_and_seal_one_evse_alone():
    made = Sealed()
    made.seal(signed(10.0, 1))
    assert made.seal(signed(16.0, 2)) == ""
    assert made.limit == (16.0, "seal")
    assert made.seal(signed(8.0, 3, evse_id=1)) == ""
    assert made.limit == (8.0, "seal")


@pytest.mark.parametrize(
    ("seal", "words", "kind"),
    [
        (signed(32.0, 5, key=OTHER), "not made with the installer's key", Kind.TAMPERED),
        (replace(signed(16.0, 5), max_a=32.0), "not made with", Kind.TAMPERED),
        (replace(signed(16.0, 5), counter=6), "not made with", Kind.TAMPERED),
        (replace(signed(16.0, 5), evse_id=1), "not made with", Kind.TAMPERED),
        (replace(signed(16.0, 5), signature=""), "not made with", Kind.TAMPERED),
        (replace(signed(16.0, 5), signature="zz"), "not made with", Kind.TAMPERED),
        (signed(32.0, 5, serial="AK-0002"), "is for 'AK-0002'", Kind.TAMPERED),
        (signed(32.0, 4), "has number 4, it must be above 4", Kind.REPLAY_ATTEMPTED),
        (signed(32.0, 5, evse_id=2), "no EVSE 2", Kind.INVALID_MESSAGES),
    ],
)
def test_what_is_not_his_or_not_new_is_refused_told_and_changes_nothing(
    seal: Seal, words: str, kind: Kind
):
    made = Sealed()
    made.seal(signed(16.0, 4))
    before = dict(made.books)
    assert words in made.seal(seal)
    assert made.log.kinds[-1] is kind
    assert made.limit == (16.0, "seal")
    assert made.books == before


def test_an_old_seal_does_not_come_back_after_a_restart():
    made = Sealed()
    old = signed(32.0, 1)
    made.seal(old)
    made.seal(signed(16.0, 2))
    made.start()
    assert "must be above 2" in made.seal(old)


def test_another_key_in_the_configuration_is_not_believed():
    made = Sealed()
    made.seal(signed(16.0, 1))
    made.start(key=OTHER)
    assert made.log.kinds[-1] is Kind.TAMPERED
    assert "not made with" in made.seal(signed(32.0, 2, key=OTHER))
    assert made.limit == (16.0, "seal")
    made.start(key=None)
    assert made.limit == (16.0, "seal")


def raised(text: str) -> str:
    (row,) = json.loads(text)
    return json.dumps([json.dumps(json.loads(row) | {"max_a": 32.0})])


@pytest.mark.parametrize("name", [SEALS_KEY, COUNTER_KEY, KEY_KEY])
def test_what_is_taken_out_of_the_books_stops_the_charge_until_it_is_sealed_anew(name: str):
    made = Sealed()
    made.seal(signed(16.0, 1))
    del made.books[name]
    made.start()
    assert made.limit == (0.0, "seal")
    assert made.log.kinds[-1] is Kind.TAMPERED


@pytest.mark.parametrize("text", ["", "[]x", "3", '["{}"]', '[""]', "[1]"])
def test_seals_that_cannot_be_read_stop_the_charge(text: str):
    made = Sealed()
    made.seal(signed(16.0, 1))
    made.books[SEALS_KEY] = text
    made.start()
    assert made.limit == (0.0, "seal")


def test_a_seal_that_was_raised_in_the_books_stops_the_charge_and_a_new_one_mends_it():
    made = Sealed()
    made.seal(signed(16.0, 1))
    made.books[SEALS_KEY] = raised(made.books[SEALS_KEY])
    made.start()
    assert made.limit == (0.0, "seal")
    assert made.seal(signed(13.0, 2)) == ""
    assert made.limit == (13.0, "seal")


def test_where_it_is_required_nothing_charges_without_one():
    made = Sealed(is_required=True)
    assert made.limit == (0.0, "seal")
    made.seal(signed(16.0, 1))
    assert made.limit == (16.0, "seal")


def test_without_a_key_nothing_is_sealed_and_nothing_limited():
    made = Sealed(key=None)
    assert "no installer's key" in made.seal(signed(16.0, 1))
    assert made.limit == (20.0, "cable")


@pytest.mark.parametrize("pem", [b"no", b"", pem_of(generate_private_key(SECP256R1()))])
def test_a_key_that_is_none_is_refused_by_name(pem: bytes):
    with pytest.raises(SealRefused, match="installer's key is n"):
        public_key_of(pem)


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "9" * 5_000, "[" * 3_000,
        signed(16.0, 1).to_text().replace("16.0", "true"),
        signed(16.0, 1).to_text().replace("16.0", "160.0"),
        signed(16.0, 1).to_text().replace("16.0", "NaN"),
        signed(16.0, 1).to_text().replace('"counter": 1', '"counter": 0'),
        signed(16.0, 1).to_text().replace('"evse_id": 0', '"evse_id": 9'),
        signed(16.0, 1).to_text().replace("AK-0001", "AK\\n0001"),
    ],
)  # fmt: skip
def test_what_is_no_seal_is_refused(text: str):
    with pytest.raises(SealRefused, match="not a seal"):
        seal_of(text)


def test_a_seal_reads_back_as_it_was_written():
    assert seal_of(signed(16.5, 7, 2).to_text()) == signed(16.5, 7, 2)


def test_an_old_seal_that_was_put_back_into_the_books_stops_the_charge():
    made = Sealed()
    made.seal(signed(32.0, 1))
    old = made.books[SEALS_KEY]
    made.seal(signed(10.0, 2))
    made.books[SEALS_KEY] = old
    made.start()
    assert made.limit == (0.0, "seal")


def test_books_that_were_spoiled_let_no_old_seal_in():
    made = Sealed()
    old = signed(32.0, 1)
    made.seal(old)
    made.seal(signed(10.0, 2))
    made.books[SEALS_KEY] = "[]x"
    made.start()
    assert "must be above 2" in made.seal(old)
    assert made.limit == (0.0, "seal")


@pytest.mark.parametrize("text", ["abc", "ä", "!!!!"])
def test_a_key_in_the_books_that_cannot_be_read_stops_the_charge_and_nothing_else(text: str):
    made = Sealed()
    made.seal(signed(10.0, 2))
    made.books[KEY_KEY] = text
    made.start()
    assert made.limit == (0.0, "seal")
    assert made.log.kinds[-1] is Kind.TAMPERED


def test_what_was_sealed_anew_holds_after_the_next_restart_too():
    made = Sealed()
    made.seal(signed(10.0, 2))
    del made.books[KEY_KEY]
    made.start()
    assert made.seal(signed(13.0, 3)) == ""
    made.start()
    assert made.limit == (13.0, "seal")
