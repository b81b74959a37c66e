"""A loop that does nothing, at a priority above all others: how late the machine itself makes one.

Beside each case of the latency row it tells what of the worst is the machine's, above all a
virtual one's whose host takes the processor away. Prints its worst lateness in us.

    python -m tools.bench.latency_bare
"""

import sys
import threading
import time

from ampkeeper.hal.linux.realtime import be_on_time, take_priority

PRIORITY = 80  # above ring 1's 50
PERIOD_NS = 2_500_000


def main() -> int:
    """Run until stdin ends."""
    is_over = threading.Event()
    threading.Thread(target=wait_for_end, args=(is_over,), daemon=True).start()
    be_on_time()
    take_priority(PRIORITY)
    worst_ns = 0
    due_ns = time.monotonic_ns()
    while not is_over.is_set():
        due_ns += PERIOD_NS
        time.sleep(max(0, due_ns - time.monotonic_ns()) / 1e9)
        now_ns = time.monotonic_ns()
        worst_ns = max(worst_ns, now_ns - due_ns)
        due_ns = max(due_ns, now_ns - PERIOD_NS)
    print(worst_ns // 1_000)
    return 0


def wait_for_end(is_over: threading.Event) -> None:
    """Notice the end of stdin."""
    sys.stdin.read()
    is_over.set()


if __name__ == "__main__":
    sys.exit(main())
