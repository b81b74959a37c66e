"""The root whose key everybody has: taken in a checkout, refused by a release."""

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ampkeeper.board.host.installing import RELEASE_MARK, is_release
from ampkeeper.firmware.update.ceremony import KeyPair, new_root, new_signer
from ampkeeper.firmware.update.development import is_development
from ampkeeper.firmware.update.envelope import Head, payload_of
from ampkeeper.firmware.update.folders import Folders, Machine
from ampkeeper.firmware.update.manifest import STATION
from ampkeeper.firmware.update.payloads import head_in
from ampkeeper.firmware.update.refused import Ground, ImageRefused
from ampkeeper.firmware.update.slots import FACTORY
from ampkeeper.firmware.update.trust import Trust, statement_of
from ampkeeper.firmware.update.verdict import check
from tests.support.crash_disk import CrashDisk
from tests.support.releases import DAY, NOW, ReleaseMaker, draft
from tests.unit.update.test_folders import APPLICATION, quiet
from tools import development, release
from tools.release.__main__ import TREE, build

FOLDER = Path(development.__file__).parent
ROOT = Path(release.__file__).parents[2]


def read(name: str) -> KeyPair:
    certificate = x509.load_pem_x509_certificate((FOLDER / f"{name}.pem").read_bytes())
    key = load_pem_private_key((FOLDER / f"{name}.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return KeyPair(certificate, key)


def head_of(maker: ReleaseMaker, **changes: object) -> Head:
    return head_in(maker.head(draft(**changes)))


@pytest.fixture(scope="module")
def developer() -> ReleaseMaker:
    """Whoever has this repository."""
    found = ReleaseMaker("Anybody")
    found.root, found.signer = read("root"), read("release")
    return found


def test_the_root_in_the_repository_says_what_it_is(developer: ReleaseMaker):
    assert is_development(developer.root.certificate)
    assert is_development(developer.signer.certificate)
    assert not is_development(ReleaseMaker().root.certificate)


def test_a_checkout_takes_an_image_below_it(developer: ReleaseMaker):
    assert check(head_of(developer), developer.target(), NOW) == developer.trust


def test_a_release_refuses_it_and_says_why(developer: ReleaseMaker):
    with pytest.raises(ImageRefused, match="whose key everybody has") as caught:
        check(head_of(developer), developer.target(is_release=True), NOW)
    assert caught.value.ground is Ground.SIGNER


def test_a_release_neither_installs_it_nor_starts_what_a_checkout_installed(
    developer: ReleaseMaker,
):
    disk = CrashDisk()
    machine = Machine("emulated", 1, developer.trust)
    payloads = (payload_of(STATION, "1.5.0", io.BytesIO(APPLICATION)),)
    raw = developer.head(draft(payloads=payloads)) + APPLICATION
    Folders(disk, machine).install(io.BytesIO(raw), NOW, quiet)
    assert Folders(disk, replace(machine, is_release=True)).start() == FACTORY
    with pytest.raises(ImageRefused, match="whose key everybody has"):
        Folders(disk, replace(machine, is_release=True)).install(io.BytesIO(raw), NOW, quiet)


def test_a_release_refuses_every_image_where_such_a_root_stands_beside_another(
    developer: ReleaseMaker,
):
    maker = ReleaseMaker()
    both = Trust((maker.root.pem, developer.root.pem))
    with pytest.raises(ImageRefused, match="whose key everybody has"):
        check(head_of(maker), maker.target(trust=both, is_release=True), NOW)


def test_a_release_believes_no_change_of_trust_to_such_a_root(developer: ReleaseMaker):
    maker = ReleaseMaker()
    roots = (maker.root.pem, developer.root.pem)
    new = Trust(roots, serial=1)
    pairs = [(maker.root.pem, maker.root.key), (developer.root.pem, developer.root.key)]
    head = head_of(maker, trust=statement_of(new, pairs))
    assert check(head, maker.target(), NOW) == new
    with pytest.raises(ImageRefused, match="whose key everybody has"):
        check(head, maker.target(is_release=True), NOW)


def test_another_root_for_development_is_known_too(developer: ReleaseMaker):
    root = new_root("Somebody", NOW - DAY, is_development=True)
    other = replace(developer)
    other.root, other.signer = root, new_signer(root, "Somebody Release", NOW - DAY)
    with pytest.raises(ImageRefused, match="whose key everybody has"):
        check(head_of(other), other.target(is_release=True), NOW)


def test_packaging_makes_a_release_and_ships_no_key(tmp_path: Path):
    wheel = build(tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    asked = "from ampkeeper.board.host.installing import is_release; print(is_release())"
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", asked], env=environment, capture_output=True, text=True
    )
    assert (done.stdout.strip(), is_release()) == ("True", False), done.stderr
    assert f"ampkeeper/firmware/{RELEASE_MARK}" in names
    assert not [name for name in names if name.endswith((".key", ".pem"))]
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", TREE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"firmware/{RELEASE_MARK}" not in listed.stdout.split("\n")
