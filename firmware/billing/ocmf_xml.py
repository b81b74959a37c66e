"""OCMF container: records with their public keys as the transparency software reads them. Pure.

XML of S.A.F.E.: ``values`` of ``value``, each ``publicKey``, then ``signedData`` (values.xsd of the
transparency software, whose order it is). A file comes from
outside, so its size is bounded, and one that declares a document type is refused: no entities.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from ampkeeper.firmware.billing.ocmf import HEAD, MARK, OcmfRefused

FILE_CHARS_MAX = 4_000_000
RECORDS_MAX = 2_000
BEGIN, END = "Transaction.Begin", "Transaction.End"


@dataclass(frozen=True, slots=True)
class Signed:
    """A record as text, and the public key that came with it, in hex; empty: none did.

    ``number`` is the same for begin and end of a session.
    """

    text: str
    public_key: str = ""
    number: int = 0
    context: str = ""


def to_xml(records: Sequence[Signed]) -> str:
    """The container."""
    values = "".join(_value(one) for one in records)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<values>\n{values}</values>\n'


def read_all(text: str) -> list[Signed]:
    """The records of a file, XML or one in each line; OcmfRefused if it holds none."""
    if len(text) > FILE_CHARS_MAX:
        raise OcmfRefused(f"{len(text)} characters: at most {FILE_CHARS_MAX}")
    text = text.lstrip("\ufeff")
    if text.lstrip().startswith("<"):
        found = _from_xml(text)
    else:
        found = [Signed(line.strip()) for line in text.splitlines() if line.strip()]
    if not found:
        raise OcmfRefused("it holds no record")
    if len(found) > RECORDS_MAX:
        raise OcmfRefused(f"{len(found)} records: at most {RECORDS_MAX}")
    return found


def _value(one: Signed) -> str:
    context = f" context={quoteattr(one.context)}" if one.context else ""
    return (
        f'  <value transactionId="{one.number}"{context}>\n'
        f'    <publicKey encoding="plain">{escape(one.public_key)}</publicKey>\n'
        f'    <signedData format="OCMF" encoding="plain">{escape(one.text)}</signedData>\n'
        "  </value>\n"
    )


def _from_xml(text: str) -> list[Signed]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise OcmfRefused("it declares a document type: not allowed")
    try:
        root = ElementTree.fromstring(text.encode())  # noqa: S314 - no document type, bounded
    except (ElementTree.ParseError, ValueError) as error:
        raise OcmfRefused(f"no XML: {error}") from error
    return [_signed(value) for value in root.iter("value")]


def _signed(value: ElementTree.Element) -> Signed:
    data = (value.findtext("signedData") or value.findtext("encodedData") or "").strip()
    if not data.startswith(HEAD + MARK):
        try:
            data = bytes.fromhex(data).decode()
        except ValueError as error:
            raise OcmfRefused(f"{data[:40]!r}: signedData holds no OCMF record") from error
    key = "".join((value.findtext("publicKey") or "").split())
    number = value.get("transactionId", "")
    is_number = number.isascii() and number.isdigit() and len(number) < len(str(2**63))
    return Signed(data, key, int(number) if is_number else 0, value.get("context", ""))
