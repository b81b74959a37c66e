"""What is true of the tree as a whole: READMEs, links, file names, the wheel, and asserts."""

import hashlib
import os
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from ampkeeper.firmware import __version__
from tests.tidy.sources import PACKAGES, ROOT, git_files

# Of the words, one space between them.
LICENSE_SHA256 = "0ffddef9e48f8a09aed5caf2d44f7ba1c1be2d9b8e0a6f693b1635b2d5566645"
IMPORTROOT = ROOT / "tools" / "importroot" / "ampkeeper"


def test_asserts_stay_on() -> None:
    if not __debug__:
        pytest.fail("Python runs with -O: asserts are off, and they guard the contactor")


def test_every_package_says_what_lives_in_it() -> None:
    folders = {Path(name).parent for name in git_files(*PACKAGES) if name.endswith(".py")}
    silent = sorted(str(folder) for folder in folders if not (ROOT / folder / "README.md").exists())
    if silent:
        pytest.fail("no README.md in " + ", ".join(silent), pytrace=False)


def test_every_package_can_be_imported_by_name() -> None:
    folders = {Path(name).parent for name in git_files(*PACKAGES) if name.endswith(".py")}
    bare = sorted(str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists())
    if bare:
        pytest.fail("no __init__.py in " + ", ".join(bare), pytrace=False)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_import_links_lead_to_the_packages(package: str) -> None:
    assert os.readlink(IMPORTROOT / package) == f"../../../{package}"


def test_no_two_test_files_share_a_name() -> None:
    names = Counter(Path(name).name for name in git_files("tests") if name.endswith(".py"))
    shared = sorted(name for name, count in names.items() if count > 1 and name != "conftest.py")
    if shared:
        pytest.fail("test files with the same name: " + ", ".join(shared), pytrace=False)


def test_the_wheel_holds_what_git_holds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"ampkeeper-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    held = {name for name in names if not name.startswith(f"ampkeeper-{__version__}.dist-info/")}
    assert held == {f"ampkeeper/{name}" for name in git_files(*PACKAGES)}


@pytest.mark.parametrize("name", ["device", "dev", "node", "lock"])
def test_the_locks_are_pinned_and_hashed(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    rows = [row for row in text.splitlines() if row and not row.lstrip().startswith("#")]
    assert rows
    for row in rows:
        assert "==" in row.split()[0], row
        assert "--hash=sha256:" in row, row


def test_the_device_runs_the_versions_that_were_tested() -> None:
    device = _pins("device")
    dev = _pins("dev")
    assert {name: dev[name] for name in device if name in dev} == {
        name: version for name, version in device.items() if name in dev
    }


def test_the_locks_hold_every_named_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    groups = project["dependency-groups"]
    wanted_on_device = [
        *project["project"]["dependencies"],
        *(row for rows in extras for row in rows),
    ]
    assert {_name(row) for row in wanted_on_device} <= set(_pins("device"))
    assert {_name(row) for row in groups["dev"]} <= set(_pins("dev"))
    assert {_name(row) for row in groups["node"]} <= set(_pins("node"))


def test_the_license_is_the_apache_license_unchanged() -> None:
    words = " ".join((ROOT / "LICENSE").read_text().split())
    assert hashlib.sha256(words.encode()).hexdigest() == LICENSE_SHA256


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    rows = [row.split()[0] for row in text.splitlines() if row[:1].isalnum()]
    return dict(row.split("==") for row in rows)


def _name(requirement: str) -> str:
    head = requirement.split(";")[0]
    return head.rstrip("0123456789.*<>=,! ")
