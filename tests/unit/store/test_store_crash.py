"""Whole processes that die while they write: what was said to be committed is there, whole.

A killed process leaves what it gave to the system; what a power cut leaves of the journal is in
``test_store_opening``. Failing disks are made with strace where there is one.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ampkeeper.firmware.store.errors import StoreError, StoreInUseError
from ampkeeper.firmware.store.store import Store, open_read_only
from tests.unit.store.writer import committed

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[3]
WRITER = (sys.executable, "-m", "tests.unit.store.writer")
HANGS_S = 100  # a disk that others keep busy takes seconds for a sync, and there are 33
SYNC = re.compile(r"f(data)?sync\(")


def start(path: Path, count: int) -> subprocess.Popen[str]:
    """A process that commits ``count`` times."""
    command = (*WRITER, str(path), str(count))
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("acknowledged", range(12))
def test_a_killed_writer_leaves_what_it_acknowledged_and_no_half(
    tmp_path: Path, acknowledged: int
) -> None:
    path = tmp_path / "ampkeeper.db"
    with start(path, 1000) as process:
        assert said(process) == "open"
        for number in range(1, acknowledged + 1):
            assert said(process) == str(number)
        process.kill()
    store = Store(path)
    assert committed(store) >= acknowledged
    store.close()


def test_another_process_may_read_but_not_write_beside_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "ampkeeper.db"
    with start(path, 100_000) as process:
        assert said(process) == "open"
        assert said(process) == "1"
        with pytest.raises(StoreInUseError):
            Store(path)
        reader = open_read_only(path)
        assert reader.outbox_count() >= 1
        reader.close()
        process.kill()


def strace(path: Path, *options: str) -> list[str]:
    """What the writer says under strace, where that may be used."""
    tool = shutil.which("strace")
    if tool is None:
        pytest.skip("there is no strace here")
    command = (tool, "-f", "-qq", "-o", str(path.with_suffix(".trace")), *options)
    result = subprocess.run(
        (*command, *WRITER, str(path), "3"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
    )
    if "PTRACE" in result.stderr:
        pytest.skip("strace may not be used here")
    return result.stdout.splitlines()


def test_a_disk_that_fails_at_any_sync_never_makes_a_commit_that_was_not(tmp_path: Path) -> None:
    path = tmp_path / "counted.db"
    assert strace(path, "-e", "trace=fsync,fdatasync")[-1] == "3"
    syncs = len(SYNC.findall(path.with_suffix(".trace").read_text()))
    assert syncs >= 6
    refused = 0
    for number in range(1, syncs + 1):
        path = tmp_path / f"fails-{number}.db"
        fault = f"inject=fsync,fdatasync:error=EIO:when={number}"
        lines = strace(path, "-e", "trace=fsync,fdatasync", "-e", fault)
        acknowledged = [int(line) for line in lines if line.isdigit()]
        refused += any(line.startswith(("refused", "not opened")) for line in lines)
        assert lines[0] == "open" or lines[0].startswith("not opened"), lines
        try:
            store = Store(path)
        except StoreError as error:
            pytest.fail(f"sync {number}: {error}")
        assert committed(store) == max(acknowledged, default=0)
        store.close()
    assert refused >= 4
