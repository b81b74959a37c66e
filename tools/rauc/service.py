"""Service: a real rauc on a bus of its own, with two slots that are files and a boot loader.

The boot loader is a script that keeps its state in files, as rauc's "custom" one. It starts what
is primary, three times at most unless somebody says that it is good; then the other. Where all
attempts are spent it begins to count again, but for what was marked bad, as rauc's own scripts do.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ampkeeper.hal.errors import HalError
from ampkeeper.hal.linux.rauc import RaucBus
from tools.rauc.fetch import BUS, PROGRAMS, RAUC

COMPATIBLE = "ampkeeper emulated"
BOOT_NAMES = ("A", "B")
PATIENCE_S = 20.0
LOOK_S = 0.01
KILL_S = 10.0
OUTPUT_CHARS_MAX = 2_000
SLOT_BYTES = 1 << 20

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
SYSTEM = """[system]
compatible={compatible}
bootloader=custom
bundle-formats=plain verity
mountprefix={folder}/mount
statusfile={folder}/status

[keyring]
path={folder}/keyring.pem
check-purpose=codesign
{keyring}
[handlers]
bootloader-custom-backend={folder}/boot.sh

[slot.rootfs.0]
device={folder}/slot.A
type=raw
bootname=A

[slot.rootfs.1]
device={folder}/slot.B
type=raw
bootname=B
"""
BOOT = """#!/bin/sh
cd "$(dirname "$0")" || exit 1
case $1 in
get-primary) cat primary ;;
set-primary) echo "$2" >primary; echo good >"state.$2"; echo 3 >"left.$2" ;;
get-state) [ "$(cat "left.$2")" = 0 ] && echo bad || cat "state.$2" ;;
set-state) echo "$3" >"state.$2"; [ "$3" = bad ] || echo 3 >"left.$2" ;;
get-current) cat current ;;
*) exit 1 ;;
esac
"""


class RaucMachine:
    """A machine with two systems, of which the first was started; files are below ``folder``."""

    def __init__(
        self, folder: Path, keyring_pem: str, *, keyring: str = "", slot_bytes: int = SLOT_BYTES
    ) -> None:
        """``keyring``: more lines for that section of its system.conf."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.address = f"unix:path={folder / 'bus'}"
        self.settings = folder / "system.conf"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._service: subprocess.Popen[bytes] | None = None
        (folder / "mount").mkdir(exist_ok=True)
        self._write("keyring.pem", keyring_pem)
        text = SYSTEM.format(folder=folder, compatible=COMPATIBLE, keyring=keyring)
        self._write("system.conf", text)
        self._write("boot.sh", BOOT).chmod(0o755)
        self._write("bus.conf", BUS_CONFIG.format(socket=folder / "bus"))
        for name in BOOT_NAMES:
            self.slot(name).touch()
            os.truncate(self.slot(name), slot_bytes)
            self._write(f"state.{name}", "good\n")
            self._write(f"left.{name}", "3\n")
        self._write("primary", "A\n")
        self._write("current", "A\n")

    @property
    def current(self) -> str:
        """The boot name of the system that runs."""
        return (self.folder / "current").read_text().strip()

    def slot(self, name: str) -> Path:
        """What a slot holds."""
        return self.folder / f"slot.{name}"

    def start(self) -> None:
        """The bus and the service; raises ProgramMissing where there are none."""
        self.start_bus()
        self._start_service()

    def start_bus(self) -> None:
        """The bus alone."""
        bus = self._started([str(PROGRAMS.path(BUS)), "--nofork", "--nosyslog"], "bus.conf")
        self._processes.append(bus)
        _wait_for((self.folder / "bus").exists, bus, "bus")

    def boot(self) -> str:
        """The power goes, and the boot loader starts one of the two systems: which one."""
        self.kill_service()
        if not self._has_chosen():
            for name in BOOT_NAMES:
                self._write(f"left.{name}", "3\n")
            if not self._has_chosen():
                raise RuntimeError("the boot loader finds nothing to start")
        self._start_service()
        return self.current

    def kill_service(self) -> None:
        """Rauc is gone, whatever it was about; safe twice."""
        if self._service is not None:
            self._service.send_signal(signal.SIGTERM)
            self._service.wait(KILL_S)
            self._service = None

    def stop(self) -> None:
        """All of it ends; safe twice."""
        self.kill_service()
        for process in self._processes:
            process.kill()
            process.wait(KILL_S)
        self._processes.clear()

    def command(self, *words: str) -> list[str]:
        """How ``rauc`` is called, with this machine's settings."""
        return [str(PROGRAMS.path(RAUC)), "-c", str(self.settings), *words]

    def service_peak_mib(self) -> float:
        """The most memory that the service had."""
        assert self._service is not None, "it was started"
        return peak_mib(self._service.pid)

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """The command ``rauc``, with this machine's settings; raises RuntimeError."""
        done = subprocess.run(
            self.command(*words),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if check and done.returncode != 0:
            said = (done.stdout + done.stderr)[-OUTPUT_CHARS_MAX:]
            raise RuntimeError(f"rauc {words[0]}: code {done.returncode}: {said}")
        return done

    def _has_chosen(self) -> bool:
        """True if the boot loader finds what to start; it counts that start first."""
        primary = (self.folder / "primary").read_text().strip()
        order = (primary, *(name for name in BOOT_NAMES if name != primary))
        for name in order:
            left = int((self.folder / f"left.{name}").read_text())
            if left and (self.folder / f"state.{name}").read_text().strip() == "good":
                self._write(f"left.{name}", f"{left - 1}\n")
                self._write("current", f"{name}\n")
                return True
        return False

    def _start_service(self) -> None:
        command = self.command("service", f"--override-boot-slot={self.current}")
        with (self.folder / "service.log").open("ab") as file:
            self._service = subprocess.Popen(
                command, env=self.environment(), stdout=subprocess.DEVNULL, stderr=file
            )
        _wait_for(self._answers, self._service, "rauc")

    def _answers(self) -> bool:
        try:
            return bool(RaucBus(self.address).slots())
        except HalError:
            return False

    def _started(self, command: list[str], settings: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*command, f"--config-file={self.folder / settings}"],
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def environment(self) -> Mapping[str, str]:
        """With which its commands find its bus."""
        return PROGRAMS.environment() | {"DBUS_SYSTEM_BUS_ADDRESS": self.address}

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


def peak_mib(pid: int) -> float:
    """The most memory that a process had since it was started; OSError, StopIteration: it ended."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def why_no_mounts(folder: Path) -> str:
    """Why rauc cannot install here, which it does by mounting bundles; empty: it can."""
    if os.geteuid() != 0:
        return "rauc mounts bundles to install them, and that is for root"
    try:
        os.close(os.open("/dev/loop-control", os.O_RDWR))
    except OSError as error:
        return f"rauc mounts bundles to install them: loop devices: {error.strerror}"
    folder.mkdir(exist_ok=True)
    command = [shutil.which("mount") or "mount", "-t", "tmpfs", "none", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"rauc mounts bundles to install them: {done.stderr.strip()}"
    subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)
    return ""


def _wait_for(is_there: Callable[[], bool], process: subprocess.Popen[bytes], name: str) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not is_there():
        if process.poll() is not None or time.monotonic() > until_s:
            raise RuntimeError(f"no {name}: code {process.returncode}")
        time.sleep(LOOK_S)
