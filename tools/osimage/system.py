"""System: the root of one of the two, as a folder, and its parts of the disk as file systems."""

import subprocess
from pathlib import Path

from tools.deb import root as debian

HERE = Path(__file__).parent / "files"
PACKAGES = (
    *("python3", "systemd-sysv", "systemd-timesyncd", "init-system-helpers", "udev", "dbus"),
    *("linux-image-cloud-amd64", "initramfs-tools", "rauc", "grub-common", "grub-pc-bin"),
    *("e2fsprogs", "iproute2", "kmod"),
)
OURS = "usr/lib/ampkeeper-image"
UNITS = "etc/systemd/system"
GRUB = "usr/lib/grub/i386-pc"
MODULES = ("biosdisk", "part_msdos", "ext2", "normal", "linux", "loadenv", "test", "serial", "echo")
# What GRUB 2.06 of Debian 12 cannot read.
FEATURES = "^metadata_csum_seed,^orphan_file"
SPARE_PERCENT = 30
MIB = 1_048_576
TIMEOUT_S = 900


def make(root: Path, tools: Path, package: Path, signature: str) -> None:
    """A Debian with the package in it, made ready to be one of two on a read-only root."""
    debian.make(root, tools, PACKAGES)
    inside = root / "srv" / "ampkeeper.deb"
    inside.write_bytes(package.read_bytes())
    run("chroot", str(root), "dpkg", "-i", "/srv/ampkeeper.deb")
    inside.unlink()
    for folder in ("data", "boot/env", "var/lib/ampkeeper", OURS):
        (root / folder).mkdir(parents=True, exist_ok=True)
    run("cp", "-a", str(root / "etc/ampkeeper"), str(root / OURS / "etc"))
    put(root, "etc/fstab", "fstab", signature)
    put(root, "etc/rauc/system.conf", "system.conf", signature)
    put(root, f"{UNITS}/ampkeeper-first-boot.service", "ampkeeper-first-boot.service", signature)
    put(root, f"{OURS}/first-boot", "first-boot", signature, 0o755)
    network = "[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n"
    (root / "etc/systemd/network/80-any.network").write_text(network, encoding="ascii")
    (root / "etc/hostname").write_text("ampkeeper\n", encoding="ascii")
    (root / "etc/machine-id").write_text("", encoding="ascii")
    units = ["ampkeeper-first-boot", "systemd-networkd", "systemd-timesyncd"]
    run("chroot", str(root), "systemctl", "enable", *units)
    # A system is marked good by the station, once it has proved itself, and by nobody else.
    run("chroot", str(root), "systemctl", "mask", "rauc-mark-good.service")


def make_twin(root: Path, signature: str) -> None:
    """The same with an emulated charger and a car, and the configuration for them."""
    put(root, f"{UNITS}/ampkeeper.service.d/twin.conf", "ampkeeper-twin.conf", signature)
    put(root, f"{UNITS}/ampkeeper-twin.service", "ampkeeper-twin.service", signature)
    put(root, f"{OURS}/twin", "twin", signature, 0o755)
    put(root, f"{OURS}/etc/charger.toml", "twin.toml", signature)
    run("chroot", str(root), "systemctl", "enable", "ampkeeper-twin")
    run("chroot", str(root), "systemctl", "mask", "serial-getty@ttyS0")  # it would hang up the line


def grub(root: Path) -> tuple[bytes, bytes]:
    """Its two parts: the first sector, and the one that reads the rest from partition 1."""
    words = ["grub-mkimage", "-O", "i386-pc", "-o", "/srv/core.img", "-p", "(hd0,msdos1)/grub"]
    run("chroot", str(root), *words, *MODULES)
    core = (root / "srv" / "core.img").read_bytes()
    (root / "srv" / "core.img").unlink()
    return (root / GRUB / "boot.img").read_bytes(), core


def environment(root: Path, folder: Path, signature: str) -> None:
    """What is on partition 1: GRUB's choice, and what rauc tells it."""
    put(folder, "grub/grub.cfg", "grub.cfg", signature)
    run("chroot", str(root), "grub-editenv", "/srv/grubenv", "create")
    words = ["ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0"]
    run("chroot", str(root), "grub-editenv", "/srv/grubenv", "set", *words)
    (folder / "grubenv").write_bytes((root / "srv" / "grubenv").read_bytes())
    (root / "srv" / "grubenv").unlink()


def file_system(source: Path, image: Path, label: str, mib: int = 0) -> None:
    """An ext4 of ``source``; ``mib`` 0: as large as it needs, and a part more."""
    told = subprocess.run(
        ["du", "-sm", str(source)], capture_output=True, text=True, check=True, timeout=TIMEOUT_S
    )
    size = mib or int(told.stdout.split()[0]) * (100 + SPARE_PERCENT) // 100 + 64
    with image.open("wb") as file:
        file.truncate(size * MIB)
    words = ["/usr/sbin/mke2fs", "-q", "-t", "ext4", "-O", FEATURES, "-L", label]
    run(*words, "-d", str(source), str(image))


def put(root: Path, place: str, name: str, signature: str, mode: int = 0o644) -> None:
    """One of our files, with the disk's number in it."""
    target = root / place
    target.parent.mkdir(parents=True, exist_ok=True)
    text = (HERE / name).read_text(encoding="utf-8")
    text = text.replace("@SIGNATURE@", signature).replace("@ARCH@", "amd64")
    target.write_text(text, encoding="utf-8")
    target.chmod(mode)


def run(*words: str) -> None:
    """Run it quietly; raise SubprocessError."""
    subprocess.run(words, check=True, timeout=TIMEOUT_S, stdout=subprocess.DEVNULL)
