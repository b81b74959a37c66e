"""OCMF records: what they say, what proves them, and what is refused."""

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyocmf import OCMF

from ampkeeper.firmware.billing import ocmf, ocmf_keys, ocmf_xml
from ampkeeper.firmware.billing.ocmf import Gateway, MeterName, OcmfRefused, Reading
from ampkeeper.firmware.billing.ocmf_xml import Signed
from ampkeeper.firmware.facts import IdToken

GATEWAY = Gateway("Ampkeeper Emulated", "AK-0001", "1.2.3")
METER = MeterName("Eastron", "SDM630", "21000001")
BEGAN = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
CARD = IdToken("04A224B1")
BEGIN = Reading(BEGAN, 1_234_567, ocmf.BEGIN, clock="I")
END = Reading(BEGAN + timedelta(hours=1), 1_245_678, "L")


def payload(page: int = 7, token: IdToken | None = CARD, tariff: str = "") -> str:
    return ocmf.payload(GATEWAY, METER, page, 1, token, tariff, (BEGIN, END))


def is_held_by_openssl(record: ocmf.Record, public: str, folder: Path) -> bool:
    """Whether another program takes the signature."""
    (folder / "key.der").write_bytes(bytes.fromhex(public))
    (folder / "signature").write_bytes(bytes.fromhex(record.signature))
    command = ["openssl", "dgst", "-sha256", "-keyform", "DER", "-verify", "key.der"]
    asked = [*command, "-signature", "signature"]
    said = subprocess.run(asked, cwd=folder, input=record.payload.encode(), capture_output=True)
    return said.returncode == 0 and b"Verified OK" in said.stdout


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("algorithm", ocmf_keys.CURVES)
def test_openssl_takes_a_record_of_every_curve_and_no_other(algorithm: str, tmp_path: Path) -> None:
    key = ocmf_keys.make_key(algorithm)
    record, public = ocmf_keys.sign(payload(), key), ocmf_keys.public_key(key)
    assert is_held_by_openssl(record, public, tmp_path)
    assert not is_held_by_openssl(replace(record, payload=payload(8)), public, tmp_path)


THEIR_NAMES = {  # pyocmf 0.6 knows a brainpool key by other names than the format, or by none
    "ECDSA-brainpool256r1-SHA256": "ECDSA-brainpoolP256r1-SHA256",
    "ECDSA-brainpool384r1-SHA256": "",
}


@pytest.mark.parametrize("algorithm", ocmf_keys.CURVES)
def test_a_record_of_every_curve_holds_for_somebody_else(algorithm: str) -> None:
    key = ocmf_keys.make_key(algorithm)
    record = ocmf_keys.sign(payload(), key)
    assert record.algorithm == algorithm
    public = ocmf_keys.public_key(key)
    ocmf_keys.check(ocmf.read(record.to_text()), public)
    theirs = OCMF.from_string(record.to_text(), strict=True)
    named = replace(record, algorithm=THEIR_NAMES.get(algorithm, algorithm))
    if named.algorithm:
        ocmf_keys.check(named, public)
        assert OCMF.from_string(named.to_text()).verify_signature(public)
    assert theirs.check_eichrecht(errors_only=True) == []
    assert [str(one.RV) for one in theirs.payload.RD] == ["1234567", "1245678"]


def test_it_says_who_what_when_and_that_it_is_not_legally_relevant() -> None:
    said = json.loads(payload(tariff="0.40 EUR/kWh"))
    assert (said["PG"], said["GS"], said["MS"], said["CF"]) == (
        "T7",
        "AK-0001",
        "21000001",
        "1.2.3",
    )
    assert (said["IS"], said["IT"], said["ID"]) == (True, "ISO14443", "04A224B1")
    assert said["RD"][0]["TM"] == "2026-11-23T12:00:00,250+0000 I"
    assert said["RD"][1]["TM"] == "2026-11-23T13:00:00,250+0000 U"
    assert [one["TX"] for one in said["RD"]] == ["B", "L"]
    assert said["TT"] == "0.40 EUR/kWh"
    assert said["U"].startswith("not legally relevant")


def test_nobody_is_nobody_and_a_card_whose_number_is_no_hex_is_of_no_kind() -> None:
    nobody = json.loads(payload(token=IdToken("FREE", "NoAuthorization")))
    assert (nobody["IS"], nobody["IT"], nobody["ID"]) == (False, "NONE", "")
    assert json.loads(payload(token=IdToken("GUEST")))["IT"] == "UNDEFINED"


