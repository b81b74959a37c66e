"""A line that comes and goes is a fault as one that is gone is. Runs on both interpreters."""

from protection_rig import charging

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.signals import UNKNOWN


def flap(ring, name, bad, good, blocks):
    """Give ``name`` a bad block, and then a good one, so often; return what was ever raised."""
    seen = set()
    for _ in range(blocks):
        for value in (bad, good):
            setattr(ring.inputs, name, value)
            seen.update(ring.run(10))
    return sorted(seen)


CASES = (
    # input, bad, good, blocks of it that are borne and that are not, fault
    ("pe_ok", 0, 1, 2, 3, f.PE_LOST),
    ("supply_ok", 0, 1, 2, 3, f.SUPPLY_LOST),
    ("rail_high_mv", 10_000, 12_000, 132, 133, f.RAIL_FAULT),
    ("rail_low_mv", 10_000, 12_000, 132, 133, f.RAIL_FAULT),
    ("tamper", 1, 0, 66, 67, f.TAMPERED),
)


def test_what_is_bad_in_every_second_block_is_a_fault():
    for name, bad, good, borne, raised, code in CASES:
        assert flap(charging(), name, bad, good, borne) == [], name
        assert flap(charging(), name, bad, good, raised) == [code], name


def test_what_is_bad_in_every_fifth_block_is_none():
    for name, bad, good, _, _, _ in CASES:
        ring = charging()
        for _ in range(400):
            setattr(ring.inputs, name, bad)
            assert ring.run(10) == [], name
            setattr(ring.inputs, name, good)
            assert ring.run(40) == [], name


def test_earth_that_flaps_stays_one_loss_until_it_was_good_for_ten_seconds():
    ring = charging()
    assert flap(ring, "pe_ok", 0, 1, 600) == [f.PE_LOST]
    assert ring.run(9_980) == [f.PE_LOST]
    assert ring.run(10) == []
    for _ in range(2):  # the second loss goes, the third stays
        flap(ring, "pe_ok", 0, 1, 5)
        ring.run(11_000, 100)
    assert ring.run(60_000, 100) == [f.PE_LOST]


def test_a_generator_that_is_wrong_in_every_second_block_is_a_fault_req_cp_06():
    ring = charging()
    ring.inputs.checks_known = 1 << 16
    assert flap(ring, "checks_failed", 1 << 16, 0, 132) == []
    assert flap(ring, "checks_failed", 1 << 16, 0, 1) == [f.RAIL_FAULT]


def test_a_rail_that_flaps_and_then_is_not_known_keeps_its_fault():
    ring = charging()
    ring.inputs.rail_low_mv = 12_000
    ring.inputs.rail_high_mv = 10_000
    assert ring.run(1_000) == [f.RAIL_FAULT]
    ring.inputs.rail_high_mv = UNKNOWN
    assert ring.run(5_000) == [f.RAIL_FAULT]
