"""Build a bootable image: `make osimage`, or `python -m tools.osimage PACKAGE IMAGE [--twin]`.

As root, for a root file system has owners; nothing of this machine is changed.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.osimage import disk, system

SIGNATURE = 0x414D504B  # the disk's number, by which its partitions are found
DATA_MIB = 512
ENVIRONMENT_MIB = 16
NOT_ROOT = 1


def build(package: Path, image: Path, is_twin: bool, data_mib: int = DATA_MIB) -> None:
    """Build ``image`` with the package in both systems; raise SubprocessError, ValueError."""
    signature = f"{SIGNATURE:08x}"
    with tempfile.TemporaryDirectory(dir=image.parent) as name:
        folder = Path(name)
        folder.chmod(0o755)
        root = folder / "root"
        system.make(root, folder / "tools", package, signature)
        if is_twin:
            system.make_twin(root, signature)
        boot, core = system.grub(root)
        for each in ("env", "empty"):
            (folder / each).mkdir()
        system.environment(root, folder / "env", signature)
        system.file_system(folder / "env", folder / "env.img", "env", ENVIRONMENT_MIB)
        system.file_system(root, folder / "root.img", "system")
        system.file_system(folder / "empty", folder / "data.img", "data", data_mib)
        names = ("env.img", "root.img", "root.img", "data.img")
        parts = [disk.Partition(folder / each) for each in names]
        disk.write(image, parts, SIGNATURE, boot, core)


def main(arguments: Sequence[str] | None = None) -> int:
    """Say where it is; the return value is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.osimage", description=__doc__)
    parser.add_argument("package", type=Path, help="the package for amd64, of `make deb`")
    parser.add_argument("image", type=Path, help="what to write")
    parser.add_argument("--twin", action="store_true", help="with an emulated charger and a car")
    options = parser.parse_args(arguments)
    if os.geteuid() != 0:
        print("make osimage: needs root, to make files of other owners", file=sys.stderr)
        return NOT_ROOT
    build(options.package, options.image.resolve(), options.twin)
    print(options.image)
    return 0


if __name__ == "__main__":
    sys.exit(main())