KEY = ocmf_keys.make_key()
PUBLIC = ocmf_keys.public_key(KEY)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_name_breaks_a_record(tariff: str, tag: str) -> None:
    token = IdToken(tag)
    record = ocmf_keys.sign(payload(token=token, tariff=tariff), KEY)
    again = ocmf.read(record.to_text())
    ocmf_keys.check(again, PUBLIC)
    assert again.content["ID"] == tag
    assert again.content.get("TT", "") == tariff


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [("1245678", "1245679"), ("T7", "T8"), ("04A224B1", "04A224B2"), ('"FV":', '"FV": ')],
)
def test_a_record_that_was_tampered_with_is_refused(old: str, new: str) -> None:
    text = changed(ocmf_keys.sign(payload(), KEY).to_text(), old, new)
    with pytest.raises(OcmfRefused, match="changed, or another key"):
        ocmf_keys.check(ocmf.read(text), PUBLIC)


def test_another_key_and_another_curve_are_refused() -> None:
    record = ocmf_keys.sign(payload(), KEY)
    with pytest.raises(OcmfRefused, match="changed, or another key"):
        ocmf_keys.check(record, ocmf_keys.public_key(ocmf_keys.make_key()))
    other = ocmf_keys.public_key(ocmf_keys.make_key("ECDSA-secp384r1-SHA256"))
    with pytest.raises(OcmfRefused, match="the key is on secp384r1"):
        ocmf_keys.check(record, other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "parted by"),
        ("OCMF|{}", "parted by"),
        ("OCMF|{}|{}|{}", "parted by"),
        ("OCMF|x|{}", "payload: no JSON"),
        ("OCMF|[]|{}", "payload: must be a JSON object"),
        ("OCMF|{}|{}", "RD, the readings, are missing"),
        ('OCMF|{"RD":[{}]}|{}', "SD must be there"),
        ('OCMF|{"RD":[{}]}|{"SD":"00","SM":"text/plain"}', "allowed is application/x-der"),
        ("OCMF|" + "[" * 9_000 + "|{}", "payload: no JSON"),
        ("O" * 20_000, "at most 16384"),
    ],
)
def test_what_is_no_record_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(OcmfRefused, match=words):
        ocmf.read(text)


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ('{"SD":"zz"}', "SD is no hex"),
        ('{"SD":"!","SE":"base64"}', "SD is no base64"),
        ('{"SD":"00","SE":"rot13"}', "allowed are hex and base64"),
        ('{"SD":"00","SA":"RSA"}', "algorithm 'RSA': allowed are ECDSA"),
        ('{"SD":"00","SA":"ECDSA-secp192k1-SHA256"}', "allowed are ECDSA"),
        ('{"SD":"3006020100020100"}', "changed, or another key"),
    ],
)
def test_a_signature_that_is_none_is_refused(signature: str, words: str) -> None:
    with pytest.raises(OcmfRefused, match=words):
        ocmf_keys.check(ocmf.read(f"OCMF|{payload()}|{signature}"), PUBLIC)


@pytest.mark.parametrize("key", ["", "zz", "00", KEY])
def test_what_is_no_public_key_is_refused(key: str) -> None:
    with pytest.raises(OcmfRefused, match="must be hex of a public key"):
        ocmf_keys.check(ocmf_keys.sign(payload(), KEY), key)


def test_the_container_gives_back_what_went_in_and_the_lines_too() -> None:
    record = ocmf_keys.sign(payload(tariff="<&>"), KEY).to_text()
    one = Signed(record, PUBLIC, 7, ocmf_xml.END)
    assert ocmf_xml.read_all(ocmf_xml.to_xml([one, one])) == [one, one]
    assert ocmf_xml.read_all(f"{record}\n\n{record}\n") == [Signed(record), Signed(record)]


# values.xsd of SAFE-eV/transparenzsoftware at 0fab65be: children in their order, and attributes.
SCHEMA: dict[str, tuple[list[str], set[str]]] = {
    "value": (["publicKey", "signedData"], {"context", "transactionId"}),
    "publicKey": ([], {"encoding"}),
    "signedData": ([], {"format", "encoding"}),
}


def test_the_container_is_as_the_schema_of_the_transparency_software_says() -> None:
    record = ocmf_keys.sign(payload(tariff="<&>"), KEY).to_text()
    signed = [Signed(record, PUBLIC, 7, one) for one in (ocmf_xml.BEGIN, ocmf_xml.END)]
    root = ElementTree.fromstring(ocmf_xml.to_xml(signed).encode())
    assert (root.tag, dict(root.attrib)) == ("values", {})
    assert [one.tag for one in root] == ["value", "value"]
    for node in list(root.iter())[1:]:
        children, attributes = SCHEMA[node.tag]
        assert [one.tag for one in node] == children
        assert set(node.attrib) <= attributes
    assert [int(one.get("transactionId", "")) for one in root] == [7, 7]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no record"),
        ("<values/>", "holds no record"),
        ("<values>", "no XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><values/>', "document type"),
        ("<values><value><signedData>x</signedData></value></values>", "holds no OCMF record"),
        ("x\n" * 2_001, "at most 2000"),
    ],
)
def test_a_file_without_records_is_refused(text: str, words: str) -> None:
    with pytest.raises(OcmfRefused, match=words):
        ocmf_xml.read_all(text)
