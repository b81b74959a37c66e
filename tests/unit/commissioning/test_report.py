"""The report of a commissioning: signed by the charger, and a change to it shows."""

import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs7

from ampkeeper.firmware.commissioning.checks import checks
from ampkeeper.firmware.commissioning.report import (
    Report,
    is_genuine,
    make_key,
    report_of,
    signed,
    text_of,
)
from ampkeeper.firmware.station.handover import file_of
from tests.unit.commissioning.test_checks import BEGUN, ENTERED, SEEN, TESTS

KEY = make_key()
IDENTITY = {"vendor": "Ampkeeper", "model": "A1", "serial": "AK-1", "firmware": "1.0"}
HEAD = {
    "number": 1, "station": IDENTITY, "begun": BEGUN.isoformat(), "installer": "Ida <b>",
    "company": "Strom & Söhne", "place": "", "note": "x" * 500, "finished": BEGUN.isoformat(),
}  # fmt: skip


def made() -> Report:
    found = {1: (ENTERED, checks(SEEN, ENTERED, BEGUN))}
    return signed(text_of(HEAD, found, {1: TESTS}), KEY)


def parts_of(file: bytes) -> tuple[bytes, bytes]:
    """What a reader takes for signed, and the signature, by the numbers in the file."""
    told = re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", file)
    ((first, second, length),) = (map(int, one) for one in told)
    assert second + length == len(file), "all of it is signed"
    mark = bytes.fromhex(file[first + 1 : second - 1].decode())
    return file[:first] + file[second:], mark[: 4 + int.from_bytes(mark[2:4], "big")]


def test_a_report_is_genuine_and_one_that_was_changed_is_not() -> None:
    report = report_of(made().to_text())
    assert is_genuine(report)
    assert not is_genuine(replace(report, text=report.text.replace("32.0", "63.0")))
    assert not is_genuine(replace(report, public_key=signed("x", make_key()).public_key))
    assert not is_genuine(replace(report, signature="00"))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"text": "{}", "signature": "", "public_key": ""}']
)
def test_what_is_no_report_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no report"):
        report_of(text)


def test_the_page_says_all_of_it_and_runs_nothing() -> None:
    report = made()
    page = file_of(report, "html", KEY).decode()
    assert "Ida &lt;b&gt;" in page
    assert "Ida <b>" not in page
    for text in ("Strom &amp; Söhne", "21000001", report.signature, report.public_key, "test 16"):
        assert text in page


def test_the_json_is_what_was_signed() -> None:
    told = json.loads(file_of(made(), "json", KEY))
    assert is_genuine(Report(**told))


def test_the_pdf_is_signed_from_its_first_to_its_last_byte() -> None:
    data, mark = parts_of(file_of(made(), "pdf", KEY))
    assert hashlib.sha256(data).digest() in mark
    (certificate,) = pkcs7.load_der_pkcs7_certificates(mark)
    assert certificate.subject.rfc4514_string() == "CN=Charger AK-1"


def test_the_pdf_s_remarks_go_on_on_another_page() -> None:
    assert file_of(made(), "pdf", KEY).count(b"/Type /Page/") == 2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("is_changed", [False, True])
def test_another_program_checks_the_pdf_s_signature(tmp_path: Path, is_changed: bool) -> None:
    data, mark = parts_of(file_of(made(), "pdf", KEY))
    content, signature = tmp_path / "content", tmp_path / "signature"
    content.write_bytes(data.replace(b"32 A", b"63 A") if is_changed else data)
    signature.write_bytes(mark)
    words = ["openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER"]
    files = ["-in", str(signature), "-content", str(content), "-out", str(tmp_path / "out")]
    told = subprocess.run([*words, *files], capture_output=True, timeout=30, check=False)
    assert (told.returncode != 0) == is_changed
