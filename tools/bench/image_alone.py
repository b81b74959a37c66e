"""One verification or installation of an image in a process of its own, timed from inside.

What it is measured with, and the modules, are there before; memory is what comes on top.

    python -m tools.bench.image_alone verify|folders|rauc IMAGE ROOT FOLDER BUS
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from ampkeeper.firmware.update.envelope import read_head, read_payloads
from ampkeeper.firmware.update.folders import Folders, Machine
from ampkeeper.firmware.update.rauc import RaucInstaller
from ampkeeper.firmware.update.rauc_files import RaucFiles
from ampkeeper.firmware.update.trust import Trust
from ampkeeper.firmware.update.verdict import Target, check
from ampkeeper.hal.linux.files import FolderDisk
from ampkeeper.hal.linux.rauc import RaucBus
from tools.rauc.service import peak_mib

BOARD = "emulated"


def main(words: list[str]) -> int:
    """Do it once, and print seconds and memory."""
    verb, image, root, folder, bus = words
    trust = Trust((Path(root).read_text(),))
    work = WORK[verb](Path(image), trust, Path(folder), bus)
    before_mib = peak_mib(os.getpid())
    started_s = perf_counter()
    work()
    spent_s = perf_counter() - started_s
    print(json.dumps({"s": spent_s, "mib": peak_mib(os.getpid()) - before_mib}))
    return 0


def _verify(image: Path, trust: Trust, folder: Path, bus: str) -> Callable[[], None]:
    def work() -> None:
        with image.open("rb") as file:
            head = read_head(file)
            check(head, Target(BOARD, 0, trust), datetime.now(UTC))
            for _ in read_payloads(file, head, lambda payload, raw: None):
                pass

    return work


def _folders(image: Path, trust: Trust, folder: Path, bus: str) -> Callable[[], None]:
    slots = Folders(FolderDisk(folder), Machine(BOARD, 0, trust))

    def work() -> None:
        with image.open("rb") as file:
            slots.install(file, datetime.now(UTC), lambda permille: None)

    return work


def _rauc(image: Path, trust: Trust, folder: Path, bus: str) -> Callable[[], None]:
    disk = FolderDisk(folder)
    files = RaucFiles(disk, disk.path)
    installer = RaucInstaller(files, Machine(BOARD, 0, trust), RaucBus(bus, look_s=0.05), "now")
    installer.start()

    def work() -> None:
        installer.install(image, datetime.now(UTC), lambda permille: None)

    return work


WORK = {"verify": _verify, "folders": _folders, "rauc": _rauc}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
