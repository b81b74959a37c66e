"""The example project has our wheel and nothing of this checkout; its tests pass."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT

pytestmark = pytest.mark.process

EXAMPLE = ROOT / "tools" / "ci" / "example"
WHERE = "import ampkeeper.board.emulated.rig.plugin as plugin; print(plugin.__file__)"


def done(*words: object, cwd: Path) -> str:
    told = subprocess.run(
        list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, f"{told.stdout}\n{told.stderr}"
    return told.stdout


def test_the_example_passes_with_the_installed_wheel(tmp_path: Path) -> None:
    done(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    home = tmp_path / "home"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    done(*pip, "install", "--no-index", "--no-deps", wheel, cwd=tmp_path)
    library = done(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path
    )
    # What the wheel depends on, as it is here; the links of this checkout are not followed.
    (Path(library.strip()) / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    project = shutil.copytree(EXAMPLE, tmp_path / "project")
    assert str(home) in done(python, "-c", WHERE, cwd=project)
    told = done(python, "-m", "pytest", "-q", cwd=project)
    assert "2 passed" in told
    command = home / "bin" / "ampkeeper"
    told = done(command, "scenario", "scenarios/card.toml", "--virtual", cwd=project)
    assert "PASS  A driver charges by card" in told
