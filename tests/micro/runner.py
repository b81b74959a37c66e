"""Runs test modules without pytest, on any interpreter: every ``test_*`` function, plain asserts.

``main("test_pilot", "test_duty")`` prints one line per failure, one per module, and raises
SystemExit(1) if anything failed or a module holds no test.
"""

import gc
import sys

try:
    from sys import print_exception
except ImportError:
    from traceback import print_exception


def run(name):
    """Run one module; return how many tests it has and how many failed."""
    module = __import__(name)
    tests = sorted(key for key in dir(module) if key.startswith("test_"))
    failed_count = 0
    for key in tests:
        gc.collect()
        try:
            getattr(module, key)()
        except Exception as error:
            failed_count += 1
            print("FAILED", name, key)
            print_exception(error)
    return len(tests), failed_count


def main(*names):
    """Run the modules one after the other, each let go before the next."""
    is_good = bool(names)
    for name in names:
        test_count, failed_count = run(name)
        print(name, test_count, "tests,", failed_count, "failed")
        is_good = is_good and test_count > 0 and failed_count == 0
        sys.modules.pop(name)
    if not is_good:
        raise SystemExit(1)
    print("ALL PASSED on", sys.implementation.name, sys.maxsize)
