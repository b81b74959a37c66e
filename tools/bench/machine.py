"""Machine: what the numbers were measured on, as far as it can tell."""

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Machine:
    """Name, processor and software; ``load`` is what others did in the last minute."""

    name: str
    processor: str
    cores: int
    memory_mb: int
    kernel: str
    python: str
    commit: str
    load: float

    def as_dict(self) -> dict[str, object]:
        """For the JSON file."""
        return asdict(self)

    def title(self) -> str:
        """For the head of the table."""
        return (
            f"{self.name}: {self.cores} x {self.processor}, {self.memory_mb} MB, "
            f"{self.kernel}, {self.python}, load {self.load:.1f}, commit {self.commit}"
        )


def this_machine() -> Machine:
    """Ask the machine."""
    memory_b = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        name=platform.node() or "unnamed",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory_mb=memory_b // 1_000_000,
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        commit=_commit(),
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    """A Pi says "Model", a PC "model name"; both say it once per core or at the end."""
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else []:
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return value.strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
