"""Whether the kernel knows of somebody who keeps its clock right: adjtimex(2)."""

import subprocess
import sys

import pytest

from ampkeeper.hal.linux.clock import STA_UNSYNC, is_kept, is_synchronised

PLL, INSERT_SECOND = 0x1, 0x10


@pytest.mark.parametrize(
    ("result", "status", "kept"),
    [
        (0, PLL, True),
        (1, PLL | INSERT_SECOND, True),
        (0, PLL | 1 << 32, True),
        (5, PLL | STA_UNSYNC, False),
        (5, PLL, False),
        (0, STA_UNSYNC, False),
        (-1, 0, False),
    ],
)
def test_it_is_kept_where_the_kernel_says_so_without_doubt(
    result: int, status: int, kept: bool
) -> None:
    assert is_kept(result, status) is kept


def test_this_machine_s_kernel_is_asked_and_nothing_is_set() -> None:
    code = (
        "from ampkeeper.hal.linux.clock import is_synchronised as ask;"
        "import time; before = time.time() - time.monotonic(); ask();"
        "print(abs(time.time() - time.monotonic() - before) < 1.0, ask())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", str(is_synchronised())]
