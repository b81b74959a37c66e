"""Debian packages: what is in them, what dpkg is told, and the same bytes each time."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tools.deb import package, sbom, tree
from tools.deb.__main__ import version_of
from tools.deb.wheels import Wheel, fetch, read, unpack

BUILT_S = 1_790_000_000
METADATA = "Metadata-Version: 2.1\nName: Other\nVersion: 1.2\nLicense: MIT\n"


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    path = folder / f"{name}-1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for place, text in files.items():
            archive.writestr(place, text)
        archive.writestr(f"{name}-1.2.dist-info/METADATA", METADATA)
    return path


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setattr(tree, "SHELLS", {"bash": tree.SHELLS["bash"]})
    boards = {f"ampkeeper/board/{each}/board.toml": "max_a = 16\n" for each in tree.BOARDS}
    ours = wheel(tmp_path, "ampkeeper", boards | {"ampkeeper/firmware/app.py": "x = 1\n"})
    return ours, wheel(tmp_path, "other", {"other/__init__.py": "", "other/_c.so": "ELF"})


def test_a_wheel_is_unpacked_without_its_scripts(tmp_path: Path) -> None:
    files = {
        "other/a.py": "",
        "other-1.2.data/purelib/b.py": "",
        "other-1.2.data/scripts/run": "#!python",
    }
    unpack(wheel(tmp_path, "other", files), tmp_path / "site")
    found = {str(each.relative_to(tmp_path / "site")) for each in (tmp_path / "site").rglob("*.*")}
    assert {"other/a.py", "b.py"} <= found
    assert not list((tmp_path / "site").rglob("run"))


def test_a_wheel_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.\./outside\.py lies outside"):
        unpack(wheel(tmp_path, "other", {"../outside.py": ""}), tmp_path / "site")
    assert not (tmp_path / "outside.py").exists()


def test_another_python_would_choose_other_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.deb.wheels.PYTHON", (3, 99))
    with pytest.raises(ValueError, match=r"must be 3\.99"):
        fetch("arm64", tmp_path)


def test_a_later_commit_is_newer_to_dpkg() -> None:
    assert version_of(BUILT_S) < version_of(BUILT_S + 1)
    assert version_of(BUILT_S) == version_of(BUILT_S)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg on this machine")
def test_the_same_wheels_make_the_same_bytes(tmp_path: Path, wheels: tuple[Path, Path]) -> None:
    ours, other = wheels
    build = package.Build("arm64", "1.0", BUILT_S)
    made = []
    for name, mask in (("one", 0o022), ("two", 0o077)):
        (tmp_path / name).mkdir()
        before = os.umask(mask)
        try:
            made.append(package.make(build, ours, [other], tmp_path / name).read_bytes())
        finally:
            os.umask(before)
    assert made[0] == made[1]


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg on this machine")
def test_a_package_has_software_units_account_and_the_boards_as_the_owners(
    tmp_path: Path, wheels: tuple[Path, Path]
) -> None:
    ours, other = wheels
    made = package.make(package.Build("arm64", "1.0", BUILT_S), ours, [other], tmp_path)
    told = subprocess.run(["dpkg-deb", "-c", made], capture_output=True, text=True, check=True)
    lines = told.stdout.splitlines()
    names = {line.split()[5].removeprefix("./") for line in lines}
    assert {
        f"{tree.SITE}/ampkeeper/firmware/app.py",
        f"{tree.SITE}/other/_c.so",
        "usr/lib/systemd/system/ampkeeper.service",
        "usr/lib/systemd/system/ampkeeper-ring.service",
        "usr/lib/udev/rules.d/60-ampkeeper.rules",
        "usr/lib/sysusers.d/ampkeeper.conf",
        "usr/share/doc/ampkeeper/examples/rauc.conf",
        "usr/share/doc/ampkeeper/examples/60-ampkeeper-reboot.rules",
        "usr/bin/ampkeeper",
        package.SBOM_PLACE,
    } <= names
    assert all(line.split()[1] == "root/root" for line in lines)
    assert {line[1:10] for line in lines if line[0] != "l"} == {"rwxr-xr-x", "rw-r--r--"}
    links = [line for line in lines if "board/pi_peak/board.toml -> " in line]
    assert links[0].endswith("-> /etc/ampkeeper/board/pi_peak.toml")
    shown = subprocess.run(["dpkg-deb", "-I", made, "conffiles"], capture_output=True, text=True)
    assert "/etc/ampkeeper/board/pi_peak.toml" in shown.stdout.splitlines()


def test_the_python_is_the_one_that_the_wheels_were_chosen_for() -> None:
    told = package.control(package.Build("amd64", "1.0", BUILT_S), 7)
    assert "Depends: python3 (>= 3.11), python3 (<< 3.12), " in told
    assert "Architecture: amd64\n" in told


def test_the_sbom_names_each_part_by_its_hash(tmp_path: Path) -> None:
    (other,) = read([wheel(tmp_path, "other", {"other/__init__.py": ""})])
    ours = Wheel("ampkeeper", "1.0", "Apache-2.0", "ab" * 32)
    text = sbom.document(ours, [other], "arm64", BUILT_S)
    assert text == sbom.document(ours, [other], "arm64", BUILT_S)
    told = json.loads(text)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.5")
    (part,) = told["components"]
    assert part["purl"] == "pkg:pypi/other@1.2"
    assert part["hashes"] == [{"alg": "SHA-256", "content": other.sha256}]
    assert part["licenses"] == [{"license": {"name": "MIT"}}]
    assert told["dependencies"][0]["dependsOn"] == ["pkg:pypi/other@1.2"]
