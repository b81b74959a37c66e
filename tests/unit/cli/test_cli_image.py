"""The command line's images: made, signed, checked and shown as a maker would."""

import json
import time
from pathlib import Path

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli.codes import BAD_USAGE, NO, OK

Captured = pytest.CaptureFixture[str]
CREATED = str(int(time.time()))  # the keys of these tests are no younger
BUILD = ("image", "build", "--version", "1.5.0", "--counter", "3", "--board", "emulated")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A maker's folder: keys, a payload, notes."""
    assert main(["image", "keygen", str(tmp_path / "keys"), "--name", "Acme"]) == OK
    (tmp_path / "station").write_bytes(b"application" * 500)
    (tmp_path / "notes").write_text("Faster.\nSafer.")
    return tmp_path


def build(folder: Path, out: str, *more: str) -> int:
    given = ("--station", str(folder / "station"), "--notes", str(folder / "notes"))
    made = ("--created", CREATED, "--days", "3650", "--out", str(folder / out))
    return main([*BUILD, *given, *made, *more])


def sign(folder: Path, built: str, out: str, keys: str = "keys") -> int:
    cert, key = folder / keys / "release.pem", folder / keys / "release.key"
    files = (str(folder / built), "--cert", str(cert), "--key", str(key))
    return main(["image", "sign", *files, "--out", str(folder / out)])


def verify(folder: Path, image: str, *more: str, keys: str = "keys") -> int:
    root = ("--root", str(folder / keys / "root.pem"))
    return main(["image", "verify", str(folder / image), *root, *more])


def test_what_a_maker_builds_and_signs_is_good(folder: Path, capsys: Captured):
    assert build(folder, "draft") == OK
    assert sign(folder, "draft", "image") == OK
    capsys.readouterr()
    assert verify(folder, "image", "--json") == OK
    told = json.loads(capsys.readouterr().out)
    assert told["is_good"] is True
    assert (told["version"], told["counter"]) == ("1.5.0", 3)
    assert told["signer"] == "CN=Acme Release"
    assert main(["image", "show", str(folder / "image")]) == OK
    assert "| Safer." in capsys.readouterr().out


def test_the_same_input_makes_the_same_bytes(folder: Path):
    for number in ("1", "2"):
        assert build(folder, f"draft{number}") == OK
        assert sign(folder, f"draft{number}", f"image{number}") == OK
    assert (folder / "image1").read_bytes() == (folder / "image2").read_bytes()
    assert sign(folder, "image1", "image3") == OK, "what was signed may be signed anew"
    assert (folder / "image1").read_bytes() == (folder / "image3").read_bytes()


def test_what_nobody_signed_is_not_good_but_shown(folder: Path, capsys: Captured):
    assert build(folder, "draft") == OK
    assert verify(folder, "draft") == NO
    assert "nobody has signed it" in capsys.readouterr().err
    assert main(["image", "show", str(folder / "draft")]) == OK
    assert "nobody yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--board", "evse-din"), "this board is evse-din"),
        (("--counter", "4"), "security counter 3; what ran here before has 4"),
    ],
)
def test_a_refusal_is_one_sentence_and_code_1(
    folder: Path, capsys: Captured, more: tuple[str, ...], words: str
):
    build(folder, "draft")
    sign(folder, "draft", "image")
    capsys.readouterr()
    assert verify(folder, "image", *more) == NO
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_another_makers_root_refuses_it(folder: Path):
    assert main(["image", "keygen", str(folder / "other")]) == OK
    build(folder, "draft")
    sign(folder, "draft", "image")
    assert verify(folder, "image", keys="other") == NO


def test_a_damaged_payload_is_found_when_signed_and_when_verified(folder: Path):
    build(folder, "draft")
    draft = folder / "draft"
    draft.write_bytes(draft.read_bytes()[:-1] + b"?")
    assert sign(folder, "draft", "image") == NO
    assert not (folder / "image").exists()


def test_nothing_is_signed_that_was_made_before_the_key(folder: Path, capsys: Captured):
    build(folder, "draft", "--created", "1700000000")
    capsys.readouterr()
    assert sign(folder, "draft", "image") == NO
    error = capsys.readouterr().err
    assert "'CN=Acme Release' is valid from" in error
    assert "the image was made before, at 2023-11-14" in error
    assert not (folder / "image").exists()


def test_keys_are_private_and_never_written_over(folder: Path):
    key = folder / "keys" / "release.key"
    before = key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert main(["image", "keygen", str(folder / "keys")]) == NO
    assert key.read_bytes() == before


def test_keys_with_a_passphrase_sign_only_with_it(tmp_path: Path, capsys: Captured):
    phrase = tmp_path / "phrase"
    phrase.write_text("correct horse\n")
    assert main(["image", "keygen", str(tmp_path / "keys"), "--passphrase-file", str(phrase)]) == OK
    (tmp_path / "station").write_bytes(b"x")
    made = ("--station", str(tmp_path / "station"), "--out", str(tmp_path / "draft"))
    assert main([*BUILD, *made]) == OK
    assert sign(tmp_path, "draft", "image") == NO
    assert "another passphrase" in capsys.readouterr().err
    cert, key = tmp_path / "keys" / "release.pem", tmp_path / "keys" / "release.key"
    given = ("--cert", str(cert), "--key", str(key), "--passphrase-file", str(phrase))
    assert (
        main(["image", "sign", str(tmp_path / "draft"), *given, "--out", str(tmp_path / "i")]) == OK
    )


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--counter", "0"), NO, "counter"),
        (("--counter", "x"), BAD_USAGE, "whole number"),
        (("--board", "no/slash"), NO, "boards"),
        (("--version", "1.0; reboot"), NO, "version"),
        (("--days", "0"), BAD_USAGE, "1 to 3650"),
    ],
)
def test_what_cannot_be_built_is_refused_with_its_field(
    folder: Path, capsys: Captured, more: tuple[str, ...], code: int, words: str
):
    assert build(folder, "draft", *more) == code
    assert words in capsys.readouterr().err
    assert not (folder / "draft").exists()


def test_an_image_of_nothing_is_refused(tmp_path: Path, capsys: Captured):
    assert main([*BUILD, "--out", str(tmp_path / "draft")]) == NO
    assert "--station, --rauc, --pilot" in capsys.readouterr().err
