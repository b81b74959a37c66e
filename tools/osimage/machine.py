"""Machine: QEMU, unpacked below a folder without installing it, and how it starts an image."""

import os
import subprocess
from pathlib import Path

from tools.deb.root import OPTIONS
from tools.debian import Programs

QEMU = Programs("qemu", {"qemu-system-x86_64": "qemu-system-x86"})
PARTS = ("seabios", "qemu-system-data", "qemu-system-common")  # its BIOS, and the processor
MEMORY_MIB = 768
TIMEOUT_S = 600


def command(image: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The command and its environment; writes reach the image before the machine goes on."""
    QEMU.fetch()
    for part in PARTS:
        words = ["apt-get", "-qq", *OPTIONS, "download", part]
        subprocess.run(words, cwd=folder, check=True, timeout=TIMEOUT_S)
    for archive in folder.glob("*qemu-system-*.deb"):
        subprocess.run(["dpkg", "-x", archive, folder / "qemu"], check=True)
    for archive in folder.glob("seabios_*.deb"):
        subprocess.run(["dpkg", "-x", archive, folder / "qemu"], check=True)
    words = [str(QEMU.path("qemu-system-x86_64")), "-accel", "tcg", "-cpu", "max"]
    for name in ("qemu", "seabios"):
        words += ["-L", str(folder / "qemu" / "usr" / "share" / name)]
    words += ["-m", str(MEMORY_MIB), "-display", "none", "-serial", "stdio", "-monitor", "none"]
    words += ["-nic", "none", "-no-reboot"]
    words += ["-drive", f"file={image},format=raw,if=virtio,cache=writethrough"]
    modules = next((folder / "qemu" / "usr" / "lib").glob("*/qemu"))
    return words, QEMU.environment() | {"QEMU_MODULE_DIR": str(modules), "HOME": os.sep}
