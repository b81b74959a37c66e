"""Real time: what was refused is said, and what was granted holds."""

import gc
import os
import subprocess
import sys

import pytest

from ampkeeper.hal.linux import realtime

ASK = """
import gc, os
from ampkeeper.hal.linux.realtime import be_on_time
granted = be_on_time()
locked = [line for line in open("/proc/self/status") if line.startswith("VmLck")]
policy = os.sched_getscheduler(0) == os.SCHED_FIFO
print(granted, policy, int(locked[0].split()[1]) > 0, gc.isenabled(), gc.get_freeze_count() > 0)
print(granted["priority"] == "", granted["memory"] == "")
"""


def test_what_is_granted_is_in_force_in_a_process_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    facts, verdict = done.stdout.splitlines()
    _, has_priority, is_locked, is_collecting, is_frozen = facts.rsplit(" ", 4)
    assert [has_priority, is_locked] == verdict.split(), done.stdout
    assert (is_collecting, is_frozen) == ("False", "True")


def test_a_refusal_is_a_reason_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert realtime.take_priority() == "SCHED_FIFO: Operation not permitted"


def test_memory_that_may_not_be_locked_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Libc:
        def mlockall(self, flags: int) -> int:
            return -1

    monkeypatch.setattr(realtime.ctypes, "CDLL", lambda *_, **__: Libc())
    monkeypatch.setattr(realtime.ctypes, "get_errno", lambda: 12)
    assert realtime.lock_memory() == "mlockall: Cannot allocate memory"


def test_garbage_is_not_collected_any_more() -> None:
    try:
        assert realtime.stop_garbage() == ""
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
