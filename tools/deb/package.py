"""Package: one ``.deb`` out of wheels; the same commit makes the same bytes."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.deb import sbom, tree
from tools.deb.wheels import PYTHON, Wheel, read

SCRIPTS = Path(__file__).parent / "scripts"
SBOM_PLACE = "usr/share/doc/ampkeeper/ampkeeper.cdx.json"
KIB = 1_024


@dataclass(frozen=True, slots=True)
class Build:
    """What is built: for which machine, under which number, from the commit of which time."""

    arch: str
    version: str
    built_s: int


def make(build: Build, ours: Path, others: Sequence[Path], out: Path) -> Path:
    """Build the package of our wheel and the others into ``out``; returns where it is."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "root"
        root.mkdir()
        tree.make(root, [*others, ours])
        (own,) = read([ours])
        parts = list(read(others))
        told = sbom.document(own, parts, build.arch, build.built_s)
        (root / SBOM_PLACE).write_text(told, encoding="utf-8")
        _control(root, build, own)
        tree.stamp(root, build.built_s)
        target = out / f"ampkeeper_{build.version}_{build.arch}.deb"
        words = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(target)]
        environment = os.environ | {"SOURCE_DATE_EPOCH": str(build.built_s), "XZ_OPT": "-T1"}
        subprocess.run(words, check=True, env=environment, stdout=subprocess.DEVNULL)
        sbom_file = out / f"ampkeeper_{build.version}_{build.arch}.cdx.json"
        sbom_file.write_text(told, encoding="utf-8")
    return target


def control(build: Build, size_kib: int) -> str:
    """What dpkg is told."""
    low, high = PYTHON, (PYTHON[0], PYTHON[1] + 1)
    python = f"python3 (>= {low[0]}.{low[1]}), python3 (<< {high[0]}.{high[1]})"
    return "\n".join(
        [
            "Package: ampkeeper",
            f"Version: {build.version}",
            f"Architecture: {build.arch}",
            "Maintainer: Ampkeeper <ampkeeper@localhost>",
            f"Installed-Size: {size_kib}",
            f"Depends: {python}, python{low[0]}.{low[1]}, systemd, init-system-helpers",
            "Recommends: systemd-timesyncd | time-daemon",
            "Suggests: rauc, mosquitto",
            "Section: embedded",
            "Priority: optional",
            "Description: firmware of an AC EV charger's controller",
            " The station: sessions, authorisation, limits, metering, OCPP 1.6 and 2.x,",
            " pages, updates. With ring 1, which holds pilot and contactor, for boards",
            " without a processor of their own for it. The Python packages that it needs",
            " are inside; ampkeeper.cdx.json lists them.",
            "",
        ]
    )


def _control(root: Path, build: Build, own: Wheel) -> None:
    size = sum(path.lstat().st_size for path in root.rglob("*") if not path.is_dir())
    folder = root / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(control(build, -(-size // KIB)), encoding="utf-8")
    conffiles = sorted(path.relative_to(root) for path in (root / "etc").rglob("*.toml"))
    text = "".join(f"/{path}\n" for path in conffiles)
    (folder / "conffiles").write_text(text, encoding="utf-8")
    for script in sorted(SCRIPTS.iterdir()):
        target = folder / script.name
        target.write_text(script.read_text(encoding="utf-8"), encoding="utf-8")
        target.chmod(0o755)
