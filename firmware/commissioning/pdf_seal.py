"""PDF seal: a PDF signed with the charger's key, so that every reader shows a change to it.

ISO 32000-2, 12.8: the file has a place for the signature, which is of all bytes around it, as CMS
with the charger's own certificate. Readers say that they do not know who vouches for that: the
public key is in the report, and stays the same as long as the charger has its books.
"""

from datetime import datetime, timedelta
from typing import Any

from ampkeeper.firmware.commissioning.report import private_key_of

CMS_BYTES_MAX = 4_096  # with a certificate some 1,000
NUMBER = "0000000000"  # is filled in when the file is whole
HIDDEN_LOCKED = 132  # printed, locked: ISO 32000-2, table 167
SIGNED_ONLY_APPENDED = 3  # flags of the form: table 225
VALID = timedelta(days=365 * 30)  # as long as a charger may stand
EARLY = timedelta(days=1)
PLACE = b"/Contents <"
RANGE = f"/ByteRange [0 {NUMBER} {NUMBER} {NUMBER}]".encode()


def make_room(pdf: Any, name: str, at: datetime) -> None:
    """Give a file of ``pydyf`` a place for the signature, on its first page."""
    import pydyf

    parts = (one for one in pdf.objects if isinstance(one, pydyf.Dictionary))
    page = next(one for one in parts if one.get("Type") == "/Page")
    mark = pydyf.Dictionary(
        {
            "Type": "/Sig",
            "Filter": "/Adobe.PPKLite",
            "SubFilter": "/adbe.pkcs7.detached",
            "ByteRange": f"[0 {NUMBER} {NUMBER} {NUMBER}]",
            "Contents": f"<{'0' * CMS_BYTES_MAX * 2}>",
            "Name": pydyf.String(name),
            "M": pydyf.String(at.strftime("D:%Y%m%d%H%M%SZ")),
        }
    )
    pdf.add_object(mark)
    field = pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String("charger"),
            "Rect": pydyf.Array([0, 0, 0, 0]),
            "F": HIDDEN_LOCKED,
            "V": mark.reference,
            "P": page.reference,
        }
    )
    pdf.add_object(field)
    page["Annots"] = pydyf.Array([field.reference])
    pdf.catalog["AcroForm"] = pydyf.Dictionary(
        {"Fields": pydyf.Array([field.reference]), "SigFlags": SIGNED_ONLY_APPENDED}
    ).data


def sealed(file: bytes, key: str, name: str, at: datetime) -> bytes:
    """The file with its signature; ValueError if it has no place for one."""
    start, end, parts = _parts(file)
    head, tail = parts
    numbers = f"[0 {start} {end} {len(tail)}]"
    shown = f"/ByteRange {numbers}".encode().ljust(len(RANGE))
    if head.count(RANGE) + tail.count(RANGE) != 1:
        raise ValueError("the file has no place for a signature")
    head, tail = head.replace(RANGE, shown), tail.replace(RANGE, shown)
    mark = _cms(head + tail, key, name, at)
    room = end - start - 2
    if len(mark) * 2 > room:
        raise ValueError(f"the signature has {len(mark)} bytes: {room // 2} at most")
    return head + b"<" + mark.hex().ljust(room, "0").encode() + b">" + tail


def _parts(file: bytes) -> tuple[int, int, tuple[bytes, bytes]]:
    start = file.find(PLACE) + len(PLACE) - 1
    end = file.find(b">", start) + 1
    if start < len(PLACE) or end - start != CMS_BYTES_MAX * 2 + 2:
        raise ValueError("the file has no place for a signature")
    return start, end, (file[:start], file[end:])


def _cms(data: bytes, key: str, name: str, at: datetime) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    private = private_key_of(key)
    options = [
        pkcs7.PKCS7Options.DetachedSignature,
        pkcs7.PKCS7Options.Binary,
        pkcs7.PKCS7Options.NoCapabilities,
    ]
    certificate = _certificate(private, name, at)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    return builder.add_signer(certificate, private, hashes.SHA256()).sign(Encoding.DER, options)


def _certificate(private: Any, name: str, at: datetime) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - EARLY)
        .not_valid_after(at + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .sign(private, hashes.SHA256())
    )
