"""To the quarter of a millisecond: lines of the board that come and go under the whole ring."""

from protection_rig import Ring, charging
from safety_rig import a_quarter_less

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.signals import UNKNOWN

CASES = (
    # input, bad, good, ms, fault
    ("pe_ok", 0, 1, 20, f.PE_LOST),
    ("supply_ok", 0, 1, 20, f.SUPPLY_LOST),
    ("rail_high_mv", 10_000, 12_000, 1_000, f.RAIL_FAULT),
    ("rail_low_mv", 10_000, 12_000, 1_000, f.RAIL_FAULT),
    ("tamper", 1, 0, 500, f.TAMPERED),
    ("checks_failed", 1 << 6, 0, 500, f.BOARD_FAILED),
    ("checks_failed", 1 << 16, 0, 1_000, f.RAIL_FAULT),
)


def test_each_line_of_the_board_counts_from_nothing():
    for name, bad, good, limit_ms, code in CASES:
        ring = Ring()
        ring.inputs.checks_known = 1 << 6 | 1 << 16

        def show(ms, value, ring=ring, name=name):
            setattr(ring.inputs, name, value)
            ring.run(ms, ms)

        a_quarter_less(show, limit_ms, bad, good)
        assert not ring.faults.is_raised(code), name
        show(1, bad)
        assert ring.faults.is_raised(code), name


def test_each_line_of_the_board_is_a_fault_to_the_millisecond():
    for name, bad, _, limit_ms, code in CASES:
        ring = Ring()
        ring.inputs.checks_known = 1 << 6 | 1 << 16
        setattr(ring.inputs, name, bad)
        ring.run(limit_ms - 10)
        ring.run(9, 1)
        assert not ring.faults.is_raised(code), name
        ring.run(1, 1)
        assert ring.faults.is_raised(code), name


def test_rails_that_are_no_longer_known_are_not_good():
    ring = charging()
    ring.inputs.rail_low_mv = 12_000
    ring.inputs.rail_high_mv = 10_000
    assert ring.run(1_000) == [f.RAIL_FAULT]
    ring.inputs.rail_high_mv = 12_000
    assert ring.run(100) == [f.RAIL_FAULT]
    ring.inputs.rail_high_mv = ring.inputs.rail_low_mv = UNKNOWN
    assert ring.run(60_000, 100) == [f.RAIL_FAULT]
