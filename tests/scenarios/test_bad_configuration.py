"""A configuration that cannot be meant: refused with its place, and nothing is started."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.rig import CONFIG

pytestmark = pytest.mark.process

GOOD = CONFIG.format(url="ws://127.0.0.1:1/ocpp", version="1.6")
BAD_USAGE = 2

# fmt: off
CASES = (
    # what is written                   instead                       said of it
    ("max_a = 32",                      "max_amps = 32",              ("max_amps", "max_a")),
    ("max_a = 32",                      "max_a = 500",                ("500", "6", "80", "A")),
    ("max_a = 32",                      'max_a = "32 A"',             ("32 A", "6 to 80 A")),
    ("phases = 3",                      "phases = 2",                 ("2", "1", "3")),
    ("socket = true",                   "socket = 1",                 ("true", "false")),
    ("[station]",                       "[sation]",                   ("sation", "station")),
    ("MeterValueSampleInterval = 10",   "MeterValueSampleIntervall = 10",
     ("MeterValueSampleIntervall", "MeterValueSampleInterval")),
    ("MeterValueSampleInterval = 10",   "MeterValueSampleInterval = -1", ("-1", "0")),
    ('versions = ["1.6"]',              'versions = ["1.5"]',         ("1.5", "1.6", "2.0.1")),
    ("max_a = 32",                      "max_a = = 32",               ("not TOML",)),
)
# fmt: on


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(("good", "bad", "said"), CASES)
def test_it_is_refused_with_file_line_and_what_is_allowed(
    tmp_path: Path, good: str, bad: str, said: tuple[str, ...]
) -> None:
    assert GOOD.count(good) == 1
    file = tmp_path / "charger.toml"
    file.write_text(GOOD.replace(good, bad))
    port = free_port()
    words = ["--config", str(file), "--state", str(tmp_path / "state")]
    words += ["--control", f"127.0.0.1:{port}"]
    done = subprocess.run(
        [sys.executable, "-m", "ampkeeper.firmware.faces.cli", "emulate", *words],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stdout) == (BAD_USAGE, "")
    line = GOOD[: GOOD.index(good)].count("\n") + 1
    assert f"{file}:{line}" in done.stderr
    assert [word for word in said if word not in done.stderr] == []
    assert "nothing was started" in done.stderr
    assert not (tmp_path / "state").exists()
    with socket.create_server(("127.0.0.1", port)):
        pass  # nobody took it
