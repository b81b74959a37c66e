"""The packages on a fresh Debian 12: installed, run as the unit does, upgraded, purged.

By hand, as root: `make debproof`. The station gets what systemd would give it, but for the filter
of system calls: its account, no capability, no new executable memory, a root that is read-only.
"""

import json
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.deb import root as debian
from tools.deb.__main__ import main

WAIT_S = 60.0
STATE = "var/lib/ampkeeper"
UNIT = "usr/lib/systemd/system/ampkeeper.service"
LOCKED_IN = (  # PR_SET_MDWE, then the command
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0 or sys.exit(99); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
VIEW = """
set -e
mount --bind "$1" "$2"
mount -o remount,bind,ro "$2"
mount --bind "$1/var/lib/ampkeeper" "$2/var/lib/ampkeeper"
mount -t tmpfs tmpfs "$2/run"
mount -t tmpfs tmpfs "$2/tmp"
mount -t proc proc "$2/proc"
mount --rbind /dev "$2/dev"
view=$2
shift 2
exec chroot "$view" setpriv --reuid ampkeeper --regid ampkeeper --init-groups \
    --bounding-set=-all --no-new-privs /usr/bin/python3 -c "$MDWE" "$@"
"""
CONFIG = """
[station]
vendor = "Ampkeeper"
model = "Pi"
serial = "AK-0001"
[board]
name = "pi_rp2040"
[board.pilot]
port = "/dev/ttyS9"
[board.meter]
port = "/dev/ttyUSB9"
map = "sdm630"
[board.reader]
kind = "none"
[authorise]
mode = "free"
[[evse]]
id = 1
max_a = 16
phases = 3
socket = false
"""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.timeout(1_200),
]


class Machine:
    """A Debian below a folder."""

    def __init__(self, folder: Path) -> None:
        self.root, self.view = folder / "root", folder / "view"
        debian.make(self.root, folder / "tools")
        self.view.mkdir()

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["chroot", self.root, *words], capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def install(self, package: Path) -> None:
        shutil.copy(package, self.root / "tmp" / "ampkeeper.deb")
        self.run("dpkg", "-i", "/tmp/ampkeeper.deb")

    def command(self) -> list[str]:
        """What the unit starts."""
        text = (self.root / UNIT).read_text().replace("\\\n", " ")
        (line,) = (each for each in text.splitlines() if each.startswith("ExecStart="))
        return shlex.split(line.removeprefix("ExecStart="))

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        told = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
            "LANG": "C.UTF-8",
            "HOME": f"/{STATE}",
            "USER": "ampkeeper",
            "MDWE": LOCKED_IN,
            **environment,
        }
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", VIEW, "sh", self.root, self.view, *words],
            env=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One, the same built once more, and a newer one."""
    made = {}
    for name in ("old", "same"):
        out = tmp_path_factory.mktemp(name)
        assert main(["--arch", "amd64", "--out", str(out), "--version", "1.0"]) == 0
        (made[name],) = out.glob("*.deb")
    folder = tmp_path_factory.mktemp("new")
    subprocess.run(["dpkg-deb", "-R", made["old"], folder / "files"], check=True)
    control = folder / "files" / "DEBIAN" / "control"
    control.write_text(control.read_text().replace("Version: 1.0\n", "Version: 1.1\n"))
    made["new"] = folder / "ampkeeper.deb"
    words = ["dpkg-deb", "-Zgzip", "-z1", "--build", folder / "files", made["new"]]
    subprocess.run(words, check=True)
    return made


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    folder.chmod(0o755)
    yield Machine(folder)
    shutil.rmtree(folder)


def test_the_same_commit_makes_the_same_bytes(packages: dict[str, Path]) -> None:
    assert packages["old"].read_bytes() == packages["same"].read_bytes()


def test_it_is_installed_with_its_account_and_is_enabled(
    machine: Machine, packages: dict[str, Path]
) -> None:
    machine.install(packages["old"])
    account = machine.run("getent", "passwd", "ampkeeper").stdout.strip().split(":")
    assert account[-1] == "/usr/sbin/nologin"
    groups = machine.run("id", "-nG", "ampkeeper").stdout.split()
    assert set(groups) == {"ampkeeper", "dialout", "gpio", "spi", "i2c", "input"}
    wants = machine.root / "etc/systemd/system/multi-user.target.wants"
    assert (wants / "ampkeeper.service").is_symlink()
    assert not (wants / "ampkeeper-ring.service").is_symlink()
    assert "ampkeeper" in machine.run("ampkeeper", "--help").stdout


def test_systemd_finds_nothing_wrong_with_the_units(machine: Machine) -> None:
    for unit in ("ampkeeper", "ampkeeper-ring"):
        told = machine.run("systemd-analyze", "verify", "--man=no", f"{unit}.service")
        assert "ampkeeper" not in told.stderr


def test_the_station_runs_as_its_unit_starts_it(machine: Machine) -> None:
    (machine.root / "etc/ampkeeper/charger.toml").write_text(CONFIG)
    state = machine.root / STATE
    state.mkdir(mode=0o700)
    machine.run("chown", "ampkeeper:ampkeeper", f"/{STATE}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(state / "notify"))
        (state / "notify").chmod(0o777)
        manager.settimeout(WAIT_S)
        station = machine.start(
            *machine.command(), NOTIFY_SOCKET=f"/{STATE}/notify", WATCHDOG_USEC="300000"
        )
        try:
            assert manager.recv(100) == b"READY=1"
            assert {manager.recv(100) for _ in range(5)} == {b"WATCHDOG=1"}
            asked = machine.start("/usr/bin/ampkeeper", "status", "--state", f"/{STATE}", "--json")
            told = asked.communicate(timeout=WAIT_S)[0]
            assert json.loads(told)["evses"][0]["id"] == 1
        finally:
            station.terminate()
            said = station.communicate(timeout=WAIT_S)[0]
    assert station.returncode == 0, said
    assert (state / "ampkeeper.db").exists(), sorted(state.iterdir())


def test_an_upgrade_keeps_state_configuration_and_what_the_owner_said_of_his_board(
    machine: Machine, packages: dict[str, Path]
) -> None:
    kept = {
        "etc/ampkeeper/charger.toml": CONFIG,
        "etc/ampkeeper/board/pi_peak.toml": "mine = 1\n",
        f"{STATE}/mine": "x",
    }
    for place, text in kept.items():
        (machine.root / place).write_text(text)
    books = (machine.root / STATE / "ampkeeper.db").read_bytes()
    machine.install(packages["new"])
    shown = machine.run("dpkg-query", "-W", "-f", "${Version} ${Status}", "ampkeeper").stdout
    assert shown == "1.1 install ok installed"
    assert {place: (machine.root / place).read_text() for place in kept} == kept
    assert (machine.root / STATE / "ampkeeper.db").read_bytes() == books
    assert list((machine.root / "usr/lib/ampkeeper").rglob("app.cpython-311.pyc"))


def test_removing_keeps_state_and_purging_takes_all_of_it(machine: Machine) -> None:
    machine.run("dpkg", "-r", "ampkeeper")
    assert (machine.root / STATE / "mine").exists()
    assert not (machine.root / "usr/lib/ampkeeper").exists()
    machine.run("dpkg", "-P", "ampkeeper")
    left = machine.run("find", "/", "-xdev", "-name", "*ampkeeper*").stdout.split()
    assert [place for place in left if not place.startswith("/tmp")] == []
    assert machine.run("getent", "passwd", "ampkeeper", check=False).returncode != 0
