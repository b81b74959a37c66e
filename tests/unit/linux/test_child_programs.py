"""Programs that a station starts beside itself: its own, wherever it is started."""

import subprocess
from pathlib import Path

import pytest

from ampkeeper.board.host.guarding import LastOrder
from ampkeeper.board.pi_peak.config_keys import read_keys
from ampkeeper.board.pi_peak.main import ring_command

RING = ring_command(Path("state"), read_keys({}))
GUARD = LastOrder("port", 9_600, "N", b"", b"", b"", b"").command()
SHADOWED = 99


@pytest.mark.parametrize("command", [RING, GUARD], ids=["ring 1", "the guard"])
def test_nothing_of_the_folder_that_it_is_started_in_is_imported(
    command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "ampkeeper.py").write_text(f"raise SystemExit({SHADOWED})")
    done = subprocess.run(
        [*command, "--no-such-word"],
        cwd=tmp_path,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != SHADOWED
    assert "No module named" not in done.stderr
