"""The grammar of ``ampkeeper image``: keys, building, signing and looking at images."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ampkeeper.firmware.faces.cli import forms

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
AddBare = Callable[[Commands, str, str], argparse.ArgumentParser]
Add = Callable[..., argparse.ArgumentParser]
AddConfig = Callable[[argparse.ArgumentParser], None]
DAYS = 365


def add_image(commands: Commands, add_state: Add, add: AddBare, add_config: AddConfig) -> None:
    """Add the command and its verbs."""
    image = add(commands, "image", "make keys; build, sign, check, show or install an image")
    verbs = image.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_keygen(verbs, add)
    _add_build(verbs, add)
    _add_sign(verbs, add)
    _add_trust(verbs, add)
    verify = add(verbs, "verify", "would a station take it? code 1 and the reason if not")
    verify.add_argument("file", type=Path, metavar="FILE", help="a signed image")
    text = "a root that the station believes; may be repeated"
    verify.add_argument("--root", type=Path, action="append", required=True, help=text)
    text = "name of the station's board (default: the first it is for)"
    verify.add_argument("--board", metavar="NAME", help=text)
    text = "security counter of what runs there (default 0)"
    verify.add_argument("--counter", type=forms.counter, default=0, metavar="N", help=text)
    show = add(verbs, "show", "what an image says of itself; nothing of it is checked")
    show.add_argument("file", type=Path, metavar="FILE", help="an image, signed or not")
    for verb in (verify, show):
        verb.add_argument("--json", action="store_true", help="answer with one JSON document")
    install = add_state(verbs, "install", "put an image on this machine; it is on trial then")
    install.add_argument("file", type=Path, metavar="FILE", help="a signed image")
    add_config(install)
    add_state(verbs, "status", "what runs, and where an update stands")
    _add_factory(verbs, add)


def _add_factory(verbs: Commands, add: AddBare) -> None:
    factory = add(verbs, "factory", "write what a machine comes with: board, counter, roots")
    text = "a root that it believes; may be repeated"
    factory.add_argument("--root", type=Path, action="append", required=True, help=text)
    text = "name of its board"
    factory.add_argument("--board", required=True, metavar="NAME", help=text)
    text = "security counter of the software that it is made with"
    factory.add_argument("--counter", type=forms.counter, required=True, metavar="N", help=text)
    factory.add_argument("--out", type=Path, required=True, metavar="FILE", help="what is written")
    factory.set_defaults(json=False)


def _add_keygen(verbs: Commands, add: AddBare) -> None:
    keygen = add(verbs, "keygen", "a root if the folder has none, and a release key under it")
    text = "where root.pem, root.key, release.pem and release.key are put"
    keygen.add_argument("folder", type=Path, metavar="DIR", help=text)
    text = "name in the certificates (default: Ampkeeper)"
    keygen.add_argument("--name", default="Ampkeeper", metavar="NAME", help=text)
    text = "holds the passphrase of the private keys (default: they have none)"
    keygen.add_argument("--passphrase-file", type=Path, metavar="FILE", help=text)
    keygen.set_defaults(json=False)


def _add_build(verbs: Commands, add: AddBare) -> None:
    build = add(verbs, "build", "an image that is still to be signed; same input, same bytes")
    build.add_argument("--version", required=True, metavar="V", help="such as 1.5.0")
    text = "security counter, 1 to 2147483647; raise it when a weakness was mended"
    build.add_argument("--counter", type=forms.counter, required=True, metavar="N", help=text)
    text = "name of a board that it is for; may be repeated"
    build.add_argument("--board", action="append", required=True, metavar="NAME", help=text)
    for kind, what in (
        ("station", "the station's application"),
        ("rauc", "a bundle with its whole system"),
        ("pilot", "the pilot board's files"),
    ):
        build.add_argument(f"--{kind}", type=Path, metavar="FILE", help=what)
    text = "installed no later than N days after it was made (default 365)"
    build.add_argument("--days", type=forms.days, default=DAYS, metavar="N", help=text)
    build.add_argument("--notes", type=Path, metavar="FILE", help="release notes, text")
    text = "statement of new roots or revoked certificates"
    build.add_argument("--trust", type=Path, metavar="FILE", help=text)
    text = "seconds since 1970 (default: $SOURCE_DATE_EPOCH, or now)"
    build.add_argument("--created", type=forms.epoch, metavar="S", help=text)
    build.add_argument("--out", type=Path, required=True, metavar="FILE", help="what is written")
    build.set_defaults(json=False)


def _add_sign(verbs: Commands, add: AddBare) -> None:
    sign = add(verbs, "sign", "sign what was built, or anew what was signed")
    sign.add_argument("file", type=Path, metavar="FILE", help="an image, signed or not")
    text = "the signer's certificate, and the CAs behind it but the root"
    sign.add_argument("--cert", type=Path, required=True, metavar="FILE", help=text)
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="his private key")
    text = "holds the passphrase of the private key"
    sign.add_argument("--passphrase-file", type=Path, metavar="FILE", help=text)
    sign.add_argument("--out", type=Path, required=True, metavar="FILE", help="what is written")
    sign.set_defaults(json=False)


def _add_trust(verbs: Commands, add: AddBare) -> None:
    trust = add(verbs, "trust", "a root's statement: other roots, revoked keys, a counter anew")
    text = "the statement that stations have now; its revoked certificates stay revoked"
    trust.add_argument("--after", type=Path, metavar="FILE", help=text)
    text = "a root that is believed from then on; may be repeated"
    trust.add_argument("--root", type=Path, action="append", required=True, help=text)
    text = "a certificate, or its SHA-256, that is believed no more; may be repeated"
    trust.add_argument("--revoke", action="append", default=[], metavar="FILE", help=text)
    text = "stations begin again with this security counter; from an older statement none is kept"
    trust.add_argument("--counter-floor", type=forms.counter, metavar="N", help=text)
    text = "a root and its key that sign: one that is believed, and each new one; may be repeated"
    files = ("ROOT", "KEY")
    trust.add_argument(
        "--sign", type=Path, nargs=2, action="append", required=True, metavar=files, help=text
    )
    text = "holds the passphrase of the keys; may be repeated, one for each --sign"
    trust.add_argument(
        "--passphrase-file", type=Path, action="append", default=[], metavar="FILE", help=text
    )
    trust.add_argument("--out", type=Path, required=True, metavar="FILE", help="what is written")
    trust.set_defaults(json=False)
