"""The image in a virtual machine: it charges, the power is cut, and it goes on with that session.

By hand, as root: `make osproof`. `AMPKEEPER_BOOT_S` is how long one start may take (default 600):
the processor is emulated, for not every machine lets us use its own.
"""

import json
import os
import selectors
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tools.deb.__main__ import main as build_package
from tools.osimage import machine
from tools.osimage.__main__ import build

BOOT_S = float(os.environ.get("AMPKEEPER_BOOT_S", "600"))

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.timeout(4 * BOOT_S),
]


class Twin:
    """One life of the machine; ``cut`` is a power cut."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.said = ""
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )

    def wait_for(self, what: str) -> Any:
        """What the twin tells under this name on its serial line."""
        assert self.process.stdout is not None
        mark, end_s = f"TWIN {what} ", time.monotonic() + BOOT_S
        with selectors.DefaultSelector() as line:
            line.register(self.process.stdout, selectors.EVENT_READ)
            while time.monotonic() < end_s:
                told = self.said.partition(mark)[2]
                if "\n" in told:
                    return json.loads(told.splitlines()[0])
                if line.select(1.0):
                    data = os.read(self.process.stdout.fileno(), 4_096)
                    assert data, f"the machine ended: {self.said[-2_000:]}"
                    self.said += data.decode(errors="replace")
        raise AssertionError(f"no {what} within {BOOT_S:g} s: {self.said[-2_000:]}")

    def cut(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], dict[str, str]]]:
    folder = tmp_path_factory.mktemp("twin")
    assert build_package(["--arch", "amd64", "--out", str(folder)]) == 0
    (package,) = folder.glob("*.deb")
    image = folder / "twin.img"
    build(package, image, is_twin=True)
    yield machine.command(image, folder)
    image.unlink()


def test_a_session_outlives_a_power_cut(command: tuple[list[str], dict[str, str]]) -> None:
    twin = Twin(*command)
    try:
        assert twin.wait_for("sessions")["sessions"] == []
        charging = twin.wait_for("charging")
        assert charging["state"] == "charging"
        assert "ro" in twin.wait_for("root").split(",")
        assert twin.wait_for("system") == "A"
    finally:
        twin.cut()
    after = Twin(*command)
    try:
        (session,) = after.wait_for("sessions")["sessions"]
        assert session["id"] == charging["id"]
        again = after.wait_for("charging")
        assert again["id"] == charging["id"], "it goes on"
        assert again["energy_wh"] >= charging["energy_wh"]
        assert after.wait_for("system") == "B", "nobody has marked the first one good"
    finally:
        after.cut()
