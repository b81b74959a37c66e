"""The maker's ceremony by the command line alone: keys are revoked, roots replaced, on a machine.

What the commands write is installed as a station does.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ampkeeper.firmware.faces.cli import main
from ampkeeper.firmware.faces.cli.codes import BAD_USAGE, NO, OK
from ampkeeper.firmware.update.factory import machine_of
from ampkeeper.firmware.update.folders import Folders
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from tests.support.crash_disk import CrashDisk
from tests.unit.update.test_folders import APPLICATION, quiet

Captured = pytest.CaptureFixture[str]
FINGERPRINT = "ab" * 32


class Maker:
    """A maker at his commands, in a folder of his own, and one machine in the field."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "station").write_bytes(APPLICATION)
        self.keygen("keys")
        self("factory", "--root", "keys/root.pem", "--board", "emulated", "--counter", "1",
             "--out", "factory.json")  # fmt: skip
        machine = machine_of((folder / "factory.json").read_text())
        self.slots = Folders(CrashDisk(), machine)

    def __call__(self, *words: str, code: int = OK) -> None:
        assert main(["image", *words]) == code

    def keygen(self, folder: str) -> None:
        self("keygen", folder)

    def new_release_key(self) -> None:
        """The one before is somewhere else; the root is the same."""
        for name in ("release.pem", "release.key"):
            (self.folder / "keys" / name).rename(self.folder / f"old-{name}")
        self.keygen("keys")

    def image(self, counter: int, trust: str = "", keys: str = "keys", prefix: str = "/") -> Path:
        more = ("--trust", trust) if trust else ()
        self("build", "--version", f"1.{counter}", "--counter", str(counter), "--board", "emulated",
             "--station", "station", *more, "--out", "draft")  # fmt: skip
        cert, key = f"{keys}{prefix}release.pem", f"{keys}{prefix}release.key"
        self("sign", "draft", "--cert", cert, "--key", key, "--out", "image")
        return self.folder / "image"

    def install(self, image: Path) -> None:
        with image.open("rb") as file:
            self.slots.install(file, datetime.now(UTC), quiet)
        assert self.slots.start()
        self.slots.confirm()

    def is_refused(self, image: Path) -> Ground:
        with pytest.raises(ImageRefused) as caught, image.open("rb") as file:
            self.slots.install(file, datetime.now(UTC), quiet)
        return caught.value.ground


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    monkeypatch.chdir(tmp_path)
    return Maker(tmp_path)


def signed_by(*folders: str) -> list[str]:
    words = []
    for folder in folders:
        words += ["--sign", str(Path(folder, "root.pem")), str(Path(folder, "root.key"))]
    return words


def test_a_stolen_release_key_is_revoked(maker: Maker, capsys: Captured):
    maker.new_release_key()
    maker("trust", "--root", "keys/root.pem", "--revoke", "old-release.pem", *signed_by("keys"),
          "--out", "trust.1")  # fmt: skip
    told = capsys.readouterr().out
    assert "statement 1" in told
    assert "CN=Ampkeeper Root" in told
    maker.install(maker.image(2, "trust.1"))
    maker("show", "image")
    assert "changes trust, by statement 1" in capsys.readouterr().out
    assert maker.is_refused(maker.image(3, keys="old", prefix="-")) is Ground.SIGNER
    maker.install(maker.image(3))


def test_a_root_is_replaced_and_what_was_revoked_stays_so(maker: Maker):
    maker.keygen("new")
    maker("trust", "--root", "keys/root.pem", "--root", "new/root.pem", "--revoke", FINGERPRINT,
          *signed_by("keys", "new"), "--out", "trust.1")  # fmt: skip
    maker.install(maker.image(2, "trust.1"))
    maker("trust", "--after", "trust.1", "--root", "new/root.pem", *signed_by("new"),
          "--out", "trust.2")  # fmt: skip
    maker.install(maker.image(3, "trust.2", keys="new"))
    assert maker.is_refused(maker.image(4)) is Ground.SIGNER
    assert FINGERPRINT in (maker.folder / "trust.2").read_text()


def test_a_counter_begins_again_once(maker: Maker):
    maker.install(maker.image(900))
    assert maker.is_refused(maker.image(2)) is Ground.OLDER
    maker("trust", "--root", "keys/root.pem", "--counter-floor", "2", *signed_by("keys"),
          "--out", "trust.1")  # fmt: skip
    maker.install(maker.image(2, "trust.1"))
    maker.install(maker.image(5))
    maker("trust", "--after", "trust.1", "--root", "keys/root.pem", *signed_by("keys"),
          "--out", "trust.2")  # fmt: skip
    assert maker.is_refused(maker.image(2, "trust.2")) is Ground.OLDER


def test_keys_with_passphrases_of_their_own_sign(maker: Maker, capsys: Captured):
    for name in ("one", "two"):
        (maker.folder / f"{name}.txt").write_text(f"{name}\n")
        maker("keygen", name, "--passphrase-file", f"{name}.txt")
    both = ("--root", "one/root.pem", "--root", "two/root.pem", *signed_by("one", "two"))
    given = ("--passphrase-file", "one.txt", "--passphrase-file", "two.txt")
    maker("trust", *both, *given, "--out", "trust.1")
    capsys.readouterr()
    maker("trust", *both, *given[:2], "--out", "trust.2", code=NO)
    assert "another passphrase" in capsys.readouterr().err
    maker("trust", *both, *given, *given[:2], "--out", "trust.2", code=NO)
    assert "3 passphrases for 2 keys" in capsys.readouterr().err
    assert not (maker.folder / "trust.2").exists()


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["--root", "keys/root.pem", "--root", "new/root.pem", *signed_by("keys")],
         NO, "has not signed the change"),
        (["--root", "keys/root.pem", "--after", "trust.0", *signed_by("new")],
         NO, "no root that is believed has signed the change"),
        (["--root", "keys/root.pem", "--revoke", "keys/root.pem", *signed_by("keys")],
         NO, "all its roots are revoked"),
        (["--root", "keys/root.pem", "--sign", "keys/root.pem", "new/root.key"],
         NO, "is not the key of"),
        (["--root", "keys/root.pem", "--revoke", "keys/nobody.pem", *signed_by("keys")],
         NO, "No such file"),
        (["--root", "keys/root.pem", "--counter-floor", "0", *signed_by("keys")],
         NO, "counter_floor 0"),
        (["--root", "keys/root.pem"], BAD_USAGE, "--sign"),
    ],
)  # fmt: skip
def test_what_no_station_could_follow_is_not_written(
    maker: Maker, capsys: Captured, words: list[str], code: int, why: str
):
    maker.keygen("new")
    maker("trust", "--root", "keys/root.pem", *signed_by("keys"), "--out", "trust.0")
    capsys.readouterr()
    maker("trust", *words, "--out", "trust.1", code=code)
    error = capsys.readouterr().err
    assert why in error
    assert not (maker.folder / "trust.1").exists()


def test_fingerprints_are_told_for_two_people_to_write_down(maker: Maker, capsys: Captured):
    maker.keygen("new")
    told = capsys.readouterr().out
    maker("trust", "--root", "new/root.pem", *signed_by("new"), "--out", "trust.1")
    believed = capsys.readouterr().out.split("believed ")[1].split()[0]
    assert f"root.pem  sha256 {believed}" in told
